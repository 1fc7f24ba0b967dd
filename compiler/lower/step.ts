/** What a step computes: a declaration evaluated at a state and times, as programs over the batch and the grid. */
import type { StateSpec, StepSpec } from "../../runtime/specification.js";
import * as ir from "../ir/build.js";
import { simplify } from "../ir/simplify.js";
import type { Value } from "../ir/value.js";
import { vectorise } from "../ir/vectorise.js";
import { constantOf, real } from "../evaluate/arithmetic.js";
import { batchInputs, finish, overBatch } from "./batched.js";
import type { ExtraInput } from "./batched.js";
import type { Frame } from "../evaluate/context.js";
import type { LoweredProgram } from "./model.js";
import { cutSchedule } from "./schedule.js";
import { timeFeed, timeName } from "../evaluate/step.js";
import type { SamplerThing, Step, Thing } from "../evaluate/thing.js";
import { poison } from "../evaluate/thing.js";

/** What the programs of one sampler share. */
export interface Job {
  readonly sampler: SamplerThing;
  readonly name: string;
  readonly extras: readonly ExtraInput[];
}

/** A step over the batch, in which what depends on times alone still stands where it is used. */
export interface WholeStep {
  readonly outputs: readonly Value[];
  readonly times: readonly Value[];
  readonly states: readonly StateSpec[];
  /** What it reads beside times and weights: states and draws. */
  readonly stateInputs: readonly ExtraInput[];
  readonly drawInputs: readonly ExtraInput[];
}

export function wholeStep(
  states: readonly StateSpec[],
  inputs: readonly Value[],
  times: readonly Value[],
  results: readonly Value[],
  frame: Frame,
): WholeStep {
  const batch = batchInputs(frame);
  const map = new Map(batch.map);
  const stateInputs = inputs.map((value, place): ExtraInput => {
    const batched = ir.input(value.params.name ?? "x", "real", ["B", ...value.shape]);
    map.set(value, batched);
    return { value: batched, feed: { kind: "state", state: states[place]?.name ?? "x" } };
  });
  const lifted = overBatch(results, map);
  const outputs = lifted.values.map((value, place) =>
    lifted.batched[place] === true ? value : ir.broadcastTo(value, ["B", ...(states[place]?.shape ?? [])]),
  );
  return { outputs: simplify(outputs), times, states, stateInputs, drawInputs: batch.inputs };
}

export function stepPrograms(
  job: () => Job,
  label: string,
  { outputs, times, states, stateInputs, drawInputs }: WholeStep,
): StepSpec<LoweredProgram> {
  const { extras } = job();
  const cut = cutSchedule(
    outputs,
    times,
    extras.map((extra) => extra.value),
  );
  const nodes = times.map((time, place): ExtraInput & { readonly single: Value } => ({
    value: ir.input(timeName(place, times.length), "real", ["K"]),
    feed: timeFeed(place, times.length),
    single: time,
  }));
  const rows = vectorise(cut.rows, new Map(nodes.map(({ single, value }) => [single, value])), "K");
  const schedule = finish(
    `${label}_schedule`,
    `What a step of \`${label}\` needs that does not depend on the sample, for K pairs of times at once.`,
    rows.values.map((value, place) => ({ name: `row${place + 1}`, value })),
    [...extras, ...nodes],
  );
  const step = finish(
    label,
    `One step of \`${label}\`.`,
    cut.outputs.map((value, place) => ({ name: states[place]?.name ?? "x", value })),
    [
      ...extras,
      ...stateInputs,
      ...cut.placeholders.map((value, place): ExtraInput => ({
        value,
        feed: { kind: "schedule", row: `row${place + 1}` },
      })),
      ...drawInputs,
    ],
  );
  return { schedule, step };
}

export function tolerances(step: Step): { rtol: number; atol: number } {
  const rtol = constantOf(step.options.get("rtol")?.thing ?? poison) ?? 1e-5;
  return { rtol, atol: constantOf(step.options.get("atol")?.thing ?? poison) ?? rtol };
}

/** The time derivative of states as a program; `frame` holds the draws it makes, if any. */
export function lowerField(
  job: () => Job,
  inputs: readonly Value[],
  names: readonly string[],
  frame: Frame,
  derivative: (t: Value) => readonly Thing[],
): LoweredProgram | null {
  const { name } = job();
  const t = ir.input("t", "real", []);
  const values = derivative(t).flatMap((thing) => (thing.kind === "tensor" ? [real(thing.value)] : []));
  if (values.length < names.length) return null;
  const { extras } = job();
  const batch = batchInputs(frame);
  const map = new Map(batch.map);
  const stateInputs = inputs.map((value, place): ExtraInput => {
    const batched = ir.input(names[place] ?? "x", "real", ["B", ...value.shape]);
    map.set(value, batched);
    return { value: batched, feed: { kind: "state", state: names[place] ?? "x" } };
  });
  const lifted = overBatch(values, map);
  const outputs = lifted.values.map((value, place) => ({
    name: names[place] ?? "x",
    value: lifted.batched[place] === true ? value : ir.broadcastTo(value, ["B", ...(inputs[place]?.shape ?? [])]),
  }));
  return finish(`${name}_field`, `The time derivative of the state of \`${name}\`.`, outputs, [
    ...extras,
    ...stateInputs,
    { value: t, feed: { kind: "time" } },
    ...batch.inputs,
  ]);
}
