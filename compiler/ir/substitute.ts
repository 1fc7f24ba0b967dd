/** What does a graph become when some of its values are replaced? */
import { apply, withOrigin } from "./build.js";
import { valuesInOrder } from "./order.js";
import type { Value } from "./value.js";

/** `outputs` rebuilt with the keys of `map` replaced; what does not depend on them stays the same value. */
export function substitute(outputs: readonly Value[], map: ReadonlyMap<Value, Value>): Value[] {
  const replaced = new Map(map);
  const eldest = eldestId([...map.keys()]);
  const now = (value: Value): Value => replaced.get(value) ?? value;
  // Operands are older than their users, so what is older than every key contains none.
  const isSettled = (value: Value): boolean => value.id < eldest || replaced.has(value);
  for (const value of valuesInOrder(outputs, { has: isSettled })) {
    const inputs = value.inputs.map(now);
    if (inputs.every((input, place) => input === value.inputs[place])) continue;
    replaced.set(
      value,
      withOrigin(value.origin, () => apply(value.op, inputs, value.params)),
    );
  }
  return outputs.map(now);
}

/** The smallest id; infinite for no values, since nothing depends on those. */
export function eldestId(values: readonly Value[]): number {
  return values.reduce((eldest, value) => Math.min(eldest, value.id), Infinity);
}
