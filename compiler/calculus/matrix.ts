/** Matrices of formulas. */
import { add, multiply } from "./algebra.js";
import type { Expression } from "./expression.js";
import { ONE, ZERO } from "./expression.js";
import type { Matrix, Vector } from "./system-facts.js";

export function identityMatrix(size: number): Matrix {
  return Array.from({ length: size }, (_, i) => Array.from({ length: size }, (__, j) => (i === j ? ONE : ZERO)));
}

export function mapMatrix(
  matrix: Matrix,
  change: (entry: Expression, row: number, column: number) => Expression,
): Matrix {
  return matrix.map((row, i) => row.map((entry, j) => change(entry, i, j)));
}

export function transposed(matrix: Matrix): Matrix {
  return (matrix[0] ?? []).map((_, j) => matrix.map((row) => row[j] ?? ZERO));
}

export function matrixProduct(a: Matrix, b: Matrix): Matrix {
  const columns = transposed(b);
  return a.map((row) => columns.map((column) => dotProduct(row, column)));
}

export function matrixSum(a: Matrix, b: Matrix): Matrix {
  return mapMatrix(a, (entry, i, j) => add(entry, b[i]?.[j] ?? ZERO));
}

export function applyMatrix(matrix: Matrix, vector: Vector): Vector {
  return matrix.map((row) => dotProduct(row, vector));
}

function dotProduct(a: Vector, b: Vector): Expression {
  return add(...a.map((entry, k) => multiply(entry, b[k] ?? ZERO)));
}
