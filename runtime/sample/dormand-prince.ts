/**
 * What is one step of Dormand and Prince's method, as a program? Seven derivatives, the fifth-order result, and the error
 * estimated by the difference to the fourth-order one.
 *
 * Dormand, Prince: "A family of embedded Runge-Kutta formulae", J. Comput. Appl. Math. 6 (1980), table 2, RK5(4)7M.
 */
import type { Ops } from "../ops.js";

/** Derivatives of the states, in their order, at a time. */
export type Field<T> = (time: T, states: readonly T[]) => readonly T[];

export interface StepOutcome<T> {
  readonly states: readonly T[];
  /** Derivatives at the new states: the first stage of the next step. */
  readonly slopes: readonly T[];
  /** The largest error of a sample in units of its tolerance; a scalar. */
  readonly error: T;
}

export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

export function dormandPrinceStep<T>(
  o: Ops<T>,
  field: Field<T>,
  time: T,
  h: T,
  states: readonly T[],
  slopes: readonly T[],
  perSample: readonly boolean[],
  tolerance: Tolerance,
): StepOutcome<T> {
  const stages: (readonly T[])[] = [slopes];
  let moved = states;
  for (const [i, row] of STAGES.entries()) {
    moved = states.map((state, k) => o.add(state, o.mul(h, combine(o, row, stages, k))));
    stages.push(field(o.add(time, o.mul(h, o.scalar(NODES[i] ?? 1))), moved));
  }
  const errors = states.map((_, k) => o.mul(h, combine(o, ERROR, stages, k)));
  return { states: moved, slopes: stages[6] ?? [], error: errorNorm(o, errors, states, moved, perSample, tolerance) };
}

/**
 * The largest over samples of sqrt(mean(e / (atol + rtol max(|y|, |y'|)))^2), the mean over all numbers of a sample. States
 * that are not per sample count as one more sample.
 */
export function errorNorm<T>(
  o: Ops<T>,
  errors: readonly T[],
  before: readonly T[],
  after: readonly T[],
  perSample: readonly boolean[],
  { rtol, atol }: Tolerance,
): T {
  const squares = errors.map((error, k) => {
    const size = o.max(o.abs(before[k] as T), o.abs(after[k] as T)); // as many states before and after as errors
    const ratio = o.div(error, o.add(o.scalar(atol), o.mul(o.scalar(rtol), size)));
    return o.mul(ratio, ratio);
  });
  const norms = [true, false].flatMap((sampled) => {
    const group = squares.filter((_, k) => perSample[k] === sampled);
    if (group.length === 0) return [];
    let count = 0;
    const sums = group.map((square) => {
      const shape = o.shapeOf(square);
      const inner = shape.map((_, axis) => axis).slice(sampled ? 1 : 0);
      count += inner.reduce((product, axis) => product * (shape[axis] ?? 1), 1);
      return inner.length === 0 ? square : o.sum(square, inner);
    });
    const mean = o.mul(sums.reduce(o.add), o.scalar(1 / count));
    return [o.sqrt(sampled ? o.reduceMax(mean, [0]) : mean)];
  });
  return norms.reduce(o.max);
}

function combine<T>(o: Ops<T>, row: readonly number[], stages: readonly (readonly T[])[], k: number): T {
  const terms = row.flatMap((weight, i) => {
    const stage = stages[i]?.[k];
    return weight === 0 || stage === undefined ? [] : [o.mul(o.scalar(weight), stage)];
  });
  return terms.reduce(o.add);
}

const NODES = [1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1] as const;
const STAGES = [
  [1 / 5],
  [3 / 40, 9 / 40],
  [44 / 45, -56 / 15, 32 / 9],
  [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
  [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
  [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
] as const;
/** Fifth-order minus fourth-order weights. */
const ERROR = [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40] as const;
