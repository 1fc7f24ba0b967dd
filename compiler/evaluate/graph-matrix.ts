/** Small matrices whose entries are graphs, unrolled; what is known to be zero is null. */
import * as ir from "../ir/build.js";
import type { Value } from "../ir/value.js";

export type Entry = Value | null;
export type GraphVector = readonly Entry[];
export type GraphMatrix = readonly GraphVector[];

export function plus(a: Entry, b: Entry): Entry {
  return a === null ? b : b === null ? a : ir.add(a, b);
}

export function minus(a: Entry, b: Entry): Entry {
  return b === null ? a : a === null ? ir.neg(b) : ir.sub(a, b);
}

export function times(a: Entry, b: Entry): Entry {
  return a === null || b === null ? null : ir.mul(a, b);
}

export function transposedGraph(matrix: GraphMatrix): GraphMatrix {
  return (matrix[0] ?? []).map((_, j) => matrix.map((row) => row[j] ?? null));
}

export function graphProduct(a: GraphMatrix, b: GraphMatrix): GraphMatrix {
  const columns = transposedGraph(b);
  return a.map((row) => columns.map((column) => innerProduct(row, column)));
}

export function applyGraph(matrix: GraphMatrix, vector: GraphVector): GraphVector {
  return matrix.map((row) => innerProduct(row, vector));
}

function innerProduct(a: GraphVector, b: GraphVector): Entry {
  return a.reduce<Entry>((sum, entry, k) => plus(sum, times(entry, b[k] ?? null)), null);
}

/** L with L Lᵀ = V. Rounding may push a pivot below zero where the law is all but certain: then it is zero. */
export function choleskyGraph(covariance: GraphMatrix): GraphMatrix {
  const factor: Entry[][] = covariance.map((row) => row.map(() => null));
  const at = (i: number, j: number): Entry => factor[i]?.[j] ?? null;
  covariance.forEach((row, i) => {
    for (let j = 0; j <= i; j += 1) {
      let rest = row[j] ?? null;
      for (let k = 0; k < j; k += 1) rest = minus(rest, times(at(i, k), at(j, k)));
      const pivot = at(j, j);
      const line = factor[i];
      if (line === undefined) continue;
      if (i === j) line[j] = rest === null ? null : ir.sqrt(ir.max(rest, ir.scalar(0)));
      else line[j] = rest === null || pivot === null ? null : ratio(rest, pivot);
    }
  });
  return factor;
}

/** 0 where the divisor is. */
function ratio(above: Value, below: Value): Value {
  const isZero = ir.lessEqual(below, ir.scalar(0));
  return ir.select(isZero, ir.scalar(0), ir.div(above, ir.select(isZero, ir.scalar(1), below)));
}

/** L⁻¹ r, by forward substitution. */
export function solveLower(factor: GraphMatrix, right: GraphVector): GraphVector {
  const solved: Entry[] = [];
  right.forEach((entry, i) => {
    let rest = entry;
    for (let k = 0; k < i; k += 1) rest = minus(rest, times(factor[i]?.[k] ?? null, solved[k] ?? null));
    const pivot = factor[i]?.[i] ?? null;
    solved.push(rest === null || pivot === null ? null : ir.div(rest, pivot));
  });
  return solved;
}

/** L⁻ᵀ r, by backward substitution. */
export function solveUpper(factor: GraphMatrix, right: GraphVector): GraphVector {
  const n = right.length;
  const solved: Entry[] = right.map(() => null);
  for (let i = n - 1; i >= 0; i -= 1) {
    let rest = right[i] ?? null;
    for (let k = i + 1; k < n; k += 1) rest = minus(rest, times(factor[k]?.[i] ?? null, solved[k] ?? null));
    const pivot = factor[i]?.[i] ?? null;
    solved[i] = rest === null || pivot === null ? null : ir.div(rest, pivot);
  }
  return solved;
}
