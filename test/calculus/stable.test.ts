/** Are expressions written for evaluation so that float32 has room for what is on the way? */
import { expect, test } from "vitest";
import { add, exp, multiply, power } from "../../compiler/calculus/algebra.js";
import { evaluate } from "../../compiler/calculus/evaluate.js";
import { number, symbol } from "../../compiler/calculus/expression.js";
import type { Expression } from "../../compiler/calculus/expression.js";
import { toNumber } from "../../compiler/calculus/rational.js";
import { stable } from "../../compiler/calculus/stable.js";
import { partsOf } from "../../compiler/calculus/traverse.js";

const [x, t] = [symbol("x"), symbol("t", "nonnegative")];

function numbersIn(e: Expression): readonly number[] {
  return e.kind === "number" ? [Math.abs(toNumber(e.value))] : partsOf(e).flatMap(numbersIn);
}

test.each([1, -1, 0.5, -1.5, 2])("whole coefficients of a sum to the power %d meet the product's own", (exponent) => {
  const tiny = number("1e-62");
  const huge = number("1e62");
  const formula = multiply(
    power(tiny, exponent),
    power(add(multiply(huge, x), multiply(number(3), huge, t), number(7)), exponent),
    exp(t),
  );
  const written = stable(formula);
  expect(Math.max(...numbersIn(formula))).toBeGreaterThan(1e30);
  expect(Math.max(...numbersIn(written))).toBeLessThan(1e3);
  const at = new Map([
    ["x", 0.7],
    ["t", 0.3],
  ]);
  expect(evaluate(formula, at)).toBeCloseTo(Math.exp(0.3) * (0.7 + 0.9) ** exponent, 12);
});
