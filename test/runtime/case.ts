/** What is a program on which engines are compared, and how are its inputs written? */
import type { DType, Ops, Shape } from "../../runtime/ops.js";

export interface Case {
  readonly name: string;
  readonly inputs: readonly CaseInput[];
  build<T>(o: Ops<T>, inputs: readonly T[]): readonly T[];
  /** Largest error allowed, relative to the result where that is larger than 1; see `FLOAT32` in engines.test.ts. */
  readonly tolerance?: number;
}

export interface CaseInput {
  readonly values: readonly number[];
  readonly shape: Shape;
  readonly dtype: DType;
}

/** Numbers from a short recurrence, between low and high, exact in float32. */
export function spread(shape: Shape, low: number, high: number, seed = 1): CaseInput {
  const size = shape.reduce((product, axis) => product * axis, 1);
  let state = seed * 7919;
  const values = Array.from({ length: size }, () => {
    state = (state * 48271) % 2147483647;
    return Math.fround(low + (high - low) * (state / 2147483647));
  });
  return { values, shape, dtype: "real" };
}

export function reals(values: readonly number[], shape: Shape = [values.length]): CaseInput {
  return { values: values.map(Math.fround), shape, dtype: "real" };
}

export function integers(values: readonly number[], shape: Shape = [values.length]): CaseInput {
  return { values, shape, dtype: "int" };
}

export function booleans(values: readonly number[], shape: Shape = [values.length]): CaseInput {
  return { values, shape, dtype: "bool" };
}
