/** Do bounds hold, are poles found where they are and nowhere else, are limits right? */
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
import { piecewise } from "../../compiler/calculus/choice.js";
import { compile } from "../../compiler/calculus/evaluate.js";
import { number, ONE, PI, symbol } from "../../compiler/calculus/expression.js";
import type { Expression } from "../../compiler/calculus/expression.js";
import { findPole, limitAt, range, sharpRange } from "../../compiler/calculus/interval.js";
import { show } from "../../compiler/calculus/show.js";
import { generator } from "./random-affine.js";
import { randomExpression } from "./random-expression.js";

const t = symbol("t", "nonnegative");
const n = number;
const B = add(multiply(n("0.1"), t), multiply(n("9.95"), power(t, 2)));
const std = sqrt(subtract(ONE, exp(negate(B))));

describe("bounds", () => {
  test("values stay inside, seed 5", () => {
    const random = generator(5);
    const wrong: string[] = [];
    for (let i = 0; i < 1500; i++) {
      const { formula } = randomExpression(random, 3);
      const at = compile(formula, ["x", "y"]);
      const [low, width] = [random() * 4 - 2, random()];
      const bounds = range(
        formula,
        new Map([
          ["x", { low, high: low + width }],
          ["y", { low: 0.5, high: 1.5 }],
        ]),
      );
      for (let k = 0; k < 8; k++) {
        const value = at(low + width * random(), 0.5 + random());
        const slack = 1e-9 * Math.max(1, Math.abs(value));
        if (Number.isFinite(value) && !(value >= bounds.low - slack && value <= bounds.high + slack))
          wrong.push(show(formula));
      }
    }
    expect(wrong).toEqual([]);
  });

  test("cutting sharpens: t (1 - t) stays below 0.27", () => {
    const bounds = sharpRange(multiply(t, subtract(ONE, t)), "t", { low: 0, high: 1 }, new Map());
    expect(bounds.high).toBeLessThan(0.27);
    expect(bounds.low).toBeGreaterThanOrEqual(0);
  });
});

describe("poles", () => {
  const found = (e: Expression, from: number, to: number): string | null => {
    const pole = findPole(e, "t", [from, to]);
    return pole === null ? null : `${pole.reason} of ${show(pole.term)} at ${Number(pole.at.toFixed(6))}`;
  };
  const half = n("0.5");
  test.each<[string, Expression, number, number, string | null]>([
    ["1/t on [0, 1]", divide(ONE, t), 0, 1, "division by zero of t at 0"],
    ["1/t on [0.001, 1]", divide(ONE, t), 0.001, 1, null],
    ["1/(1 - t) on [0, 1]", divide(ONE, subtract(ONE, t)), 0, 1, "division by zero of 1 - t at 1"],
    ["1/(1 - t) on [0, 0.999]", divide(ONE, subtract(ONE, t)), 0, 0.999, null],
    ["1/(t - 0.5)", divide(ONE, subtract(t, half)), 0, 1, "division by zero of 1 - 2 t at 0.5"],
    ["1/(t - 1/3)²", power(subtract(t, divide(ONE, n(3))), -2), 0, 1, "division by zero of 1 - 3 t at 0.333333"],
    ["1/(t² - t + 0.26)", divide(ONE, add(power(t, 2), negate(t), n("0.26"))), 0, 1, null],
    ["1/std of VP on [0, 1]", divide(ONE, std), 0, 1, "division by zero of 1 - exp(-t/10 - 199 t²/20) at 0"],
    ["1/std of VP on [0.001, 1]", divide(ONE, std), 0.001, 1, null],
    ["1/(e^t - t - 1) away from 0", divide(ONE, subtract(exp(t), add(t, ONE))), 0.01, 1, null],
    ["√(t - 0.5)", sqrt(subtract(t, half)), 0, 1, "root of a negative number of 2 t - 1 at 0"],
    ["√(t(1 - t))", sqrt(multiply(t, subtract(ONE, t))), 0, 1, null],
    ["log(t - 2)", log(subtract(t, n(2))), 0, 1, "logarithm of a non-positive number of t - 2 at 0"],
    ["tan(π t)", call("tan", multiply(PI, t)), 0, 1, "division by zero of cos(π t) at 0.5"],
    ["a guarded division", piecewise({ relation: "<", left: t, right: half }, ONE, divide(ONE, t)), 0, 1, null],
  ])("%s", (_, e, from, to, expected) => {
    expect(found(e, from, to)).toBe(expected);
  });

  test("a pole with a finite limit says so", () => {
    // (1 - e^{-t})/t → 1
    const pole = findPole(divide(subtract(ONE, exp(negate(t))), t), "t", [0, 1]);
    expect(pole?.limit).toBeCloseTo(1, 6);
    expect(findPole(divide(ONE, t), "t", [0, 1])?.limit).toBeNull();
  });
});

describe("limits", () => {
  test.each<[string, Expression, number]>([
    ["sin t / t", divide(call("sin", t), t), 1],
    ["(1 - cos t)/t²", divide(subtract(ONE, call("cos", t)), power(t, 2)), 0.5],
    // σ² = 1 - e^{-B}: σ²/t → B'(0) = 0.1
    ["σ²/t of VP", divide(power(std, 2), t), 0.1],
    // σ/√t → √0.1, a coefficient with a root at the end
    ["σ/√t of VP", divide(std, sqrt(t)), Math.sqrt(0.1)],
  ])("%s", (_, e, expected) => {
    expect(limitAt(e, "t", 0, "above")).toBeCloseTo(expected, 6);
  });

  test("1/t and log t have none", () => {
    expect(limitAt(divide(ONE, t), "t", 0, "above")).toBeNull();
    expect(limitAt(log(t), "t", 0, "above")).toBeNull();
  });
});
