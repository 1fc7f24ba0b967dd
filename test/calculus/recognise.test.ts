/** Is a float that stands for a simple number shown as that number, and no other float taken for one? */
import { expect, test } from "vitest";
import { evaluate } from "../../compiler/calculus/evaluate.js";
import { recognise } from "../../compiler/calculus/recognise.js";
import { show } from "../../compiler/calculus/show.js";
import { uniforms } from "../support/noise.js";

test.each([
  [0.1, "1/10"],
  [3.14159, "3.14159"],
  [2 / 3, "2/3"],
  [-7 / 12, "-7/12"],
  [Math.PI / 2, "π/2"],
  [(0.99 * Math.PI) / 2, "99 π/200"],
  [-2 * Math.PI, "-2 π"],
  [Math.PI ** 2, "π²"],
  [1 / Math.PI, "1/π"],
  [Math.SQRT2, "√2"],
  [-Math.sqrt(3) / 2, "-√3/2"],
  [Math.sqrt(2 * Math.PI), "√2 √π"],
  [Math.SQRT2 * Math.PI, "√2 π"],
  [Math.E, "2.718282"],
])("%f is %s", (value, expected) => {
  expect(show(recognise(value))).toBe(expected);
});

test("what is recognised has the value of the float to its last digits", () => {
  const given = uniforms(4000, 1);
  for (let i = 0; i < given.length; i += 2) {
    const value = ((given[i] ?? 0) - 0.5) * 10 ** Math.floor(40 * ((given[i + 1] ?? 0) - 0.5));
    expect(Math.abs(evaluate(recognise(value)) - value)).toBeLessThanOrEqual(4 * Number.EPSILON * Math.abs(value));
  }
});

test("a float that differs by a billionth is not taken for a simple number", () => {
  for (const value of [2 / 3, Math.PI / 2, Math.SQRT2]) {
    const near = value * (1 + 1e-9);
    expect(show(recognise(near))).toMatch(/^\d\.\d+$/);
  }
});
