/** Are velocity, γγ̇, ends and score of interpolants derived right, for the whole catalogue? */
import { describe, expect, test } from "vitest";
import { add, call, multiply, power, sqrt, subtract } from "../../compiler/calculus/algebra.js";
import { piecewise } from "../../compiler/calculus/choice.js";
import { compile, evaluate } from "../../compiler/calculus/evaluate.js";
import { number, ONE, PI, symbol, ZERO } from "../../compiler/calculus/expression.js";
import type { Expression } from "../../compiler/calculus/expression.js";
import type { LinearInterpolantFacts } from "../../compiler/calculus/facts.js";
import { analyseInterpolant } from "../../compiler/calculus/interpolant.js";
import { show } from "../../compiler/calculus/show.js";

const t = symbol("t");
const [x0, x1, z] = [symbol("x0"), symbol("x1"), symbol("z")];
const n = number;
const angle = multiply(n("0.5"), PI, t);
const brownian = sqrt(multiply(n(2), t, subtract(ONE, t)));

const linear = (gamma: Expression): Expression =>
  add(multiply(subtract(ONE, t), x0), multiply(t, x1), multiply(gamma, z));
const cosSquared = power(call("cos", multiply(PI, t)), 2);
const sinSquared = power(call("sin", multiply(PI, t)), 2);

/** Methods B: Albergo, Boffi and Vanden-Eijnden 2023, table of interpolants. */
const CATALOGUE: readonly (readonly [string, Expression, readonly (typeof x0)[]])[] = [
  ["linear, Brownian γ", linear(brownian), [x0, x1, z]],
  ["linear, γ = t(1 - t)", linear(multiply(t, subtract(ONE, t))), [x0, x1, z]],
  ["linear, γ = sin²", linear(sinSquared), [x0, x1, z]],
  ["linear, γ = 0", linear(ZERO), [x0, x1]],
  [
    "trigonometric",
    add(
      multiply(
        sqrt(subtract(ONE, power(brownian, 2))),
        add(multiply(call("cos", angle), x0), multiply(call("sin", angle), x1)),
      ),
      multiply(brownian, z),
    ),
    [x0, x1, z],
  ],
  [
    "encoding-decoding",
    add(multiply(cosSquared, piecewise({ relation: "<", left: t, right: n("0.5") }, x0, x1)), multiply(sinSquared, z)),
    [x0, x1, z],
  ],
  ["mirror", add(x1, multiply(brownian, z)), [x1, z]],
  ["one-sided", add(multiply(subtract(ONE, t), z), multiply(t, x1)), [x1, z]],
];

function analysed(path: Expression, draws: readonly (typeof x0)[]): LinearInterpolantFacts {
  const facts = analyseInterpolant({
    path,
    time: t,
    range: [0, 1],
    draws,
    gaussian: draws.filter((draw) => draw === z),
  });
  if (facts.kind !== "linear") throw new Error("expected a path linear in its draws");
  return facts;
}

describe("interpolants", () => {
  test.each(CATALOGUE)("%s: velocity and c ċ agree with finite differences", (_, path, draws) => {
    const facts = analysed(path, draws);
    const names = ["t", "x0", "x1", "z"];
    const [at, velocity] = [compile(path, names), compile(facts.velocity, names)];
    for (const time of [0.11, 0.37, 0.62, 0.93]) {
      const h = 1e-5;
      const difference = (at(time + h, 0.3, -1.2, 0.8) - at(time - h, 0.3, -1.2, 0.8)) / (2 * h);
      expect(Math.abs(velocity(time, 0.3, -1.2, 0.8) - difference)).toBeLessThan(1e-6);
      for (const { coefficient, product } of facts.draws) {
        const squared = (s: number): number => evaluate(coefficient, new Map([["t", s]])) ** 2;
        const half = (squared(time + h) - squared(time - h)) / (4 * h);
        expect(Math.abs(evaluate(product, new Map([["t", time]])) - half)).toBeLessThan(1e-6);
      }
    }
  });

  test("γ γ̇ of the Brownian γ is finite at both ends", () => {
    const gamma = analysed(linear(brownian), [x0, x1, z]).draws.find(({ draw }) => draw === z);
    expect(show(gamma?.product ?? ZERO)).toBe("1 - 2 t");
    expect([0, 1].map((time) => evaluate(gamma?.product ?? ZERO, new Map([["t", time]])))).toEqual([1, -1]);
  });

  test("ends", () => {
    expect(
      CATALOGUE.map(([, path, draws]) => analysed(path, draws)).map(({ start, end }) => [start?.name, end?.name]),
    ).toEqual([
      ["x0", "x1"],
      ["x0", "x1"],
      ["x0", "x1"],
      ["x0", "x1"],
      ["x0", "x1"],
      ["x0", "x1"],
      ["x1", "x1"],
      ["z", "x1"],
    ]);
  });

  test("a γ that does not vanish leaves no draw alone at that end", () => {
    const facts = analysed(linear(t), [x0, x1, z]);
    expect([facts.start?.name, facts.end?.name]).toEqual(["x0", undefined]);
  });

  test("one Gaussian end and one of data give a signal; a score needs a Gaussian draw", () => {
    const facts = analysed(add(multiply(subtract(ONE, t), x0), multiply(t, z)), [x0, z]);
    expect(facts.data?.name).toBe("x0");
    expect(
      facts.signal === null ? null : [facts.signal.scale, facts.signal.std, facts.signal.determinant].map(show),
    ).toEqual(["1 - t", "t", "1"]);
    expect(analysed(linear(ZERO), [x0, x1]).score).toBeNull();
  });

  test("data may stand in any way: ends, velocity and the score of the noise are found", () => {
    const bent = multiply(t, subtract(ONE, t), call("sin", multiply(x0, x1)));
    const facts = analysed(add(linear(brownian), bent), [x0, x1, z]);
    expect([facts.start?.name, facts.end?.name, facts.draws.map(({ draw }) => draw.name)]).toEqual(["x0", "x1", ["z"]]);
    expect(show(facts.score?.factor ?? ZERO)).toBe(show(brownian));
    const names = ["t", "x0", "x1", "z"];
    const [at, velocity] = [compile(add(linear(brownian), bent), names), compile(facts.velocity, names)];
    const difference = (at(0.3 + 1e-5, 0.3, -1.2, 0.8) - at(0.3 - 1e-5, 0.3, -1.2, 0.8)) / 2e-5;
    expect(Math.abs(velocity(0.3, 0.3, -1.2, 0.8) - difference)).toBeLessThan(1e-6);
    expect(analysed(add(linear(brownian), multiply(t, x0, x1)), [x0, x1, z]).end).toBeNull();
  });

  test("a term in which the noise does not stand linearly is named", () => {
    const facts = analyseInterpolant({
      path: add(linear(ZERO), multiply(t, x0, z)),
      time: t,
      range: [0, 1],
      draws: [x0, x1, z],
      gaussian: [z],
    });
    expect(facts.kind === "nonlinear" ? show(facts.spoiler) : facts.kind).toBe("t x0 z");
  });
});
