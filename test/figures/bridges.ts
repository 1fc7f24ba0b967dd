/** Row 35: Schrödinger bridges of Gaussians by every method against closed forms (methods F1, F2, F5), and F3. */
import { openText } from "../support/model.js";
import type { Figure } from "./figure.js";
import { digits } from "./figure.js";
import { animals, simulate, truth } from "./predator-prey.js";

const row = 35;

interface Ends {
  readonly s0: number;
  readonly s1: number;
  /** The reference dx = -θ x dt + σ dW. */
  readonly theta: number;
  readonly sigma: number;
}

/** E x0 x1 of the bridge between N(0, s0²) and N(0, s1²): the reference's kernel N(αx0, s²) acts as a quadratic cost with ε = s²/α. */
function coupled({ s0, s1, theta, sigma }: Ends): number {
  const variance = theta === 0 ? sigma ** 2 : (sigma ** 2 * (1 - Math.exp(-2 * theta))) / (2 * theta);
  const epsilon = variance * Math.exp(theta);
  return 0.5 * (Math.sqrt(4 * s0 ** 2 * s1 ** 2 + epsilon ** 2) - epsilon);
}

interface Fit {
  readonly via: string;
  readonly rounds: number;
  readonly updates: number;
  readonly steps: number;
  /** What the first slope of the drifts adds to the reference's: 0, or planted. */
  readonly slope?: number;
}

/** A drift affine in x at every node: the class that holds the bridge. `first` is the number of its first node. */
const drift = (
  name: string,
  first: number,
  { steps, slope = 0 }: Fit,
): string => `network ${name}(x, t) predicts drift of prior {
  param slope : Real[${steps}] = ${slope}
  param shift : Real[${steps}] = 0
  let w = max(0, 1 - abs(${steps} * t - linspace(${first}, ${first + steps - 1}, ${steps})))
  return drift(prior, x, t) + dot(w, slope) * x + dot(w, shift)
}
`;

function model(ends: Ends, fit: Fit): string {
  const [from, to] = [ends.s0 ** 2, ends.s1 ** 2];
  const c = coupled(ends);
  return `data A : Real = Normal(0, ${ends.s0})
data B : Real = Normal(0, ${ends.s1})
reference prior on x : Real, t in [0, 1] {
  dx = ${ends.theta === 0 ? "" : `-${ends.theta} * x dt + `}${ends.sigma} dW
}
${drift("forward", 0, fit)}${drift("backward", 1, fit)}fn exact(x, t) predicts drift of prior {
  let v = (1 - t)^2 * ${from} + t^2 * ${to} + 2 * t * (1 - t) * ${c} + ${ends.sigma ** 2} * t * (1 - t)
  return x * (((1 - t) * ${c} + t * ${to}) / v - 1) / (1 - t)
}
sampler there {
  X ~ path(redrift(prior, forward)(start: A) using euler_maruyama(steps: ${fit.steps}))
  Y ~ path(redrift(prior, exact)(start: A) using euler_maruyama(steps: ${fit.steps}))
  return X(0), X(0.5), X(1), kl(redrift(prior, exact), redrift(prior, forward), Y)
}
train bridge(A, B, prior, forward, backward, via: ${fit.via}, steps: ${fit.steps}) {
  optimizer: adam(0.05, schedule: cosine), batch: 1024, updates: { forward: ${fit.updates}, backward: ${fit.updates} }, steps: ${fit.rounds}
}
`;
}

const average = (values: Float32Array): number => values.reduce((a, b) => a + b, 0) / values.length;

function covariance(a: Float32Array, b: Float32Array): number {
  const [ma, mb] = [average(a), average(b)];
  return a.reduce((sum, value, i) => sum + (value - ma) * ((b[i] ?? 0) - mb), 0) / a.length;
}

interface Found {
  readonly covariance: number;
  readonly middle: number;
  readonly end: number;
  /** KL(bridge | found) along paths, and its standard error. */
  readonly kl: number;
  readonly error: number;
}

async function fitted(text: string, trained = true): Promise<Found> {
  const running = await openText(text, "onnx", 1);
  if (trained) await running.train({}, { seed: 1 });
  const drawn = await running.sample["there"]?.({ count: 40_000, seed: 5 });
  await running.dispose();
  const [x0, middle, x1, kl] = Object.values(drawn ?? {}).map(({ data }) => Float32Array.from(data));
  if (x0 === undefined || middle === undefined || x1 === undefined || kl === undefined)
    throw new Error("the sampler returns four values");
  return {
    covariance: covariance(x0, x1),
    middle: covariance(middle, middle),
    end: covariance(x1, x1),
    kl: average(kl),
    error: Math.sqrt(covariance(kl, kl) / kl.length),
  };
}

const brownian = (s0: number, s1: number, epsilon: number): Ends => ({ s0, s1, theta: 0, sigma: Math.sqrt(epsilon) });
const ipf = { via: "ipf", updates: 400, steps: 100 } as const;
const cases: readonly (readonly [Ends, Fit])[] = [
  [brownian(1, 1, 1), { ...ipf, rounds: 10 }],
  [brownian(1, 0.5, 0.5), { ...ipf, rounds: 10 }],
  [brownian(0.7, 1.5, 0.2), { ...ipf, rounds: 25 }],
  [brownian(1, 1, 1), { via: "imf", rounds: 20, updates: 100, steps: 100 }],
  [brownian(1, 0.5, 0.5), { via: "imf", rounds: 20, updates: 100, steps: 100 }],
  [brownian(1, 1, 1), { via: "sf2m", rounds: 1, updates: 500, steps: 100 }],
];

async function measureCase(ends: Ends, fit: Fit): Promise<Figure> {
  const c = coupled(ends);
  const found = await fitted(model(ends, fit));
  const middle = (ends.s0 ** 2 + ends.s1 ** 2) / 4 + c / 2 + ends.sigma ** 2 / 4;
  const off = { covariance: Math.abs(found.covariance - c), middle: Math.abs(found.middle / middle - 1) };
  const isRight = (at: typeof off): boolean => at.covariance <= 0.02 && at.middle <= 0.02;
  const figure = {
    row,
    what: `F1 ${fit.via}: (s0, s1, ε) = (${ends.s0}, ${ends.s1}, ${digits(ends.sigma ** 2)}): covariance of the ends and variance at t = ½, 40,000 paths`,
    measured: `${digits(found.covariance)} against ${digits(c)}; ${digits(found.middle)} against ${digits(middle)}`,
    bound: "0.02; 2 %",
    passed: isRight(off),
  };
  if (fit.via !== "ipf" || ends.s1 !== 1) return figure;
  const wrong = await fitted(model(ends, { ...fit, slope: -1 }));
  const failed = !isRight({ covariance: Math.abs(wrong.covariance - c), middle: Math.abs(wrong.middle / middle - 1) });
  return {
    ...figure,
    planted: {
      what: "drifts that do not start as the reference's",
      measured: `${digits(wrong.covariance)}; ${digits(wrong.middle)}`,
      failed,
    },
  };
}

async function measureMeanReverting(): Promise<Figure> {
  const ends: Ends = { s0: 1, s1: 0.8, theta: 1.2, sigma: 0.9 };
  const fit = { ...ipf, rounds: 10 };
  const c = coupled(ends);
  const found = (await fitted(model(ends, fit))).covariance;
  const wrong = (await fitted(model({ ...ends, theta: 0 }, fit))).covariance;
  return {
    row,
    what: "F2 ipf about an Ornstein-Uhlenbeck reference, θ = 1.2, σ = 0.9, (s0, s1) = (1, 0.8): covariance of the ends, 40,000 paths",
    measured: `${digits(found)} against ${digits(c)}`,
    bound: "0.02",
    passed: Math.abs(found - c) <= 0.02,
    planted: { what: "a reference without its drift", measured: digits(wrong), failed: Math.abs(wrong - c) > 0.02 },
  };
}

/** IPF projects: KL(bridge | iterate) falls from round to round. */
async function measureMonotony(): Promise<Figure> {
  const ends = brownian(0.7, 1.5, 0.2);
  const sequence = async (spoil: (text: string) => string): Promise<readonly Found[]> => {
    const found = [await fitted(model(ends, { ...ipf, rounds: 1 }), false)];
    for (const rounds of [1, 2, 3, 4, 6, 8]) found.push(await fitted(spoil(model(ends, { ...ipf, rounds }))));
    return found;
  };
  const falls = (found: readonly Found[]): boolean =>
    found.every(
      ({ kl, error }, i) => i === 0 || kl <= (found[i - 1]?.kl ?? 0) + 2 * Math.hypot(error, found[i - 1]?.error ?? 0),
    );
  const show = (found: readonly Found[]): string => found.map(({ kl }) => digits(kl)).join(", ");
  const right = await sequence((text) => text);
  const wrong = await sequence((text) =>
    text.replace(/data B : Real = Normal\(0, 1.5\)/, "data B : Real = Normal(0, 0.35)"),
  );
  return {
    row,
    what: "F5 KL along paths of the bridge (0.7, 1.5, 0.2) from the iterate after 0, 1, 2, 3, 4, 6, 8 rounds, 40,000 paths",
    measured: show(right),
    bound: "none above the one before by 2 standard errors",
    passed: falls(right),
    planted: { what: "the other halves begun at another law", measured: show(wrong), failed: !falls(wrong) },
  };
}

/** The normal equations of the Euler density along observed paths: the drift is linear in (α, β) and (γ, δ). */
const likelihood = `data tracks : Real[401, 2]
reference lotka_volterra on x : Real[2], t in [0, 8] {
  param α, β, γ, δ : Positive = 0.5
  let prey, predator = x
  dx = [α * prey - β * prey * predator, δ * prey * predator - γ * predator] dt + 0.1 dW
}
objective likelihood {
  X ~ tracks
  minimize -log_prob(lotka_volterra, X) / 400 over lotka_volterra
}
train likelihood { optimizer: newton, batch: ${animals}, steps: 3 }
`;

export async function likeliest(tracks: {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}): Promise<readonly number[]> {
  const running = await openText(likelihood, "onnx", 1);
  await running.train({ tracks }, { seed: 1 });
  const found = ["α", "β", "γ", "δ"].map(
    (name) => running.parameters()[`lotka_volterra.${name}`]?.data[0] ?? Number.NaN,
  );
  await running.dispose();
  return found;
}

/** σ² (Σ Δ ψ ψᵀ)⁻¹ of the pair that each equation is linear in: ψ = (x, -x y), (-y, x y). */
function standardErrors({
  data,
  shape,
}: {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}): readonly number[] {
  const nodes = shape[1] ?? 1;
  const sums = [0, 0, 0, 0, 0];
  for (let i = 0; i < animals * nodes; i += 1) {
    if (i % nodes === nodes - 1) continue;
    const [x = 0, y = 0] = data.subarray(2 * i, 2 * i + 2);
    [x * x, -x * x * y, x * x * y * y, y * y, -x * y * y].forEach(
      (term, k) => (sums[k] = (sums[k] ?? 0) + 0.02 * term),
    );
  }
  const [xx = 0, xxy = 0, both = 0, yy = 0, xyy = 0] = sums;
  const errors = (a: number, b: number, d: number): readonly number[] =>
    [d, a].map((entry) => 0.1 * Math.sqrt(entry / (a * d - b * b)));
  return [...errors(xx, xxy, both), ...errors(yy, xyy, both)];
}

async function measureLikelihood(): Promise<Figure> {
  const deviations = async (parameters: readonly [number, number, number, number]): Promise<readonly number[]> => {
    const worst: number[] = [];
    for (const seed of [1, 2, 3, 4, 5]) {
      const tracks = simulate(seed, "tracks", 8, parameters);
      const errors = standardErrors(tracks);
      const found = await likeliest(tracks);
      worst.push(Math.max(...found.map((value, i) => Math.abs(value - (truth[i] ?? 0)) / (errors[i] ?? 1))));
    }
    return worst;
  };
  const right = await deviations(truth);
  const wrong = await deviations([1, 0.41, 0.4, 0.1]);
  return {
    row,
    what: "F3 maximum likelihood on 50 paths of Lotka-Volterra by Newton's method: largest deviation of (α, β, γ, δ) in standard errors, five data seeds",
    measured: right.map(digits).join(", "),
    bound: "every one <= 3",
    passed: right.every((deviation) => deviation <= 3),
    planted: {
      what: "paths of β = 0.41",
      measured: wrong.map(digits).join(", "),
      failed: wrong.some((deviation) => deviation > 3),
    },
  };
}

const twoLaws = `data xs : Real = Normal(0.4, 0.5)
process slow on x : xs, t in [0, 2] {
  dx = -0.5 * x dt + 0.7 dW
}
process fast on x : xs, t in [0, 2] {
  dx = -1.5 * x dt + 0.7 dW
}
sampler compared {
  X ~ path(slow(start: xs) using euler_maruyama(steps: 64))
  return kl(slow, fast, X), log_ratio(slow, fast, X), sum(X(t)^2 for t, s in X.grid)
}
`;

/** KL of two Ornstein-Uhlenbeck laws along paths of the first: along each path, in the mean, and by their log-ratio. */
async function measureTwoLaws(): Promise<Figure> {
  const running = await openText(twoLaws, "onnx", 1);
  const drawn = await running.sample["compared"]?.({ count: 40_000, seed: 3 });
  await running.dispose();
  const [kl, ratio, squares] = Object.values(drawn ?? {}).map(({ data }) => Float32Array.from(data));
  if (kl === undefined || ratio === undefined || squares === undefined)
    throw new Error("the sampler returns three values");
  const h = 2 / 64;
  const along = Math.max(...kl.map((value, i) => Math.abs(value / ((0.5 * (squares[i] ?? 0) * h) / 0.49) - 1)));
  // E x² along x' = (1 - ½ h) x + 0.7 √h z.
  let [m, v, expected] = [0.4, 0.25, 0];
  for (let k = 0; k < 64; k += 1) {
    expected += (0.5 * (m * m + v) * h) / 0.49;
    m *= 1 - 0.5 * h;
    v = v * (1 - 0.5 * h) ** 2 + 0.49 * h;
  }
  const deviation = (values: Float32Array, from: number): number =>
    Math.abs(average(values) - from) / Math.sqrt(covariance(values, values) / values.length);
  const deviations = [deviation(kl, expected), deviation(ratio, expected)];
  const wrong = deviation(kl, expected / h);
  return {
    row,
    what: "KL of two Ornstein-Uhlenbeck laws along 40,000 paths of 64 steps: against ½ Σ x² h / 0.49 along each; its mean and that of the log-ratio against the moments, in standard errors",
    measured: `${digits(along)}; ${deviations.map(digits).join(", ")}`,
    bound: "1e-6; 3",
    passed: along <= 1e-6 && deviations.every((value) => value <= 3),
    planted: { what: "the KL without the step size", measured: digits(wrong), failed: wrong > 3 },
  };
}

export async function measureBridges(): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const [ends, fit] of cases) figures.push(await measureCase(ends, fit));
  return [
    ...figures,
    await measureMeanReverting(),
    await measureMonotony(),
    await measureLikelihood(),
    await measureTwoLaws(),
  ];
}
