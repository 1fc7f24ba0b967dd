/** Which smaller graph computes the same values and has the same derivatives? */
import { InternalError } from "../internal-error.js";
import { make, withOrigin } from "./build.js";
import { valuesInOrder } from "./order.js";
import { constantKnowledge } from "./simplify/constants.js";
import { keyOf } from "./simplify/key.js";
import { simplifyLoops } from "./simplify/loops.js";
import { rewrite } from "./simplify/rules.js";
import type { Facts } from "./simplify/rule.js";
import type { Value } from "./value.js";

/**
 * Values equal to `outputs`, with equal derivatives. Equal values become one, constants are computed, and the rules of
 * simplify/ apply until none does. Inputs stay the same objects, and so does what cannot be simplified.
 */
export function simplify(outputs: readonly Value[]): Value[] {
  let current = [...outputs];
  // A round does nearly everything, as operands are simplified before their users; the next ones find what its results
  // allow. The bound only stops a chain of such findings: the result of every round is valid.
  for (let round = 0; round < mostRounds; round += 1) {
    const next = simplifyLoops(simplifyValues(current), simplify);
    if (next.every((value, i) => value === current[i])) return next;
    current = next;
  }
  return current;
}

const mostRounds = 16;

/** Rules may apply to results of rules: far less deep than this, unless two of them undo each other. */
const deepest = 100;

/** One walk in which every value is replaced by the simplest known one that is equal. Bodies of loops are not entered. */
function simplifyValues(outputs: readonly Value[]): Value[] {
  const order = valuesInOrder(outputs);
  const uses = countUses(order, outputs);
  const simplest = new Map<string, Value>();
  const settled = new Set<Value>();
  const constants = constantKnowledge();
  const facts: Facts = { constantOf: constants.of, isUsedOnce: (value) => uses.get(value) === 1 };

  /** `values` are not settled yet, operands before users. */
  const settleAll = (values: readonly Value[], targets: readonly Value[], depth: number): Value[] => {
    const replaced = new Map<Value, Value>();
    const now = (value: Value): Value => replaced.get(value) ?? value;
    for (const value of values) {
      const result = settle(onto(value, value.inputs.map(now)), depth);
      if (result === value) continue;
      replaced.set(value, result);
      uses.set(result, (uses.get(result) ?? 0) + (uses.get(value) ?? 1));
    }
    return targets.map(now);
  };

  const settle = (value: Value, depth: number): Value => {
    if (depth > deepest) throw new InternalError(`the simplifications of ${value.op} do not end`);
    const key = keyOf(value);
    const known = simplest.get(key);
    if (known !== undefined) return known;
    const better = withOrigin(value.origin, () => rewritten(value, facts) ?? constants.fold(value));
    const result = better === null ? value : settleFresh(better, depth + 1);
    simplest.set(key, result);
    settled.add(result);
    return result;
  };

  const settleFresh = (value: Value, depth: number): Value =>
    settleAll(valuesInOrder([value], settled), [value], depth)[0] ?? value;

  return settleAll(order, outputs, 0);
}

/** By the rules, which are not asked again about a value that they had nothing to say about. */
function rewritten(value: Value, facts: Facts): Value | null {
  const seen = value.inputs.reduce(
    (mask, input, place) => (facts.isUsedOnce(input) ? mask | (1 << (place % 31)) : mask),
    0,
  );
  if (plainWith.get(value) === seen) return null;
  const better = rewrite(value, facts);
  if (better === null) plainWith.set(value, seen);
  return better;
}

/** Values to which no rule applies, with all that rules see besides the value: which of its operands are used once. */
const plainWith = new WeakMap<Value, number>();

/** The same op on other operands; the value itself where they are its own. */
function onto(value: Value, inputs: readonly Value[]): Value {
  const isSame = inputs.every((input, i) => input === value.inputs[i]);
  return isSame ? value : make(value.op, inputs, value.params, value.origin);
}

function countUses(order: readonly Value[], outputs: readonly Value[]): Map<Value, number> {
  const uses = new Map<Value, number>();
  const count = (value: Value): void => void uses.set(value, (uses.get(value) ?? 0) + 1);
  order.forEach((value) => value.inputs.forEach(count));
  outputs.forEach(count);
  return uses;
}
