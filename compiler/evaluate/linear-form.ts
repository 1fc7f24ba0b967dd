/** Is a value a mean plus standard normal noise times a factor, number by number? Read off the graph that computes it. */
import * as ir from "../ir/build.js";
import { broadcastShapes, equalShape } from "../ir/dims.js";
import { valuesInOrder } from "../ir/order.js";
import type { Value } from "../ir/value.js";

/** value = mean + Σ factorᵢ · noiseᵢ, with factors that no noise enters. */
export interface LinearForm {
  readonly mean: Value;
  readonly factors: ReadonlyMap<Value, Value>;
}

/** Null where a noise enters otherwise: through a function, times another, or into more than its own place. */
export function linearForm(value: Value, noises: readonly Value[]): LinearForm | null {
  const forms = new Map<Value, LinearForm | null>();
  for (const noise of noises)
    forms.set(noise, { mean: ir.zeros(noise.shape), factors: new Map([[noise, ir.ones(noise.shape)]]) });
  for (const node of valuesInOrder([value], forms)) {
    const parts = node.inputs.map((input) => forms.get(input));
    if (parts.every((part) => part === undefined)) continue;
    forms.set(node, parts.includes(null) ? null : combined(node, parts as readonly (LinearForm | undefined)[]));
  }
  const form = forms.get(value);
  if (form === undefined) return { mean: value, factors: new Map() };
  if (form === null) return null;
  // One noise for several numbers would tie them together.
  return [...form.factors.keys()].every((noise) => equalShape(noise.shape, value.shape)) ? form : null;
}

function combined(node: Value, parts: readonly (LinearForm | undefined)[]): LinearForm | null {
  const [left, right, last] = node.inputs;
  const [a, b, d] = parts;
  switch (node.op) {
    case "neg":
      return a === undefined ? null : scaled(a, (x) => ir.neg(x));
    case "add":
    case "sub": {
      if (left === undefined || right === undefined) return null;
      const sign = node.op === "add" ? (x: Value) => x : (x: Value) => ir.neg(x);
      return joined(node, a ?? fixed(left), scaled(b ?? fixed(right), sign));
    }
    case "mul":
      if (a !== undefined && b !== undefined) return null;
      if (a !== undefined && right !== undefined) return scaled(a, (x) => ir.mul(x, right));
      return b === undefined || left === undefined ? null : scaled(b, (x) => ir.mul(left, x));
    case "div":
      return a === undefined || b !== undefined || right === undefined ? null : scaled(a, (x) => ir.div(x, right));
    case "select": {
      if (left === undefined || right === undefined || last === undefined || a !== undefined) return null;
      const zero = ir.scalar(0);
      const chosen = scaled(b ?? fixed(right), (x) => ir.select(left, x, zero));
      return joined(
        node,
        chosen,
        scaled(d ?? fixed(last), (x) => ir.select(left, zero, x)),
      );
    }
    case "reshape":
    case "broadcast":
      return a !== undefined && equalShape(node.shape, left?.shape ?? []) ? a : null;
    case "stopGradient":
      return a === undefined ? null : scaled(a, (x) => ir.stopGradient(x));
    default:
      return null;
  }
}

function fixed(value: Value): LinearForm {
  return { mean: value, factors: new Map() };
}

function scaled(form: LinearForm, f: (x: Value) => Value): LinearForm {
  return { mean: f(form.mean), factors: new Map([...form.factors].map(([noise, factor]) => [noise, f(factor)])) };
}

function joined(node: Value, a: LinearForm, b: LinearForm): LinearForm | null {
  if (broadcastShapes(a.mean.shape, b.mean.shape) === null) return null;
  const factors = new Map(a.factors);
  for (const [noise, factor] of b.factors) {
    const other = factors.get(noise);
    factors.set(noise, other === undefined ? factor : ir.add(other, factor));
  }
  return { mean: ir.broadcastTo(ir.add(a.mean, b.mean), node.shape), factors };
}
