/** Do reversed processes and flows arrive at the law they should? Exact scores, so that only the derivation is tested. */
import { expect, it } from "vitest";
import { openText } from "../support/model.js";

const count = 20_000;

/** log x ~ Normal(0.2, 0.4) is carried by geometric noise to Normal(0.2, sqrt(.16 + .64)); its score is closed. */
const geometric = (divergence: string): string => `
data start : Positive[1] = LogNormal(0.2, 0.4)
process gbm1 on x : start, t in [0, 1] {
  dx = 0.32 * x dt + 0.8 * x dW
  x(1) ~ LogNormal(0.2, sqrt(0.16 + 0.64))
}
fn exact(x, t) predicts score of gbm1 = -(1 + (log(x) - 0.2) / (0.16 + 0.64 * t)) / x
sampler em(R: process) on x, t, s {
  w ~ increment(R, t, s)
  return x + (drift(R, x, t)${divergence}) * (s - t) + diffuse(R, x, t, w)
}
sampler back = reverse(gbm1, exact) using em(steps: 500)
sampler flow = probability_flow(gbm1, exact) using heun(steps: 100)
sampler sharp = reverse(gbm1, exact) using milstein(steps: 200)
sampler trapezoid(R: process) on x, t, s {
  w ~ increment(R, t, s)
  let y = x + diffuse(R, x, t, w)
  return x + stratonovich(R, x, t) * (s - t) + (diffuse(R, x, t, w) + diffuse(R, y, s, w)) / 2
}
sampler smooth = reverse(gbm1, exact) using trapezoid(steps: 200)
`;

it("reverses geometric noise with the divergence of its diffusion", async () => {
  const model = await openText(geometric(""), "onnx");
  for (const name of ["back", "flow", "sharp", "smooth"]) {
    const { mean, std } = logMoments(await drawn(model, name));
    // Standard errors are .4/√20000 = .003 and .002; the steps' own error is of order .8²/500.
    expect(Math.abs(mean - 0.2), `${name} mean`).toBeLessThan(0.02);
    expect(Math.abs(std - 0.4), `${name} std`).toBeLessThan(0.02);
  }
  await model.dispose();
});

it("catches a reversal without that divergence", async () => {
  // Adding 2 σ² x takes ∇·D out again.
  const model = await openText(geometric(" + 2 * 0.64 * x"), "onnx");
  const { mean } = logMoments(await drawn(model, "back"));
  expect(Math.abs(mean - 0.2)).toBeGreaterThan(0.2);
  await model.dispose();
});

const gaussian = `
data start : Real[1] = Normal(1, 0.5)
process noising = ou(start, theta: 1, sigma: 1, horizon: 5)
fn exact(x, t) predicts score of noising {
  let a = scale(noising, t)
  return -(x - a) / (a^2 * 0.25 + std(noising, t)^2)
}
`;

it("keeps the marginals at every noise level", async () => {
  for (const level of ["0", "0.5", "fn(t) = 1.5"]) {
    const model = await openText(`${gaussian}
sampler s = stochastic_flow(noising, exact, noise: ${level}) using stochastic_heun(steps: 400)`);
    const x = await drawn(model, "s");
    // Standard errors are .5/√20000 = .0035 and .0025.
    expect(Math.abs(mean(x) - 1), `mean at ${level}`).toBeLessThan(0.02);
    expect(Math.abs(deviation(x) - 0.5), `std at ${level}`).toBeLessThan(0.02);
    await model.dispose();
  }
});

it("gives the same samples however the exact prediction is written", async () => {
  const heads = {
    score: "exact(x, t)",
    noise: "-std(noising, t) * exact(x, t)",
    denoised: "(x + std(noising, t)^2 * exact(x, t)) / scale(noising, t)",
    velocity: "-x - exact(x, t) / 2",
  };
  const samples: Float32Array[] = [];
  for (const [head, formula] of Object.entries(heads)) {
    const model = await openText(
      `${gaussian}
fn other(x, t) predicts ${head} of noising = ${formula}
sampler s = reverse(noising, other) using euler_maruyama(steps: 20, until: 0.01)`,
      "reference",
    );
    samples.push(Float32Array.from(await drawn(model, "s", 50)));
    await model.dispose();
  }
  const [first = new Float32Array(), ...rest] = samples;
  for (const other of rest) {
    const difference = Math.sqrt(first.reduce((sum, value, i) => sum + (value - (other[i] ?? 0)) ** 2, 0));
    expect(difference / Math.sqrt(first.reduce((sum, value) => sum + value * value, 0))).toBeLessThan(1e-4);
  }
});

it("scores the flow of a Gaussian exactly", async () => {
  const model = await openText(
    `${gaussian}\nsampler flow = probability_flow(noising, exact) using rk4(steps: 200)`,
    "reference",
  );
  const points = [-1, 0, 1, 2];
  const result = await model.logProb["flow"]?.({ x: { data: Float64Array.from(points), shape: [4, 1] } });
  await model.dispose();
  points.forEach((point, i) => {
    const truth = -(((point - 1) / 0.5) ** 2) / 2 - Math.log(0.5 * Math.sqrt(2 * Math.PI));
    // At t = 5 the claimed law is off by exp(-10) in variance, times the 10-fold stretch of the tails.
    expect(Math.abs((result?.logProb.data[i] ?? Number.NaN) - truth)).toBeLessThan(0.05);
  });
});

async function drawn(
  model: Awaited<ReturnType<typeof openText>>,
  name: string,
  size = count,
): Promise<ArrayLike<number> & Iterable<number>> {
  const result = (await model.sample[name]?.({ count: size, seed: 5 }))?.["x"];
  if (result === undefined) throw new Error(`no sampler ${name}`);
  return result.data;
}

function logMoments(x: Iterable<number>): { mean: number; std: number } {
  const logs = Array.from(x, Math.log);
  return { mean: mean(logs), std: deviation(logs) };
}

function mean(x: Iterable<number>): number {
  const values = Array.from(x);
  return values.reduce((a, b) => a + b, 0) / values.length;
}

function deviation(x: Iterable<number>): number {
  const values = Array.from(x);
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / values.length);
}
