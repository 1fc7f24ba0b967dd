/** Row 23: entropic optimal transport between Gaussians, Newton's steps beside Sinkhorn's, and flow matching on re-paired batches (methods R). */
import { slicedWasserstein } from "../../runtime/metrics.js";
import { openText } from "../support/model.js";
import { even, random, randomTable, solve } from "../transport/support.js";
import type { Table } from "../transport/support.js";
import type { Figure } from "./figure.js";
import { digits } from "./figure.js";

const row = 23;

export async function measureTransport(): Promise<readonly Figure[]> {
  return [...gaussians(), newton(), ...(await pairs())];
}

/** R1, R2: N(0, s0²) to N(2, s1²) on 401 points, cost |x - y|² / 2; c = (√(4 s0² s1² + ε²) - ε) / 2. */
function gaussians(): readonly Figure[] {
  const cases = [
    { s0: 1, s1: 1, epsilon: 1, covariance: 0.618034, cost: 2.38197 },
    { s0: 1, s1: 0.5, epsilon: 0.5, covariance: 0.309017, cost: 2.31598 },
    { s0: 0.7, s1: 1.5, epsilon: 0.2, covariance: 0.954751, cost: 2.41525 },
  ];
  const grid = Array.from({ length: 401 }, (_, i) => -8 + (18 * i) / 400);
  const weights = (mean: number, std: number): number[] => {
    const raw = grid.map((x) => Math.exp(-0.5 * ((x - mean) / std) ** 2) + 1e-200);
    const sum = raw.reduce((a, b) => a + b);
    return raw.map((x) => x / sum);
  };
  const table = grid.map((x) => grid.map((y) => (x - y) ** 2 / 2));
  const judge = (tolerance: number, most: number) =>
    cases.map(({ s0, s1, epsilon, covariance, cost }) => {
      const { plan, error, cost: moved } = solve(table, weights(0, s0), weights(2, s1), epsilon, { tolerance, most });
      let found = 0;
      plan.forEach((line, i) => line.forEach((p, j) => (found += p * (grid[i] ?? 0) * ((grid[j] ?? 0) - 2))));
      return { off: Math.max(Math.abs(found - covariance), Math.abs(moved - cost)), error };
    });
  const right = judge(1e-7, 2000);
  const wrong = judge(1e-7, 1);
  const worst = (all: readonly { readonly off: number }[]): number => Math.max(...all.map(({ off }) => off));
  const residual = (all: readonly { readonly error: number }[]): number => Math.max(...all.map(({ error }) => error));
  const coarse = cases.map(({ covariance, s0, s1 }) => Math.abs(covariance - s0 * s1));
  return [
    {
      row,
      what: "R1 covariance and cost of three pairs of Gaussians on 401 points, largest error",
      measured: digits(worst(right)),
      bound: "<= 1e-4",
      passed: worst(right) <= 1e-4,
      planted: {
        what: "the plan without its entropy",
        measured: digits(Math.max(...coarse)),
        failed: Math.max(...coarse) > 1e-4,
      },
    },
    {
      row,
      what: "R2 error of both marginals in L1",
      measured: digits(residual(right)),
      bound: "< 1e-6",
      passed: residual(right) < 1e-6,
      planted: {
        what: "one stretch of eleven rounds",
        measured: digits(residual(wrong)),
        failed: residual(wrong) >= 1e-6,
      },
    },
  ];
}

/**
 * R3: rounds to marginals of 1e-9 on 100 x 100 random costs, ε = 1 / 1200 of the greatest. Sinkhorn's own iteration is given
 * ten times as many. A plan with those marginals is the one wanted where log P + C / ε is a sum of potentials.
 */
function newton(): Figure {
  const size = 100;
  const cost = randomTable(size, size, random(23));
  const epsilon = Math.max(...cost.flat()) / 1200;
  const found = solve(cost, even(size), even(size), epsilon, { tolerance: 1e-9, most: 100, density: 0.1 });
  const plain = scaled(cost, epsilon, 1e-9, 10 * found.rounds);
  const at = (i: number, j: number): number => (found.logPlan[i]?.[j] ?? NaN) + (cost[i]?.[j] ?? NaN) / epsilon;
  let bent = 0;
  for (let i = 1; i < size; i++)
    for (let j = 1; j < size; j++)
      bent = Math.max(
        bent,
        (found.plan[i]?.[j] ?? NaN) * Math.abs(Math.expm1(at(i, 0) + at(0, j) - at(0, 0) - at(i, j))),
      );
  // The best of ten times as many rounds is not there yet, but on its way to the same plan.
  let apart = 0;
  found.plan.forEach((line, i) =>
    line.forEach((p, j) => (apart = Math.max(apart, Math.abs(p - (plain.plan[i]?.[j] ?? NaN))))),
  );
  // Less than one entry a row is no Hessian: the steps go astray.
  const sparse = solve(cost, even(size), even(size), epsilon, { tolerance: 1e-9, most: 20, density: 0.005 });
  return {
    row,
    what: "R3 rounds of Sinkhorn-Newton-Sparse to 1e-9 and its distance from the optimum's form, 100 x 100, beside ten times as many of Sinkhorn's own",
    measured: `${found.rounds}: error ${digits(found.error)}, off by ${digits(bent)}; Sinkhorn after ${plain.rounds}: error ${digits(plain.error)}, ${digits(apart)} away`,
    bound: "1e-9 and 1e-6; Sinkhorn not there",
    passed: found.error <= 1e-9 && bent <= 1e-6 && plain.error > 1e-9,
    planted: {
      what: "a Hessian of half an entry a row",
      measured: `${sparse.rounds} rounds, error ${digits(sparse.error)}`,
      failed: sparse.error > 1e-9,
    },
  };
}

/** Sinkhorn's iteration written by itself, in float64: potentials in units of ε, taken into the kernel where they grow. */
function scaled(
  cost: Table,
  epsilon: number,
  tolerance: number,
  most: number,
): { plan: number[][]; rounds: number; error: number } {
  const size = cost.length;
  const [f, g] = [new Float64Array(size), new Float64Array(size)];
  const kernel = new Float64Array(size * size);
  let [u, v] = [new Float64Array(size).fill(1), new Float64Array(size).fill(1)];
  const absorb = (): void => {
    for (let i = 0; i < size; i++) f[i]! += Math.log(u[i]!);
    for (let j = 0; j < size; j++) g[j]! += Math.log(v[j]!);
    [u, v] = [new Float64Array(size).fill(1), new Float64Array(size).fill(1)];
    for (let i = 0; i < size; i++)
      for (let j = 0; j < size; j++) kernel[i * size + j] = Math.exp(f[i]! + g[j]! - cost[i]![j]! / epsilon);
  };
  // The first kernel must not vanish: each row is lifted by its cheapest entry.
  for (let i = 0; i < size; i++) f[i] = Math.min(...cost[i]!) / epsilon;
  for (let j = 0; j < size; j++) g[j] = Math.min(...cost.map((line, i) => line[j]! / epsilon - f[i]!));
  absorb();
  let [rounds, error] = [0, 2];
  while (rounds < most && error > tolerance) {
    for (let inner = 0; inner < 100; inner++) {
      for (let i = 0; i < size; i++) {
        let sum = 0;
        for (let j = 0; j < size; j++) sum += kernel[i * size + j]! * v[j]!;
        u[i] = 1 / (size * sum);
      }
      v = new Float64Array(size);
      for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) v[j]! += kernel[i * size + j]! * u[i]!;
      for (let j = 0; j < size; j++) v[j] = 1 / (size * v[j]!);
      rounds++;
    }
    absorb();
    error = 0;
    for (let i = 0; i < size; i++) {
      let sum = 0;
      for (let j = 0; j < size; j++) sum += kernel[i * size + j]!;
      error += Math.abs(sum - 1 / size);
    }
  }
  return { plan: cost.map((_, i) => [...kernel.slice(i * size, (i + 1) * size)]), rounds, error };
}

/** R4: flow matching from N(0, I) to eight Gaussians, batch 256, on independent and on re-paired batches. */
async function pairs(): Promise<readonly Figure[]> {
  const learn = async (coupling: string) => {
    const model = await openText(`data base : Real[2] = Normal(0, 1)
data eights : Real[2]
coupling pairing = ${coupling}
interpolant line on x : pairing, t in [0, 1] {
  x0, x1 ~ pairing
  x = (1 - t) * x0 + t * x1
}
network v(x, t) predicts velocity of line = mlp(hidden: [96, 96], time: fourier(8))
sampler flow = probability_flow(line, v) using euler(steps: 1)
sampler drawn {
  x0, x1 ~ pairing
  return x0, x1
}
train flow_matching(line, v) { optimizer: adam(2e-3, schedule: cosine), batch: 256, steps: 800 }
`);
    const points = eightGaussians(8000, 1);
    await model.train({ eights: points }, {});
    const energies: number[] = [];
    for (let seed = 1; seed <= 8; seed++) {
      const { x1: a, x2: b } = (await model.sample["drawn"]?.({ count: 256, seed, data: { eights: points } })) ?? {};
      let sum = 0;
      for (let i = 0; i < 512; i++) sum += ((b?.data[i] ?? NaN) - (a?.data[i] ?? NaN)) ** 2;
      energies.push(sum / 256);
    }
    const { x } = (await model.sample["flow"]?.({ count: 4000, seed: 5 })) ?? {};
    await model.dispose();
    if (x === undefined) throw new Error("the flow gave no samples");
    const distance = slicedWasserstein(x, eightGaussians(4000, 2));
    return { energy: energies.reduce((a, b) => a + b, 0) / energies.length, distance };
  };
  const plain = await learn("independent(base, eights)");
  const optimal = await learn("optimal(base, eights)");
  // A cost that pairs each point with its opposite: the circle looks the same, the paths cross.
  const opposite = await learn("optimal(base, eights, cost: fn(x, y) = sqnorm(x + y) / 2)");
  const savedBy = ({ energy }: typeof plain): number => 1 - energy / plain.energy;
  const [saved, wrong] = [savedBy(optimal), savedBy(opposite)];
  const [ratio, wrongRatio] = [optimal.distance / plain.distance, opposite.distance / plain.distance];
  const floor = slicedWasserstein(eightGaussians(4000, 3), eightGaussians(4000, 2));
  return [
    {
      row,
      what: "R4 path energy E|x1 - x0|² that pairs of optimal transport save, batch 256, to eight Gaussians",
      measured: `${digits(saved)} (${digits(optimal.energy)} beside ${digits(plain.energy)})`,
      bound: ">= .3",
      passed: saved >= 0.3,
      planted: { what: "the cost |x + y|²", measured: digits(wrong), failed: wrong < 0.3 },
    },
    {
      row,
      what: `R4 sliced W1 of one Euler step after 800 steps of training, beside that of independent pairs (floor ${digits(floor)})`,
      measured: `${digits(ratio)} (${digits(optimal.distance)} beside ${digits(plain.distance)})`,
      bound: "<= .5",
      passed: ratio <= 0.5,
      planted: { what: "the cost |x + y|²", measured: digits(wrongRatio), failed: wrongRatio > 0.5 },
    },
  ];
}

/** Eight Gaussians of standard deviation .3 on a circle of radius 5. */
function eightGaussians(count: number, seed: number): { data: Float32Array; shape: readonly number[] } {
  const next = random(1000 + seed);
  const data = new Float32Array(2 * count);
  for (let i = 0; i < count; i++) {
    const [radius, turn] = [0.3 * Math.sqrt(-2 * Math.log(1 - next())), 2 * Math.PI * next()];
    const angle = (Math.floor(8 * next()) * Math.PI) / 4;
    data[2 * i] = 5 * Math.cos(angle) + radius * Math.cos(turn);
    data[2 * i + 1] = 5 * Math.sin(angle) + radius * Math.sin(turn);
  }
  return { data, shape: [count, 2] };
}
