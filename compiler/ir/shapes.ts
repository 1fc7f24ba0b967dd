/** Which operand types does an op accept, and what type results? The shape rules that several ops share, and their makers. */
import type { DType } from "../../runtime/ops.js";
import { broadcastShapes } from "./dims.js";
import type { Operand, ShapeRule, Typed } from "./row.js";
import type { Params, SymbolicShape } from "./value.js";

/** Shape kept; `from` are the dtypes accepted, `to` the result's, or the operand's own. */
export function mapped(from: readonly DType[], to: DType | "same"): ShapeRule {
  return ([x]) => {
    if (x === undefined) return "an operand is missing";
    if (!from.includes(x.dtype)) return `the operand is ${x.dtype}, expected ${from.join(" or ")}`;
    return { dtype: to === "same" ? x.dtype : to, shape: x.shape };
  };
}

/** Two operands of one dtype, broadcast together. */
export function zipped(from: readonly DType[], to: DType | "same"): ShapeRule {
  return ([a, b]) => {
    if (a === undefined || b === undefined) return "an operand is missing";
    if (a.dtype !== b.dtype) return `the operands are ${a.dtype} and ${b.dtype}`;
    if (!from.includes(a.dtype)) return `the operands are ${a.dtype}, expected ${from.join(" or ")}`;
    const shape = broadcastShapes(a.shape, b.shape);
    if (shape === null) return `${show(a.shape)} and ${show(b.shape)} do not broadcast`;
    return { dtype: to === "same" ? a.dtype : to, shape };
  };
}

/** A rule over one operand. */
export function unary(rule: (x: Operand, params: Params) => Typed | string): ShapeRule {
  return ([x], params) => (x === undefined ? "an operand is missing" : rule(x, params));
}

/** A rule over two operands. */
export function binary(rule: (a: Operand, b: Operand, params: Params) => Typed | string): ShapeRule {
  return ([a, b], params) => (a === undefined || b === undefined ? "an operand is missing" : rule(a, b, params));
}

/** A real result of the shape without `axes`. */
export function reduced(x: Operand, axes: readonly number[]): Typed | string {
  const rank = x.shape.length;
  if (x.dtype !== "real") return `the operand is ${x.dtype}, expected real`;
  if (!areAxes(axes, rank)) return `axes [${axes.join(", ")}] are not distinct axes of ${show(x.shape)}`;
  return { dtype: "real", shape: x.shape.filter((_, axis) => !axes.includes(axis)) };
}

export function areAxes(axes: readonly number[], rank: number): boolean {
  return new Set(axes).size === axes.length && axes.every((axis) => Number.isInteger(axis) && axis >= 0 && axis < rank);
}

export function show(shape: SymbolicShape): string {
  return `[${shape.join(", ")}]`;
}
