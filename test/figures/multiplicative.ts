/** Row 19: geometric noise, its reversal and its learned score (methods D1 to D4); the wrapped kernel of the torus (methods Y1). */
import type { AnyModel } from "../../compiler/cli/open-model.js";
import { compile } from "../../compiler/index.js";
import { library } from "../../compiler/library.js";
import { openText } from "../support/model.js";
import type { Figure } from "./figure.js";
import { digits } from "./figure.js";

const row = 19;

export async function measureMultiplicative(): Promise<readonly Figure[]> {
  return [...(await exactScore()), ...(await belowZero()), ...(await learned()), ...(await exponentiated())];
}

/** log X_0 ~ N(.3, .4²), σ = .8, μ = .32: log X_t ~ N(.3, .16 + .64 t). */
const geometric = `data prices : Positive[1] = LogNormal(0.3, 0.4)
let σ = 0.8
let μ = σ^2 / 2
process gbm on x : prices, t in [0, 1] {
  dx = μ * x dt + σ * x dW
  x(1) ~ LogNormal(0.3, sqrt(0.8))
}
fn exact(x, t) predicts score of gbm = -(1 + (log(x) - 0.3) / (0.16 + σ^2 * t)) / x
`;

/** D1 and D2: 40 000 samples by both samplers; the planted one leaves the divergence of the diffusion out. */
async function exactScore(): Promise<readonly Figure[]> {
  const model = await openText(`${geometric}
/// Adds 2σ²x back, which the reversal has subtracted.
sampler without_divergence(R: process) on x, t, s {
  w ~ increment(R, t, s)
  return x + (drift(R, x, t) + 2 * σ^2 * x) * (s - t) + diffuse(R, x, t, w)
}
sampler dls500  = reverse(gbm, exact, coordinates: log) using euler_maruyama(steps: 500)
sampler dls100  = reverse(gbm, exact, coordinates: log) using euler_maruyama(steps: 100)
sampler ums1000 = reverse(gbm, exact) using euler_maruyama(steps: 1000)
sampler wrong   = reverse(gbm, exact) using without_divergence(steps: 1000)
sampler flow    = probability_flow(gbm, exact, coordinates: log) using heun(steps: 50)`);
  const wrong = await logMoments(model, "wrong", 40_000);
  const planted = {
    what: "D2 without ∇·D, log-mean",
    measured: digits(wrong.mean),
    failed: Math.abs(wrong.mean - 0.3) > 0.3,
  };
  const figures: Figure[] = [];
  // A hundred steps of DLS end a little wide: the sampler is linear in log x, so its own variance is known.
  const coarse = linearStd(100);
  for (const [name, label, wide] of [
    ["dls500", "DLS, N = 500", 0.4],
    ["dls100", "DLS, N = 100", coarse],
    ["ums1000", "UMS, N = 1000", 0.4],
    ["flow", "probability flow in log x, Heun, N = 50", 0.4],
  ] as const) {
    const { mean, std, least } = await logMoments(model, name, 40_000);
    figures.push({
      row,
      what: `D1 ${label}: mean / std of log X_0, smallest X_0 ${digits(least)}`,
      measured: `${mean.toFixed(4)} / ${std.toFixed(4)}`,
      bound: `.300 ± .006 / ${digits(wide)} ± .006, > 0`,
      passed: Math.abs(mean - 0.3) <= 0.006 && Math.abs(std - wide) <= 0.006 && least > 0,
      planted,
    });
  }
  await model.dispose();
  return figures;
}

/** D3: the chance of a step below zero that the compiler tells, Φ(-(1 + μ h) / (σ √h)), beside that of steps drawn. */
async function belowZero(): Promise<readonly Figure[]> {
  const count = 1_000_000;
  const text = `${geometric}sampler one = gbm(start: LogNormal(0, 0), to: 0.25) using euler_maruyama(steps: 1)\n`;
  const { diagnostics } = compile({ name: "model.sde", text }, { library, read: () => null });
  const told = Number(
    /probability ([\d.e-]+)/.exec(diagnostics.find(({ code }) => code === "SDE2229")?.message ?? "")?.[1] ?? Number.NaN,
  );
  const model = await openText(text);
  const ends = (await model.sample["one"]?.({ count, seed: 9 }))?.["x"]?.data ?? [];
  await model.dispose();
  const drawn = Array.from(ends).filter((x) => x <= 0).length / count;
  // Without the drift it would be Φ(-1 / (σ √h)).
  const driftless = 0.0062097;
  const away = (chance: number): number => Math.abs(chance - drawn) / Math.sqrt((drawn * (1 - drawn)) / count);
  // The message rounds to two digits.
  const rounding = 0.00005 / Math.sqrt((drawn * (1 - drawn)) / count);
  return [
    {
      row,
      what: `D3 chance of one Euler step of .25 below zero, told ${told} and drawn ${digits(drawn)}, in standard errors of 1e6 draws`,
      measured: digits(away(told)),
      bound: "<= 3 and the rounding of what is told",
      passed: away(told) <= 3 + rounding,
      planted: { what: "without the drift", measured: digits(away(driftless)), failed: away(driftless) > 3 + rounding },
    },
  ];
}

/** Standard deviation of log X_0 after n Euler steps in log x with the exact score: V ← (1 - σ²h/v)² V + σ²h from V = v = .8. */
function linearStd(n: number): number {
  let variance = 0.8;
  for (let i = 0; i < n; i += 1) variance = (1 - 0.64 / n / (0.16 + 0.64 * (1 - i / n))) ** 2 * variance + 0.64 / n;
  return Math.sqrt(variance);
}

/** D3: multiplicative denoising score matching, an MLP of two hidden layers, 2000 steps. */
async function learned(): Promise<readonly Figure[]> {
  const text = (
    objective: string,
  ): string => `${geometric.replace(" = LogNormal(0.3, 0.4)", "").replace("  x(1) ~ LogNormal(0.3, sqrt(0.8))\n", "")}
network s(x, t) predicts score of gbm {
  return mlp(hidden: [64, 64])(log(x), sqrt(t)) / x
}
sampler dls = reverse(gbm(start: LogNormal(0.3, sqrt(0.8))), s, coordinates: log) using euler_maruyama(steps: 500)
train ${objective} { optimizer: adam(5e-3, schedule: cosine), batch: 1024, steps: 2000, ema: 0.995 }`;
  const moments = async (objective: string) => {
    const model = await openText(text(objective), "onnx", 1);
    await model.train(
      {
        prices: {
          data: Float32Array.from({ length: 20_000 }, (_, i) => Math.exp(0.3 + 0.4 * quantile((i + 0.5) / 20_000))),
          shape: [20_000, 1],
        },
      },
      {},
    );
    const found = await logMoments(model, "dls", 40_000);
    await model.dispose();
    return found;
  };
  const right = await moments("multiplicative_score_matching(prices, gbm, s)");
  const wrong = await moments("multiplicative_score_matching(prices, gbm, s, from: 0.5)");
  const passes = ({ mean, std, least }: Awaited<ReturnType<typeof moments>>): boolean =>
    Math.abs(mean - 0.3) <= 0.03 && Math.abs(std - 0.4) <= 0.03 && least > 0;
  const show = ({ mean, std }: Awaited<ReturnType<typeof moments>>): string => `${mean.toFixed(4)} / ${std.toFixed(4)}`;
  return [
    {
      row,
      what: `D3 learned score, 2000 steps: mean / std of log X_0, smallest X_0 ${digits(right.least)}`,
      measured: show(right),
      bound: ".300 ± .03 / .400 ± .03, > 0",
      passed: passes(right),
      planted: { what: "trained on t > .5 alone", measured: show(wrong), failed: !passes(wrong) },
    },
  ];
}

/** D4: a noiseless Langevin step in log x is exponentiated gradient ascent on log p + log x. */
async function exponentiated(): Promise<readonly Figure[]> {
  const model = await openText(
    `${geometric}
sampler still(R: process) on x, t, s = x
sampler ascent = probability_flow(gbm(start: LogNormal(0.9, 0)), exact, coordinates: log) using still(steps: 4) with langevin(snr: 0.3, temperature: 0)
sampler straight = probability_flow(gbm(start: LogNormal(0.9, 0)), exact) using still(steps: 4) with langevin(snr: 0.3, temperature: 0)`,
    "reference",
  );
  const found = (await sampled(model, "ascent", 1, 1))[0] ?? Number.NaN;
  const wrong = (await sampled(model, "straight", 1, 1))[0] ?? Number.NaN;
  await model.dispose();
  let x = Math.exp(0.9);
  for (const t of [0.75, 0.5, 0.25]) {
    const score = -(1 + (Math.log(x) - 0.3) / (0.16 + 0.64 * t)) / x;
    x *= Math.exp(2 * 0.3 ** 2 * 0.64 * t * (x * score + 1));
  }
  const error = Math.abs(found / x - 1);
  return [
    {
      row,
      what: "D4 three noiseless steps in log x against x exp(η (x ∂ log p + 1)), relative",
      measured: digits(error),
      bound: "< 1e-6, results are float32",
      passed: error < 1e-6,
      planted: {
        what: "the same steps in x",
        measured: digits(Math.abs(wrong / x - 1)),
        failed: Math.abs(wrong / x - 1) >= 1e-6,
      },
    },
  ];
}

/** E cos θ and E cos 2θ of a von Mises law of κ = 4 from its wrapped kernel's exact score (methods Y1), and the kernel itself. */
export async function measureTorus(): Promise<readonly Figure[]> {
  const besselRatio = (n: number): number => bessel(n, 4) / bessel(0, 4);
  const coefficients = Array.from({ length: 24 }, (_, k) => besselRatio(k + 1));
  const text = (scale: number): string => `data angles : Torus[1]
let A = [${coefficients.join(", ")}]
let k = linspace(1, 24, 24)
process w on θ : angles, t in [0, 1] {
  let σ = 0.01 * pi * 100^t
  dθ = σ * sqrt(2 * log(100)) dW
  θ(1) ~ UniformTorus()
}
/// p_t(θ) = (1 + 2 Σ A_k exp(-k²σ²/2) cos kθ) / 2π
fn exact(θ, t) predicts score of w {
  let σ = ${scale} * 0.01 * pi * 100^t
  let weight = 2 * A * exp(-k^2 * σ^2 / 2)
  return -sum(weight * k * sin(k * θ)) / (1 + sum(weight * cos(k * θ))) * (1 + 0 * θ)
}
sampler walk = reverse(w, exact) using euler_maruyama(steps: 400)
sampler kernel(at = 0.5) {
  let θ = linspace(-3, 3, 25)
  return [log_prob(w(at | [0.4]), [a]) for a in θ], [grad_log(w(at | [0.4]), [a])[0] for a in θ], std(w, at)
}`;
  const model = await openText(text(1));
  const angles = Array.from(await sampled(model, "walk", 20_000, 7));
  await model.dispose();
  const mean = (f: (angle: number) => number): number =>
    angles.reduce((sum, angle) => sum + f(angle) / angles.length, 0);
  const [one, two, odd] = [mean(Math.cos), mean((a) => Math.cos(2 * a)), mean(Math.sin)];
  const inside = angles.every((angle) => Math.abs(angle) <= Math.PI + 1e-6);
  const planted = await openText(text(2));
  const wrong = Array.from(await sampled(planted, "walk", 20_000, 7)).reduce(
    (sum, angle) => sum + Math.cos(angle) / 20_000,
    0,
  );
  await planted.dispose();
  return [
    await wrappedKernel(text(1)),
    {
      row,
      what: "Y1 reversed Brownian motion on the circle, von Mises κ = 4: E cos θ / E cos 2θ / E sin θ",
      measured: `${digits(one)} / ${digits(two)} / ${digits(odd)}`,
      bound: ".86352 ± .01 / .56824 ± .015 / |.| < .02, angles in [-π, π]",
      passed: Math.abs(one - 0.86352) <= 0.01 && Math.abs(two - 0.56824) <= 0.015 && Math.abs(odd) < 0.02 && inside,
      planted: {
        what: "score of twice the noise level, E cos θ",
        measured: digits(wrong),
        failed: Math.abs(wrong - 0.86352) > 0.01,
      },
    },
  ];
}

/** The derived kernel and its score against 400 terms of the Fourier series, float64. */
async function wrappedKernel(text: string): Promise<Figure> {
  const model = await openText(text, "reference");
  let worst = 0;
  let plain = 0;
  for (const at of [0.3, 0.5, 0.7, 0.85, 0.9, 0.95, 1]) {
    const [density, score, level] = Object.values((await model.sample["kernel"]?.({ count: 1, at })) ?? {}).map(
      ({ data }) => Array.from(data),
    );
    const std = level?.[0] ?? Number.NaN;
    Array.from({ length: 25 }, (_, i) => -3 + i / 4).forEach((angle, i) => {
      const terms = Array.from({ length: 400 }, (_, k) => 2 * Math.exp((-((k + 1) ** 2) * std * std) / 2));
      const value =
        (1 + terms.reduce((sum, weight, k) => sum + weight * Math.cos((k + 1) * (angle - 0.4)), 0)) / (2 * Math.PI);
      const slope =
        -terms.reduce((sum, weight, k) => sum + weight * (k + 1) * Math.sin((k + 1) * (angle - 0.4)), 0) /
        (2 * Math.PI);
      // The series cancels to its rounding where the density is small: compared where it has six digits.
      if (value < 1e-9) return;
      worst = Math.max(
        worst,
        Math.abs((density?.[i] ?? Number.NaN) - Math.log(value)),
        Math.abs((score?.[i] ?? Number.NaN) - slope / value) / (1 + Math.abs(slope / value)),
      );
      plain = Math.max(
        plain,
        Math.abs(-((angle - 0.4) ** 2) / (2 * std * std) - Math.log(std * Math.sqrt(2 * Math.PI)) - Math.log(value)),
      );
    });
  }
  await model.dispose();
  return {
    row,
    what: "Y1 wrapped kernel and its score at 25 angles and 7 times against 400 Fourier terms",
    measured: digits(worst),
    bound: "< 1e-6, results are float32",
    passed: worst < 1e-6,
    planted: { what: "the kernel not wrapped", measured: digits(plain), failed: plain >= 1e-6 },
  };
}

/** I_n(x) = Σ (x/2)^(2m+n) / (m! (m+n)!) */
function bessel(n: number, x: number): number {
  let term = 1;
  for (let i = 1; i <= n; i += 1) term *= x / 2 / i;
  let total = term;
  for (let m = 1; m < 60; m += 1) {
    term *= (x / 2) ** 2 / (m * (m + n));
    total += term;
  }
  return total;
}

/** Quantile of the standard normal law, by bisection of its distribution function. */
function quantile(p: number): number {
  let [low, high] = [-8, 8];
  for (let i = 0; i < 60; i += 1) {
    const middle = (low + high) / 2;
    if (normalBelow(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Φ(x) = ½ + φ(x) Σ x^(2n+1) / (1·3·5 … (2n+1)) */
function normalBelow(x: number): number {
  let term = x;
  let total = x;
  for (let n = 1; n < 200; n += 1) {
    term *= (x * x) / (2 * n + 1);
    total += term;
  }
  return 0.5 + (total * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

async function logMoments(model: AnyModel, name: string, count: number) {
  const values = Array.from(await sampled(model, name, count, 17));
  const logs = values.map(Math.log);
  const mean = logs.reduce((a, b) => a + b, 0) / count;
  return {
    mean,
    std: Math.sqrt(logs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count),
    least: values.reduce((a, b) => Math.min(a, b), Infinity),
  };
}

async function sampled(model: AnyModel, name: string, count: number, seed: number) {
  const result = (await model.sample[name]?.({ count, seed }))?.["x"];
  if (result === undefined) throw new Error(`the sampler ${name} is missing`);
  return result.data;
}
