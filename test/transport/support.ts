/** How do tests run the compiler's optimal transport on numbers? In float64, by the reference engine. */
import * as o from "../../compiler/ir/build.js";
import { evaluate } from "../../compiler/ir/evaluate.js";
import { newtonSparse } from "../../compiler/transport/newton.js";
import { descend, sinkhorn, transportValue } from "../../compiler/transport/sinkhorn.js";
import type { Scaling, TransportProblem } from "../../compiler/transport/sinkhorn.js";
import { array64, referenceOps } from "../../runtime/engines/reference.js";

export type Table = readonly (readonly number[])[];

export interface Solved {
  readonly plan: number[][];
  readonly logPlan: readonly (readonly number[])[];
  /** <P, C> + ε KL(P | a ⊗ b) */
  readonly value: number;
  /** <P, C> */
  readonly cost: number;
  readonly error: number;
  readonly rounds: number;
}

export interface Manner {
  readonly tolerance: number;
  readonly most: number;
  /** With Newton's method, keeping this part of the entries. */
  readonly density?: number;
}

export function solve(
  cost: Table,
  a: readonly number[],
  b: readonly number[],
  epsilon: number,
  manner: Manner,
): Solved {
  const problem: TransportProblem = {
    cost: o.constant(cost.flat(), [a.length, b.length]),
    logLeft: o.constant(a.map(Math.log), [a.length]),
    logRight: o.constant(b.map(Math.log), [b.length]),
    epsilon: o.scalar(epsilon),
  };
  const tolerance = o.scalar(manner.tolerance);
  const found: Scaling =
    manner.density === undefined
      ? sinkhorn(problem, descend(problem), tolerance, manner.most)
      : newtonSparse(problem, descend(problem), tolerance, manner.most, manner.density);
  const outputs = [found.logPlan, transportValue(problem, found), found.error, found.rounds];
  const [logPlan, value, error, rounds] = evaluate(outputs, new Map(), referenceOps, {}).map(({ data }) => [...data]);
  const logs = cost.map((_, i) => (logPlan ?? []).slice(i * b.length, (i + 1) * b.length));
  const plan = logs.map((line) => line.map(Math.exp));
  return {
    plan,
    logPlan: logs,
    value: value?.[0] ?? NaN,
    cost: plan.reduce((sum, row, i) => sum + row.reduce((part, p, j) => part + p * (cost[i]?.[j] ?? 0), 0), 0),
    error: error?.[0] ?? NaN,
    rounds: rounds?.[0] ?? NaN,
  };
}

export function even(n: number): number[] {
  return new Array<number>(n).fill(1 / n);
}

/** Numbers in [0, 1), the same for the same seed (xorshift of 32 bits). */
export function random(seed: number): () => number {
  let state = (seed * 2654435761) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}

export function randomTable(n: number, m: number, next: () => number): number[][] {
  return Array.from({ length: n }, () => Array.from({ length: m }, next));
}

export { array64 };
