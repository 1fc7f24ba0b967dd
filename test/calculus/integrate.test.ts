/** Are closed forms of integrals right, are wrong ones refused, and is quadrature what is left? */
import { describe, expect, test } from "vitest";
import {
  add,
  call,
  divide,
  exp,
  log,
  multiply,
  negate,
  power,
  sqrt,
  subtract,
} from "../../compiler/calculus/algebra.js";
import { integral } from "../../compiler/calculus/choice.js";
import { evaluate } from "../../compiler/calculus/evaluate.js";
import { number, ONE, symbol } from "../../compiler/calculus/expression.js";
import type { Expression } from "../../compiler/calculus/expression.js";
import { antiderivative, antiderivativeOn, integrate } from "../../compiler/calculus/integrate.js";
import { gaussLegendre } from "../../compiler/calculus/quadrature.js";
import { hasIntegral } from "../../compiler/calculus/traverse.js";

const t = symbol("t", "nonnegative");
const grounds = { values: new Map<string, number>(), range: [0.05, 0.95] as const };
const n = number;
const w = multiply(n(3), t);
const beta = add(n("0.1"), multiply(n("19.9"), t));
const B = add(multiply(n("0.1"), t), multiply(n("9.95"), power(t, 2)));

const CLOSED: readonly (readonly [string, Expression])[] = [
  ["polynomial", add(ONE, multiply(n(2), power(t, 3)))],
  ["β e^-B", multiply(beta, exp(negate(B)))],
  ["β (1 - e^-2B) e^B", multiply(beta, subtract(ONE, exp(multiply(n(-2), B))), exp(B))],
  ["5000^t", power(n(5000), t)],
  ["t² e^-2t", multiply(power(t, 2), exp(multiply(n(-2), t)))],
  ["e^-t²", exp(negate(power(t, 2)))],
  ["sin 3t", call("sin", w)],
  ["cos² 3t", power(call("cos", w), 2)],
  ["t e^t sin 3t cos t", multiply(t, exp(t), call("sin", w), call("cos", t))],
  ["sin/cos³", divide(call("sin", t), power(call("cos", t), 3))],
  ["tan²", power(call("tan", t), 2)],
  ["tanh", call("tanh", t)],
  ["√(1 + t)", sqrt(add(ONE, t))],
  ["t (1 - t)^(3/2)", multiply(t, power(subtract(ONE, t), 1.5))],
  ["t^0.3", power(t, 0.3)],
  ["1/(1 - t)", divide(ONE, subtract(ONE, t))],
  ["1/(1 - t)²", power(subtract(ONE, t), -2)],
  ["1/((1 + t)(2 + t)²)", divide(ONE, multiply(add(ONE, t), power(add(n(2), t), 2)))],
  ["t/(1 + t + t²)²", divide(t, power(add(ONE, t, power(t, 2)), 2))],
  ["1/(t² - 3)", divide(ONE, subtract(power(t, 2), n(3)))],
  ["log(1 + t)", log(add(ONE, t))],
  ["t² log t", multiply(power(t, 2), log(t))],
  ["log²(1 + 2t)", power(log(add(ONE, multiply(n(2), t))), 2)],
  ["1/(1 + √t)", divide(ONE, add(ONE, sqrt(t)))],
  ["1/(1 + e^t)", divide(ONE, add(ONE, exp(t)))],
];

describe("integrals", () => {
  test.each(CLOSED)("%s", (_, e) => {
    const found = antiderivativeOn(e, t, grounds);
    if (found === null) throw new Error("no closed form");
    for (const [from, to] of [
      [0.1, 0.3],
      [0.25, 0.9],
    ] as const) {
      const at = (place: number): number => evaluate(found, new Map([["t", place]]));
      const reference = simpson((place) => evaluate(e, new Map([["t", place]])), from, to);
      // Simpson's rule on 4000 panels of width 1e-4 is exact to rounding for these integrands.
      expect(Math.abs((at(to) - at(from)) / reference - 1)).toBeLessThan(1e-9);
    }
  });

  test("what has no elementary form stays an integral, and has a value", () => {
    const e = integrate(exp(call("sin", w)), t, n(0), n(1), { values: new Map(), range: [0, 1] });
    expect(hasIntegral(e)).toBe(true);
    expect(Math.abs(evaluate(e) / simpson((place) => Math.exp(Math.sin(3 * place)), 0, 1) - 1)).toBeLessThan(1e-11);
  });

  test("an antiderivative that jumps inside the range is refused", () => {
    // ∫ 1/(1 - t) has the antiderivative -log|1 - t| on both sides of 1, but no integral across it.
    const e = divide(ONE, subtract(ONE, t));
    expect(antiderivative(e, "t")).not.toBeNull();
    expect(antiderivativeOn(e, t, { values: new Map(), range: [0, 2] })).toBeNull();
  });

  test.each([
    // ∫₀¹ t^-½ = 2, ∫₀¹ (1 - t)^-½ = 2, ∫₀¹ log t = -1, ∫₀¹ dt/√(t(1 - t)) = π
    ["1/√t", power(t, -0.5), 2],
    ["1/√(1 - t)", power(subtract(ONE, t), -0.5), 2],
    ["log t", log(t), -1],
    ["1/√(t(1 - t))", power(multiply(t, subtract(ONE, t)), -0.5), Math.PI],
  ])("quadrature with a singular end: %s", (_, e, expected) => {
    expect(Math.abs(evaluate(integral(e, t, n(0), n(1))) / expected - 1)).toBeLessThan(1e-10);
  });

  test("Gauss-Legendre rules are exact for polynomials of degree 2n - 1", () => {
    const { nodes, weights } = gaussLegendre(6);
    const value = nodes.reduce((sum, node, i) => sum + (weights[i] ?? 0) * node ** 11, 0);
    expect(Math.abs(value * 12 - 1)).toBeLessThan(1e-14);
  });
});

function simpson(f: (t: number) => number, from: number, to: number, panels = 4000): number {
  const h = (to - from) / panels;
  let total = f(from) + f(to);
  for (let i = 1; i < panels; i++) total += f(from + i * h) * (i % 2 === 0 ? 2 : 4);
  return (total * h) / 3;
}
