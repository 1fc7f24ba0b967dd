/** How far is a derived kernel from the moments that its equation has? */
import { evaluate } from "../../compiler/calculus/evaluate.js";
import type { GaussianKernel } from "../../compiler/calculus/facts.js";
import { momentsAt } from "./moment-ode.js";
import type { AffineCoefficients } from "./moment-ode.js";

export interface KernelError {
  /** The largest relative error of the mean, for x0 = 1.3, over the times. */
  readonly mean: number;
  /** The largest relative error of the standard deviation over the times. */
  readonly std: number;
}

/** Eleven times in [start + 0.001, end]. */
export function elevenTimes(start: number, end: number): readonly number[] {
  const first = Math.min(0.001, (end - start) / 100);
  return [start + first, ...Array.from({ length: 10 }, (_, i) => start + ((end - start) * (i + 1)) / 10)];
}

const X0 = 1.3;

/** Compares `kernel`, a formula in the symbol `time`, with the moment equations integrated from `start`. */
export function checkKernel(
  kernel: Pick<GaussianKernel, "scale" | "shift" | "std">,
  equation: AffineCoefficients,
  time: string,
  start: number,
  times: readonly number[],
): KernelError {
  const errors = momentsAt(equation, start, times).map((truth) => {
    const at = new Map([[time, truth.time]]);
    const [scale, shift, std] = [kernel.scale, kernel.shift, kernel.std].map((e) => evaluate(e, at));
    const mean = Math.abs((scale ?? NaN) * X0 + (shift ?? NaN) - truth.scale * X0 - truth.shift);
    return {
      mean: mean / (Math.abs(truth.scale * X0) + Math.abs(truth.shift)),
      std: Math.abs((std ?? NaN) - truth.std) / truth.std,
    };
  });
  return { mean: worst(errors.map(({ mean }) => mean)), std: worst(errors.map(({ std }) => std)) };
}

function worst(values: readonly number[]): number {
  return values.some(Number.isNaN) ? Infinity : Math.max(...values);
}
