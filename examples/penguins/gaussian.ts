/** How probable is a row under a Gaussian with full covariance, and which one fits weighted rows best? */

export type Row = readonly number[];

export interface Gaussian {
  readonly mean: Row;
  /** Lower triangle L of the covariance L Lᵀ, by rows. */
  readonly factor: readonly Row[];
}

/** Maximum likelihood with a weight per row. `ridge` is added to the variances, so that no component collapses. */
export function fitGaussian(rows: readonly Row[], weights: readonly number[], ridge: number): Gaussian {
  const width = rows[0]?.length ?? 0;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const columns = Array.from({ length: width }, (_, i) => i);
  const average = (of: (row: Row) => number): number =>
    rows.reduce((sum, row, n) => sum + (weights[n] ?? 0) * of(row), 0) / total;
  const mean = columns.map((i) => average((row) => at(row, i)));
  const covariance = columns.map((i) =>
    columns.map(
      (j) => average((row) => (at(row, i) - at(mean, i)) * (at(row, j) - at(mean, j))) + (i === j ? ridge : 0),
    ),
  );
  return { mean, factor: cholesky(covariance) };
}

/** -½ |L⁻¹ (x - μ)|² - log det L - ½ d log 2π */
export function logDensity({ mean, factor }: Gaussian, row: Row): number {
  const solved: number[] = [];
  let logDensity = (-row.length / 2) * Math.log(2 * Math.PI);
  for (const [i, lower] of factor.entries()) {
    const diagonal = at(lower, i);
    const rest = solved.reduce((sum, value, j) => sum + at(lower, j) * value, 0);
    const value = (at(row, i) - at(mean, i) - rest) / diagonal;
    solved.push(value);
    logDensity -= (value * value) / 2 + Math.log(diagonal);
  }
  return logDensity;
}

/** L with L Lᵀ = matrix. */
function cholesky(matrix: readonly Row[]): readonly Row[] {
  const factor: number[][] = [];
  for (const [i, row] of matrix.entries()) {
    const lower: number[] = [];
    for (let j = 0; j <= i; j++) {
      const other = j === i ? lower : (factor[j] ?? []);
      const rest = lower.slice(0, j).reduce((sum, value, k) => sum + value * at(other, k), 0);
      const left = at(row, j) - rest;
      lower.push(i === j ? Math.sqrt(left) : left / at(other, j));
    }
    factor.push(lower);
  }
  return factor;
}

function at(row: Row, index: number): number {
  const value = row[index];
  if (value === undefined) throw new Error(`A row of ${row.length} numbers has no number ${index}`);
  return value;
}
