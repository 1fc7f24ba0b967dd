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
export function numbersAt(
  values: readonly Value[],
  leaves: ReadonlyMap<Value, readonly number[]>,
): readonly (readonly number[])[] | null {
  const bindings = new Map<Value, Array64>();
  for (const [leaf, numbers] of leaves) {
    const shape = leaf.shape.flatMap((dim) => (typeof dim === "number" ? [dim] : []));
    bindings.set(leaf, referenceOps.constant(numbers, shape));
  }
  if (valuesInOrder(values, bindings).some(isOutside)) return null;
  return evaluate(values, bindings, referenceOps, {}).map(({ data }) => [...data]);
}

/** Whether nothing but a run says which numbers a value has, or how many. */
function isOutside(value: Value): boolean {
  return value.op === "input" || value.op === "size" || value.shape.some((dim) => typeof dim !== "number");
}

/** The numbers of each value under `root` that reads nothing from outside, found in one walk; loops are left out. */
export function closedNumbers(root: Value): ReadonlyMap<Value, Array64> {
  const numbers = new Map<Value, Array64>();
  for (const value of valuesInOrder([root])) {
    const isOpen = isOutside(value) || value.params.body !== undefined || value.op === "pick";
    if (isOpen || !value.inputs.every((operand) => numbers.has(operand))) continue;
    const [found] = evaluate([value], numbers, referenceOps, {});
    if (found !== undefined) numbers.set(value, found);
  }
  return numbers;
}
