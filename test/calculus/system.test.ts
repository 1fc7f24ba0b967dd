/** Are the kernels of linear systems what their moment equations say? */
import { describe, expect, it } from "vitest";
import { multiply, negate, add, sqrt, call } from "../../compiler/calculus/algebra.js";
import { evaluate } from "../../compiler/calculus/evaluate.js";
import { number, symbol, ZERO } from "../../compiler/calculus/expression.js";
import type { Expression } from "../../compiler/calculus/expression.js";
import { show } from "../../compiler/calculus/show.js";
import { analyseSystem } from "../../compiler/calculus/system.js";
import { factorTable } from "../../compiler/calculus/system-kernel.js";
import type { LinearSystemFacts } from "../../compiler/calculus/system-facts.js";
import type { Table } from "../../compiler/calculus/system-table.js";
import { DEGREE } from "../../compiler/calculus/system-table.js";
import { jointMoments } from "./system-moments.js";
import type { SystemCoefficients } from "./system-moments.js";

const t = symbol("t", "nonnegative");
const [x, v] = [symbol("x"), symbol("v")];
const n = number;

function linear(
  states: readonly [typeof x, ...(typeof x)[]],
  drift: readonly Expression[],
  noise: readonly (readonly Expression[])[],
): LinearSystemFacts {
  const facts = analyseSystem({
    states,
    drift,
    noise,
    time: t,
    range: [0, 1],
    dataTime: 0,
    initial: states.map(() => null),
  });
  if (facts.kind !== "linear system") throw new Error(facts.reason);
  return facts;
}

/** What a table says at a moment, as the graph reads it. */
function readTable({ span, cells, powers, coefficients }: Table, w: number): readonly number[] {
  const u = Math.sqrt(w / span);
  const cell = Math.min(cells - 1, Math.floor(u * cells));
  const s = 2 * (u * cells - cell) - 1;
  const columns = powers.length;
  return powers.map((power, k) => {
    let sum = 0;
    for (let degree = DEGREE; degree >= 0; degree -= 1)
      sum = sum * s + (coefficients[(cell * (DEGREE + 1) + degree) * columns + k] ?? 0);
    return sum * u ** power;
  });
}

const relative = (found: number, right: number, size = Math.abs(right)): number =>
  Math.abs(found - right) / Math.max(size, 1e-300);

/** Errors of Φ, m (relative to their largest) and of L Lᵀ (entry by entry, relative to the deviations). */
function tableError(facts: LinearSystemFacts, equation: SystemCoefficients, times: readonly number[]): number {
  if (facts.numbers === null) return Number.NaN;
  const size = facts.constant.length;
  const order = facts.constant.map((_, i) => i);
  const table = factorTable(facts.numbers, new Array<number>(size * size).fill(0), order);
  return Math.max(
    ...times.flatMap((time) => {
      const elapsed =
        facts.clock === null
          ? time
          : evaluate(
              facts.clock.elapsed,
              new Map([
                [facts.earlier.name, 0],
                ["t", time],
              ]),
            );
      const row = readTable(table, elapsed);
      const right = jointMoments(equation, 0, time);
      const top = Math.max(...right.propagator.flat().map(Math.abs));
      const L = (i: number, j: number): number =>
        j > i ? 0 : (row[size * size + size + (i * (i + 1)) / 2 + j] ?? NaN);
      const V = (i: number, j: number): number => order.reduce((sum, k) => sum + L(i, k) * L(j, k), 0);
      return [
        ...right.propagator.flat().map((value, i) => relative(row[i] ?? NaN, value, top)),
        ...right.shift.map((value, i) =>
          relative(row[size * size + i] ?? NaN, value, Math.max(1e-3, ...right.shift.map(Math.abs))),
        ),
        ...order.flatMap((i) =>
          order.map((j) =>
            relative(
              V(i, j),
              right.covariance[i]?.[j] ?? NaN,
              Math.sqrt((right.covariance[i]?.[i] ?? NaN) * (right.covariance[j]?.[j] ?? NaN)),
            ),
          ),
        ),
      ];
    }),
  );
}

const times = [0.001, 0.03, 0.21, 0.5, 0.83, 1];
const beta = add(n("0.1"), multiply(n("7.9"), t));
const cld = (rate: Expression) =>
  linear(
    [x, v],
    [multiply(rate, v), negate(multiply(rate, add(x, multiply(n(2), v))))],
    [[ZERO], [sqrt(multiply(n(4), rate))]],
  );
const cldTruth = (rate: (t: number) => number): SystemCoefficients => ({
  linear: (at) => [
    [0, rate(at)],
    [-rate(at), -2 * rate(at)],
  ],
  constant: () => [0, 0],
  noise: (at) => [[0], [Math.sqrt(4 * rate(at))]],
});

describe("critically damped Langevin", () => {
  it.each([
    ["a constant rate", n(4), (): number => 4],
    ["a rate that grows", beta, (at: number): number => 0.1 + 7.9 * at],
  ])("has its closed kernel at %s", (_, rate, truth) => {
    const facts = cld(rate);
    expect(facts.between).not.toBeNull();
    for (const at of times.slice(2)) {
      const values = new Map([
        ["s", 0],
        ["t", at],
      ]);
      const right = jointMoments(cldTruth(truth), 0, at);
      facts.between?.propagator
        .flat()
        .forEach((e, i) => expect(relative(evaluate(e, values), right.propagator.flat()[i] ?? NaN)).toBeLessThan(1e-8));
      facts.between?.covariance
        .flat()
        .forEach((e, i) => expect(relative(evaluate(e, values), right.covariance.flat()[i] ?? NaN)).toBeLessThan(1e-8));
    }
    expect(tableError(facts, cldTruth(truth), times)).toBeLessThan(1e-8);
  });

  it("is written with one exponential", () => {
    expect(cld(n(4)).between?.propagator.flat().map(show)).toEqual([
      "exp(4 (s - t)) - 4 (s - t) exp(4 (s - t))",
      "-4 (s - t) exp(4 (s - t))",
      "4 (s - t) exp(4 (s - t))",
      "exp(4 (s - t)) + 4 (s - t) exp(4 (s - t))",
    ]);
  });
});

describe("a system of three components that moves with time", () => {
  const states = [symbol("a"), symbol("b"), symbol("c")] as const;
  const [a, b, c] = states;
  const wave = call("sin", multiply(n(3), t));
  const facts = linear(
    [a, b, c],
    [
      add(multiply(n(-2), a), multiply(wave, b)),
      add(negate(b), multiply(t, c), n(1)),
      add(multiply(n("0.5"), a), multiply(n("-0.3"), t, c)),
    ],
    [
      [n(1), ZERO],
      [wave, n("0.5")],
      [ZERO, t],
    ],
  );
  const truth: SystemCoefficients = {
    linear: (at) => [
      [-2, Math.sin(3 * at), 0],
      [0, -1, at],
      [0.5, 0, -0.3 * at],
    ],
    constant: () => [0, 1, 0],
    noise: (at) => [
      [1, 0],
      [Math.sin(3 * at), 0.5],
      [0, at],
    ],
  };

  it("has a table below 1e-8", () => {
    expect(facts.clock).toBeNull();
    expect(tableError(facts, truth, times)).toBeLessThan(1e-8);
  });
  it("fails with one entry changed", () => {
    const planted: SystemCoefficients = {
      ...truth,
      linear: (at) => [
        [-2, Math.sin(3 * at), 1e-4],
        [0, -1, at],
        [0.5, 0, -0.3 * at],
      ],
    };
    expect(tableError(facts, planted, times)).toBeGreaterThan(1e-6);
  });
});

it("tells a drift that is not linear by its term", () => {
  const facts = analyseSystem({
    states: [x, v],
    drift: [v, add(negate(v), negate(multiply(x, x, x)))],
    noise: [[ZERO], [n(1)]],
    time: t,
    range: [0, 1],
    dataTime: 0,
    initial: [null, null],
  });
  expect(facts.kind === "general system" ? show(facts.spoiler) : "").toBe("-x³");
});
