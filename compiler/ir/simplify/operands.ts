/** When is an operand of an elementwise op needlessly given the rank of the result? */
import { apply, broadcastTo } from "../build.js";
import { broadcastShapes, equalShape } from "../dims.js";
import { opNames, table } from "../table.js";
import type { OpName, SymbolicShape, Value } from "../value.js";
import { operand } from "./rule.js";
import type { Rule, RuleTable } from "./rule.js";

/** Engines align trailing axes themselves: an operand that was only given ones in front is taken without them. */
const withoutLeadingOnes: Rule = (value) => {
  if (!value.inputs.some(addsLeadingOnes)) return null;
  const inputs = value.inputs.map((input) => (addsLeadingOnes(input) ? operand(input, 0) : input));
  const shape = inputs.reduce<SymbolicShape | null>(
    (joined, input) => joined && broadcastShapes(joined, input.shape),
    [],
  );
  return shape !== null && equalShape(shape, value.shape) ? apply(value.op, inputs, value.params) : null;
};

const elementwise = opNames.filter((op) => table[op].family === "elementwise" || table[op].family === "comparison");

export const operands: RuleTable = Object.fromEntries(
  elementwise.map((op): [OpName, readonly Rule[]] => [op, [withoutLeadingOnes]]),
);

/** Whether a value is a reshape that puts ones in front of the shape. */
export function addsLeadingOnes(value: Value): boolean {
  if (value.op !== "reshape") return false;
  const source = operand(value, 0).shape;
  const lead = value.shape.length - source.length;
  return (
    lead > 0 && equalShape(value.shape.slice(lead), source) && value.shape.slice(0, lead).every((dim) => dim === 1)
  );
}

/** An operand stretched to the shape of the value it stands for. */
export function inShapeOf(value: Value, x: Value): Value {
  return broadcastTo(x, value.shape);
}
