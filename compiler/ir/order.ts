/** Which values does a result need, and in which order can they be computed? */
import type { Value } from "./value.js";

/** Everything `outputs` need, operands before users; what `known` holds is not entered. */
export function valuesInOrder(outputs: readonly Value[], known: { has(value: Value): boolean } = new Set()): Value[] {
  const seen = new Set<Value>();
  const stack = [...outputs];
  for (let value = stack.pop(); value !== undefined; value = stack.pop()) {
    if (seen.has(value) || known.has(value)) continue;
    seen.add(value);
    for (const input of value.inputs) stack.push(input);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}
