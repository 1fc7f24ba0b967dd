/**
 * Which operands of a chain are joined first? The small ones: what is stretched over an axis, such as a row of biases or
 * a number of the time step over the samples, is combined with its like before it meets the large operand. One walk over
 * all numbers is saved, and what does not depend on the sample stays together, so that it can be computed beforehand.
 */
import * as o from "../build.js";
import { broadcastShapes, equalShape } from "../dims.js";
import { operand } from "./rule.js";
import type { Facts, Rule, RuleTable } from "./rule.js";
import type { Value } from "../value.js";

export const association: RuleTable = {
  // s + (r + X) = (s + r) + X
  add: [overOperands((value, small, large, facts) => joined(value, small, large, facts, "add"))],
  mul: [
    // s · (r · X) = (s · r) · X
    overOperands((value, small, large, facts) => joined(value, small, large, facts, "mul")),
    overOperands((value, small, large, facts) => {
      if (!facts.isUsedOnce(large)) return null;
      // s · (-X) = (-s) · X
      if (large.op === "neg") return o.mul(o.neg(small), operand(large, 0));
      // s · (X / r) = (s / r) · X
      if (large.op !== "div" || !fills(operand(large, 0), value)) return null;
      const divisor = operand(large, 1);
      return isSmall([small, divisor], value) ? o.mul(o.div(small, divisor), operand(large, 0)) : null;
    }),
  ],
};

type Join = (value: Value, small: Value, large: Value, facts: Facts) => Value | null;

/** Tries a real value's operands in both orders, where one has its shape and the other is stretched. */
function overOperands(join: Join): Rule {
  return (value, facts) => {
    if (value.dtype !== "real") return null;
    const [a, b] = [operand(value, 0), operand(value, 1)];
    if (isSmall([a], value) && fills(b, value)) return join(value, a, b, facts);
    return isSmall([b], value) && fills(a, value) ? join(value, b, a, facts) : null;
  };
}

function joined(value: Value, small: Value, large: Value, facts: Facts, op: "add" | "mul"): Value | null {
  if (large.op !== op || !facts.isUsedOnce(large)) return null;
  const [a, b] = [operand(large, 0), operand(large, 1)];
  const [inner, rest] = fills(a, value) ? [b, a] : [a, b];
  if (!fills(rest, value) || !isSmall([small, inner], value)) return null;
  return o.apply(op, [rest, o.apply(op, [inner, small], {})], {});
}

function fills(x: Value, value: Value): boolean {
  return equalShape(x.shape, value.shape);
}

/** Whether the parts together have fewer numbers than the value. */
function isSmall(parts: readonly Value[], value: Value): boolean {
  const shape = parts.map((part) => part.shape).reduce((a, b) => broadcastShapes(a, b) ?? value.shape);
  return !equalShape(shape, value.shape);
}
