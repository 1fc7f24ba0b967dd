/** Which bound on the likelihood do the weight of an objective and its law of times give together? */
import { evaluate as evaluateFormula } from "../calculus/evaluate.js";
import { symbol } from "../calculus/expression.js";
import type { Expression } from "../calculus/expression.js";
import type { SignalFacts } from "../calculus/facts.js";
import { convertHead } from "../calculus/process.js";
import * as ir from "../ir/build.js";
import { substitute } from "../ir/substitute.js";
import type { Value } from "../ir/value.js";
import type { Frame } from "./context.js";
import { predictionOf } from "./independent-target.js";
import type { Prediction } from "./independent-target.js";
import { signalOf } from "./process-law.js";
import { inputsBelow, numbersAtTrial } from "./trial-numbers.js";

/** An objective that is, whatever head it regresses, ∫ ratio(t) ½ g(t)² E|s - ∇ log p(x_t | x_0)|² dt up to what nothing moves. */
export interface Weighting {
  readonly process: string;
  readonly time: string;
  /** From the data to the noise. */
  readonly ratios: readonly { readonly time: number; readonly logSnr: number; readonly ratio: number }[];
  readonly bound: Bound;
}

/**
 * `likelihood`: the ratio does not vary, and the objective is it times a bound on -E log p(x) (Song, Durkan, Murray & Ermon 2021,
 * arXiv 2101.09258). `noisy`: it grows with the noise, and the objective averages such bounds over data with noise added (Kingma &
 * Gao 2023, arXiv 2303.00848, theorem 1). `none`: it falls somewhere.
 */
export type Bound =
  | { readonly kind: "likelihood"; readonly factor: number }
  | { readonly kind: "noisy" }
  | { readonly kind: "none"; readonly fallsFrom: number };

/** null where the goal is not the square of one prediction's error, weighted by a function of one drawn time. */
export function weightingOf(goal: Value, frame: Frame, weights: ReadonlySet<Value>): Weighting | null {
  const [found, more] = predictionsIn(goal);
  if (found === undefined || more !== undefined) return null;
  const { value, said } = found;
  const signal = signalOf(said.process);
  if (signal === null || said.process.constants.size > 0 || said.process.dynamics.kind === "coordinates") return null;
  const clock = clockOf(said.time, frame);
  const prediction = ir.input("prediction", "real", value.shape);
  const [free] = substitute([goal], new Map([[value, prediction]]));
  if (clock === null || free === undefined || inputsBelow([free]).some((input) => weights.has(input))) return null;
  const ratios: { time: number; logSnr: number; ratio: number }[] = [];
  for (const place of clock.places) {
    const curvatures = [1, 2].map((trial) => curvature(free, prediction, clock, place, trial));
    const [first = Number.NaN, second = Number.NaN] = curvatures;
    // In another form than a weighted square the curvature varies with what is drawn.
    if (!(Math.abs(first - second) <= 1e-6 * Math.abs(first))) return null;
    const [time, rate] = [clock.at(place), (clock.at(place + step) - clock.at(place - step)) / (2 * step)];
    const at = (formula: Expression): number => evaluateFormula(formula, new Map([[said.process.time, time]]));
    const weight = (first / 2) * slopeInScore(signal, said, time) ** 2;
    const half = (at(signal.std) ** 2 * Math.abs(at(signal.logSnrRate))) / 2;
    ratios.push({ time, logSnr: at(signal.logSnr), ratio: (weight * clock.density(place)) / Math.abs(rate) / half });
  }
  if (ratios.some(({ logSnr, ratio }) => !Number.isFinite(logSnr) || !Number.isFinite(ratio))) return null;
  ratios.sort((a, b) => b.logSnr - a.logSnr);
  return { process: said.process.name, time: said.process.time, ratios, bound: boundOf(ratios) };
}

/** In the uniform or normal number behind a time. */
const step = 1e-4;

function boundOf(ratios: Weighting["ratios"]): Bound {
  const values = ratios.map(({ ratio }) => ratio);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (high - low <= 1e-3 * high) return { kind: "likelihood", factor: (low + high) / 2 };
  const place = values.findIndex((value, i) => (values[i + 1] ?? value) < value * (1 - 1e-6));
  return place < 0 ? { kind: "noisy" } : { kind: "none", fallsFrom: ratios[place]?.time ?? Number.NaN };
}

/** The uppermost predictions below the goal, converted ones whole. */
function predictionsIn(goal: Value): readonly { readonly value: Value; readonly said: Prediction }[] {
  const found = new Map<Value, Prediction>();
  const seen = new Set<Value>();
  const open = [goal];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (seen.has(value)) continue;
    seen.add(value);
    const said = predictionOf(value);
    if (said === null) open.push(...value.inputs);
    else found.set(value, said);
  }
  return [...found].map(([value, said]) => ({ value, said }));
}

interface Clock {
  readonly drawn: Value;
  readonly at: (number: number) => number;
  readonly density: (number: number) => number;
  readonly places: readonly number[];
}

/** A time that one uniform or normal number tells. */
function clockOf(time: Value, frame: Frame): Clock | null {
  const [drawn, more] = inputsBelow([time]);
  const feed = frame.inputs.find(({ value }) => value === drawn)?.feed.kind;
  if (drawn === undefined || more !== undefined || drawn.shape.length > 0) return null;
  const at = (number: number): number => numbersAtTrial([time], 1, () => number)?.[0]?.[0] ?? Number.NaN;
  const middles = Array.from({ length: 41 }, (_, i) => (i + 0.5) / 41);
  if (feed === "uniform") return { drawn, at, density: () => 1, places: middles };
  if (feed === "normal")
    return {
      drawn,
      at,
      density: (z) => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI),
      places: middles.map((middle) => 6 * middle - 3),
    };
  return null;
}

/** The second derivative in the prediction's first number: a second difference, exact for a square. */
function curvature(goal: Value, prediction: Value, clock: Clock, place: number, trial: number): number {
  const [low, middle, high] = [-1, 0, 1].map((away) => {
    let isFirst = true;
    const number = (input: Value, fraction: number): number => {
      if (input === clock.drawn) return place;
      const moved = input === prediction && isFirst ? away : 0;
      if (input === prediction) isFirst = false;
      return fraction + moved;
    };
    return numbersAtTrial([goal], trial, number)?.[0]?.[0] ?? Number.NaN;
  });
  return (low ?? Number.NaN) + (high ?? Number.NaN) - 2 * (middle ?? Number.NaN);
}

/** How much of the predicted head moves with the score. */
function slopeInScore(signal: SignalFacts, { quantity, process }: Prediction, time: number): number {
  const [score, state] = [symbol("score of the process"), symbol("state of the process")];
  const { value } = convertHead(signal, "score", quantity, score, state);
  const at = (given: number): number =>
    evaluateFormula(
      value,
      new Map([
        [process.time, time],
        [score.name, given],
        [state.name, 0],
      ]),
    );
  return at(1) - at(0);
}
