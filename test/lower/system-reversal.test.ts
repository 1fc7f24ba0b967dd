/** Do reversed systems and their flows arrive at the data? Exact scores, so that only drift, noise and steps are tested. */
import { expect, it } from "vitest";
import { jointMoments } from "../calculus/system-moments.js";
import { openText } from "../support/model.js";

const count = 10_000;

const moments = (data: ArrayLike<number>): { mean: number; std: number } => {
  const values = Array.from(data);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, std: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) };
};

/** The same equation with all its starts normal tells its own marginal, and so the exact score. */
const langevin = (sign: string): string => `
data start : Real[1] = Normal(0.7, 0.5)
process P on x : start, v : start, t in [0, 2] {
  v(0) ~ Normal(0, 0.8)
  dx = 4 * v dt
  dv = -4 * (x + 2 * v) dt + 4 dW
  x(2) ~ Normal(0, 1)
  v(2) ~ Normal(0, 1)
}
process Q on x : start, v : start, t in [0, 2] {
  x(0) ~ Normal(0.7, 0.5)
  v(0) ~ Normal(0, 0.8)
  dx = 4 * v dt
  dv = -4 * (x + 2 * v) dt + 4 dW
}
fn exact(z, t) predicts score of P.v = ${sign}grad_log(Q(t), z).v
sampler back = reverse(P, exact) using euler_maruyama(steps: 1200)
sampler flow = probability_flow(P, exact) using heun(steps: 100)
sampler smooth = probability_flow(P, exact) using rk4(steps: 60)
`;

it("reverses damped Langevin with the score of the velocity alone", async () => {
  const model = await openText(langevin(""), "onnx");
  for (const name of ["back", "flow", "smooth"]) {
    const drawn = (await model.sample[name]?.({ count, seed: 5 })) ?? {};
    const [x, v] = [moments(drawn["x"]?.data ?? []), moments(drawn["v"]?.data ?? [])];
    // Standard errors are at most .8/√10000 = .008 and .006; the steps of the SDE widen v by about .008.
    expect(Math.abs(x.mean - 0.7), `${name} x mean`).toBeLessThan(0.03);
    expect(Math.abs(x.std - 0.5), `${name} x std`).toBeLessThan(0.02);
    expect(Math.abs(v.mean), `${name} v mean`).toBeLessThan(0.03);
    expect(Math.abs(v.std - 0.8), `${name} v std`).toBeLessThan(0.02);
  }
  await model.dispose();
});

it("catches a score of the wrong sign", async () => {
  const model = await openText(langevin("-"), "onnx");
  const drawn = (await model.sample["flow"]?.({ count: 2000, seed: 5 })) ?? {};
  expect(Math.abs(moments(drawn["x"]?.data ?? []).std - 0.5)).toBeGreaterThan(0.1);
  await model.dispose();
});

it("steps a linear equation with matrices from a given start, forward and back", async () => {
  const text = `
data D : Real[2] = Normal([1, -0.5], [0.3, 0.6])
process P on x : D, t in [0, 1] {
  dx = ([[-1, 0.5], [0, -2]] @ x + [0.2, 0]) dt + [[1, 0.3], [0, 0.7]] dW
}
process Q on x : Real[2], t in [0, 1] {
  x(0) ~ Normal([1, -0.5], [0.3, 0.6])
  dx = ([[-1, 0.5], [0, -2]] @ x + [0.2, 0]) dt + [[1, 0.3], [0, 0.7]] dW
}
fn exact(x, t) predicts score of P = grad_log(Q(t), x)
sampler forward = P(start: Normal([1, 0.5], 0), to: 0.5) using euler_maruyama(steps: 200)
sampler around = reverse(P, exact)(start: Q(1)) using euler_maruyama(steps: 300)
`;
  const model = await openText(text, "onnx");
  const column = (data: ArrayLike<number>, axis: number): number[] => Array.from(data).filter((_, i) => i % 2 === axis);
  const { x } = (await model.sample["forward"]?.({ count, seed: 2 })) ?? {};
  const equation = {
    linear: () => [
      [-1, 0.5],
      [0, -2],
    ],
    constant: () => [0.2, 0],
    noise: () => [
      [1, 0.3],
      [0, 0.7],
    ],
  };
  const { propagator, shift, covariance } = jointMoments(equation, 0, 0.5);
  const back = (await model.sample["around"]?.({ count, seed: 2 }))?.["x"];
  for (const axis of [0, 1]) {
    const found = moments(column(x?.data ?? [], axis));
    const mean = (propagator[axis]?.[0] ?? 0) + 0.5 * (propagator[axis]?.[1] ?? 0) + (shift[axis] ?? 0);
    // Standard errors are about .008 and .006; the steps' own error is of order 1/200.
    expect(Math.abs(found.mean - mean), `forward ${axis}`).toBeLessThan(0.03);
    expect(Math.abs(found.std - Math.sqrt(covariance[axis]?.[axis] ?? 0)), `forward ${axis}`).toBeLessThan(0.02);
    const returned = moments(column(back?.data ?? [], axis));
    expect(Math.abs(returned.mean - ([1, -0.5][axis] ?? 0)), `back ${axis}`).toBeLessThan(0.03);
    expect(Math.abs(returned.std - ([0.3, 0.6][axis] ?? 0)), `back ${axis}`).toBeLessThan(0.025);
  }
  await model.dispose();
});
