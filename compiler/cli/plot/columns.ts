/** What does a figure need to know of a set of rows? */

/** Rows of numbers by column, with the columns' names. */
export interface Columns {
  readonly names: readonly string[];
  /** `values[c][r]` */
  readonly values: readonly Float64Array[];
  readonly count: number;
}

/** Rows [count, ...shape]; `names` where the file gave some. */
export function columnsOf(data: ArrayLike<number>, count: number, names: readonly string[] | null): Columns {
  const width = count === 0 ? 0 : data.length / count;
  const values = Array.from({ length: width }, (_, column) => {
    const found = new Float64Array(count);
    for (let row = 0; row < count; row++) found[row] = data[row * width + column] ?? Number.NaN;
    return found;
  });
  return { names: names ?? values.map((_, column) => (width === 1 ? "x" : `x[${column}]`)), values, count };
}

/** Evenly spread rows, at most `most`: the same ones every time. */
export function pick(columns: Columns, most: number): Columns {
  if (columns.count <= most) return columns;
  const rows = Array.from({ length: most }, (_, index) => Math.floor((index * columns.count) / most));
  return {
    names: columns.names,
    values: columns.values.map((column) => Float64Array.from(rows, (row) => column[row] ?? Number.NaN)),
    count: most,
  };
}

/**
 * An interval that holds the bulk of both sets with a margin. One sample far out must not shrink the rest to a spot, so
 * the range is that of the data, widened to the samples' 0.5 % and 99.5 % points.
 */
export function commonRange(data: Float64Array | null, samples: Float64Array): readonly [number, number] {
  const sorted = finite(samples);
  const ends = data === null ? [] : [...edges(finite(data), 0)];
  const [low, high] = edges(sorted, data === null ? 0 : 0.005);
  const least = Math.min(low, ...ends);
  const most = Math.max(high, ...ends);
  const margin = (most - least) * 0.04 || Math.max(1e-3, Math.abs(most) * 0.1);
  return [least - margin, most + margin];
}

/** The part of the samples outside a range, for an honest note. */
export function outside(samples: Columns, ranges: readonly (readonly [number, number])[]): number {
  let count = 0;
  for (let row = 0; row < samples.count; row++) {
    const isOut = samples.values.some((column, index) => {
      const [low, high] = ranges[index] ?? [-Infinity, Infinity];
      const value = column[row] ?? Number.NaN;
      return !(value >= low && value <= high);
    });
    if (isOut) count++;
  }
  return count;
}

export interface Bin {
  readonly from: number;
  readonly to: number;
  /** Part of all rows per unit of length, so that sets of different sizes compare. */
  readonly density: number;
}

export function histogram(values: Float64Array, [low, high]: readonly [number, number], bins: number): readonly Bin[] {
  const counts = new Float64Array(bins);
  for (const value of values) {
    const bin = Math.floor(((value - low) / (high - low)) * bins);
    if (bin >= 0 && bin < bins) counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const width = (high - low) / bins;
  return Array.from(counts, (count, bin) => ({
    from: low + bin * width,
    to: low + (bin + 1) * width,
    density: count / (values.length * width),
  }));
}

export function correlation(a: Float64Array, b: Float64Array): number {
  const meanOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [meanOf(a), meanOf(b)];
  let [ab, aa, bb] = [0, 0, 0];
  a.forEach((value, row) => {
    const [x, y] = [value - meanA, (b[row] ?? Number.NaN) - meanB];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  });
  return ab / Math.sqrt(aa * bb);
}

function finite(values: Float64Array): Float64Array {
  return values.filter((value) => Number.isFinite(value)).sort();
}

function edges(sorted: Float64Array, tail: number): readonly [number, number] {
  const last = sorted.length - 1;
  if (last < 0) return [0, 1];
  return [sorted[Math.floor(tail * last)] ?? 0, sorted[Math.ceil((1 - tail) * last)] ?? 1];
}
