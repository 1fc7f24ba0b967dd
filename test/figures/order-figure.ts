/** How is a measured order of convergence reported? */
import type { Figure } from "./figure.js";
import { digits } from "./figure.js";

export function orderFigure(
  what: string,
  orders: readonly number[],
  expected: number,
  tolerance: number,
  planted?: { readonly what: string; readonly order: number },
): Figure {
  const order = orders.at(-1) ?? Number.NaN;
  return {
    row: 34,
    what,
    measured: orders.map((value) => value.toFixed(3)).join(" → "),
    bound: `last ${expected} ± ${tolerance}`,
    passed: Math.abs(order - expected) <= tolerance,
    ...(planted === undefined
      ? {}
      : {
          planted: {
            what: planted.what,
            measured: digits(planted.order),
            failed: Math.abs(planted.order - expected) > tolerance,
          },
        }),
  };
}

/** Orders between errors each of which has half the step of the one before. */
export function slopes(errors: readonly number[]): readonly number[] {
  return errors.slice(1).map((error, i) => Math.log2((errors[i] ?? Number.NaN) / error));
}
