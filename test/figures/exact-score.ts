/** Row 4: likelihood, samplers, corrector and trace estimator with an exact score (methods A3 to A6). */
import { wasserstein } from "../../runtime/metrics.js";
import { openText } from "../support/model.js";
import type { AnyModel } from "../../compiler/cli/open-model.js";
import type { Figure } from "./figure.js";
import { digits, median, range } from "./figure.js";
import { draw, logDensity, noised, threeModes, twoModeComponents, twoModes } from "./mixture-models.js";

const row = 4;

export async function measureExactScore(): Promise<readonly Figure[]> {
  return [...(await likelihood()), ...(await samplers()), ...(await corrector()), ...(await trace())];
}

const points = [-2.5, -2, -1, 0, 0.5, 1.5, 2.5, 3];

/** A3: RK4 in 50 steps on a quadratic grid from 1e-5, float64. */
async function likelihood(): Promise<readonly Figure[]> {
  const error = async (weights: readonly [number, number]): Promise<number> => {
    const model = await openText(
      `${twoModes(weights)}\nsampler ode = probability_flow(noising, exact) using rk4(steps: 50, spacing: power(2), until: 1e-5)`,
      "reference",
    );
    const x = { data: Float64Array.from(points), shape: [points.length, 1] };
    const result = await model.logProb["ode"]?.({ x });
    await model.dispose();
    const truth = noised(twoModeComponents, 1e-5);
    const errors = points.map((point, i) =>
      Math.abs((result?.logProb.data[i] ?? Number.NaN) - logDensity(truth, [point])),
    );
    return Math.max(...errors);
  };
  const right = await error([0.4, 0.6]);
  const wrong = await error([0.5, 0.5]);
  return [
    {
      row,
      what: "A3 |log p error| at 8 points, RK4 of 50 steps, nats",
      measured: digits(right),
      bound: "<= 3e-3",
      passed: right <= 3e-3,
      planted: { what: "score of equal weights", measured: digits(wrong), failed: wrong > 3e-3 },
    },
  ];
}

const count = 20_000;

/** A4: Euler-Maruyama and Euler on the flow, 500 steps, 8 seeds. */
async function samplers(): Promise<readonly Figure[]> {
  const model = await openText(`${twoModes()}
sampler em    = reverse(noising, exact) using euler_maruyama(steps: 500, until: 1e-3)
sampler flow  = probability_flow(noising, exact) using euler(steps: 500, until: 1e-3)
sampler wrong = reverse(noising, exact) using half_score(steps: 500, until: 1e-3)`);
  const judge = async (name: string) => {
    const distances: number[] = [];
    const left: number[] = [];
    const means: number[] = [];
    for (let seed = 1; seed <= 8; seed += 1) {
      const { data } = await sampled(model, name, count, seed);
      distances.push(wasserstein(data, draw(twoModeComponents, count, 1000 + seed)));
      left.push(Array.from(data).filter((x) => x < -0.5).length / count);
      means.push(Array.from(data).reduce((a, b) => a + b, 0) / count);
    }
    return { distances, left, means };
  };
  const wrong = await judge("wrong");
  const planted = {
    what: "half the score",
    measured: digits(median(wrong.distances)),
    failed: median(wrong.distances) >= 0.05,
  };
  const figures: Figure[] = [];
  for (const [name, label] of [
    ["em", "Euler-Maruyama"],
    ["flow", "Euler on the flow"],
  ] as const) {
    const { distances, left, means } = await judge(name);
    figures.push(
      {
        row,
        what: `A4 ${label}, W1`,
        measured: range(distances),
        bound: "median < .05",
        passed: median(distances) < 0.05,
        planted,
      },
      {
        row,
        what: `A4 ${label}, P(x < -.5)`,
        measured: range(left),
        bound: ".400 ± .012",
        passed: Math.abs(median(left) - 0.4) <= 0.012,
      },
      {
        row,
        what: `A4 ${label}, mean`,
        measured: range(means),
        bound: ".10 ± .04",
        passed: Math.abs(median(means) - 0.1) <= 0.04,
      },
    );
  }
  await model.dispose();
  return figures;
}

/** A5: 200 Langevin steps from exact samples at t = .3 keep the law. */
async function corrector(): Promise<readonly Figure[]> {
  const chain = (step: string): string => `{
  x ~ noising(0.3)
  for k in 0..200 {
    z ~ Normal(0, 1, like: x)
    let g = score(exact, x, 0.3)
    let η = ${step}
    x <- x + η * g + sqrt(2 * η) * z
  }
  return x
}`;
  const model = await openText(`${twoModes()}
sampler kept  ${chain("2 * 0.16^2 * std(noising, 0.3)^2")}
sampler wrong ${chain("2 * (0.16 * norm(z) / norm(g))^2")}`);
  const truth = noised(twoModeComponents, 0.3);
  const floor = median(
    Array.from({ length: 32 }, (_, i) => wasserstein(draw(truth, count, 500 + 2 * i), draw(truth, count, 501 + 2 * i))),
  );
  const distance = async (name: string): Promise<number[]> => {
    const distances: number[] = [];
    for (let seed = 1; seed <= 5; seed += 1)
      distances.push(wasserstein((await sampled(model, name, count, seed)).data, draw(truth, count, 900 + seed)));
    return distances;
  };
  const kept = await distance("kept");
  const wrong = median(await distance("wrong"));
  await model.dispose();
  const bound = floor + 0.03;
  return [
    {
      row,
      what: `A5 W1 after 200 Langevin steps, floor ${digits(floor)}`,
      measured: range(kept),
      bound: `< ${digits(bound)}`,
      passed: median(kept) < bound,
      planted: { what: "per-sample norms", measured: digits(wrong), failed: !(wrong < bound) },
    },
  ];
}

/** A6: 256 random probes of the divergence at one point against the exact trace, in standard errors. */
async function trace(): Promise<readonly Figure[]> {
  // As good as one point: a law without any spread is a number, by which nothing can be differentiated.
  const at = "x0 ~ Normal([0.3, -0.2], 1e-9)\n  let v = score(exact, x0, 0.2)";
  const model = await openText(`${threeModes}
sampler probed { ${at}\n  return div(v, x0, probes: 1) }
sampler exactly { ${at}\n  return div(v, x0) }
sampler flat    { ${at}\n  u ~ Uniform(-1, 1, like: x0)\n  return dot(u, jvp(v, x0, u)) }`);
  const probes = Array.from((await sampled(model, "probed", 256, 1)).data);
  const exact = (await sampled(model, "exactly", 1, 1)).data[0] ?? Number.NaN;
  const flat = Array.from((await sampled(model, "flat", 256, 1)).data);
  await model.dispose();
  const away = standardErrors(probes, exact);
  const wrongAway = standardErrors(flat, exact);
  return [
    {
      row,
      what: `A6 divergence by 256 probes against ${digits(exact)}, in standard errors`,
      measured: digits(away),
      bound: "<= 3",
      passed: away <= 3,
      planted: { what: "probes uniform on [-1, 1]", measured: digits(wrongAway), failed: wrongAway > 3 },
    },
  ];
}

/** How many standard errors the mean of `estimates` lies from the truth. */
function standardErrors(estimates: readonly number[], truth: number): number {
  const mean = estimates.reduce((a, b) => a + b, 0) / estimates.length;
  const variance = estimates.reduce((sum, estimate) => sum + (estimate - mean) ** 2, 0) / (estimates.length - 1);
  return Math.abs(mean - truth) / Math.sqrt(variance / estimates.length);
}

async function sampled(model: AnyModel, name: string, size: number, seed: number) {
  const result = (await model.sample[name]?.({ count: size, seed }))?.["x"];
  if (result === undefined) throw new Error(`the sampler ${name} is missing`);
  return result;
}
