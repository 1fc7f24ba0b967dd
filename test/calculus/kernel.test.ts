/** Do derived means and standard deviations solve the moment equations? */
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
import { evaluate } from "../../compiler/calculus/evaluate.js";
import { number, ONE, ZERO } from "../../compiler/calculus/expression.js";
import { integral } from "../../compiler/calculus/choice.js";
import type { ProcessInput } from "../../compiler/calculus/facts.js";
import { analyse } from "../../compiler/calculus/process.js";
import { checkKernel, elevenTimes } from "./check-kernel.js";
import { solve } from "./moment-ode.js";
import { randomAffine, t, x } from "./random-affine.js";
import type { AffineCase } from "./random-affine.js";

/** Closed forms are used up to an error of 1e-9 in the variance, quadrature and moment equations are an order better. */
const TOLERANCE = 1e-9;
const RANDOM_CASES = 200;
const SEED = 7;

const named = (
  name: string,
  drift: ProcessInput["drift"],
  diffusion: ProcessInput["diffusion"],
  end: number,
  equation: AffineCase["equation"],
): AffineCase => ({
  name,
  input: { drift, diffusion, convention: "ito", state: x, time: t, range: [0, end], dataTime: 0 },
  equation,
});

const beta = add(number("0.1"), multiply(number("19.9"), t));
const B = add(multiply(number("0.1"), t), multiply(number("9.95"), power(t, 2)));
const betaAt = (s: number): number => 0.1 + 19.9 * s;
const BAt = (s: number): number => 0.1 * s + 9.95 * s * s;
const none = (): number => 0;

const NAMED: readonly AffineCase[] = [
  named("VE", ZERO, multiply(number("0.01"), power(number(5000), t), sqrt(multiply(number(2), log(number(5000))))), 1, {
    linear: none,
    constant: none,
    diffusion: (s) => 0.01 * 5000 ** s * Math.sqrt(2 * Math.log(5000)),
  }),
  named("VP", multiply(number("-0.5"), beta, x), sqrt(beta), 1, {
    linear: (s) => -betaAt(s) / 2,
    constant: none,
    diffusion: (s) => Math.sqrt(betaAt(s)),
  }),
  named(
    "sub-VP",
    multiply(number("-0.5"), beta, x),
    sqrt(multiply(beta, subtract(ONE, exp(multiply(number(-2), B))))),
    1,
    {
      linear: (s) => -betaAt(s) / 2,
      constant: none,
      diffusion: (s) => Math.sqrt(betaAt(s) * -Math.expm1(-2 * BAt(s))),
    },
  ),
  named("Ornstein-Uhlenbeck", multiply(number("0.7"), subtract(number(3), x)), number("1.3"), 10, {
    linear: () => -0.7,
    constant: () => 2.1,
    diffusion: () => 1.3,
  }),
  named("Brownian bridge", negate(divide(x, subtract(ONE, t))), ONE, 0.999, {
    linear: (s) => -1 / (1 - s),
    constant: none,
    diffusion: () => 1,
  }),
  named("pinned at 2", divide(subtract(number(2), x), subtract(ONE, t)), number("0.5"), 0.999, {
    linear: (s) => -1 / (1 - s),
    constant: (s) => 2 / (1 - s),
    diffusion: () => 0.5,
  }),
  named("no closed form", negate(multiply(x, exp(call("sin", multiply(number(3), t))))), sqrt(add(ONE, t)), 1, {
    linear: (s) => -Math.exp(Math.sin(3 * s)),
    constant: none,
    diffusion: (s) => Math.sqrt(1 + s),
  }),
];

describe("kernels", () => {
  test.each(NAMED)("$name", ({ input, equation }) => {
    const facts = analyse(input);
    if (facts.kind !== "affine" || facts.fromData === null) throw new Error("expected an affine process");
    const error = checkKernel(facts.fromData, equation, "t", 0, elevenTimes(0, input.range[1]));
    expect(error.mean).toBeLessThan(TOLERANCE);
    expect(error.std).toBeLessThan(TOLERANCE);
  });

  test("edm starts outside its range", () => {
    const facts = analyse({
      ...named("edm", ZERO, sqrt(multiply(number(2), t)), 80, { linear: none, constant: none, diffusion: none }).input,
      range: [0.002, 80],
    });
    if (facts.kind !== "affine" || facts.fromData === null) throw new Error("expected an affine process");
    expect(facts.fromData.std.key).toBe("t");
  });

  test("GBM: the moments of x itself follow from the kernel of log x", () => {
    const facts = analyse(
      named("gbm", multiply(number("0.3"), x), multiply(number("0.8"), x), 1, {
        linear: none,
        constant: none,
        diffusion: none,
      }).input,
    );
    if (facts.kind !== "log-affine" || facts.fromData === null) throw new Error("expected a log-affine process");
    const { shift, variance } = facts.fromData;
    for (const time of elevenTimes(0, 1)) {
      const at = new Map([["t", time]]);
      const [m, v] = [evaluate(shift, at), evaluate(variance, at)];
      // d E[x] = μ E[x] dt, d E[x²] = (2μ + σ²) E[x²] dt
      const [first = NaN, second = NaN] = solve((_, [a = 0, b = 0]) => [0.3 * a, (0.6 + 0.64) * b], 0, time, [1, 1]);
      expect(Math.abs(Math.exp(m + v / 2) / first - 1)).toBeLessThan(TOLERANCE);
      expect(Math.abs(Math.exp(2 * m + 2 * v) / second - 1)).toBeLessThan(TOLERANCE);
    }
  });

  test(`${RANDOM_CASES} random equations, seed ${SEED}`, () => {
    const wrong: string[] = [];
    for (let index = 0; index < RANDOM_CASES; index++) {
      const { name, input, equation } = randomAffine(SEED, index);
      const facts = analyse(input);
      if (facts.kind !== "affine" || facts.fromData === null) throw new Error(`${name} is not affine`);
      const error = checkKernel(facts.fromData, equation, "t", 0, elevenTimes(0, input.range[1]));
      if (!(error.mean < TOLERANCE && error.std < TOLERANCE)) wrong.push(`${name}: ${error.mean} ${error.std}`);
    }
    expect(wrong).toEqual([]);
  }, 60_000);

  test("a variance without Φ² is caught", () => {
    const vp = NAMED.find(({ name }) => name === "VP");
    const facts = vp === undefined ? null : analyse(vp.input);
    if (vp === undefined || facts?.kind !== "affine" || facts.fromData === null) throw new Error("expected VP");
    const std = sqrt(integral(facts.squaredDiffusion, t, ZERO, t));
    const error = checkKernel({ ...facts.fromData, std }, vp.equation, "t", 0, elevenTimes(0, 1));
    expect(error.std).toBeGreaterThan(0.1);
  });
});
