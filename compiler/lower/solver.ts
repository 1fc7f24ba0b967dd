/** How `R using step with corrector` becomes a start, a schedule and a step. */
import type { ParameterSpec, SamplerSpec, StateSpec, StepSpec, TravelSpec } from "../../runtime/specification.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import { substitute } from "../ir/substitute.js";
import type { Value } from "../ir/value.js";
import { constantOf, real, showShape, tensor } from "../evaluate/arithmetic.js";
import { batchInputs, finish, overBatch, weightInputs } from "./batched.js";
import type { ExtraInput } from "./batched.js";
import type { Context, Frame } from "../evaluate/context.js";
import { newFrame, report } from "../evaluate/context.js";
import { coordinatesOf } from "../evaluate/coordinate-map.js";
import { describe } from "../evaluate/describe.js";
import { gridOf, untilOf } from "../evaluate/grid.js";
import { draw } from "../evaluate/laws.js";
import { lowerLikelihood } from "./likelihood.js";
import type { LoweredProgram } from "./model.js";
import { startLaw } from "../evaluate/path.js";
import { poleOf } from "../evaluate/poles.js";
import { stepCoordinates } from "../evaluate/run-coordinates.js";
import { driftOf, endsOf } from "../evaluate/run.js";
import { applyStep, legalStep, memoryOf, timeInputs, visitsOf } from "../evaluate/step.js";
import type { Memory } from "../evaluate/step.js";
import type { Job } from "./step.js";
import { lowerField, stepPrograms, tolerances } from "./step.js";
import type { SamplerThing, Step } from "../evaluate/thing.js";
import { poison } from "../evaluate/thing.js";

export function lowerSolver(
  sampler: SamplerThing,
  name: string,
  parameters: readonly ParameterSpec[],
  parameterInputs: readonly ExtraInput[],
  c: Context,
): SamplerSpec<LoweredProgram> | null {
  const { run, step } = sampler;
  const ends = endsOf(run, sampler.span, c);
  if (ends === null) return null;
  if (!legalStep(sampler, c)) return null;
  const start = lowerStart(sampler, name, ends[0], c);
  if (start === null) return null;
  const memory = step.declaration === null ? [] : memoryOf(step);
  const job = (): Job => ({ sampler, name, extras: [...weightInputs(c.world), ...parameterInputs] });
  const travel = lowerTravel(job, memory, ends, c);
  if (travel === null) return null;
  const likelihood = lowerLikelihood(job, ends, c);
  const { space } = run.process;
  const states = [{ name: "x", shape: space.shape, perSample: true }, ...travel.states];
  return {
    kind: "solver",
    name,
    parameters,
    start: travel.start(start),
    states,
    returns: [{ state: "x", space }],
    travel: travel.spec,
    likelihood,
  };
}

/** The law at the known end, drawn. */
function lowerStart(sampler: SamplerThing, name: string, from: number, c: Context): { value: Value; frame: Frame } | null {
  const { run } = sampler;
  const { process } = run;
  const frame = newFrame(`${name}.start`);
  const inner: Context = { ...c, frame, pureIn: null };
  const law = startLaw(run, from);
  if (law === null) {
    report(c, catalogue.noKnownEnd, sampler.span, { process: process.name });
    return null;
  }
  const x = draw(law, { name: process.state, span: run.span, shape: process.space.shape }, inner);
  if (x.kind !== "tensor") return null;
  if (showShape(x.value.shape) !== showShape(process.space.shape)) {
    report(c, catalogue.wrongShape, run.span, { what: `The start of \`${process.name}\``, expected: showShape(process.space.shape), found: showShape(x.value.shape) });
    return null;
  }
  return { value: real(x.value), frame };
}

interface Travel {
  readonly spec: TravelSpec<LoweredProgram>;
  /** States beside x. */
  readonly states: readonly StateSpec[];
  readonly start: (x: { value: Value; frame: Frame }) => LoweredProgram;
}

function lowerTravel(job: () => Job, memory: readonly Memory[], ends: readonly [number, number], c: Context): Travel | null {
  const { sampler, name } = job();
  const { step, run } = sampler;
  const { space } = run.process;
  const x = ir.input("x", "real", space.shape);
  const coordinates = stepCoordinates(run);
  const stepped = coordinates === null ? x : coordinatesOf(coordinates.map, x);
  const initial = memory.map(({ name: memoryName, initial: value }) => ({ name: memoryName, thing: value(tensor(stepped), { ...c, scope: step.scope ?? c.scope }) }));
  if (initial.some(({ thing }) => thing.kind !== "tensor")) {
    const wrong = initial.find(({ thing }) => thing.kind !== "tensor");
    if (wrong !== undefined && wrong.thing.kind !== "poison") report(c, catalogue.wrongKind, step.span, { found: describe(wrong.thing), expected: "a memory that is a tensor" });
    return null;
  }
  const states: StateSpec[] = initial.map(({ name: memoryName, thing }) => ({
    name: memoryName,
    shape: thing.kind === "tensor" ? numbers(thing.value.shape) : [],
    perSample: true,
  }));
  const start = (begun: { value: Value; frame: Frame }): LoweredProgram => {
    const batch = batchInputs(begun.frame);
    const rest = initial.map(({ thing }) => (thing.kind === "tensor" ? real(thing.value) : ir.scalar(0)));
    const values = [begun.value, ...substitute(rest, new Map([[x, begun.value]]))];
    const lifted = overBatch(values, batch.map);
    const outputs = lifted.values.map((value, place) => {
      const shape = place === 0 ? space.shape : (states[place - 1]?.shape ?? []);
      const full = lifted.batched[place] === true ? value : ir.broadcastTo(value, ["B", ...shape]);
      return { name: place === 0 ? "x" : (states[place - 1]?.name ?? ""), value: full };
    });
    return finish(`${name}_start`, `Where \`${name}\` begins: the law at time ${ends[0]}.`, outputs, [...job().extras, ...batch.inputs]);
  };
  const spec = step.declaration === null ? lowerAdaptive(job, ends, c) : lowerGrid(job, states, ends, c);
  return spec === null ? null : { spec, states, start };
}

function numbers(shape: Value["shape"]): readonly number[] {
  return shape.flatMap((dim) => (typeof dim === "number" ? [dim] : []));
}

function lowerGrid(job: () => Job, memory: readonly StateSpec[], ends: readonly [number, number], c: Context): TravelSpec<LoweredProgram> | null {
  const { sampler, name } = job();
  const { step, run, correctors } = sampler;
  const nodes = gridOf({ ...run, from: ends[0], to: ends[1] }, step.options, step.span, c);
  if (nodes === null) return null;
  const denoise = constantOf(step.options.get("denoise")?.thing ?? poison) === 1;
  const states = [{ name: "x", shape: run.process.space.shape, perSample: true }, ...memory];
  const final = nodes.length - 2;
  const every = lowerStep(job, `${name}_step`, states, correctors, visitsOf(step, nodes, [0, correctors.length === 0 ? final : Math.max(0, final - 1)]), c);
  if (every === null) return null;
  const last = correctors.length === 0 ? null : lowerStep(job, `${name}_last_step`, states, [], visitsOf(step, nodes, [final]), c);
  return { kind: "grid", nodes, every, last, denoise };
}

/** One application of the step, then of the correctors, per sample; then batched and cut from its schedule. */
function lowerStep(job: () => Job, label: string, states: readonly StateSpec[], correctors: readonly Step[], visits: readonly (readonly number[])[], c: Context): StepSpec<LoweredProgram> | null {
  const { sampler } = job();
  const frame = newFrame(label);
  const times = timeInputs(sampler.step);
  const next = times.slice(-1);
  const inputs = states.map((state) => ir.input(state.name, "real", state.shape));
  const inner: Context = { ...c, frame, pureIn: null, owner: null };
  const stepped = applyStep(sampler, sampler.step, inputs.map((value) => tensor(value)), times, states, inner);
  if (stepped === null) return null;
  let [x = ir.scalar(0), ...memory] = stepped;
  for (const corrector of correctors) {
    const corrected = applyStep(sampler, corrector, [tensor(x)], next, [{ shape: states[0]?.shape ?? [] }], inner);
    if (corrected === null) return null;
    [x = x] = corrected;
  }
  if (reportPole(sampler, [x, ...memory], times, visits, c)) return null;
  return stepPrograms(job, label, states, inputs, times, [x, ...memory], frame);
}

/** True after reporting that the first or last step divides by zero. */
function reportPole(sampler: SamplerThing, results: readonly Value[], times: readonly Value[], visits: readonly (readonly number[])[], c: Context): boolean {
  const { step, run } = sampler;
  const visit = poleOf(results, times, visits);
  if (visit === null) return false;
  const { time } = run.process;
  const [from, to] = visit.slice(-2);
  report(c, catalogue.poleOnGrid, step.span, { step: step.name, times: to === undefined ? `at ${time} = ${from}` : `on its step from ${time} = ${from} to ${time} = ${to}`, isFirst: visit === visits[0] });
  return true;
}

function lowerAdaptive(job: () => Job, ends: readonly [number, number], c: Context): TravelSpec<LoweredProgram> | null {
  const { sampler } = job();
  const { step, run } = sampler;
  const end = untilOf(ends, step.options, c);
  if (end === null) return null;
  const x = ir.input("x", "real", run.process.space.shape);
  const time = ir.input("t", "real", []);
  const trial = driftOf(run, tensor(x), tensor(time), step.span, c);
  if (trial.kind !== "tensor" || reportPole(sampler, [trial.value], [time], [[ends[0]], [end]], c)) return null;
  const field = lowerField(job, [x], ["x"], newFrame(job().name), (t) => [driftOf(run, tensor(x), tensor(t), step.span, c)]);
  return field === null ? null : { kind: "adaptive", from: ends[0], to: end, ...tolerances(step), field };
}
