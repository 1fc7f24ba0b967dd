/** Which numbers is a graph that reads nothing from outside? */
import { referenceOps } from "../../runtime/engines/reference.js";
import type { Array64 } from "../../runtime/engines/reference.js";
import { evaluate } from "./evaluate.js";
import { valuesInOrder } from "./order.js";
import type { Value } from "./value.js";

/** The numbers of `value`, row-major, in float64; null where it depends on an input or a size known at run time. */
export function numbersOfGraph(value: Value): readonly number[] | null {
  return numbersAt([value], new Map())?.[0] ?? null;
}

/** The numbers of `values` where the leaves have the numbers given; null where they depend on anything else. */
export function numbersAt(values: readonly Value[], leaves: ReadonlyMap<Value, readonly number[]>): readonly (readonly number[])[] | null {
  const bindings = new Map<Value, Array64>();
  for (const [leaf, numbers] of leaves) {
    const shape = leaf.shape.flatMap((dim) => (typeof dim === "number" ? [dim] : []));
    bindings.set(leaf, referenceOps.constant(numbers, shape));
  }
  const isOpen = (one: Value): boolean =>
    one.op === "input" || one.op === "size" || one.shape.some((dim) => typeof dim !== "number");
  if (valuesInOrder(values, bindings).some(isOpen)) return null;
  return evaluate(values, bindings, referenceOps, {}).map(({ data }) => [...data]);
}
