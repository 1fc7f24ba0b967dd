/** How do rows begin, and how do rules reach the parts of the value they speak of? */
import type { Row, ShapeRule } from "../row.js";
import type { Value } from "../value.js";

export type Head = Pick<Row, "doc" | "symbol" | "family" | "arity" | "params" | "shape">;

/** An elementwise op of one operand. */
export function unary(doc: string, symbol: string, shape: ShapeRule): Head {
  return { doc, symbol, family: "elementwise", arity: 1, params: [], shape };
}

/** An elementwise op of two operands. */
export function pair(doc: string, symbol: string, shape: ShapeRule): Head {
  return { doc, symbol, family: "elementwise", arity: 2, params: [], shape };
}

/** An operand of a value already made: the shape rule has checked how many there are. */
export function operand(value: Value, place: number): Value {
  return value.inputs[place] as Value;
}

export function shapeOf(value: Value, place: number): Value["shape"] {
  return operand(value, place).shape;
}
