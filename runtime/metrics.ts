/** How far apart are two sets of samples? */
import { SdecError } from "./errors.js";
import { elements } from "./ndarray.js";
import type { NdArray } from "./ndarray.js";
import { fillNormals, openStream } from "./random/stream.js";

/**
 * Sliced Wasserstein-1 distance: the mean over random directions of the distance of the projections. The directions
 * depend on the seed and the dimension alone, so that figures compare.
 */
export function slicedWasserstein(a: NdArray, b: NdArray, { directions = 128, seed = 0 } = {}): number {
  const width = widthOf(a, b);
  const vectors = new Float32Array(directions * width);
  fillNormals(vectors, openStream(seed, "directions"), width, 0);
  let sum = 0;
  for (let k = 0; k < directions; k++) {
    const direction = vectors.subarray(k * width, (k + 1) * width);
    const norm = Math.hypot(...direction);
    sum += wasserstein(project(a, direction, norm), project(b, direction, norm));
  }
  return sum / directions;
}

/** Wasserstein-1 distance of two sets of numbers: the area between their distribution functions. */
export function wasserstein(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const x = Float64Array.from(a).sort();
  const y = Float64Array.from(b).sort();
  if (x.length === 0 || y.length === 0) throw new SdecError("data", "A set of samples is empty");
  // Walks over the levels of probability, at each of which one of the two quantile functions jumps.
  let distance = 0;
  let level = 0;
  for (let i = 0, j = 0; i < x.length && j < y.length;) {
    const nextX = (i + 1) / x.length;
    const nextY = (j + 1) / y.length;
    const next = Math.min(nextX, nextY);
    distance += (next - level) * Math.abs((x[i] ?? 0) - (y[j] ?? 0));
    level = next;
    if (nextX <= next) i++;
    if (nextY <= next) j++;
  }
  return distance;
}

export interface Moments {
  readonly mean: Float64Array;
  /** [width, width], row-major, divided by n - 1. */
  readonly covariance: Float64Array;
}

export function moments(samples: NdArray): Moments {
  const [count = 0, ...inner] = samples.shape;
  const width = elements(inner);
  const mean = new Float64Array(width);
  samples.data.forEach((value, i) => (mean[i % width] = (mean[i % width] ?? 0) + value / count));
  const covariance = new Float64Array(width * width);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < width; i++) {
      const left = (samples.data[row * width + i] ?? 0) - (mean[i] ?? 0);
      for (let j = 0; j < width; j++) {
        const right = (samples.data[row * width + j] ?? 0) - (mean[j] ?? 0);
        covariance[i * width + j] = (covariance[i * width + j] ?? 0) + (left * right) / (count - 1);
      }
    }
  }
  return { mean, covariance };
}

function widthOf(a: NdArray, b: NdArray): number {
  const width = elements(a.shape.slice(1));
  if (width !== elements(b.shape.slice(1))) {
    throw new SdecError(
      "data",
      `Samples of ${width} numbers cannot be compared with samples of ${elements(b.shape.slice(1))}`,
    );
  }
  return width;
}

function project(samples: NdArray, direction: Float32Array, norm: number): Float64Array {
  const count = samples.shape[0] ?? 0;
  const width = direction.length;
  const result = new Float64Array(count);
  for (let row = 0; row < count; row++) {
    let sum = 0;
    for (let i = 0; i < width; i++) sum += (samples.data[row * width + i] ?? 0) * (direction[i] ?? 0);
    result[row] = sum / norm;
  }
  return result;
}
