/** Does simplifying, multiplying out, differentiating and rewriting for evaluation keep the value? */
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
import { differentiate } from "../../compiler/calculus/differentiate.js";
import { compile, errorFunction, evaluate } from "../../compiler/calculus/evaluate.js";
import { number, ONE, PI, symbol } from "../../compiler/calculus/expression.js";
import { affineIn, equivalent, expand } from "../../compiler/calculus/polynomial.js";
import { show, showLatex } from "../../compiler/calculus/show.js";
import { substitute } from "../../compiler/calculus/traverse.js";
import { generator } from "./random-affine.js";
import { randomExpression } from "./random-expression.js";

const SEED = 11;
const CASES = 3000;
const t = symbol("t", "nonnegative");
const x = symbol("x");

/** Points away from special values; where the written form is defined, the simplified one must agree. */
const POINTS = [
  [0.7, 0.3],
  [-1.3, 1.9],
  [2.1, 0.8],
] as const;

/** Float64 with up to a few dozen operations; larger errors only where the written form itself cancels digits. */
function isClose(a: number, b: number, scale = 1): boolean {
  return Math.abs(a - b) <= 1e-8 * Math.max(scale, Math.abs(b));
}

describe("simplification", () => {
  test(`${CASES} random expressions keep their value, seed ${SEED}`, () => {
    const random = generator(SEED);
    const wrong: string[] = [];
    let compared = 0;
    for (let i = 0; i < CASES; i++) {
      const { formula, value } = randomExpression(random, 4);
      const forms = [formula, expand(formula)].map((e) => compile(e, ["x", "y"]));
      for (const [p, q] of POINTS) {
        const expected = value(p, q);
        if (!Number.isFinite(expected) || Math.abs(expected) > 1e6) continue;
        // A value that moves under rounding-size changes of the input says nothing about the algebra.
        const moved = Math.abs(value(p * (1 + 1e-13), q * (1 - 1e-13)) - expected);
        if (!(moved <= 1e-9 * Math.max(1, Math.abs(expected)))) continue;
        compared++;
        if (!forms.every((form) => isClose(form(p, q), expected))) wrong.push(`${i}: ${show(formula)} at ${p}, ${q}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(compared).toBeGreaterThan(CASES);
  });

  test("derivatives of random expressions agree with finite differences", () => {
    const random = generator(SEED + 1);
    const wrong: string[] = [];
    let compared = 0;
    for (let i = 0; i < 1000; i++) {
      const { formula } = randomExpression(random, 3);
      const at = compile(formula, ["x", "y"]);
      const slope = compile(differentiate(formula, "x"), ["x", "y"]);
      for (const [p, q] of POINTS) {
        // Sixth-order central differences: truncation h^6 and rounding 1e-16/h are both below 1e-10 for values of order one.
        const h = 2e-3;
        const [a, b, c] = [1, 2, 3].map((k) => (at(p + k * h, q) - at(p - k * h, q)) / (2 * k * h));
        const differences = 1.5 * (a ?? NaN) - 0.6 * (b ?? NaN) + 0.1 * (c ?? NaN);
        const isSmooth = Math.abs((a ?? NaN) - (b ?? NaN)) <= 1e-3 * Math.max(1, Math.abs(differences));
        if (!Number.isFinite(differences) || !isSmooth || Math.abs(differences) > 1e3) continue;
        compared++;
        if (!(Math.abs(slope(p, q) - differences) <= 1e-5 * Math.max(1, Math.abs(differences)))) {
          wrong.push(`${i}: ${show(formula)} at ${p}, ${q}: ${slope(p, q)} ${differences}`);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(compared).toBeGreaterThan(1000);
  });

  test.each([
    ["exp(a) exp(b)", multiply(exp(t), exp(x)), exp(add(t, x))],
    ["5000^t 5000^(-t)", multiply(power(number(5000), t), power(number(5000), negate(t))), ONE],
    ["exp(k log f)", exp(multiply(number(3), log(add(ONE, t)))), power(add(ONE, t), 3)],
    ["sqrt(exp(2a))", sqrt(exp(multiply(number(2), x))), exp(x)],
    ["sqrt(x²)", sqrt(power(x, 2)), call("abs", x)],
    ["sqrt(t²), t ≥ 0", sqrt(power(t, 2)), t],
    ["sin² + cos²", add(power(call("sin", x), 2), power(call("cos", x), 2)), ONE],
    ["1/(t - 1) + 1/(1 - t)", add(divide(ONE, subtract(t, ONE)), divide(ONE, subtract(ONE, t))), number(0)],
    ["0.1 + 0.2", add(number("0.1"), number("0.2")), number("0.3")],
    ["cos π", call("cos", PI), number(-1)],
  ])("%s", (_, simplified, expected) => {
    expect(simplified.key).toBe(expected.key);
  });

  test("a square is not its root where the sign is open", () => {
    expect(equivalent(sqrt(power(x, 2)), x)).toBe(false);
  });

  test("affine coefficients", () => {
    const e = divide(subtract(symbol("y"), x), subtract(ONE, t));
    const found = affineIn(e, "x");
    expect(found === null ? null : [show(found.linear), show(found.constant)]).toEqual(["-1/(1 - t)", "y/(1 - t)"]);
    expect(affineIn(call("sin", x), "x")).toBeNull();
  });

  test("substitution does not capture", () => {
    const e = substitute(
      add(x, t),
      new Map([
        ["x", t],
        ["t", x],
      ]),
    );
    expect(e.key).toBe(add(x, t).key);
  });
});

describe("evaluation", () => {
  test("small differences keep their digits", () => {
    const u = 1e-9;
    const at = new Map([
      ["t", u],
      ["x", u],
    ]);
    // Series: 1 - e^{-u} = u - u²/2, 1 - cos u = u²/2 - u⁴/24, log(1 + u) = u - u²/2, √(1 + u) - 1 = u/2 - u²/8
    const cases = [
      [subtract(ONE, exp(negate(t))), u - (u * u) / 2],
      [subtract(ONE, call("cos", x)), (u * u) / 2],
      [log(add(ONE, t)), u - (u * u) / 2],
      [subtract(sqrt(add(ONE, t)), ONE), u / 2 - (u * u) / 8],
      [subtract(exp(multiply(number(2), t)), exp(t)), u + (3 * u * u) / 2],
    ] as const;
    for (const [e, expected] of cases) expect(Math.abs(evaluate(e, at) / expected - 1)).toBeLessThan(1e-14);
  });

  test("erf", () => {
    // Abramowitz and Stegun, table 7.1
    const table = [
      [0.5, 0.5204998778],
      [1, 0.8427007929],
      [2, 0.995322265],
      [-1, -0.8427007929],
    ] as const;
    for (const [at, value] of table) expect(errorFunction(at)).toBeCloseTo(value, 9);
    // The two methods meet at 3: erfc(3) = 2.209049699858544e-5
    expect(1 - errorFunction(2.9999999999)).toBeCloseTo(2.209049699858544e-5, 12);
    expect(1 - errorFunction(3)).toBeCloseTo(2.209049699858544e-5, 15);
  });
});

test("formulas are printed as a paper would", () => {
  const beta = add(multiply(number("0.05"), t), multiply(number("4.975"), power(t, 2)));
  const shown = [
    exp(negate(beta)),
    power(number(5000), t),
    sqrt(multiply(t, subtract(ONE, t))),
    divide(x, multiply(number(2), t)),
  ];
  expect(shown.map(show)).toEqual(["exp(-t/20 - 199 t²/40)", "5000^t", "√(t (1 - t))", "x/(2 t)"]);
  expect(showLatex(divide(ONE, subtract(ONE, t)))).toBe("\\frac{1}{1 - t}");
});
