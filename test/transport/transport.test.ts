/** Does optimal transport meet what exact solvers and closed forms say? */
import { describe, expect, test } from "vitest";
import * as o from "../../compiler/ir/build.js";
import { gradient } from "../../compiler/ir/differentiate.js";
import { evaluate } from "../../compiler/ir/evaluate.js";
import { assignment } from "../../compiler/transport/assignment.js";
import { drawPartners } from "../../compiler/transport/draw.js";
import type { Value } from "../../compiler/ir/value.js";
import {
  equalWeights,
  heldFixed,
  sinkhorn,
  start,
  stretch,
  transportValue,
} from "../../compiler/transport/sinkhorn.js";
import type { Scaling } from "../../compiler/transport/sinkhorn.js";
import { referenceOps } from "../../runtime/engines/reference.js";
import { cheapestAssignment, cheapestTransport } from "./exact.js";
import { even, random, randomTable, solve } from "./support.js";

test("the exact solvers agree with each other", () => {
  const next = random(1);
  for (let n = 2; n < 8; n++) {
    const cost = randomTable(n, n, next);
    const paired = cheapestAssignment(cost).reduce((sum, j, i) => sum + cost[i]![j]!, 0) / n;
    expect(cheapestTransport(cost, even(n), even(n))).toBeCloseTo(paired, 10);
  }
});

describe("assignment", () => {
  test.each([1, 2, 3, 5, 8, 13, 24])("of %i pairs is the cheapest", (n) => {
    for (let seed = 1; seed <= 5; seed++) {
      const cost = randomTable(n, n, random(100 * n + seed));
      const { partner, alone } = assignment(o.constant(cost.flat(), [n, n]), 20000);
      const [found, left] = evaluate([partner, alone], new Map(), referenceOps, {});
      expect(left?.data[0]).toBe(0);
      expect([...(found?.data ?? [])]).toEqual(cheapestAssignment(cost));
    }
  });
  test("says who is alone when the rounds run out", () => {
    const cost = randomTable(8, 8, random(3));
    const { alone } = assignment(o.constant(cost.flat(), [8, 8]), 1);
    expect(evaluate([alone], new Map(), referenceOps, {})[0]?.data[0]).toBeGreaterThan(0);
  });
});

describe("sinkhorn", () => {
  test("meets unequal marginals, and its cost comes down to that of the linear program", () => {
    const next = random(7);
    const cost = randomTable(5, 6, next);
    const weights = (n: number): number[] => {
      const raw = Array.from({ length: n }, () => 0.2 + next());
      const sum = raw.reduce((x, y) => x + y);
      return raw.map((x) => x / sum);
    };
    const [a, b] = [weights(5), weights(6)];
    const { plan, error, cost: found } = solve(cost, a, b, 2e-3, { tolerance: 1e-9, most: 20000 });
    expect(error).toBeLessThan(1e-9);
    plan.forEach((row, i) => expect(row.reduce((x, y) => x + y)).toBeCloseTo(a[i]!, 9));
    expect(found).toBeGreaterThanOrEqual(cheapestTransport(cost, a, b) - 1e-9);
    expect(found).toBeLessThan(cheapestTransport(cost, a, b) * 1.01);
  });
  test("and Newton's steps find the same plan, in fewer rounds", () => {
    const cost = randomTable(10, 10, random(5));
    const slow = solve(cost, even(10), even(10), 5e-3, { tolerance: 1e-10, most: 20000 });
    const fast = solve(cost, even(10), even(10), 5e-3, { tolerance: 1e-10, most: 100, density: 0.3 });
    expect(fast.error).toBeLessThan(1e-10);
    fast.plan.forEach((row, i) => row.forEach((p, j) => expect(Math.abs(p - slow.plan[i]![j]!)).toBeLessThan(1e-6)));
    expect(fast.rounds).toBeLessThan(slow.rounds / 2);
  });
  test("never lowers the dual, far from the solution either", () => {
    const cost = randomTable(8, 8, random(11));
    const problem = equalWeights(o.constant(cost.flat(), [8, 8]), o.scalar(4e-3));
    const dual = ({ logPlan, left, right }: Scaling): Value =>
      o.sub(o.div(o.add(o.sumAll(left), o.sumAll(right)), o.scalar(8)), o.sumAll(o.exp(logPlan)));
    const values: Value[] = [];
    for (let now = start(problem); values.length < 12;) {
      now = stretch(problem, now);
      values.push(dual(now));
    }
    const found = evaluate(values, new Map(), referenceOps, {}).map(({ data }) => data[0]!);
    found.slice(1).forEach((value, i) => expect(value).toBeGreaterThanOrEqual(found[i]! - 1e-12 * Math.abs(found[i]!)));
    expect(found.at(-1)).toBeGreaterThan(found[0]!);
  });
  test("has the derivatives of the optimum", () => {
    const cost = randomTable(4, 4, random(9));
    const table = o.input("cost", "real", [4, 4]);
    const epsilon = o.input("epsilon", "real", []);
    const problem = equalWeights(table, epsilon);
    const value = transportValue(
      problem,
      sinkhorn(heldFixed(problem), start(heldFixed(problem)), o.scalar(1e-13), 5000),
    );
    const slopes = gradient(value, [table, epsilon]);
    const at = (flat: readonly number[], e: number): readonly number[][] => {
      const given = new Map([[table, { data: Float64Array.from(flat), shape: [4, 4], dtype: "real" as const }], [epsilon, { data: Float64Array.of(e), shape: [], dtype: "real" as const }]]); // prettier-ignore
      return evaluate([value, ...slopes], given, referenceOps, {}).map(({ data }) => [...data]);
    };
    const flat = cost.flat();
    const [, byCost = [], byEpsilon = []] = at(flat, 0.1);
    const step = 1e-4;
    flat.forEach((_, k) => {
      const moved = (by: number): number =>
        at(
          flat.map((c, l) => (l === k ? c + by : c)),
          0.1,
        )[0]![0]!;
      expect(byCost[k]).toBeCloseTo((moved(step) - moved(-step)) / (2 * step), 6);
    });
    expect(byEpsilon[0]).toBeCloseTo((at(flat, 0.1 + step)[0]![0]! - at(flat, 0.1 - step)[0]![0]!) / (2 * step), 6);
  });
});

test("partners are drawn as often as the plan says", () => {
  const logPlan = o.log(o.constant([0.1, 0.2, 0.7, 0.5, 0.5, 1e-30], [2, 3]));
  const counts = [[0, 0, 0], [0, 0, 0]]; // prettier-ignore
  for (let k = 0; k < 100; k++) {
    const u = (k + 0.5) / 100;
    const [found] = evaluate([drawPartners(logPlan, o.constant([u, u], [2]))], new Map(), referenceOps, {});
    [...(found?.data ?? [])].forEach((j, i) => (counts[i]![j]! += 1));
  }
  expect(counts).toEqual([[10, 20, 70], [50, 50, 0]]); // prettier-ignore
});
