/** Is a constant matrix orthonormal, and if not, what are its inverse and its determinant? */

/** Larger entries of MᵀM - I than this are no rounding. */
const ORTHONORMAL = 1e-9;
/** A pivot smaller than this part of the largest entry makes a matrix singular in float32. */
const SINGULAR = 1e-7;

export function isOrthonormal(matrix: readonly number[], size: number): boolean {
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let product = 0;
      for (let k = 0; k < size; k += 1) product += (matrix[k * size + i] ?? 0) * (matrix[k * size + j] ?? 0);
      if (Math.abs(product - (i === j ? 1 : 0)) > ORTHONORMAL) return false;
    }
  }
  return true;
}

/** Gauss-Jordan elimination with partial pivoting; null where the matrix is singular. */
export function determinantAndInverse(
  matrix: readonly number[],
  size: number,
): { readonly inverse: readonly number[]; readonly logDeterminant: number } | null {
  const rows = Array.from({ length: size }, (_, i) => [
    ...matrix.slice(i * size, (i + 1) * size),
    ...Array.from({ length: size }, (__, j) => (i === j ? 1 : 0)),
  ]);
  const largest = Math.max(...matrix.map(Math.abs));
  let logDeterminant = 0;
  for (let column = 0; column < size; column += 1) {
    const sizes = rows.map((row, i) => (i < column ? -1 : Math.abs(row[column] ?? 0)));
    const best = sizes.indexOf(Math.max(...sizes));
    const [pivotRow, other] = [rows[best], rows[column]];
    const pivot = pivotRow?.[column] ?? 0;
    if (pivotRow === undefined || other === undefined || !(Math.abs(pivot) > SINGULAR * largest)) return null;
    logDeterminant += Math.log(Math.abs(pivot));
    rows[best] = other;
    const scaled = pivotRow.map((value) => value / pivot);
    rows[column] = scaled;
    for (const [i, row] of rows.entries()) {
      const factor = row[column] ?? 0;
      if (i !== column && factor !== 0) rows[i] = row.map((value, j) => value - factor * (scaled[j] ?? 0));
    }
  }
  return { inverse: rows.flatMap((row) => row.slice(size)), logDeterminant };
}
