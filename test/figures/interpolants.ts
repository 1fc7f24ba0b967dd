/** Row 17: the catalogue of interpolants against finite differences, exact Gaussian flows, a learned one, a bridge, a mirror (methods B). */
import type { AnyModel } from "../../compiler/cli/open-model.js";
import { wasserstein } from "../../runtime/metrics.js";
import { run } from "../../compiler/ir/evaluate.js";
import type { LoweredModel } from "../../compiler/lower/model.js";
import { array64, referenceOps } from "../../runtime/engines/reference.js";
import { lowered, openText } from "../support/model.js";
import type { Figure } from "./figure.js";
import { digits, median } from "./figure.js";
import { draw, twoModeComponents } from "./mixture-models.js";

const row = 17;

export async function measureInterpolants(): Promise<readonly Figure[]> {
  return [...catalogue(), ...(await gaussianPair()), ...(await learned()), await bridge(), await mirrored()];
}

// ── B1 ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Every γ with every path that takes one, and the paths that have their own. `law` is the path's law given its ends. */
const gammas = [
  "zero_gamma()",
  "brownian_gamma()",
  "brownian_gamma(2)",
  "quadratic_gamma()",
  "sine_gamma()",
  "sigmoid_gamma()",
];
const entries: readonly { readonly path: string; readonly law: string }[] = [
  ...gammas.flatMap((gamma) =>
    ["linear", "trigonometric"].map((path) => ({ path: `${path}(ν, gamma: ${gamma})`, law: "I(t | a, b)" })),
  ),
  { path: "encoding_decoding(ν)", law: "I(t | a, b)" },
  { path: "one_sided(right)", law: "I(t | b)" },
  { path: "mirror(right)", law: "I(t | b)" },
];

/** Fixed ends a and b, and one program that hands out x, ∂_t x, γ and -γγ̇ (the flow of v = 0 and s = 1) at the same draw of z. */
const entryModel = ({ path, law }: { readonly path: string; readonly law: string }): string => `
data left  : Real[1] = [0.3]
data right : Real[1] = [-1.2]
let a, b = ([0.3], [-1.2])
coupling ν = independent(left, right)
interpolant I = ${path}
fn still(x, t) predicts drift of I = 0 * x
fn one(x, t) predicts score of I = 0 * x + 1
sampler both(t = 0.5) {
  xt ~ I(t)
  return xt, ddt(xt)${path.includes("zero") ? "" : `, std(${law}) + 0 * xt, -drift(probability_flow(I, {still, one}), xt, t)`}
}
sampler official(t = 0.5) {
  z ~ Normal(0, 1, like: left)
  let I1 = cos(pi * t)^2 * (if t < 1/2 then a else b) + sin(pi * t)^2 * z
  return I1, -0.5 * sin(pi * t) * cos(pi * t) * (if t < 1/2 then a else b) + 2 * pi * sin(pi * t) * cos(pi * t) * z
}
`;

function catalogue(): readonly Figure[] {
  let [path, product, ends, wrong] = [0, 0, true, 0];
  for (const entry of entries) {
    const model = lowered(entryModel(entry));
    for (const t of [0.04, 0.21, 0.37, 0.61, 0.83, 0.96]) {
      const errors = differences(model, "both", t);
      path = Math.max(path, errors.path);
      if (!entry.path.includes("zero")) product = Math.max(product, errors.product);
      wrong = Math.max(wrong, differences(model, "official", t).path);
    }
    for (const t of [0, 1]) ends &&= values(model, "both", t).every(Number.isFinite);
  }
  const planted = {
    what: "the official derivative of encoding-decoding",
    measured: digits(wrong),
    failed: !(wrong < 1e-6),
  };
  return [
    {
      row,
      what: `B1 ∂_t I + γ̇ z of ${entries.length} entries against differences`,
      measured: digits(path),
      bound: "< 1e-6",
      passed: path < 1e-6,
      planted,
    },
    {
      row,
      what: "B1 γγ̇ against differences of ½γ²",
      measured: digits(product),
      bound: "< 1e-6",
      passed: product < 1e-6,
    },
    {
      row,
      what: "B1 all of them at t = 0 and t = 1",
      measured: ends ? "finite" : "not finite",
      bound: "finite",
      passed: ends,
    },
  ];
}

/** The sampler's compiled program at a time, in float64, with .8 for every normal number. */
function values(model: LoweredModel, name: string, t: number): readonly number[] {
  const sampler = model.samplers.find((other) => other.name === name);
  if (sampler?.kind !== "program") throw new Error(`the program ${name} is missing`);
  const { program, feeds } = sampler.program;
  const inputs = program.inputs.map((input, place) => {
    const shape = input.shape.map((size) => (typeof size === "number" ? size : 1));
    const value = feeds[place]?.kind === "parameter" ? t : 0.8;
    return [
      input.params.name ?? "",
      array64(new Array<number>(shape.reduce((a, b) => a * b, 1)).fill(value), shape),
    ] as const;
  });
  const results = run(program, Object.fromEntries(inputs), referenceOps, { B: 1 });
  return ["x1", "x2", "x3", "x4"].flatMap((output) => results[output]?.data[0] ?? []);
}

/** Fourth-order central differences of x and of ½γ² beside the model's own derivatives. */
function differences(model: LoweredModel, sampler: string, t: number): { path: number; product: number } {
  const h = 3e-4;
  const at = [-2, -1, 1, 2].map((k) => values(model, sampler, t + k * h));
  const slope = (f: (row: readonly number[]) => number): number => {
    const [a = 0, b = 0, c = 0, d = 0] = at.map(f);
    return (a - 8 * b + 8 * c - d) / (12 * h);
  };
  const [, velocity = Number.NaN, , product = Number.NaN] = values(model, sampler, t);
  return {
    path: Math.abs(velocity - slope(([x = Number.NaN]) => x)),
    product: Math.abs(product - slope(([, , gamma = Number.NaN]) => gamma ** 2 / 2)),
  };
}

// ── B2 ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** N(0, 1) to N(2, .5²) with γ² = a t (1 - t): the moments of x and the linear b and s that go with them. */
const pair = (gamma: string, variance: string, rate: string): string => `
data left  : Real[1] = Normal(0, 1)
data right : Real[1] = Normal(2, 0.5)
coupling ν = independent(left, right)
interpolant I = linear(ν, gamma: ${gamma})
fn v(t)    = (1 - t)^2 + t^2 / 4 + ${variance}
fn rate(t) = -2 * (1 - t) + t / 2 + ${rate}
fn b(x, t) predicts velocity of I = 2 + rate(t) / 2 * (x - 2 * t) / v(t)
fn s(x, t) predicts score of I    = -(x - 2 * t) / v(t)
`;
const pairOf = (a: number): string =>
  a === 0 ? pair("zero_gamma()", "0", "0") : pair(`brownian_gamma(${a})`, `${a} * t * (1 - t)`, `${a} * (1 - 2 * t)`);

async function gaussianPair(): Promise<readonly Figure[]> {
  const measured = async (a: number, noise: number, score: string): Promise<{ mean: number; std: number }> => {
    const base = score === "s" ? "" : `fn ${score}(x, t) predicts score of I = -s(x, t)\n`;
    const run =
      noise === 0 ? "probability_flow(I, b)" : `stochastic_flow(I, {b, ${score}}, noise: ${Math.sqrt(2 * noise)})`;
    const model = await openText(
      `${pairOf(a)}${base}sampler run = ${run} using ${noise === 0 ? "euler" : "euler_maruyama"}(steps: 1000)`,
    );
    const { data } = await sampled(model, "run", 40_000, 1);
    await model.dispose();
    const mean = average(data);
    return { mean, std: Math.sqrt(average(Array.from(data, (x) => (x - mean) ** 2))) };
  };
  let [worstMean, worstStd] = [0, 0];
  for (const [a, ε] of [
    [0, 0],
    [0, 0.5],
    [1, 0],
    [1, 0.5],
    [1, 2],
  ] as const) {
    const { mean, std } = await measured(a, ε, "s");
    worstMean = Math.max(worstMean, Math.abs(mean - 2));
    worstStd = Math.max(worstStd, Math.abs(std - 0.5));
  }
  const wrong = await measured(1, 0.5, "flipped");
  return [
    {
      row,
      what: "B2 |mean - 2| over five (a, ε), 1000 steps, 40,000 samples",
      measured: digits(worstMean),
      bound: "<= .015",
      passed: worstMean <= 0.015,
    },
    {
      row,
      what: "B2 |std - .5| over the same",
      measured: digits(worstStd),
      bound: "<= .006",
      passed: worstStd <= 0.006,
      planted: {
        what: "the score's sign flipped",
        measured: digits(Math.abs(wrong.std - 0.5)),
        failed: !(Math.abs(wrong.std - 0.5) <= 0.006),
      },
    },
  ];
}

// ── B3 ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

const learnedModel = (objective: string): string => `${pairOf(1)}
network net(x, t) predicts velocity of I = mlp(hidden: [64, 64])
network η(x, t) predicts noise of I      = mlp(hidden: [64, 64])
objective wrong {
  x0, x1 ~ ν
  t  ~ Uniform(0, 1)
  xt ~ I(t | x0, x1)
  minimize sqnorm(net(xt, t)) / 2 - dot(x1 - x0, net(xt, t))
}
sampler excess {
  t  ~ Uniform(0, 1)
  xt ~ I(t)
  return sqnorm(net(xt, t) - b(xt, t))
}
sampler ode = probability_flow(I, net) using rk4(steps: 50)
sampler sde = stochastic_flow(I, {net, η}, noise: 1) using stochastic_heun(steps: 200, until: 0.995)
fn flipped(x, t) predicts noise of I = -η(x, t)
sampler away = stochastic_flow(I, {net, flipped}, noise: 1) using stochastic_heun(steps: 200, until: 0.995)
train ${objective} { optimizer: adam(4e-3, schedule: cosine), batch: 1024, steps: 3000 }
train interpolant_denoiser(I, η) { optimizer: adam(4e-3, schedule: cosine), batch: 1024, steps: 3000 }
`;

async function learned(): Promise<readonly Figure[]> {
  const model = await openText(learnedModel("interpolant_velocity(I, net)"));
  await model.train({}, {});
  const excess = average((await sampled(model, "excess", 100_000, 1)).data);
  const truth = draw([{ weight: 1, mean: [2], std: 0.5 }], 40_000, 77);
  const distance = async (name: string, seed: number): Promise<number> =>
    wasserstein((await sampled(model, name, 40_000, seed)).data, truth);
  const [ode, sde, away] = [await distance("ode", 2), await distance("sde", 3), await distance("away", 3)];
  await model.dispose();
  const other = await openText(learnedModel("wrong"));
  await other.train({}, {});
  const wrong = average((await sampled(other, "excess", 100_000, 1)).data);
  await other.dispose();
  return [
    {
      row,
      what: "B3 learned b, ∫ E|b̂ - b|² after 3,000 steps",
      measured: digits(excess),
      bound: "< 1e-2",
      passed: excess < 1e-2,
      planted: { what: "a target without γ̇ z", measured: digits(wrong), failed: !(wrong < 1e-2) },
    },
    { row, what: "B3 W1 of the flow", measured: digits(ode), bound: "< .04", passed: ode < 0.04 },
    {
      row,
      what: "B3 W1 with noise ε = .5",
      measured: digits(sde),
      bound: "< .04",
      passed: sde < 0.04,
      planted: { what: "the score's sign flipped", measured: digits(away), failed: !(away < 0.04) },
    },
  ];
}

// ── B4 ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

const ε = 0.25;

/** A coupling of N(0, 1) and N(2, .5²) with covariance c, and the pair (x, target) whose regression gives the control u. */
const coupled = (c: number, target: string): string => `
data left : Real[1] = Normal(0, 1)
coupling joint {
  x0 ~ left
  e  ~ Normal(0, 1, like: left)
  return x0, 2 + ${c} * x0 + ${Math.sqrt(0.25 - c * c)} * e
}
interpolant I = linear(joint, gamma: brownian_gamma(${2 * ε}))
sampler pair(t = 0.5) {
  xt ~ I(t)
  return xt, ${target}
}
`;

/** J(c) = ½ ∫ E|u|² dt with u = E[∂_t I + (γ̇ - ε/γ) z | x], affine in x for Gaussian ends: by least squares at 32 midpoints. */
async function action(c: number, target: string): Promise<number> {
  const model = await openText(coupled(c, target));
  const nodes = 32;
  let total = 0;
  for (let i = 0; i < nodes; i += 1) {
    const t = (i + 0.5) / nodes;
    const result = await model.sample["pair"]?.({ count: 400_000, seed: i, t });
    const [x, y] = [result?.["x1"]?.data ?? [], result?.["x2"]?.data ?? []].map((values) => Array.from(values));
    const [mx, my] = [average(x ?? []), average(y ?? [])];
    const variance = average((x ?? []).map((value) => (value - mx) ** 2));
    const covariance = average((x ?? []).map((value, k) => (value - mx) * ((y?.[k] ?? 0) - my)));
    total += (my ** 2 + covariance ** 2 / variance) / 2 / nodes;
  }
  await model.dispose();
  return total;
}

/** The lowest point of a cubic through the least squares of J at five covariances: the draws are the same for all. */
async function bestCovariance(target: string): Promise<number> {
  const places = [0.2, 0.25, 0.3, 0.35, 0.4];
  const heights: number[] = [];
  for (const c of places) heights.push(await action(c, target));
  const centred = places.map((c) => c - 0.3);
  const moment = (power: number): number => centred.reduce((sum, c) => sum + c ** power, 0);
  const weighed = (power: number): number => centred.reduce((sum, c, i) => sum + (heights[i] ?? 0) * c ** power, 0);
  const [s2, s4, s6] = [moment(2), moment(4), moment(6)];
  const square = (5 * weighed(2) - s2 * weighed(0)) / (5 * s4 - s2 ** 2);
  const linear = (s6 * weighed(1) - s4 * weighed(3)) / (s2 * s6 - s4 ** 2);
  const cube = (s2 * weighed(3) - s4 * weighed(1)) / (s2 * s6 - s4 ** 2);
  return 0.3 + (Math.sqrt(square ** 2 - 3 * linear * cube) - square) / (3 * cube);
}

async function bridge(): Promise<Figure> {
  const best = await bestCovariance(`ddt(xt) - ${ε} * noise(xt) / sqrt(${2 * ε} * t * (1 - t))`);
  const wrong = await bestCovariance("ddt(xt)");
  return {
    row,
    what: "B4 covariance of least action, γ² = 2εt(1 - t)",
    measured: digits(best),
    bound: ".3090 ± .005",
    passed: Math.abs(best - 0.309) <= 0.005,
    planted: { what: "the action of b alone", measured: digits(wrong), failed: !(Math.abs(wrong - 0.309) <= 0.005) },
  };
}

// ── B5 ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

const mirrorModel = (spread: string): string => `
let weights = [0.4, 0.6]
let means   = [[-2], [1.5]]
let spreads = [[0.25], [0.5]]
data modes : Real[1] = Mixture(weights, Normal(means, spreads))
interpolant I = mirror(modes)
fn s(x, t) predicts score of I = grad(log_prob(Mixture(weights, Normal(means, ${spread})), x), x)
sampler around = stochastic_flow(I, s, noise: 1)(from: 0, to: 1) using euler_maruyama(steps: 500)
`;

async function mirrored(): Promise<Figure> {
  const count = 20_000;
  const distance = async (spread: string): Promise<number> => {
    const model = await openText(mirrorModel(spread));
    const { data } = await sampled(model, "around", count, 5);
    await model.dispose();
    return wasserstein(data, draw(twoModeComponents, count, 41));
  };
  const floor = median(
    Array.from({ length: 32 }, (_, i) =>
      wasserstein(draw(twoModeComponents, count, 500 + 2 * i), draw(twoModeComponents, count, 501 + 2 * i)),
    ),
  );
  const right = await distance("sqrt(spreads^2 + t * (1 - t))");
  const wrong = await distance("spreads");
  return {
    row,
    what: `B5 W1 of the mirror's stochastic flow to its data, floor ${digits(floor)}`,
    measured: digits(right),
    bound: `< ${digits(2 * floor)}`,
    passed: right < 2 * floor,
    planted: { what: "the score of the data at all times", measured: digits(wrong), failed: !(wrong < 2 * floor) },
  };
}

function average(values: ArrayLike<number>): number {
  return Array.from(values).reduce((a, b) => a + b, 0) / values.length;
}

async function sampled(model: AnyModel, name: string, count: number, seed: number) {
  const result = (await model.sample[name]?.({ count, seed }))?.["x"];
  if (result === undefined) throw new Error(`the sampler ${name} is missing`);
  return result;
}
