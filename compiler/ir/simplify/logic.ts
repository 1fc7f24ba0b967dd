/** Which conditions are known, or said twice? */
import * as o from "../build.js";
import type { Value } from "../value.js";
import { inShapeOf } from "./operands.js";
import { operand } from "./rule.js";
import type { Facts, RuleTable } from "./rule.js";

export const logic: RuleTable = {
  not: [(value) => (operand(value, 0).op === "not" ? operand(operand(value, 0), 0) : null)],
  and: [(value, facts) => connective(value, facts, true)],
  or: [(value, facts) => connective(value, facts, false)],
  select: [
    (value, facts) => {
      const [condition, a, b] = [operand(value, 0), operand(value, 1), operand(value, 2)];
      if (condition.op === "not") return o.select(operand(condition, 0), b, a);
      const truth = truthOf(condition, facts);
      return truth === null ? null : inShapeOf(value, truth ? a : b);
    },
  ],
};

/** `neutral` changes nothing, its opposite decides, and an operand twice is itself. */
function connective(value: Value, facts: Facts, neutral: boolean): Value | null {
  const [a, b] = [operand(value, 0), operand(value, 1)];
  if (a === b) return a;
  const [left, right] = [truthOf(a, facts), truthOf(b, facts)];
  if (left !== null) return inShapeOf(value, left === neutral ? b : a);
  return right === null ? null : inShapeOf(value, right === neutral ? a : b);
}

/** Whether a condition is known, and the same at every place. */
function truthOf(condition: Value, facts: Facts): boolean | null {
  const numbers = facts.constantOf(condition)?.data;
  const first = numbers?.[0];
  if (numbers === undefined || first === undefined) return null;
  return numbers.every((number) => number === first) ? first === 1 : null;
}
