/** Which activation functions are there, by their option word? */
import * as ir from "../ir/build.js";
import type { Value } from "../ir/value.js";

/** Activation functions by their option word. */
export const activations: ReadonlyMap<string, (x: Value) => Value> = new Map<string, (x: Value) => Value>([
  ["silu", ir.silu],
  ["relu", (x) => ir.max(x, ir.scalar(0))],
  ["tanh", ir.tanh],
  ["softplus", ir.softplus],
  ["sigmoid", ir.sigmoid],
  ["gelu", (x) => ir.mul(ir.mul(x, ir.scalar(0.5)), ir.add(ir.scalar(1), ir.erf(ir.mul(x, ir.scalar(Math.SQRT1_2)))))],
  // 0.909 · silu has Lipschitz constant one (Chen et al. 2019).
  ["lipswish", (x) => ir.mul(ir.silu(x), ir.scalar(0.909))],
]);

/** exp(x) / Σ exp(x) over all numbers of x. */
export function softmax(x: Value): Value {
  const axes = x.shape.map((_, axis) => axis);
  if (axes.length === 0) return ir.scalar(1);
  const shifted = ir.exp(ir.sub(x, ir.stopGradient(ir.reduceMax(x, axes))));
  return ir.div(shifted, ir.sum(shifted, axes));
}
