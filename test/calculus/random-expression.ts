/** Which random expressions is the algebra tested on? Each comes with its value, computed as it was written down. */
import { add, call, divide, extremum, multiply, negate, power, subtract } from "../../compiler/calculus/algebra.js";
import { piecewise } from "../../compiler/calculus/choice.js";
import { number, symbol } from "../../compiler/calculus/expression.js";
import type { Expression } from "../../compiler/calculus/expression.js";

/** What was built, simplified by the constructors, and the value of what was written: NaN once it divides by zero. */
export interface Written {
  readonly formula: Expression;
  readonly value: (x: number, y: number) => number;
}

const x = symbol("x");
/** Assumed positive, so that rules that need a sign are met. */
const y = symbol("y", "positive");

export function randomExpression(random: () => number, depth: number): Written {
  const next = (): Written => randomExpression(random, depth - 1);
  const kind = depth === 0 ? random() * 0.3 : random();
  if (kind < 0.1) return { formula: x, value: (a) => a };
  if (kind < 0.2) return { formula: y, value: (_, b) => b };
  if (kind < 0.3) {
    const value = Math.round((random() * 6 - 3) * 4) / 4;
    return { formula: number(value), value: () => value };
  }
  const a = next();
  if (kind < 0.42) return binary(a, next(), add, (p, q) => p + q);
  if (kind < 0.5) return binary(a, next(), subtract, (p, q) => p - q);
  if (kind < 0.64) return binary(a, next(), multiply, (p, q) => p * q);
  if (kind < 0.7) return binary(a, next(), divide, (p, q) => (q === 0 ? NaN : p / q));
  if (kind < 0.76) {
    const exponent = [2, 3, -1, -2, 0.5, 1.5, -0.5][Math.floor(random() * 7)] ?? 2;
    return unary(
      a,
      (e) => power(e, exponent),
      (p) => (p === 0 && exponent < 0 ? NaN : p ** exponent),
    );
  }
  if (kind < 0.79) return unary(a, negate, (p) => -p);
  if (kind < 0.82) return binary(a, next(), (p, q) => extremum("max", p, q), Math.max);
  if (kind < 0.84) {
    const [b, c] = [next(), next()];
    return {
      formula: piecewise({ relation: "<", left: a.formula, right: b.formula }, c.formula, a.formula),
      value: (p, q) => (a.value(p, q) < b.value(p, q) ? c.value(p, q) : a.value(p, q)),
    };
  }
  const functions = [
    ["exp", Math.exp],
    ["log", Math.log],
    ["sin", Math.sin],
    ["cos", Math.cos],
    ["tanh", Math.tanh],
    ["atan", Math.atan],
    ["abs", Math.abs],
    ["exp", Math.exp],
    ["log", Math.log],
  ] as const;
  const [name, apply] = functions[Math.floor(random() * functions.length)] ?? ["sin", Math.sin];
  return unary(a, (e) => call(name, e), apply);
}

function unary(a: Written, build: (e: Expression) => Expression, apply: (p: number) => number): Written {
  return { formula: build(a.formula), value: (p, q) => apply(a.value(p, q)) };
}

function binary(
  a: Written,
  b: Written,
  build: (p: Expression, q: Expression) => Expression,
  apply: (p: number, q: number) => number,
): Written {
  return { formula: build(a.formula, b.formula), value: (p, q) => apply(a.value(p, q), b.value(p, q)) };
}
