/** Which values does a result need, and in which order can they be computed? */
import type { Value } from "./value.js";

/** Everything `outputs` need, operands before users; what `known` holds is not entered. */
export function valuesInOrder(outputs: readonly Value[], known: { has(value: Value): boolean } = new Set()): Value[] {
  const seen = new Map<number, Value>();
  const stack = [...outputs];
  for (let value = stack.pop(); value !== undefined; value = stack.pop()) {
    if (seen.has(value.id) || known.has(value)) continue;
    seen.set(value.id, value);
    for (const input of value.inputs) stack.push(input);
  }
  // Numbers alone are sorted by machine code, many times faster than by a comparison of values.
  const ids = new Float64Array(seen.size);
  let place = 0;
  for (const id of seen.keys()) ids[place++] = id;
  const values: Value[] = [];
  for (const id of ids.sort()) values.push(seen.get(id) as Value); // each id is a key of `seen`
  return values;
}
