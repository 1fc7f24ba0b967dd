/** How near are samples to the law of their data, and how near could they be? */
import { slicedWasserstein } from "sdec/runtime";
import type { NdArray } from "sdec/runtime";

/** Draws as many fresh rows of data as asked. */
export type Draw = (count: number, seed: number) => NdArray;

/** Sliced Wasserstein-1 distance, in 128 fixed directions, to as many fresh rows: the median over five sets of them. */
export function distanceToFresh(samples: NdArray, draw: Draw): number {
  const [count = 0] = samples.shape;
  return median(seeds.map((seed) => slicedWasserstein(samples, draw(count, seed))));
}

/** The same between two sets of fresh rows: what a perfect model would reach. */
export function distanceFloor(count: number, draw: Draw): number {
  return median(seeds.map((seed) => slicedWasserstein(draw(count, seed), draw(count, seed + 1))));
}

const seeds = [1001, 1003, 1005, 1007, 1009];

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
