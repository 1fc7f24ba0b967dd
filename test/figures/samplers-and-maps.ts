/** Row 24: samplers, guidance and flow maps against the ground truths of S1 to S5, in closed form but for the learned S3. */
import { slicedWasserstein, wasserstein } from "../../runtime/metrics.js";
import type { NdArray } from "../../runtime/ndarray.js";
import { lowered, openText } from "../support/model.js";
import type { Figure } from "./figure.js";
import { digits, median } from "./figure.js";
import { arrive } from "./float64-steps.js";
import { draw, threeModeComponents, twoModeComponents } from "./mixture-models.js";

const row = 24;

export async function measureSamplersAndMaps(): Promise<readonly Figure[]> {
  return [
    ...convergence(),
    ...(await identity()),
    ...(await guidance()),
    ...(await exactness()),
    ...(await learnedMeanFlow()),
    ...(await learnedConsistency()),
  ];
}

// ── S1 ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

function convergence(): readonly Figure[] {
  const counts = [10, 20, 40, 80];
  const at = (t: number): readonly [number, number] => {
    const B = 0.1 * t + 9.95 * t * t;
    return [Math.exp(-B / 2), 0.25 * Math.exp(-B) - Math.expm1(-B)];
  };
  const [[endMean, endVariance], [mean, variance]] = [at(1), at(1e-3)];
  const truth = mean + Math.sqrt(variance / endVariance) * (2 - endMean);
  const errors = (step: string): readonly number[] => {
    const model = lowered(`data bump : Real[1] = Normal(1, 0.5)
process P = vp(bump)
fn exact(x, t) predicts score of P = (scale(P, t) - x) / (0.25 * scale(P, t)^2 + std(P, t)^2)
sampler one(R: process) on x, t, s = exponential(R, x, t, s, denoised: denoised(R, x, t))
${counts.map((n) => `sampler s${n} = probability_flow(P, exact) using ${step}(steps: ${n}, spacing: log_snr, until: 1e-3)`).join("\n")}`);
    return counts.map((n) => Math.abs((arrive(model, `s${n}`, [2])[0] ?? Number.NaN) - truth));
  };
  const away = (found: readonly number[], published: readonly number[]): number =>
    Math.max(...found.map((error, i) => Math.abs(error / (published[i] ?? Number.NaN) - 1)));
  const second = [0.0326, 0.01298, 0.003496, 0.000887];
  const wrong = away(errors("exponential_2m"), second);
  return (
    [
      ["one", "first order", [0.2122, 0.1125, 0.0579, 0.0294]],
      ["dpmpp_2m", "2M", second],
    ] as const
  ).map(([step, name, published]) => {
    const found = errors(step);
    const worst = away(found, published);
    return {
      row,
      what: `S1 DPM-Solver++ ${name}, errors of 10, 20, 40, 80 steps: ${found.map(digits).join(", ")}: largest deviation`,
      measured: digits(worst),
      bound: "<= .02",
      passed: worst <= 0.02,
      planted: { what: "2M with the line carried through the step", measured: digits(wrong), failed: wrong > 0.02 },
    };
  });
}

// ── S2 ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

const gaussianMap = (tangent: string): string => `data bump : Real[1] = Normal(1, 0.5)
interpolant line = rectified_flow(bump)
fn v(t) = (1 - t)^2 * 0.25 + t^2
/// The flow carries quantiles; its velocity averaged over [r, t] is what it moved by.
fn u(z, r, t) predicts mean_velocity of line =
  if r == t then -1 + (t - 0.25 * (1 - t)) / v(t) * (z - 1 + t) else (z - 1 + r - sqrt(v(r) / v(t)) * (z - 1 + t)) / (t - r)
sampler sides(z: Real[1] = [1.7], r = 0.2, t = 0.8) {
  let here = velocity(u, z, t)
  return u(z, r, t), here - (t - r) * jvp(u(z, r, t), (z, r, t), ${tangent})
}`;

async function identity(): Promise<readonly Figure[]> {
  const sides = async (tangent: string): Promise<readonly [number, number]> => {
    const model = await openText(gaussianMap(tangent), "reference");
    const result = await model.sample["sides"]?.({ count: 1, seed: 1 });
    await model.dispose();
    return [result?.["x1"]?.data[0] ?? Number.NaN, result?.["x2"]?.data[0] ?? Number.NaN];
  };
  const [left, right] = await sides("(here, 0, 1)");
  const [, wrong] = await sides("(here, 1, 0)");
  return [
    {
      row,
      what: `S2 MeanFlow identity at z = 1.7, r = .2, t = .8: u = ${left.toFixed(7)} (.1132494), residual`,
      measured: digits(Math.abs(left - right)),
      bound: "< 1e-4",
      passed: Math.abs(left - right) < 1e-4 && Math.abs(left - 0.1132494) < 1e-6,
      planted: {
        what: "the derivative in r for that in t",
        measured: digits(Math.abs(left - wrong)),
        failed: !(Math.abs(left - wrong) < 1e-4),
      },
    },
  ];
}

// ── S4 ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Guided Gaussians N(1, .25) against N(0, .25), w = 2: the exact scores of the noised ones do not combine to those of a noised one. */
async function guidance(): Promise<readonly Figure[]> {
  const model = await openText(`data bump : Real[1] = Normal(0, 0.5)
process P = vp(bump)
fn both(x, t, y) predicts score of P = ((if y == none then 0 else 1) * scale(P, t) - x) / (0.25 * scale(P, t)^2 + std(P, t)^2)
sampler right = reverse(P, classifier_free_guidance(P, both, 1, 2)) using euler_maruyama(steps: 1000, until: 1e-3)
sampler wrong = reverse(P, classifier_free_guidance(P, both, 1, 1)) using euler_maruyama(steps: 1000, until: 1e-3)`);
  const judged = async (name: string): Promise<readonly [number, number]> => {
    const { data } = (await model.sample[name]?.({ count: 40_000, seed: 4 }))?.["x"] ?? { data: new Float32Array() };
    const mean = data.reduce((sum, x) => sum + x, 0) / data.length;
    return [mean, Math.sqrt(data.reduce((sum, x) => sum + (x - mean) ** 2, 0) / data.length)];
  };
  const [mean, std] = await judged("right");
  const [wrong] = await judged("wrong");
  await model.dispose();
  return [
    {
      row,
      what: "S4 guidance w = 2 of N(1, .25) against N(0, .25): mean, standard deviation",
      measured: `${digits(mean)}, ${digits(std)}`,
      bound: "3.00 ± .03, .500 ± 2 %",
      passed: Math.abs(mean - 3) <= 0.03 && Math.abs(std / 0.5 - 1) <= 0.02,
      planted: { what: "the other convention of w", measured: digits(wrong), failed: Math.abs(wrong - 3) > 0.03 },
    },
  ];
}

// ── S5 ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function exactness(): Promise<readonly Figure[]> {
  const model = await openText(`data still : Real[2] = Normal([1.5, -0.4], 0)
process P = vp(still)
fn exact(x, t) predicts denoised of P = [1.5, -0.4] + 0 * x
sampler once = probability_flow(P, exact) using ddim(steps: 1)
sampler noisy = reverse(P, exact) using ddim(steps: 1, eta: 1)
sampler line = probability_flow(P, exact)(from: 1, to: 0) using euler(steps: 1, until: 1e-3)`);
  const away = async (name: string): Promise<number> => {
    const { data } = (await model.sample[name]?.({ count: 100, seed: 2 }))?.["x"] ?? { data: [] };
    return Math.max(...Array.from(data, (x, i) => Math.abs(x - (i % 2 === 0 ? 1.5 : -0.4))));
  };
  const [once, noisy, wrong] = [await away("once"), await away("noisy"), await away("line")];
  await model.dispose();
  return [
    {
      row,
      what: "S5 DDIM, one step to a fixed point, eta 0 / 1: distance",
      measured: `${digits(once)} / ${digits(noisy)}`,
      bound: "<= 1e-5",
      passed: once <= 1e-5 && noisy <= 1e-5,
      planted: { what: "one Euler step of the flow", measured: digits(wrong), failed: wrong > 1e-5 },
    },
  ];
}

// ── S3 ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function learnedMeanFlow(): Promise<readonly Figure[]> {
  const model = await openText(
    `data mixture : Real[2]
interpolant line = rectified_flow(mixture)
network u(z, r, t) predicts mean_velocity of line {
  let F = mlp(hidden: [128, 128, 128], time: fourier(8))
  return F(z, r, t - r, t)
}
network plain(z, t) predicts velocity of line = mlp(hidden: [64, 64, 64], time: fourier(8))
sampler mean_1 = jump(line, u)
sampler mean_4 = jump(line, u, steps: 4)
sampler flow_1 = probability_flow(line, plain) using euler(steps: 1)
train meanflow(line, u, p: 0, instantaneous: 0.5) { optimizer: adam(2e-3, schedule: cosine), batch: 512, steps: 12000, ema: 0.999 }
train flow_matching(line, plain) { optimizer: adam(2e-3, schedule: cosine), batch: 256, steps: 3000, ema: 0.999 }`,
    "onnx",
    1,
  );
  const rows = (seed: number): NdArray => ({ data: draw(threeModeComponents, 20_000, seed), shape: [20_000, 2] });
  await model.train({ mixture: rows(1) }, {});
  const distance = async (name: string): Promise<number> => {
    const x = (await model.sample[name]?.({ count: 20_000, seed: 7 }))?.["x"];
    return x === undefined ? Number.NaN : median([11, 12, 13].map((seed) => slicedWasserstein(x, rows(seed))));
  };
  const floor = median([11, 12, 13].map((seed) => slicedWasserstein(rows(seed), rows(seed + 10))));
  const [one, four, wrong] = [await distance("mean_1"), await distance("mean_4"), await distance("flow_1")];
  await model.dispose();
  const planted = { what: "one Euler step of flow matching", measured: digits(wrong), failed: wrong > 0.15 };
  return [
    {
      row,
      what: `S3 learned MeanFlow, 1 evaluation, sliced W1 (floor ${digits(floor)})`,
      measured: digits(one),
      bound: "<= .15",
      passed: one <= 0.15,
      planted,
    },
    {
      row,
      what: "S3 learned MeanFlow, 4 evaluations, sliced W1",
      measured: digits(four),
      bound: "<= .08",
      passed: four <= 0.08,
    },
  ];
}

async function learnedConsistency(): Promise<readonly Figure[]> {
  const model = await openText(
    `data mixture : Real[1]
process noising = edm(mixture, sigma_min: 0.002, sigma_max: 80)
network f(x, σ) predicts endpoint of noising {
  let F = mlp(hidden: [128, 128, 128])
  let d = σ - 0.002
  return 3 / (d^2 + 3) * x + sqrt(3) * d / sqrt(3 + σ^2) * F(x / sqrt(3 + σ^2), log(σ) / 4)
}
sampler once {
  x ~ noising(80)
  return f(x, 80)
}
sampler halfway {
  x ~ noising(80)
  return f(x, 10)
}
train consistency(mixture, noising, f, levels: 400) { optimizer: adam(1e-3, schedule: cosine), batch: 256, steps: 20000, ema: 0.999 }`,
    "onnx",
    1,
  );
  const count = 20_000;
  await model.train({ mixture: { data: draw(twoModeComponents, count, 1), shape: [count, 1] } }, {});
  const distance = async (name: string): Promise<number> => {
    const { data } = (await model.sample[name]?.({ count, seed: 7 }))?.["x"] ?? { data: [] };
    return wasserstein(data, draw(twoModeComponents, count, 11));
  };
  const [once, wrong] = [await distance("once"), await distance("halfway")];
  await model.dispose();
  return [
    {
      row,
      what: "S3 learned consistency, 1 evaluation, W1 on the two-mode mixture",
      measured: digits(once),
      bound: "<= .12",
      passed: once <= 0.12,
      planted: { what: "told the noise level 10 for 80", measured: digits(wrong), failed: !(wrong <= 0.12) },
    },
  ];
}
