/** What are propagator, shift and covariance of dX = (A X + c) dt + G dW, as float64 numbers? */
import type { NumericSystem } from "./system-facts.js";

/** Matrices row by row. */
export interface SystemMoments {
  readonly propagator: readonly number[];
  /** Of the propagator. */
  readonly inverse: readonly number[];
  readonly shift: readonly number[];
  readonly covariance: readonly number[];
}

/** At increasing moments from 0 on, where the covariance is `start`. */
export function momentsAt(
  system: NumericSystem,
  start: readonly number[],
  moments: readonly number[],
): readonly SystemMoments[] {
  const { size: n } = system;
  const identity = Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
  let state: readonly number[] = [...identity, ...identity, ...Array.from({ length: n }, () => 0), ...start];
  let now = 0;
  return moments.map((moment) => {
    state = advance(system, state, now, moment);
    now = moment;
    const part = (from: number, length: number): readonly number[] => state.slice(from, from + length);
    const square = n * n;
    return {
      propagator: part(0, square),
      inverse: part(square, square),
      shift: part(2 * square, n),
      covariance: part(2 * square + n, square),
    };
  });
}

/** Φ' = AΦ, Ψ' = -ΨA, m' = Am + c, V' = AV + VAᵀ + D. */
function slope(system: NumericSystem, w: number, y: readonly number[]): number[] {
  const { size: n } = system;
  const [a, c, d] = [system.linear(w), system.constant(w), system.squared(w)];
  const [inverse, shift, covariance] = [n * n, 2 * n * n, 2 * n * n + n];
  const result = new Array<number>(y.length).fill(0);
  for (let i = 0; i < n; i += 1) {
    let moved = c[i] ?? 0;
    for (let k = 0; k < n; k += 1) moved += (a[i * n + k] ?? 0) * (y[shift + k] ?? 0);
    result[shift + i] = moved;
    for (let j = 0; j < n; j += 1) {
      let [grown, shrunk, spread] = [0, 0, d[i * n + j] ?? 0];
      for (let k = 0; k < n; k += 1) {
        const [aik = 0, akj = 0, ajk = 0] = [a[i * n + k], a[k * n + j], a[j * n + k]];
        grown += aik * (y[k * n + j] ?? 0);
        shrunk -= (y[inverse + i * n + k] ?? 0) * akj;
        spread += aik * (y[covariance + k * n + j] ?? 0) + ajk * (y[covariance + i * n + k] ?? 0);
      }
      result[i * n + j] = grown;
      result[inverse + i * n + j] = shrunk;
      result[covariance + i * n + j] = spread;
    }
  }
  return result;
}

/** Relative error of a step. */
const TOLERANCE = 1e-13;
/** Halvings of the way to one moment. */
const DEEPEST = 12;

function advance(
  system: NumericSystem,
  state: readonly number[],
  from: number,
  to: number,
  depth = 0,
): readonly number[] {
  if (from === to) return state;
  const { value, error } = extrapolated(system, state, from, to);
  if (error <= TOLERANCE || depth >= DEEPEST) return value;
  const middle = (from + to) / 2;
  return advance(system, advance(system, state, from, middle, depth + 1), middle, to, depth + 1);
}

/** The modified midpoint rule at 2, 4, 6 and 8 steps, extrapolated to order 8 (Gragg 1965; Hairer, Nørsett and Wanner II.9). */
function extrapolated(
  system: NumericSystem,
  state: readonly number[],
  from: number,
  to: number,
): { value: readonly number[]; error: number } {
  const counts = [2, 4, 6, 8];
  const rows: number[][] = [];
  let before: readonly number[] = state;
  let value: readonly number[] = state;
  for (const [k, count] of counts.entries()) {
    let rough: readonly number[] = midpoint(system, state, from, to, count);
    const row: number[][] = [[...rough]];
    for (let j = 1; j <= k; j += 1) {
      const ratio = (count / (counts[k - j] ?? 1)) ** 2 - 1;
      const previous = rows[(k - 1) * counts.length + j - 1] ?? [];
      rough = rough.map((fine, i) => fine + (fine - (previous[i] ?? 0)) / ratio);
      row.push([...rough]);
    }
    row.forEach((entry, j) => (rows[k * counts.length + j] = entry));
    before = value;
    value = rough;
  }
  const largest = value.reduce((top, entry) => Math.max(top, Math.abs(entry)), 0);
  const error = value.reduce(
    (top, entry, i) => Math.max(top, Math.abs(entry - (before[i] ?? 0)) / (Math.abs(entry) + 1e-6 * largest)),
    0,
  );
  return { value, error: Number.isNaN(error) ? 0 : error };
}

function midpoint(system: NumericSystem, state: readonly number[], from: number, to: number, count: number): number[] {
  const h = (to - from) / count;
  const first = slope(system, from, state);
  let earlier = [...state];
  let now = state.map((entry, i) => entry + h * (first[i] ?? 0));
  for (let step = 1; step < count; step += 1) {
    const moving = slope(system, from + step * h, now);
    const next = earlier.map((entry, i) => entry + 2 * h * (moving[i] ?? 0));
    earlier = now;
    now = next;
  }
  return now;
}

/** L with L Lᵀ = V, row by row; a component without spread of its own has a column of zeros. */
export function choleskyOf(covariance: readonly number[], n: number): readonly number[] {
  const factor = new Array<number>(n * n).fill(0);
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let rest = covariance[i * n + j] ?? 0;
      for (let k = 0; k < j; k += 1) rest -= (factor[i * n + k] ?? 0) * (factor[j * n + k] ?? 0);
      if (i === j) factor[i * n + j] = rest > 1e-13 * (covariance[i * n + i] ?? 0) ? Math.sqrt(rest) : 0;
      else factor[i * n + j] = (factor[j * n + j] ?? 0) === 0 ? 0 : rest / (factor[j * n + j] ?? 1);
    }
  }
  return factor;
}
