/** Row 18: diffusion along the renormalisation group, diagonal in the cosine basis (methods C1 to C4). Row 25: its kernel mode by mode. */
import type { AnyModel } from "../../compiler/cli/open-model.js";
import { momentsAt } from "../calculus/moment-ode.js";
import { plus, product, transposed } from "../support/joint-gaussian.js";
import { lowered, openText } from "../support/model.js";
import type { Numbers } from "../calculus/system-moments.js";
import { float64Steps } from "./float64-steps.js";
import type { Figure } from "./figure.js";
import { digits } from "./figure.js";

const row = 18;
const size = 16;

/** Methods C1: v = ᾱ / (1 - ᾱ) of DDPM's first and last step, times (32/16)²; T steps between. */
interface Schedule {
  readonly steps: number;
  readonly first: number;
  readonly tau: number;
}

function schedule(steps: number): Schedule {
  const kept = Array.from({ length: 1000 }, (_, i) => 1 - (1e-4 + ((0.02 - 1e-4) * i) / 999));
  const [start, end] = [kept[0] ?? 1, kept.reduce((a, b) => a * b, 1)].map((alpha) => (4 * alpha) / (1 - alpha));
  return { steps, first: start ?? 0, tau: (2 * (steps - 1)) / Math.log((start ?? 0) / (end ?? 1)) };
}

const waves = Array.from({ length: size }, (_, i) => (Math.PI * i) / size);
const masses = waves.map((k) => k * k + 0.01);
/** Covariance of the Gaussian field of C3, mode by mode, normalised to mean 1. */
const field = ((): readonly number[] => {
  const raw = waves.map((k) => (k * k + 0.05) ** -1.5);
  const mean = raw.reduce((a, b) => a + b, 0) / size;
  return raw.map((c) => c / mean);
})();

/** r_n of the paper at its step n; the data stands one step before n = 0. */
const ratio = ({ first, tau }: Schedule, n: number, mode: number): number =>
  (first * Math.exp((-2 * n) / tau)) / (masses[mode] ?? 1);
const kept = (s: Schedule, n: number, mode: number): number =>
  n < 0 ? 1 : ratio(s, n, mode) / (1 + ratio(s, n, mode));

/** Time t is the paper's n + 1. */
function model(s: Schedule, change: (text: string) => string = (text) => text): string {
  return change(`data fields : Real[${size}]
let τ  = ${s.tau}
let k2 = wave_numbers(fields)^2 + 0.1^2
let C  = 1 / k2
let c  = [${field.join(", ")}]
fn r(t) = ${s.first} * exp(-2 * (t - 1) / τ) / k2

process rg on x : fields, t in [0, ${s.steps}] {
  let φ = dct2(x)
  let a = 1 / (τ * (1 + r(t)))
  dφ = -a * φ dt + sqrt(2 * a * C) dW
  φ(${s.steps}) ~ Normal(0, sqrt(C / (1 + r(${s.steps}))))
}

/// The mean of the data given a state: exact for the Gaussian field with covariance c.
fn exact(x, t) predicts denoised of rg {
  let α = scale(rg, t)
  return idct2(α * c / (α^2 * c + std(rg, t)^2) * dct2(x))
}

/// The paper's step: the posterior's mean, the forward step's variance.
sampler wide_ancestral(R: process) on x, t, s {
  let x̂0 = denoised(R, x, t)
  z ~ Normal(0, 1, like: x)
  return mean(R.forward(s | x(0) = x̂0, x(t) = x)) + std(R.forward(t | x(s) = x)) * z
}
sampler transition(R: process) on x, t, s {
  y ~ R.forward(s | x(t) = x)
  return y
}
sampler wide   = reverse(rg, exact) using wide_ancestral(step: 1, denoise: true)
sampler narrow = reverse(rg, exact) using ancestral(step: 1, denoise: true)
sampler forward = rg(start: Normal(linspace(-1, 1, ${size}), 0)) using transition(steps: 200)
sampler kernel(at = 1) { return scale(rg, at), std(rg, at) }
`);
}

export async function measureRenormalisation(): Promise<readonly Figure[]> {
  return [...(await identities()), ...(await simulation()), ...(await exactField()), ...structure()];
}

/** The kernel at the nodes of the paper's steps, in float64. */
async function kernelsAt(
  text: string,
  times: readonly number[],
): Promise<readonly { readonly scale: readonly number[]; readonly std: readonly number[] }[]> {
  const opened = await openText(text, "reference");
  const found = [];
  for (const at of times) {
    const [scale, std] = Object.values((await opened.sample["kernel"]?.({ count: 1, at })) ?? {}).map(({ data }) =>
      Array.from(data),
    );
    found.push({ scale: scale ?? [], std: std ?? [] });
  }
  await opened.dispose();
  return found;
}

/** C1: ∏ α_k = ᾱ_k and the recursion of β̄_k, from the derived kernel; and the stated numbers. */
async function identities(): Promise<readonly Figure[]> {
  const s = schedule(100);
  const times = Array.from({ length: 101 }, (_, t) => t);
  const error = async (change?: (text: string) => string): Promise<number> => {
    const kernels = await kernelsAt(model(s, change), times);
    // ᾱ of the paper is 1 long before its first step; here it is 1 at t = 0, so kernels are compared between two steps.
    return Math.max(
      ...masses.flatMap((mass, mode) =>
        times.slice(2).map((t) => {
          const at = (time: number) => ({
            scale: kernels[time]?.scale[mode] ?? Number.NaN,
            std: kernels[time]?.std[mode] ?? Number.NaN,
          });
          const [before, now] = [at(t - 1), at(t)];
          const [r0, r1] = [ratio(s, t - 2, mode), ratio(s, t - 1, mode)];
          const alpha = (Math.exp(-2 / s.tau) * (1 + r0)) / (1 + r1);
          const beta = -Math.expm1(-2 / s.tau) / mass / (1 + r1);
          const variance = alpha * before.std ** 2 + beta;
          return Math.max(Math.abs((now.scale / before.scale) ** 2 / alpha - 1), Math.abs(now.std ** 2 / variance - 1));
        }),
      ),
    );
  };
  const [right, wrong] = [
    await error(),
    await error((text) => text.replace(`let τ  = ${s.tau}`, `let τ  = ${s.tau * 1.0001}`)),
  ];
  const stated = [
    [s.tau, 10.2443],
    [Math.sqrt(s.first), 199.99],
    [(s.first * Math.exp((-2 * 99) / s.tau)) / (Math.PI ** 2 + 0.01), 1.634e-5],
  ] as const;
  const last = (
    [
      [0, 1.589e-2],
      [1, 3.314e-3],
      [8, 6.516e-5],
      [15, 1.859e-5],
    ] as const
  ).map(([mode, value]) => [kept(s, 99, mode), value] as const);
  const worst = Math.max(...[...stated, ...last].map(([found, value]) => Math.abs(found / value - 1)));
  return [
    {
      row,
      what: "C1 derived kernel of one step against α_k and β_k of the paper, 99 steps, 16 modes, relative",
      measured: digits(right),
      bound: "< 1e-6",
      passed: right < 1e-6,
      planted: { what: "τ too long by 1e-4", measured: digits(wrong), failed: wrong >= 1e-6 },
    },
    {
      row,
      what: "C1 τ, Λ0, ε and four ᾱ at the last step against the stated numbers, relative",
      measured: digits(worst),
      bound: "< 5e-4, their rounding",
      passed: worst < 5e-4,
    },
  ];
}

/** C2: 200 exact transitions of 1e5 paths against the kernel from the start. */
async function simulation(): Promise<readonly Figure[]> {
  const s = schedule(100);
  const count = 100_000;
  const [kernel] = await kernelsAt(model(s), [100]);
  const away = async (change?: (text: string) => string): Promise<number> => {
    const opened = await openText(model(s, change));
    const modes = await modesOf(opened, "forward", count, 5);
    await opened.dispose();
    const start = cosines(Array.from({ length: size }, (_, i) => -1 + (2 * i) / (size - 1)));
    return Math.max(
      ...modes.map(({ mean, variance }, mode) => {
        const std = kernel?.std[mode] ?? Number.NaN;
        const shift = Math.abs(mean - (kernel?.scale[mode] ?? 0) * (start[mode] ?? 0)) / (std / Math.sqrt(count));
        return Math.max(shift, Math.abs(variance / std ** 2 - 1) / Math.sqrt(2 / count));
      }),
    );
  };
  const right = await away();
  const wrong = await away((text) =>
    text
      .replace("sqrt(2 * a * C)", "sqrt(1.9 * a * C)")
      .replace(/ {2}φ\(100\) ~[^\n]*\n/, "")
      .replace(/sampler (wide|narrow) [^\n]*\n/g, ""),
  );
  return [
    {
      row,
      what: "C2 1e5 paths of 200 steps against the kernel, worst of 16 means and variances, in standard errors",
      measured: digits(right),
      bound: "<= 4",
      passed: right <= 4,
      planted: { what: "noise √(1.9 a C)", measured: digits(wrong), failed: wrong > 4 },
    },
  ];
}

/** What a linear sampler makes of the variance of each mode, V_0 / c_k (methods C3): s is the derived process, whose ᾱ is 1 at t = 0. */
function recursion(
  s: Schedule,
  variance: "forward" | "posterior",
  alphaBar: (n: number, mode: number) => number = (n, mode) => kept(s, n, mode),
  free: readonly number[] = masses.map((m) => 1 / m),
): readonly number[] {
  return field.map((c, mode) => {
    const level = free[mode] ?? 1;
    const bar = (n: number): number => (n < 0 ? 1 : alphaBar(n, mode));
    let total = level * (1 - bar(s.steps - 1));
    for (let n = s.steps - 1; n >= 0; n -= 1) {
      const [now, before] = [bar(n), bar(n - 1)];
      const alpha = now / before;
      const [noise, noiseBefore] = [level * (1 - now), level * (1 - before)];
      const beta = noise - alpha * noiseBefore;
      const gain =
        (((Math.sqrt(before) * beta) / noise) * (Math.sqrt(now) * c)) / (now * c + noise) +
        (Math.sqrt(alpha) * noiseBefore) / noise;
      const added = n === 0 ? 0 : variance === "forward" ? beta : (beta * noiseBefore) / noise;
      total = gain * gain * total + added;
    }
    return total / c;
  });
}

const fields = 60_000;

/** C3: the sampler with the exact predictor is linear; its variances obey a scalar recursion. */
async function exactField(): Promise<readonly Figure[]> {
  const s = schedule(100);
  const truth = { wide: recursion(s, "forward"), narrow: recursion(s, "posterior") };
  const opened = await openText(model(s));
  const figures: Figure[] = [];
  for (const [name, stated] of [
    ["wide", "1.067, 1.050, 1.050, … 1.078"],
    ["narrow", ".904 … .908"],
  ] as const) {
    const ratios = (await modesOf(opened, name, fields, 3)).map(({ variance }, mode) => variance / (field[mode] ?? 1));
    const off = (against: readonly number[]): number =>
      Math.max(...ratios.map((found, mode) => Math.abs(found / (against[mode] ?? 1) - 1)));
    const other = name === "wide" ? truth.narrow : truth.wide;
    figures.push({
      row,
      what: `C3 V0/c by the ${name === "wide" ? "forward variance (the paper)" : "posterior variance (`ancestral`)"}, modes 0, 1, 2, 15: ${[0, 1, 2, 15].map((mode) => digits(ratios[mode] ?? 0)).join(", ")}; stated ${stated}; worst of 16 against the recursion`,
      measured: digits(off(truth[name])),
      bound: "< .03",
      passed: off(truth[name]) < 0.03,
      planted: { what: "the other variance", measured: digits(off(other)), failed: off(other) >= 0.03 },
    });
  }
  await opened.dispose();
  return figures;
}

/**
 * V_0 / c_k of each mode by the emitted step itself, in float64: it is linear, x' = A x + N z, so that its covariance obeys
 * V' = A V Aᵀ + N Nᵀ, with A and N read off at unit vectors.
 */
function emittedRatios(s: Schedule, name: string): readonly number[] {
  const steps = float64Steps(lowered(model(s)), name, size);
  const units = Float64Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0));
  const still = new Float64Array(size * size);
  const columns = (flat: ArrayLike<number> | undefined): number[][] =>
    Array.from({ length: size }, (_, i) => Array.from({ length: size }, (__, j) => flat?.[j * size + i] ?? Number.NaN));
  const squared = (m: Numbers): Numbers => product(m, transposed(m));
  let covariance: Numbers = squared(columns(steps.draw(() => units)["x"]));
  const count = steps.nodes.length - 1;
  for (let step = 0; step < count; step += 1) {
    const gain = columns(steps.take({ x: units }, step)["x"]);
    const carried = product(product(gain, covariance), transposed(gain));
    const noise = columns(steps.take({ x: still }, step, () => units)["x"]);
    covariance = steps.denoise && step === count - 1 ? carried : plus(carried, squared(noise));
  }
  return field.map((c, mode) => cosines(covariance.map((line) => cosines(line)[mode] ?? Number.NaN))[mode]! / c);
}

/** C4: mean_k |V_0/c_k - 1|, emitted step and recursion, beside DDPM's linear schedule of as many steps. */
function structure(): readonly Figure[] {
  return (
    [
      [20, 0.438, 1.867],
      [50, 0.147, 0.419],
      [100, 0.069, 0.174],
    ] as const
  ).map(([steps, stated, isotropic]) => {
    const s = schedule(steps);
    const away = (ratios: readonly number[]): number =>
      ratios.reduce((sum, value) => sum + Math.abs(value - 1) / size, 0);
    const [found, other] = [away(emittedRatios(s, "wide")), away(emittedRatios(s, "narrow"))];
    // The linear schedule of 1000 steps, of which `steps` are visited; white noise in every mode.
    const linear = Array.from({ length: 1000 }, (_, i) => 1 - (1e-4 + ((0.02 - 1e-4) * i) / 999));
    const bars = linear.map((_, i) => linear.slice(0, i + 1).reduce((a, b) => a * b, 1));
    const plain = away(
      recursion(
        s,
        "forward",
        (n) => bars[Math.round((n * 999) / (steps - 1))] ?? 1,
        masses.map(() => 1),
      ),
    );
    const off = (value: number): number => Math.abs(value / stated - 1);
    return {
      row,
      what: `C4 T = ${steps}: mean |V0/c - 1| by the exact recursion through the emitted step / isotropic recursion`,
      measured: `${digits(found)} / ${digits(plain)}`,
      bound: `${stated} / ${isotropic}, ± 2 %`,
      passed: off(found) < 0.02 && Math.abs(plain / isotropic - 1) < 0.02,
      planted: { what: "the posterior's variance", measured: digits(other), failed: off(other) >= 0.02 },
    };
  });
}

/** Row 25: scale and standard deviation of every mode against its moment equation at 11 times. */
export async function measureModes(): Promise<readonly Figure[]> {
  const s = schedule(100);
  const times = Array.from({ length: 11 }, (_, i) => Math.fround(0.5 + 9.9 * i));
  const error = async (change?: (text: string) => string): Promise<number> => {
    const found = await kernelsAt(model(s, change), times);
    return Math.max(
      ...masses.flatMap((mass, mode) => {
        const rate = (t: number): number => 1 / (s.tau * (1 + ratio(s, t - 1, mode)));
        const truth = momentsAt(
          { linear: (t) => -rate(t), constant: () => 0, diffusion: (t) => Math.sqrt((2 * rate(t)) / mass) },
          0,
          times,
        );
        return truth.flatMap(({ scale, std }, i) => [
          Math.abs((found[i]?.scale[mode] ?? Number.NaN) / scale - 1),
          Math.abs((found[i]?.std[mode] ?? Number.NaN) / std - 1),
        ]);
      }),
    );
  };
  const [right, wrong] = [
    await error(),
    await error((text) => text.replace("wave_numbers(fields)^2 + 0.1^2", "wave_numbers(fields)^2 + 0.1001^2")),
  ];
  return [
    {
      row: 25,
      what: "RGDM: scale and std of 16 cosine modes at 11 times against the moment equations, relative",
      measured: digits(right),
      bound: "< 1e-6",
      passed: right < 1e-6,
      planted: { what: "mass .1001 for .1", measured: digits(wrong), failed: wrong >= 1e-6 },
    },
  ];
}

interface Spread {
  readonly mean: number;
  readonly variance: number;
}

/** Mean and variance of every cosine mode of a sampler's fields. */
async function modesOf(opened: AnyModel, name: string, count: number, seed: number): Promise<readonly Spread[]> {
  const result = (await opened.sample[name]?.({ count, seed }))?.["x"];
  if (result === undefined) throw new Error(`the sampler ${name} is missing`);
  const sums = Array.from({ length: size }, () => ({ first: 0, second: 0 }));
  for (let i = 0; i < count; i += 1) {
    cosines(Array.from(result.data.subarray(i * size, (i + 1) * size))).forEach((value, mode) => {
      const sum = sums[mode];
      if (sum === undefined) return;
      sum.first += value;
      sum.second += value * value;
    });
  }
  return sums.map(({ first, second }) => ({ mean: first / count, variance: second / count - (first / count) ** 2 }));
}

/** The orthonormal DCT-II, by its sum. */
function cosines(x: readonly number[]): readonly number[] {
  return basis.map((row) => row.reduce((sum, weight, n) => sum + weight * (x[n] ?? 0), 0));
}
const basis = Array.from({ length: size }, (_, k) =>
  Array.from(
    { length: size },
    (__, n) => Math.sqrt((k === 0 ? 1 : 2) / size) * Math.cos((Math.PI * k * (2 * n + 1)) / (2 * size)),
  ),
);
