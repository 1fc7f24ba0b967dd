/** What does a checkerboard look like as data? */
import type { NdArray } from "sdec/runtime";
import { random } from "../support/random.js";

/** Uniform on the eight dark squares of side 1 in [-2, 2]². */
export function drawCheckerboard(count: number, seed: number): NdArray {
  const { uniform } = random(seed);
  const rows = Array.from({ length: count }, () => {
    const column = Math.floor(4 * uniform());
    const row = 2 * Math.floor(2 * uniform()) + (column % 2);
    return [column - 2 + uniform(), row - 2 + uniform()];
  });
  return { data: Float32Array.from(rows.flat()), shape: [count, 2] };
}

/** The share of rows that lie on dark squares. */
export function shareOnDark({ data, shape: [rows = 0] }: NdArray): number {
  let dark = 0;
  for (let row = 0; row < rows; row += 1) {
    const [column = 0, line = 0] = [data[2 * row], data[2 * row + 1]].map((value) => Math.floor((value ?? 0) + 2));
    if (column >= 0 && column < 4 && line >= 0 && line < 4 && (column + line) % 2 === 0) dark += 1;
  }
  return dark / rows;
}

/** The logarithm of the density on a dark square: minus the entropy, so also the mean over the data. */
export const meanLogDensity = -Math.log(8);
