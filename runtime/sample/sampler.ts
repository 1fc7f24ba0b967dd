/** What happens when an application calls `model.sample.NAME`? */
import type { SampleOptions } from "../api.js";
import { gatherData } from "../data/sets.js";
import type { HeldTensor } from "../engines/engine.js";
import { NonFiniteError, SdecError } from "../errors.js";
import { elements } from "../ndarray.js";
import type { NdArray } from "../ndarray.js";
import type { Shape } from "../ops.js";
import { describeCulprit } from "../locate.js";
import { gatherParameters } from "../parameters.js";
import { inputsFrom, inputType, need } from "../programs.js";
import type { Sizes } from "../programs.js";
import { answersTo, gatherRewards } from "../rewards.js";
import type { Rewards } from "../rewards.js";
import { runProgram } from "../session.js";
import type { Call, Input, Session } from "../session.js";
import type {
  InputSpec,
  ModelSpec,
  ProgramSpec,
  RolloutSpec,
  SamplerSpec,
  StateSpec,
  TravelSpec,
} from "../specification.js";
import { travelAdaptive } from "./adaptive.js";
import { travelGrid } from "./grid.js";
import type { Journey } from "./grid.js";
import { locateSample, startOf, stepsOf } from "./locate-sample.js";
import { split, widestOf } from "./pieces.js";
import type { Piece } from "./pieces.js";

export async function sample(
  session: Session,
  model: ModelSpec,
  sampler: SamplerSpec,
  options: SampleOptions & object,
): Promise<Record<string, NdArray>> {
  const { count } = options;
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new SdecError("option", `\`count\` must be a whole number from 1 on, not ${String(count)}`);
  }
  const call = await openCall(model, sampler, options);
  const journey: Journey = {
    signal: options.signal,
    report: (done) => options.onProgress?.({ done }),
    fixedDraws: false,
  };
  const pieces =
    sampler.kind === "solver"
      ? await solve(session, call, sampler, count, journey)
      : await runPieces(session, call, sampler, count, journey, rewardsOf(model, sampler, options));
  const results: Record<string, NdArray> = {};
  for (const entry of sampler.returns) {
    const name = "state" in entry ? entry.state : entry.output;
    results[name] = await collect(name, entry.space.shape, pieces, count);
    await checkFinite(session, call, model, sampler, name, need(results[name], name));
  }
  releasePieces(pieces);
  return results;
}

/** Travels by the kind of the travel. */
export async function travelPieces(
  session: Session,
  call: Call,
  travel: TravelSpec,
  states: readonly StateSpec[],
  pieces: readonly Piece[],
  journey: Journey,
): Promise<Piece[]> {
  if (travel.kind === "grid") return travelGrid(session, call, travel, pieces, journey);
  const perSample = new Map(states.map((state) => [state.name, state.perSample]));
  return travelAdaptive(session, call, travel, pieces, perSample, journey);
}

/** A state of all pieces as one array [count, ...shape]. */
export async function collect(name: string, shape: Shape, pieces: readonly Piece[], count: number): Promise<NdArray> {
  const data = new Float32Array(count * elements(shape));
  const width = elements(shape);
  for (const { first, size, states } of pieces) {
    const { data: part } = await need(states.get(name), name).read();
    // A state that is the same for all samples is handed out for each.
    if (part.length === size * width) data.set(part, first * width);
    else for (let i = 0; i < size; i++) data.set(part, (first + i) * width);
  }
  return { data, shape: [count, ...shape] };
}

export function releasePieces(pieces: readonly Piece[]): void {
  for (const { states } of pieces) for (const held of states.values()) held.release();
}

const OPTIONS = ["count", "seed", "onProgress", "signal", "data", "rewards"] as const;

type ProgramSampler = Extract<SamplerSpec, { kind: "program" }>;

function rewardsOf(model: ModelSpec, { rollout }: ProgramSampler, options: object): Rewards {
  const given = new Map<string, unknown>(Object.entries(options)).get("rewards");
  return gatherRewards(given, model.rewards, new Set(rollout?.asks.map(({ reward }) => reward)));
}

async function openCall(model: ModelSpec, sampler: SamplerSpec, options: SampleOptions & object): Promise<Call> {
  const programs = sampler.kind === "program" ? [sampler.program] : [sampler.start, ...programsOf(sampler.travel)];
  const wanted = new Set(programs.flatMap((program) => inputsFrom(program, "data").map(({ from }) => from.data)));
  const given = new Map<string, unknown>(Object.entries(options)).get("data") ?? {};
  if (typeof given !== "object") throw new SdecError("data", `\`data\` must hold the data sets by name`);
  return {
    seed: options.seed ?? 0,
    scope: `sample/${sampler.name}`,
    parameters: await gatherParameters(options, sampler.parameters, options.count, OPTIONS),
    data: await gatherData(given, model.data, wanted),
  };
}

function programsOf(travel: TravelSpec): readonly ProgramSpec[] {
  if (travel.kind === "adaptive") return [travel.field];
  const steps = travel.last === null ? [travel.every] : [travel.every, travel.last];
  return steps.flatMap(({ schedule, step }) => [schedule, step]);
}

async function solve(
  session: Session,
  call: Call,
  sampler: Extract<SamplerSpec, { kind: "solver" }>,
  count: number,
  journey: Journey,
): Promise<readonly Piece[]> {
  const width = sampler.states.reduce((sum, state) => sum + elements(state.shape), 0);
  const pieces: Piece[] = [];
  for (const range of split(count, width, widestOf(programsOf(sampler.travel)))) {
    const outputs = await runProgram(session, startOf(call), sampler.start, { B: range.size }, range.first);
    const states = new Map<string, HeldTensor>();
    for (const { name } of sampler.states) states.set(name, need(outputs.get(name), `the initial ${name}`));
    pieces.push({ ...range, states });
  }
  return travelPieces(session, stepsOf(call), sampler.travel, sampler.states, pieces, journey);
}

async function runPieces(
  session: Session,
  call: Call,
  sampler: ProgramSampler,
  count: number,
  journey: Journey,
  rewards: Rewards,
): Promise<readonly Piece[]> {
  const { program, rollout } = sampler;
  const width = sampler.returns.reduce((sum, { space }) => sum + elements(space.shape), 0);
  const pieces: Piece[] = [];
  for (const range of split(count, width)) {
    if (journey.signal?.aborted === true) throw new SdecError("aborted", "Sampling was stopped");
    const sizes = { B: range.size };
    const answers = rollout === null ? null : await answersFor(session, call, rollout, range, rewards);
    const states = await runProgram(session, call, program, sizes, range.first, (input) =>
      answer(input, answers, sizes),
    );
    pieces.push({ ...range, states });
    journey.report((range.first + range.size) / count);
  }
  return pieces;
}

type Answers = ReadonlyMap<number, ArrayLike<number>>;

/** What the application answers about the samples of a piece, by the number of the question. */
async function answersFor(
  session: Session,
  call: Call,
  rollout: RolloutSpec,
  range: Omit<Piece, "states">,
  rewards: Rewards,
): Promise<Answers> {
  const outputs = await runProgram(session, call, rollout.program, { B: range.size }, range.first);
  const answers = new Map<number, ArrayLike<number>>();
  for (const ask of rollout.asks) {
    const held = ask.arguments.map((name) => need(outputs.get(name), name));
    answers.set(ask.call, await answersTo(ask, held, range.size, rewards));
  }
  return answers;
}

function answer(input: InputSpec, answers: Answers | null, sizes: Sizes): Input {
  const found = input.from.kind === "reward" ? answers?.get(input.from.call) : undefined;
  return {
    data: Float32Array.from(need(found, `the input ${input.name}`)),
    shape: inputType(input, sizes).shape,
    dtype: "real",
  };
}

/** A sample that is not finite is followed on the reference engine, alone, to the operation that made it so. */
async function checkFinite(
  session: Session,
  call: Call,
  model: ModelSpec,
  sampler: SamplerSpec,
  name: string,
  array: NdArray,
): Promise<void> {
  const width = elements(array.shape.slice(1));
  const bad: number[] = [];
  for (let row = 0; row < (array.shape[0] ?? 0); row++) {
    if (!array.data.subarray(row * width, (row + 1) * width).every(Number.isFinite)) bad.push(row);
  }
  const [first] = bad;
  if (first === undefined) return;
  // Without the answers of the application the sample cannot be followed.
  const isAlone = sampler.kind === "program" && sampler.rollout !== null;
  const found = isAlone ? null : await locateSample(session, call, sampler, first);
  const { step = 0, culprit = null } = found ?? {};
  const where = culprit === null ? "" : ` ${describeCulprit(culprit, model.source)}`;
  const when = found === null || sampler.kind === "program" ? "" : ` from step ${step} on`;
  throw new NonFiniteError(
    { program: sampler.name, step, op: culprit?.op ?? null, line: culprit?.line ?? null, source: model.source },
    `Sampler ${sampler.name}: ${name} is not finite in ${bad.length} of ${array.shape[0] ?? 0} samples${when}.${where}`,
  );
}
