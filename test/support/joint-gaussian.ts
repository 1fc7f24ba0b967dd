/** What does conditioning a joint normal law say? Textbook formulas on plain numbers, for tests. */
import type { Numbers } from "../calculus/system-moments.js";

export interface JointGaussian {
  readonly mean: readonly number[];
  readonly covariance: Numbers;
}

export function product(a: Numbers, b: Numbers): Numbers {
  return a.map((row) => (b[0] ?? []).map((_, j) => row.reduce((sum, value, k) => sum + value * (b[k]?.[j] ?? 0), 0)));
}

export function transposed(a: Numbers): Numbers {
  return (a[0] ?? []).map((_, j) => a.map((row) => row[j] ?? 0));
}

export function plus(a: Numbers, b: Numbers, factor = 1): Numbers {
  return a.map((row, i) => row.map((value, j) => value + factor * (b[i]?.[j] ?? 0)));
}

export function times(a: Numbers, x: readonly number[]): readonly number[] {
  return a.map((row) => row.reduce((sum, value, k) => sum + value * (x[k] ?? 0), 0));
}

/** Gauss-Jordan with pivots. */
export function inverse(matrix: Numbers): Numbers {
  const n = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  for (let k = 0; k < n; k += 1) {
    const best = rows.slice(k).reduce((top, row) => (Math.abs(row[k] ?? 0) > Math.abs(top[k] ?? 0) ? row : top));
    rows.splice(rows.indexOf(best), 1);
    rows.splice(
      k,
      0,
      best.map((value) => value / (best[k] ?? 1)),
    );
    const pivot = rows[k] ?? [];
    rows.forEach((row, i) => {
      if (i !== k) rows[i] = row.map((value, j) => value - (row[k] ?? 0) * (pivot[j] ?? 0));
    });
  }
  return rows.map((row) => row.slice(n));
}

/** The law of X given Y = y, for (X, Y) jointly normal with the covariance `across` between them. */
export function given(x: JointGaussian, y: JointGaussian, across: Numbers, value: readonly number[]): JointGaussian {
  const gain = product(across, inverse(y.covariance));
  const surprise = value.map((entry, i) => entry - (y.mean[i] ?? 0));
  const moved = times(gain, surprise);
  return {
    mean: x.mean.map((entry, i) => entry + (moved[i] ?? 0)),
    covariance: plus(x.covariance, product(gain, transposed(across)), -1),
  };
}

/** log density and score at a point. */
export function densityAt(
  { mean, covariance }: JointGaussian,
  point: readonly number[],
): { readonly logProb: number; readonly score: readonly number[] } {
  const precision = inverse(covariance);
  const centred = point.map((value, i) => value - (mean[i] ?? 0));
  const pulled = times(precision, centred);
  const quadratic = centred.reduce((sum, value, i) => sum + value * (pulled[i] ?? 0), 0);
  return {
    logProb: -quadratic / 2 - Math.log(determinant(covariance)) / 2 - (mean.length * Math.log(2 * Math.PI)) / 2,
    score: pulled.map((value) => -value),
  };
}

function determinant(matrix: Numbers): number {
  const [first = [], ...rest] = matrix;
  if (first.length === 1) return first[0] ?? 0;
  return first.reduce(
    (sum, value, j) =>
      sum + (j % 2 === 0 ? 1 : -1) * value * determinant(rest.map((row) => row.filter((_, k) => k !== j))),
    0,
  );
}
