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
import { reportLostNoise } from "../evaluate/step-direction.js";
import { applyStep, legalStep, memoryOf, timeInputs, visitsOf } from "../evaluate/step.js";
import type { Memory } from "../evaluate/step.js";
import { warnOfLeaving } from "../evaluate/step-leaves-space.js";
import type { Job } from "./step.js";
import { lowerField, stepPrograms, tolerances, wholeStep } from "./step.js";
import { runState } from "../evaluate/run-state.js";
import type { SamplerThing, Step, Thing } from "../evaluate/thing.js";
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
  if (!legalStep(sampler, ends, c)) return null;
  const start = lowerStart(sampler, name, ends[0], c);
  if (start === null) return null;
  const memory = step.declaration === null ? [] : memoryOf(step);
  const job = (): Job => ({ sampler, name, extras: [...weightInputs(c.world), ...parameterInputs] });
  const travel = lowerTravel(job, memory, ends, c);
  if (travel === null) return null;
  const likelihood = lowerLikelihood(job, ends, c);
  const { specs, spaces } = runState(run.process);
  const states = [...specs, ...travel.states];
  return {
    kind: "solver",
    name,
    parameters,
    start: travel.start(start),
    states,
    returns: specs.map((spec, place) => ({ state: spec.name, space: spaces[place] ?? run.process.space })),
    travel: travel.spec,
    likelihood,
  };
}

/** The law at the known end, drawn. */
function lowerStart(sampler: SamplerThing, name: string, from: number, c: Context): Begun | null {
  const { run } = sampler;
  const { process } = run;
  const frame = newFrame(`${name}.start`);
  const inner: Context = { ...c, frame, pureIn: null };
  const law = startLaw(run, from);
  if (law === null) {
    report(c, catalogue.noKnownEnd, sampler.span, { process: process.name });
    return null;
  }
  const { specs, unpack } = runState(process);
  const x = draw(
    law,
    { name: process.state, span: run.span, shape: specs.length === 1 ? process.space.shape : null },
    inner,
  );
  if (x.kind === "poison") return null;
  const values: Value[] = [];
  for (const [place, { name: state, shape }] of specs.entries()) {
    const part = unpack(x)[place];
    if (part?.kind !== "tensor" || showShape(part.value.shape) !== showShape(shape)) {
      const what = `The start of \`${specs.length === 1 ? process.name : `${process.name}.${state}`}\``;
      report(c, catalogue.wrongShape, run.span, {
        what,
        expected: showShape(shape),
        found: part?.kind === "tensor" ? showShape(part.value.shape) : describe(x),
      });
      return null;
    }
    values.push(real(part.value));
  }
  return { values, frame };
}

/** The state's tensors at the start, and the draws that made them. */
interface Begun {
  readonly values: readonly Value[];
  readonly frame: Frame;
}

interface Travel {
  readonly spec: TravelSpec<LoweredProgram>;
  /** States beside x. */
  readonly states: readonly StateSpec[];
  readonly start: (x: Begun) => LoweredProgram;
}

function lowerTravel(
  job: () => Job,
  memory: readonly Memory[],
  ends: readonly [number, number],
  c: Context,
): Travel | null {
  const { sampler, name } = job();
  const { step, run } = sampler;
  const { specs, pack } = runState(run.process);
  const x = specs.map((spec) => ir.input(spec.name, "real", spec.shape));
  const coordinates = stepCoordinates(run);
  const [only] = x;
  const begun = coordinates === null || only === undefined ? pack(x) : tensor(coordinatesOf(coordinates.map, only));
  const initial = memory.map(({ name: memoryName, initial: value }) => ({
    name: memoryName,
    thing: value(begun, { ...c, scope: step.scope ?? c.scope }),
  }));
  if (initial.some(({ thing }) => thing.kind !== "tensor")) {
    const wrong = initial.find(({ thing }) => thing.kind !== "tensor");
    if (wrong !== undefined && wrong.thing.kind !== "poison")
      report(c, catalogue.wrongKind, step.span, {
        found: describe(wrong.thing),
        expected: "a memory that is a tensor",
      });
    return null;
  }
  const states: StateSpec[] = initial.map(({ name: memoryName, thing }) => ({
    name: memoryName,
    shape: thing.kind === "tensor" ? numbers(thing.value.shape) : [],
    perSample: true,
  }));
  const start = (begun: Begun): LoweredProgram => {
    const batch = batchInputs(begun.frame);
    const rest = initial.map(({ thing }) => (thing.kind === "tensor" ? real(thing.value) : ir.scalar(0)));
    const values = [
      ...begun.values,
      ...substitute(rest, new Map(x.map((input, place) => [input, begun.values[place] ?? input]))),
    ];
    const lifted = overBatch(values, batch.map);
    const outputs = lifted.values.map((value, place) => {
      const { shape, name: state } = [...specs, ...states][place] ?? { shape: [], name: "" };
      const full = lifted.batched[place] === true ? value : ir.broadcastTo(value, ["B", ...shape]);
      return { name: state, value: full };
    });
    return finish(`${name}_start`, `Where \`${name}\` begins: the law at time ${ends[0]}.`, outputs, [
      ...job().extras,
      ...batch.inputs,
    ]);
  };
  const spec = step.declaration === null ? lowerAdaptive(job, ends, c) : lowerGrid(job, states, ends, c);
  return spec === null ? null : { spec, states, start };
}

function numbers(shape: Value["shape"]): readonly number[] {
  return shape.flatMap((dim) => (typeof dim === "number" ? [dim] : []));
}

function lowerGrid(
  job: () => Job,
  memory: readonly StateSpec[],
  ends: readonly [number, number],
  c: Context,
): TravelSpec<LoweredProgram> | null {
  const { sampler, name } = job();
  const { step, run, correctors } = sampler;
  const nodes = gridOf({ ...run, from: ends[0], to: ends[1] }, step.options, step.span, c);
  if (nodes === null) return null;
  warnOfLeaving(sampler, nodes, c);
  const denoise = constantOf(step.options.get("denoise")?.thing ?? poison) === 1;
  const states = [...runState(run.process).specs, ...memory];
  const final = nodes.length - 2;
  const every = lowerStep(
    job,
    `${name}_step`,
    states,
    correctors,
    visitsOf(step, nodes, [0, correctors.length === 0 ? final : Math.max(0, final - 1)]),
    c,
  );
  if (every === null) return null;
  const last =
    correctors.length === 0 ? null : lowerStep(job, `${name}_last_step`, states, [], visitsOf(step, nodes, [final]), c);
  return { kind: "grid", nodes, every, last, denoise };
}

/** One application of the step, then of the correctors, per sample; then batched and cut from its schedule. */
function lowerStep(
  job: () => Job,
  label: string,
  states: readonly StateSpec[],
  correctors: readonly Step[],
  visits: readonly (readonly number[])[],
  c: Context,
): StepSpec<LoweredProgram> | null {
  const { sampler } = job();
  const frame = newFrame(label);
  const times = timeInputs(sampler.step);
  const next = times.slice(-1);
  const inputs = states.map((state) => ir.input(state.name, "real", state.shape));
  const inner: Context = { ...c, frame, pureIn: null, owner: null };
  const { specs, pack } = runState(sampler.run.process);
  const count = specs.length;
  const stepped = applyStep(
    sampler,
    sampler.step,
    [pack(inputs.slice(0, count)), ...inputs.slice(count).map((value) => tensor(value))],
    times,
    states,
    inner,
  );
  if (stepped === null) return null;
  if (
    reportLostNoise(
      sampler,
      stepped,
      frame.inputs.map(({ value }) => value),
      c,
    )
  )
    return null;
  let x = stepped.slice(0, count);
  const memory = stepped.slice(count);
  for (const corrector of correctors) {
    const corrected = applyStep(sampler, corrector, [pack(x)], next, specs, inner);
    if (corrected === null) return null;
    x = [...corrected];
  }
  const whole = wholeStep(states, inputs, times, [...x, ...memory], frame);
  return reportPole(sampler, whole.outputs, times, visits, c) ? null : stepPrograms(job, label, whole);
}

/** True after reporting that the first or last step divides by zero. */
function reportPole(
  sampler: SamplerThing,
  results: readonly Value[],
  times: readonly Value[],
  visits: readonly (readonly number[])[],
  c: Context,
): boolean {
  const { step, run } = sampler;
  const visit = poleOf(results, times, visits);
  if (visit === null) return false;
  const { time } = run.process;
  const [from, to] = visit.slice(-2);
  report(c, catalogue.poleOnGrid, step.span, {
    step: step.name,
    times: to === undefined ? `at ${time} = ${from}` : `on its step from ${time} = ${from} to ${time} = ${to}`,
    isFirst: visit === visits[0],
  });
  return true;
}

function lowerAdaptive(job: () => Job, ends: readonly [number, number], c: Context): TravelSpec<LoweredProgram> | null {
  const { sampler } = job();
  const { step, run } = sampler;
  const end = untilOf(ends, step.options, c);
  if (end === null) return null;
  const { specs, pack, unpack } = runState(run.process);
  const x = specs.map((spec) => ir.input(spec.name, "real", spec.shape));
  const derivative = (t: Value): readonly Thing[] => unpack(driftOf(run, pack(x), tensor(t), step.span, c));
  const field = lowerField(
    job,
    x,
    specs.map((spec) => spec.name),
    newFrame(job().name),
    derivative,
  );
  if (field === null) return null;
  const time = field.program.inputs.filter((_, place) => field.feeds[place]?.kind === "time");
  if (
    reportPole(
      sampler,
      field.program.outputs.map(({ value }) => value),
      time,
      [[ends[0]], [end]],
      c,
    )
  )
    return null;
  return { kind: "adaptive", from: ends[0], to: end, ...tolerances(step), field };
}
