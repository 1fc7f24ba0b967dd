/** How far are samples from data? */
import { slicedWasserstein } from "../../runtime/metrics.js";
import type { NdArray } from "../../runtime/ndarray.js";
import { fillUniforms, openStream } from "../../runtime/random/stream.js";

/** Rows [count, width], row-major. */
export interface Cloud {
  readonly data: ArrayLike<number>;
  readonly count: number;
  readonly width: number;
}

export interface Distance {
  /** Mean over random splits of the data. */
  readonly value: number;
  /** The same distance between two halves of the data: what perfect samples of this size would reach. */
  readonly floor: number;
  /** Rows on each side. */
  readonly rows: number;
  readonly directions: number;
}

const splits = 5;

/** Sliced Wasserstein-1 distance of samples to data, beside what the data's own halves have. */
export function slicedDistance(samples: Cloud, data: Cloud, seed: number): Distance {
  const rows = Math.min(samples.count, Math.floor(data.count / 2));
  const directions = samples.width === 1 ? 1 : 200;
  let value = 0;
  let floor = 0;
  for (let split = 0; split < splits; split++) {
    const order = shuffled(data.count, seed, `data/${split}`);
    const one = rowsOf(data, order.subarray(0, rows));
    const other = rowsOf(data, order.subarray(rows, 2 * rows));
    const drawn = rowsOf(samples, shuffled(samples.count, seed, `samples/${split}`).subarray(0, rows));
    value += slicedWasserstein(drawn, one, { directions, seed }) / splits;
    floor += slicedWasserstein(other, one, { directions, seed }) / splits;
  }
  return { value, floor, rows, directions };
}

export interface NeighbourTest {
  /** Part of all rows whose nearest other row is of their own side: 0.5 for samples as good as data, 1 for none. */
  readonly accuracy: number;
  /** Of the accuracy, were both sides of one law. */
  readonly deviation: number;
  /** Rows on each side. */
  readonly rows: number;
}

/** More would take seconds: the work grows with the square. */
const mostNeighbours = 2000;

/**
 * Two-sample test by the nearest neighbour (Lopez-Paz and Oquab 2017, with one neighbour and each row left out in turn):
 * it sees samples between the modes, which weigh little in a transport distance.
 */
export function neighbourTest(samples: Cloud, data: Cloud, seed: number): NeighbourTest {
  const rows = Math.min(samples.count, data.count, mostNeighbours);
  const { width } = samples;
  const points = new Float32Array(2 * rows * width);
  [samples, data].forEach((cloud, side) => {
    const chosen = shuffled(cloud.count, seed, `neighbour/${side}`).subarray(0, rows);
    points.set(rowsOf(cloud, chosen).data, side * rows * width);
  });
  let own = 0;
  for (let row = 0; row < 2 * rows; row++) if (nearest(points, row, 2 * rows, width) < rows === row < rows) own++;
  return { accuracy: own / (2 * rows), deviation: 0.5 / Math.sqrt(2 * rows), rows };
}

/** The row with the smallest distance to this one, itself left out. */
function nearest(points: Float32Array, row: number, count: number, width: number): number {
  let best = -1;
  let least = Infinity;
  for (let other = 0; other < count; other++) {
    if (other === row) continue;
    let distance = 0;
    for (let column = 0; column < width && distance < least; column++) {
      // Both indices lie within the array by construction.
      distance += ((points[row * width + column] as number) - (points[other * width + column] as number)) ** 2;
    }
    if (distance < least) [best, least] = [other, distance];
  }
  return best;
}

/** Mean with its standard error. */
export function meanAndError(values: ArrayLike<number>): { readonly mean: number; readonly standardError: number } {
  const count = values.length;
  let mean = 0;
  for (let i = 0; i < count; i++) mean += (values[i] ?? 0) / count;
  let squares = 0;
  for (let i = 0; i < count; i++) squares += ((values[i] ?? 0) - mean) ** 2;
  return { mean, standardError: Math.sqrt(squares / Math.max(1, count - 1) / count) };
}

function rowsOf({ data, width }: Cloud, rows: Int32Array): NdArray {
  const chosen = new Float32Array(rows.length * width);
  rows.forEach((row, index) => {
    for (let column = 0; column < width; column++) chosen[index * width + column] = data[row * width + column] ?? 0;
  });
  return { data: chosen, shape: [rows.length, width] };
}

/** Fisher and Yates. */
function shuffled(count: number, seed: number, site: string): Int32Array {
  const uniforms = new Float32Array(count);
  fillUniforms(uniforms, openStream(seed, `sliced distance/${site}`), 0, 0);
  const order = Int32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const chosen = Math.floor((uniforms[last] ?? 0) * (last + 1));
    const kept = order[last] ?? 0;
    order[last] = order[chosen] ?? 0;
    order[chosen] = kept;
  }
  return order;
}
