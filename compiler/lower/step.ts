/** What a step computes: a declaration evaluated at a state and times, as programs over the batch and the grid. */
import { timeAt } from "../../runtime/specification.js";
import type { Feed, StateSpec, StepSpec } from "../../runtime/specification.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import { simplify } from "../ir/simplify.js";
import type { Value } from "../ir/value.js";
import { vectorise } from "../ir/vectorise.js";
import { constantOf, real, showShape, tensor } from "../evaluate/arithmetic.js";
import { batchInputs, finish, overBatch } from "./batched.js";
import type { ExtraInput } from "./batched.js";
import { evaluateBody } from "../evaluate/call.js";
import type { Context, Frame } from "../evaluate/context.js";
import { report, usedAt, withScope } from "../evaluate/context.js";
import { coordinatesOf, stateOf } from "../evaluate/coordinate-map.js";
import { describe } from "../evaluate/describe.js";
import { evaluate } from "../evaluate/evaluate.js";
import type { LoweredProgram } from "./model.js";
import { cutSchedule } from "./schedule.js";
import { timesOf } from "../evaluate/run.js";
import { seenFrom, stepCoordinates } from "../evaluate/run-coordinates.js";
import { childOf } from "../evaluate/scope.js";
import type { SamplerThing, Step, Thing } from "../evaluate/thing.js";
import { poison } from "../evaluate/thing.js";

/** What the programs of one sampler share. */
export interface Job {
  readonly sampler: SamplerThing;
  readonly name: string;
  readonly extras: readonly ExtraInput[];
}

export function drawsNoise(step: Step): boolean {
  const { body } = step.declaration ?? { body: null };
  return body?.kind === "block" && body.statements.some((statement) => statement.kind === "relation" && statement.sign === "~");
}

export interface Memory {
  readonly name: string;
  readonly initial: (x: Thing, c: Context) => Thing;
}

/** Names with a default after the state: memory that starts at the default and is returned after the state. */
export function memoryOf(step: Step): readonly Memory[] {
  const states = step.declaration?.states ?? [];
  const [first] = states;
  return states.slice(1).flatMap((state) => {
    const { default: initial } = state;
    if (initial === null || first === undefined) return [];
    return [
      {
        name: state.name.text,
        initial: (x: Thing, c: Context) => {
          const scope = childOf(c.scope);
          scope.names.set(first.name.text, x);
          return evaluate(initial, withScope(c, scope));
        },
      },
    ];
  });
}

/** The times that a step names: nodes visited before, oldest first, then its own and the next. */
export function timeInputs(step: Step): readonly Value[] {
  const count = Math.max(2, timesOf(step));
  return Array.from({ length: count }, (_, place) => ir.input(timeName(place, count), "real", []));
}

function timeName(place: number, count: number): string {
  const feed = timeFeed(place, count);
  return feed.kind === "earlier time" ? `t_${feed.back}` : feed.kind === "time" ? "t" : "s";
}

function timeFeed(place: number, count: number): Extract<Feed, { kind: "time" | "next time" | "earlier time" }> {
  const back = count - 2 - place;
  return back < 0 ? { kind: "next time" } : back === 0 ? { kind: "time" } : { kind: "earlier time", back };
}

/** The values of `timeInputs` on the steps of these numbers. */
export function visitsOf(step: Step, nodes: readonly number[], steps: readonly number[]): readonly (readonly number[])[] {
  const count = Math.max(2, timesOf(step));
  return steps.map((number) => Array.from({ length: count }, (_, place) => timeAt(nodes, number, timeFeed(place, count))));
}

export function stepPrograms(
  job: () => Job,
  label: string,
  states: readonly StateSpec[],
  inputs: readonly Value[],
  times: readonly Value[],
  results: readonly Value[],
  frame: Frame,
): StepSpec<LoweredProgram> {
  const { extras } = job();
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
  const simplified = simplify(outputs);
  const cut = cutSchedule(simplified, times, extras.map((extra) => extra.value));
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
      ...cut.placeholders.map((value, place): ExtraInput => ({ value, feed: { kind: "schedule", row: `row${place + 1}` } })),
      ...batch.inputs,
    ],
  );
  return { schedule, step };
}

/** Evaluates a step's declaration at a state and times: the new state, then the memory. */
export function applyStep(
  sampler: SamplerThing,
  step: Step,
  state: readonly Thing[],
  times: readonly Value[],
  states: readonly StateSpec[],
  c: Context,
): readonly Value[] | null {
  const result = stepInCoordinates(sampler, step, state, times, c);
  const parts = result.kind === "tuple" ? result.items : [result];
  if (result.kind === "poison") return null;
  if (parts.length !== states.length) {
    report(c, catalogue.countMismatch, step.span, { names: states.length, values: parts.length });
    return null;
  }
  const values: Value[] = [];
  for (const [place, part] of parts.entries()) {
    const shape = states[place]?.shape ?? [];
    if (part.kind !== "tensor") {
      if (part.kind !== "poison") report(c, catalogue.wrongKind, step.span, { found: describe(part), expected: "the new state" });
      return null;
    }
    if (showShape(part.value.shape) !== showShape(shape)) {
      report(c, catalogue.wrongShape, step.span, { what: `What the step \`${step.name}\` returns`, expected: showShape(shape), found: showShape(part.value.shape) });
      return null;
    }
    values.push(real(part.value));
  }
  return values;
}

/** The step taken in the run's coordinates, which its first part is handed in and out of. */
function stepInCoordinates(sampler: SamplerThing, step: Step, state: readonly Thing[], times: readonly Value[], c: Context): Thing {
  const { run } = sampler;
  const [x, ...memory] = state;
  const coordinates = stepCoordinates(run);
  if (coordinates === null || x?.kind !== "tensor") return stepResult(sampler, step, state, times, c);
  const { map } = coordinates;
  const y = tensor(coordinatesOf(map, real(x.value)));
  const result = stepResult({ ...sampler, run: seenFrom(run, coordinates) }, step, [y, ...memory], times, c);
  const [moved, ...rest] = result.kind === "tuple" ? result.items : [result];
  if (moved?.kind !== "tensor") return result;
  const back = tensor(stateOf(map, real(moved.value)));
  return rest.length === 0 ? back : { kind: "tuple", items: [back, ...rest] };
}

export function stepResult(sampler: SamplerThing, step: Step, state: readonly Thing[], times: readonly Value[], c: Context): Thing {
  const { declaration } = step;
  if (declaration === null || step.scope === null || declaration.body === null) return poison;
  const scope = childOf(step.scope);
  const [first, ...rest] = declaration.parameters ?? [];
  if (first !== undefined) scope.names.set(first.name.text, sampler.run);
  for (const parameter of rest) {
    const given = step.options.get(parameter.name.text)?.thing;
    const thing = given ?? (parameter.default === null ? null : evaluate(parameter.default, withScope(c, scope)));
    if (thing === null) return report(c, catalogue.missingArgument, step.span, { name: parameter.name.text, callee: step.name });
    scope.names.set(parameter.name.text, thing);
  }
  const names = declaration.states ?? [];
  let statePlace = 0;
  let timePlace = 0;
  const missing = Math.min(0, times.length - timesOf(step));
  for (const [place, name] of names.entries()) {
    const isState = place === 0 || name.default !== null;
    // Where fewer times are given than the step names, it is the first of its run.
    const thing = isState ? state[statePlace++] : tensor(times[Math.max(0, timePlace++ + missing)] ?? ir.scalar(0));
    scope.names.set(name.name.text, thing ?? poison);
  }
  const { body } = declaration;
  return usedAt(step.span, c, () => evaluateBody(body, withScope(c, scope), declaration.span));
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
