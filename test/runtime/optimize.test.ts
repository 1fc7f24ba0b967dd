/** Do the optimizers follow their papers' formulas, and the moving average its recursion? */
import { describe, expect, test } from "vitest";
import { array64, referenceOps } from "../../runtime/engines/reference.js";
import { makeAverage, makeOptimizer, rateAt } from "../../runtime/optimize.js";
import type { OptimizerSpec } from "../../runtime/specification.js";

const base: OptimizerSpec = {
  kind: "adam",
  rate: 0.1,
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-3,
  momentum: 0,
  decay: 0,
  schedule: "constant",
  warmup: 0,
  clip: null,
};

/** Gradient of w -> (3 w0^2 + w1^2) / 2 + w0. */
const gradient = ([a = 0, b = 0]: readonly number[]): number[] => [3 * a + 1, b];

function optimized(spec: OptimizerSpec, steps: number): number[] {
  const optimizer = makeOptimizer(spec, steps);
  let weights = [1, -2];
  // In two pieces of one number each.
  const cut = (values: readonly number[]) => values.map((value) => array64([value], [1]));
  let vectors = optimizer.vectors.map(() => cut([0, 0]));
  for (let step = 0; step < steps; step++) {
    const row = optimizer.row(step).map((value) => array64([value], []));
    const moved = optimizer.update(referenceOps, cut(weights), cut(gradient(weights)), vectors, row);
    weights = moved.weights.flatMap(({ data }) => [...data]);
    vectors = moved.vectors.map((pieces) => [...pieces]);
  }
  return weights;
}

/** The papers' formulas, in their own form. */
function textbook(spec: OptimizerSpec, steps: number): number[] {
  const weights = [1, -2];
  const m = [0, 0];
  const v = [0, 0];
  for (let t = 1; t <= steps; t++) {
    const rate = rateAt(spec, t - 1, steps);
    const g = gradient(weights);
    const norm = Math.hypot(...g);
    if (spec.clip !== null && norm > spec.clip) g.forEach((value, i) => (g[i] = (value * spec.clip!) / norm));
    for (let i = 0; i < 2; i++) {
      const [w, gi] = [weights[i]!, g[i]!];
      if (spec.kind === "sgd") {
        m[i] = spec.momentum * m[i]! + gi;
        weights[i] = w - rate * m[i]!;
        continue;
      }
      m[i] = spec.beta1 * m[i]! + (1 - spec.beta1) * gi;
      v[i] = spec.beta2 * v[i]! + (1 - spec.beta2) * gi * gi;
      const corrected = Math.sqrt(v[i]! / (1 - spec.beta2 ** t)) + spec.epsilon;
      weights[i] = w - (rate * m[i]!) / (1 - spec.beta1 ** t) / corrected;
      if (spec.kind === "adamw") weights[i] = weights[i]! - rate * spec.decay * w;
    }
  }
  return weights;
}

describe("optimizers", () => {
  test.each<[string, Partial<OptimizerSpec>]>([
    ["sgd", { kind: "sgd" }],
    ["sgd with momentum", { kind: "sgd", rate: 0.05, momentum: 0.8 }],
    ["adam", {}],
    ["adam, warm-up and cosine", { schedule: "cosine", warmup: 5 }],
    ["adam, clipped", { clip: 0.5 }],
    ["adamw", { kind: "adamw", decay: 0.1 }],
  ])("%s", (_name, change) => {
    const spec = { ...base, ...change };
    const [found, expected] = [optimized(spec, 40), textbook(spec, 40)];
    // The betas are float32's, 3e-8 off; that moves 1 - beta2 by 2e-6 of itself.
    found.forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-6));
    expect(Math.abs(optimized({ ...spec, rate: spec.rate * 1.01 }, 40)[1]! - expected[1]!)).toBeGreaterThan(1e-6);
  });

  test("the schedule rises, stays or falls as it says", () => {
    const spec = { ...base, schedule: "cosine", warmup: 10 } as const;
    expect(rateAt(spec, 0, 110)).toBeCloseTo(0.01, 12);
    expect(rateAt(spec, 9, 110)).toBeCloseTo(0.1, 12);
    expect(rateAt(spec, 60, 110)).toBeCloseTo(0.05, 12);
    expect(rateAt(spec, 109, 110)).toBeLessThan(1e-4);
    expect(rateAt({ ...base, warmup: 10 }, 5000, 110)).toBe(0.1);
  });
});

test.each([0.5, 0.99, 0.9999])("the moving average with decay %f", (decay) => {
  const average = makeAverage(decay);
  const weight = (step: number): number => Math.sin(step) + step / 100;
  let travelling = weight(-1);
  let expected = weight(-1);
  for (let step = 0; step < 300; step++) {
    travelling = average.factor(step) * travelling + weight(step);
    const d = Math.min(decay, (1 + step) / (10 + step));
    expected = d * expected + (1 - d) * weight(step);
    // The factors are float32's; the error of the weights they give decays with the average.
    expect(travelling / average.scaleAfter(step + 1)).toBeCloseTo(expected, 4);
  }
});
