/** What numbers does a graph of numbers give? In float64, for checks that the compiler makes itself. */
import { array64, referenceOps } from "../../runtime/engines/reference.js";
import { InternalError } from "../internal-error.js";
import { evaluate } from "./evaluate.js";
import type { Value } from "./value.js";

/** The numbers of each output, row-major; `inputs` gives those of every input below them. */
export function evaluateNumbers(
  outputs: readonly Value[],
  inputs: ReadonlyMap<Value, readonly number[]>,
): readonly (readonly number[])[] {
  const bindings = new Map(
    [...inputs].map(([value, numbers]) => [value, array64(numbers, sizesOf(value), value.dtype)]),
  );
  return evaluate(outputs, bindings, referenceOps, {}).map(({ data }) => [...data]);
}

export function sizesOf({ shape }: Value): readonly number[] {
  return shape.map((dim) => {
    if (typeof dim !== "number") throw new InternalError(`a size ${dim} that no number stands for`);
    return dim;
  });
}
