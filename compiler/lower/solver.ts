/** How `R using step with corrector` becomes a start, a schedule and a step. */
import type { LikelihoodSpec, ParameterSpec, SamplerSpec, StateSpec, StepSpec, TravelSpec } from "../../runtime/specification.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import { substitute } from "../ir/substitute.js";
import { simplify } from "../ir/simplify.js";
import type { Value } from "../ir/value.js";
import { vectorise } from "../ir/vectorise.js";
import { constantOf, real, showShape, tensor } from "./arithmetic.js";
import { batchInputs, finish, overBatch } from "./batched.js";
import type { ExtraInput } from "./batched.js";
import { evaluateBody } from "./call.js";
import type { Context, Frame } from "./context.js";
import { newFrame, report, usedAt, withScope } from "./context.js";
import { describe } from "./describe.js";
import { evaluate } from "./evaluate.js";
import { gridOf, untilOf } from "./grid.js";
import { draw, logProb } from "./laws.js";
import type { LoweredProgram } from "./model.js";
import { poleOf } from "./poles.js";
import { cutSchedule } from "./schedule.js";
import { driftOf, endsOf, isStochastic, logDet, timesOf } from "./run.js";
import { childOf } from "./scope.js";
import type { Law, SamplerThing, Step, Thing } from "./thing.js";
import { poison } from "./thing.js";

/** Up to this many coordinates the divergence is summed exactly; beyond, by random probes. */
const exactTraceLimit = 16;

/** What the programs of one sampler share. */
interface Job {
  readonly sampler: SamplerThing;
  readonly name: string;
  readonly extras: readonly ExtraInput[];
}

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
  const weights = (): ExtraInput[] =>
    [...c.world.weights.values()].map(({ spec, value }) => ({ value, feed: { kind: "weight", weight: spec.name } }));
  const memory = step.declaration === null ? [] : memoryOf(step);
  const job = (): Job => ({ sampler, name, extras: [...weights(), ...parameterInputs] });
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

/** A deterministic step on a stochastic process would ignore its noise. */
function legalStep(sampler: SamplerThing, c: Context): boolean {
  const { run, step } = sampler;
  const times = step.declaration === null ? 2 : timesOf(step);
  if (times !== 2) {
    report(c, catalogue.illegalStep, step.span, {
      step: step.name,
      use: "step a process",
      reason: "it is a corrector (`on x, t`), which leaves time alone",
      instead: `Name a step first and correct after it: \`… using euler_maruyama(…) with ${step.name}(…)\`.`,
    });
    return false;
  }
  const draws = step.declaration !== null && drawsNoise(step);
  if (isStochastic(run) && !draws) {
    report(c, catalogue.illegalStep, step.span, {
      step: step.name,
      use: "step this process",
      reason: "the process has noise, but the step draws none",
      instead: "Use a step that draws its noise, such as `euler_maruyama`, or run its `probability_flow`.",
    });
    return false;
  }
  return true;
}

function drawsNoise(step: Step): boolean {
  const { body } = step.declaration ?? { body: null };
  return body?.kind === "block" && body.statements.some((statement) => statement.kind === "relation" && statement.sign === "~");
}

/** The law at the known end, drawn. */
function lowerStart(sampler: SamplerThing, name: string, from: number, c: Context): { value: Value; frame: Frame } | null {
  const { run } = sampler;
  const { process } = run;
  const frame = newFrame(`${name}.start`);
  const inner: Context = { ...c, frame, pureIn: null };
  const dataLaw: Law | null = process.data?.kind === "data" && process.data.law !== null ? process.data.law : null;
  const law = run.start ?? (from === process.knownTime ? process.known : dataLaw);
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

interface Memory {
  readonly name: string;
  readonly initial: (x: Thing, c: Context) => Thing;
}

/** Names with a default after the state: memory that starts at the default and is returned after the state. */
function memoryOf(step: Step): readonly Memory[] {
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
  const initial = memory.map(({ name: memoryName, initial: value }) => ({ name: memoryName, thing: value(tensor(x), { ...c, scope: step.scope ?? c.scope }) }));
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
  const every = lowerStep(job, `${name}_step`, states, correctors, nodes, c);
  if (every === null) return null;
  const last = correctors.length === 0 ? null : lowerStep(job, `${name}_last_step`, states, [], nodes.slice(-2), c);
  return { kind: "grid", nodes, every, last, denoise };
}

/** One application of the step, then of the correctors, per sample; then batched and cut from its schedule. */
function lowerStep(job: () => Job, label: string, states: readonly StateSpec[], correctors: readonly Step[], nodes: readonly number[], c: Context): StepSpec<LoweredProgram> | null {
  const { sampler } = job();
  const frame = newFrame(label);
  const t = ir.input("t", "real", []);
  const s = ir.input("s", "real", []);
  const inputs = states.map((state) => ir.input(state.name, "real", state.shape));
  const inner: Context = { ...c, frame, pureIn: null, owner: null };
  const stepped = applyStep(sampler, sampler.step, inputs.map((value) => tensor(value)), [t, s], states, inner);
  if (stepped === null) return null;
  let [x, ...memory] = stepped;
  for (const corrector of correctors) {
    const corrected = applyStep(sampler, corrector, [tensor(x ?? t)], [s], [{ name: "x", shape: states[0]?.shape ?? [], perSample: true }], inner);
    if (corrected === null) return null;
    [x] = corrected;
  }
  const ends = [nodes.slice(0, 2), nodes.slice(correctors.length === 0 ? -2 : -3).slice(0, 2)];
  if (reportPole(sampler, [x ?? t, ...memory], [t, s], ends, c)) return null;
  return stepPrograms(job, label, states, inputs, [t, s], [x ?? t, ...memory], frame);
}

export function stepPrograms(
  job: () => Job,
  label: string,
  states: readonly StateSpec[],
  inputs: readonly Value[],
  times: readonly [Value, Value],
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
  const [tInput, sInput] = [ir.input("t", "real", ["K"]), ir.input("s", "real", ["K"])];
  const rows = vectorise(cut.rows, new Map([[times[0], tInput], [times[1], sInput]]), "K");
  const schedule = finish(
    `${label}_schedule`,
    `What a step of \`${label}\` needs that does not depend on the sample, for K pairs of times at once.`,
    rows.values.map((value, place) => ({ name: `row${place + 1}`, value })),
    [
      ...extras,
      { value: tInput, feed: { kind: "time" } },
      { value: sInput, feed: { kind: "next time" } },
    ],
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

/** True after reporting that the first or last step divides by zero. */
function reportPole(sampler: SamplerThing, results: readonly Value[], times: readonly Value[], visits: readonly (readonly number[])[], c: Context): boolean {
  const { step, run } = sampler;
  const visit = poleOf(results, times, visits);
  if (visit === null) return false;
  const { time } = run.process;
  report(c, catalogue.poleOnGrid, step.span, { step: step.name, times: visit.length === 1 ? `at ${time} = ${visit[0]}` : `on its step from ${time} = ${visit[0]} to ${time} = ${visit[1]}`, isFirst: visit === visits[0] });
  return true;
}

/** Evaluates a step's declaration at a state and times: the new state, then the memory. */
function applyStep(
  sampler: SamplerThing,
  step: Step,
  state: readonly Thing[],
  times: readonly Value[],
  states: readonly StateSpec[],
  c: Context,
): readonly Value[] | null {
  const result = stepResult(sampler, step, state, times, c);
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

function stepResult(sampler: SamplerThing, step: Step, state: readonly Thing[], times: readonly Value[], c: Context): Thing {
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
  for (const [place, name] of names.entries()) {
    const isState = place === 0 || name.default !== null;
    const thing = isState ? state[statePlace++] : tensor(times[timePlace++] ?? ir.scalar(0));
    scope.names.set(name.name.text, thing ?? poison);
  }
  const { body } = declaration;
  return usedAt(step.span, c, () => evaluateBody(body, withScope(c, scope), declaration.span));
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
  const field = lowerField(job, [x], ["x"], (t) => [driftOf(run, tensor(x), tensor(t), step.span, c)]);
  return field === null ? null : { kind: "adaptive", from: ends[0], to: end, ...tolerances(step), field };
}

function tolerances(step: Step): { rtol: number; atol: number } {
  const rtol = constantOf(step.options.get("rtol")?.thing ?? poison) ?? 1e-5;
  return { rtol, atol: constantOf(step.options.get("atol")?.thing ?? poison) ?? rtol };
}

function lowerField(job: () => Job, inputs: readonly Value[], names: readonly string[], derivative: (t: Value) => readonly Thing[]): LoweredProgram | null {
  const { name } = job();
  const t = ir.input("t", "real", []);
  const values = derivative(t).flatMap((thing) => (thing.kind === "tensor" ? [real(thing.value)] : []));
  if (values.length < names.length) return null;
  const { extras } = job();
  const map = new Map<Value, Value>();
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
  return finish(`${name}_field`, `The time derivative of the state of \`${name}\`.`, outputs, [...extras, ...stateInputs, { value: t, feed: { kind: "time" } }]);
}

/** The same solver on the state with log_det, from the data to the known end. */
function lowerLikelihood(job: () => Job, ends: readonly [number, number], c: Context): LikelihoodSpec<LoweredProgram> | null {
  const { sampler, name } = job();
  const { run, step, correctors } = sampler;
  const { process } = run;
  if (run.mode !== "flow" || correctors.length > 0 || process.known === null || (step.declaration !== null && drawsNoise(step))) return null;
  if (step.declaration !== null && memoryOf(step).length > 0) return null;
  const size = process.space.shape.reduce((a, b) => a * b, 1);
  const exact = size <= exactTraceLimit;
  const names = exact ? ["x", logDet] : ["x", logDet, "probe"];
  const states: StateSpec[] = names.map((state) => ({ name: state, shape: state === logDet ? [] : process.space.shape, perSample: true }));
  const inputs = states.map((state) => ir.input(state.name, "real", state.shape));
  const record = (): Thing => ({ kind: "record", fields: new Map(names.map((state, place) => [state, tensor(inputs[place] ?? ir.scalar(0))])) });
  const fieldsOf = (thing: Thing): readonly Thing[] => (thing.kind === "record" ? names.map((state) => thing.fields.get(state) ?? poison) : [poison]);
  const x = ir.input("x", "real", process.space.shape);
  const density = logProb(process.known, tensor(x), run.span, c);
  if (density.kind !== "tensor") return null;
  const batchedX = ir.input("x", "real", ["B", ...process.space.shape]);
  const lifted = overBatch([real(density.value)], new Map([[x, batchedX]]));
  const prior = finish(`${name}_prior`, `Log-density of the law at time ${ends[0]}.`, [{ name: "log_prob", value: lifted.values[0] ?? density.value }], [
    ...job().extras,
    { value: batchedX, feed: { kind: "state", state: "x" } },
  ]);
  const common = { states, prior, trace: exact ? "exact" : "hutchinson" } as const;
  if (step.declaration === null) {
    const end = untilOf(ends, step.options, c);
    const field = lowerField(job, inputs, names, (t) => fieldsOf(driftOf(run, record(), tensor(t), step.span, c)));
    return field === null || end === null ? null : { ...common, travel: { kind: "adaptive", from: end, to: ends[0], ...tolerances(step), field } };
  }
  const nodes = gridOf({ ...run, from: ends[0], to: ends[1] }, step.options, step.span, c);
  const frame = newFrame(`${name}_likelihood`);
  const t = ir.input("t", "real", []);
  const s = ir.input("s", "real", []);
  const result = stepResult(sampler, step, [record()], [t, s], { ...c, frame, pureIn: null, owner: null });
  const values = fieldsOf(result).flatMap((thing) => (thing.kind === "tensor" ? [real(thing.value)] : []));
  if (nodes === null || values.length < names.length) return null;
  const every = stepPrograms(job, `${name}_likelihood`, states, inputs, [t, s], values, frame);
  return { ...common, travel: { kind: "grid", nodes: [...nodes].reverse(), every, last: null, denoise: false } };
}

