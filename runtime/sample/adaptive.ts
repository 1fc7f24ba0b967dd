/** How does a state travel when the error decides the step? The host chooses each step, the engine computes it. */
import type { HeldTensor, Tensor, TensorProgram, TensorType } from "../engines/engine.js";
import { SdecError, throwIfAborted } from "../errors.js";
import type { Ops } from "../ops.js";
import { inputType, need, recordOf } from "../programs.js";
import type { Sizes } from "../programs.js";
import { standingInput, takeReals } from "../session.js";
import type { Call, Input, Session } from "../session.js";
import type { ProgramSpec, TravelSpec } from "../specification.js";
import { dormandPrinceStep, errorNorm } from "./dormand-prince.js";
import type { Field } from "./dormand-prince.js";
import type { Journey } from "./grid.js";
import type { Piece } from "./pieces.js";

export type AdaptiveTravel = Extract<TravelSpec, { readonly kind: "adaptive" }>;

/** All pieces take the same steps, by the largest error of any sample: the split does not change the numbers. */
export async function travelAdaptive(
  session: Session,
  call: Call,
  travel: AdaptiveTravel,
  pieces: readonly Piece[],
  perSample: ReadonlyMap<string, boolean>,
  journey: Journey,
): Promise<Piece[]> {
  const travellers = pieces.map((piece) => makeTraveller(session, call, travel, piece, perSample));
  const { from, to } = travel;
  const span = Math.abs(to - from);
  const direction = Math.sign(to - from);
  const smallest =
    4 * (session.engine.precision === "float32" ? 2 ** -23 : 2 ** -52) * Math.max(Math.abs(from), Math.abs(to));
  // The first step: such that a step along the first derivative moves the state by a hundredth of its size.
  const growth = Math.max(...(await Promise.all(travellers.map((traveller) => traveller.begin(from)))));
  let h = Math.min(span, Math.max(0.01 / growth, 100 * smallest));
  let time = from;
  let lastError = 1;
  let rejected = false;
  for (let attempt = 0; time !== to; attempt++) {
    throwIfAborted(journey.signal, "Sampling");
    if (attempt >= MOST_ATTEMPTS) {
      throw new SdecError(
        "step-size",
        `${travel.field.name} took ${MOST_ATTEMPTS} steps and is only at ${time} of ${to}`,
      );
    }
    const remaining = Math.abs(to - time);
    const isLast = h >= remaining * (1 - 1e-6);
    const step = direction * (isLast ? remaining : h);
    let error = 0;
    for (const traveller of travellers) error = Math.max(error, orInfinity(await traveller.attempt(time, step)));
    if (error <= 1) {
      for (const traveller of travellers) traveller.accept();
      time = isLast ? to : time + step;
      // Gustafsson's PI control: Hairer, Nørsett, Wanner, "Solving ordinary differential equations I", II.4 (beta = 0.08).
      const factor = 0.9 * Math.max(error, 1e-10) ** -0.14 * lastError ** 0.08;
      h = Math.abs(step) * Math.min(rejected ? 1 : 5, Math.max(0.2, factor));
      lastError = Math.max(error, 1e-4);
      rejected = false;
      journey.report(Math.abs(time - from) / span);
    } else {
      h = Math.abs(step) * Math.max(0.2, Number.isFinite(error) ? 0.9 * error ** -0.2 : 0.2);
      rejected = true;
      if (h < smallest) throw new SdecError("step-size", underflow(travel, time, error, session.engine.precision));
    }
  }
  return travellers.map((traveller) => traveller.arrive());
}

/** One piece on its way. */
interface Traveller {
  /** Takes the first derivative; the result is its size against that of the state. */
  begin(time: number): Promise<number>;
  /** Computes a step and returns its error in units of the tolerance. */
  attempt(time: number, h: number): Promise<number>;
  accept(): void;
  arrive(): Piece;
}

const MOST_ATTEMPTS = 100_000;

function makeTraveller(
  session: Session,
  call: Call,
  travel: AdaptiveTravel,
  piece: Piece,
  perSample: ReadonlyMap<string, boolean>,
): Traveller {
  const { field } = travel;
  const sizes = { B: piece.size };
  const names = [...piece.states.keys()];
  const flags = names.map((name) => need(perSample.get(name), name));
  const standing: Input[] = [];
  for (const input of field.inputs) {
    const value = standingInput(session, call, input, sizes, piece.first);
    if (value !== null) standing.push(value);
  }
  let states = names.map((name) => need(piece.states.get(name), name));
  let slopes: readonly HeldTensor[] = [];
  let candidate: readonly HeldTensor[] = [];
  const types = states.map(({ shape, dtype }, i): TensorType => ({ name: `state.${names[i] ?? ""}`, shape, dtype }));
  const key = `${piece.size} samples, rtol ${travel.rtol}, atol ${travel.atol}`;

  return {
    async begin(time) {
      const executable = await session.executable(field, `${key}, begin`, () =>
        beginProgram(field, names, types, flags, sizes, travel),
      );
      const outputs = await executable.run([real(time), ...states, ...standing]);
      slopes = outputs.slice(0, names.length);
      const [growth = 0] = await takeReals(need(outputs[names.length], "the growth"));
      return Math.max(growth, 1e-3);
    },
    async attempt(time, h) {
      for (const tensor of candidate) tensor.release();
      const executable = await session.executable(field, `${key}, step`, () =>
        stepProgram(field, names, types, flags, sizes, travel),
      );
      const outputs = await executable.run([real(time), real(h), ...states, ...slopes, ...standing]);
      candidate = outputs.slice(0, 2 * names.length);
      const [error = Number.NaN] = await takeReals(need(outputs[2 * names.length], "the error"));
      return error;
    },
    accept() {
      for (const tensor of [...states, ...slopes]) tensor.release();
      states = candidate.slice(0, names.length);
      slopes = candidate.slice(names.length);
      candidate = [];
    },
    arrive() {
      for (const tensor of slopes) tensor.release();
      return { ...piece, states: new Map(names.map((name, i) => [name, need(states[i], name)])) };
    },
  };
}

function stepProgram(
  field: ProgramSpec,
  names: readonly string[],
  states: readonly TensorType[],
  perSample: readonly boolean[],
  sizes: Sizes,
  tolerance: AdaptiveTravel,
): TensorProgram {
  const scalar = (name: string): TensorType => ({ name, shape: [], dtype: "real" });
  const slopes = states.map((type) => ({ ...type, name: type.name.replace("state.", "slope.") }));
  return {
    name: `${field.name}, a step`,
    inputs: [scalar("step.time"), scalar("step.h"), ...states, ...slopes, ...standingTypes(field, sizes)],
    build(o, [time, h, ...values]) {
      const count = names.length;
      const derivative = fieldOf(o, field, names, values.slice(2 * count), sizes);
      const outcome = dormandPrinceStep(
        o,
        derivative,
        need(time, "time"),
        need(h, "h"),
        values.slice(0, count),
        values.slice(count, 2 * count),
        perSample,
        tolerance,
      );
      return [...outcome.states, ...outcome.slopes, outcome.error];
    },
  };
}

/** The first derivative and its size, both in units of the tolerance, as a ratio. */
function beginProgram(
  field: ProgramSpec,
  names: readonly string[],
  states: readonly TensorType[],
  perSample: readonly boolean[],
  sizes: Sizes,
  tolerance: AdaptiveTravel,
): TensorProgram {
  return {
    name: `${field.name}, the beginning`,
    inputs: [{ name: "step.time", shape: [], dtype: "real" }, ...states, ...standingTypes(field, sizes)],
    build(o, [time, ...values]) {
      const start = values.slice(0, names.length);
      const slopes = fieldOf(o, field, names, values.slice(names.length), sizes)(need(time, "time"), start);
      const steepness = errorNorm(o, slopes, start, start, perSample, tolerance);
      const size = errorNorm(o, start, start, start, perSample, tolerance);
      return [...slopes, o.div(steepness, o.max(size, o.scalar(1e-5)))];
    },
  };
}

function standingTypes(field: ProgramSpec, sizes: Sizes): TensorType[] {
  return field.inputs.filter(isStanding).map((input) => inputType(input, sizes));
}

function isStanding(input: ProgramSpec["inputs"][number]): boolean {
  return input.from.kind !== "state" && input.from.kind !== "time";
}

function fieldOf<T>(
  o: Ops<T>,
  field: ProgramSpec,
  names: readonly string[],
  standing: readonly T[],
  sizes: Sizes,
): Field<T> {
  return (time, states) => {
    let at = 0;
    const inputs = recordOf(
      field.inputs.map(({ name }) => name),
      (name, i): T => {
        const { from } = need(field.inputs[i], name);
        if (from.kind === "time") return time;
        return need(from.kind === "state" ? states[names.indexOf(from.state)] : standing[at++], name);
      },
    );
    const outputs = field.run(o, inputs, sizes);
    return names.map((name) => need(outputs[name], name));
  };
}

function real(value: number): Tensor {
  return { data: Float64Array.of(value), shape: [], dtype: "real" };
}

function orInfinity(error: number): number {
  return Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
}

function underflow(travel: AdaptiveTravel, time: number, error: number, precision: string): string {
  const cause = Number.isFinite(error)
    ? `the error stays ${error.toPrecision(3)} times the tolerance (rtol ${travel.rtol}, atol ${travel.atol}). A larger rtol helps where ${precision} cannot resolve it; else the field has a singularity there.`
    : "the field is not finite there.";
  return `${travel.field.name} cannot go on at time ${time}: ${cause}`;
}
