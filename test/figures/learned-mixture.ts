/** Row 3: a network trained on the three-mode mixture, judged by its excess loss and its samples (methods A2). */
import { slicedWasserstein } from "../../runtime/metrics.js";
import { openText } from "../support/model.js";
import type { Figure } from "./figure.js";
import { digits, median, range } from "./figure.js";
import { draw, threeModeComponents, threeModes } from "./mixture-models.js";

const text = `${threeModes}
network learned(x, t) predicts noise of noising = mlp(hidden: [96, 96, 96], time: fourier(8))
objective matching = noise_prediction(mixture, noising, learned)
sampler em    = reverse(noising, learned) using euler_maruyama(steps: 500, until: 1e-3)
sampler wrong = reverse(noising, learned) using half_score(steps: 500, until: 1e-3)
/// σ² |s_θ - s|² / 2: what training can still gain.
sampler excess {
  x0 ~ mixture
  t  ~ Uniform(1e-3, 1)
  xt ~ noising(t | x0)
  return std(noising, t)^2 * sqnorm(score(learned, xt, t) - score(exact, xt, t)) / 2
}
train matching { optimizer: adam(2e-3, schedule: cosine), batch: 512, steps: 8000, ema: 0.999 }
`;

const count = 20_000;
const seeds = [1, 2, 3, 4, 5];

export async function measureLearnedMixture(): Promise<readonly Figure[]> {
  const fresh = (seed: number) => ({ data: draw(threeModeComponents, count, seed), shape: [count, 2] });
  const floor = median(Array.from({ length: 32 }, (_, i) => slicedWasserstein(fresh(100 + 2 * i), fresh(101 + 2 * i))));
  const data = fresh(7);
  const results = [];
  let wrongDistance = 0;
  for (const seed of seeds) {
    const start = performance.now();
    const model = await openText(text, "onnx", seed);
    await model.train({}, { seed });
    const excess = await model.sample["excess"]?.({ count: 100_000, seed: 11 });
    const samples = (await model.sample["em"]?.({ count, seed: 12 }))?.["x"];
    if (samples === undefined || excess?.["x"] === undefined) throw new Error("a sampler is missing");
    const seconds = (performance.now() - start) / 1000;
    if (seed === seeds[0]) {
      const wrong = (await model.sample["wrong"]?.({ count, seed: 12 }))?.["x"];
      if (wrong !== undefined) wrongDistance = slicedWasserstein(wrong, data);
    }
    results.push({
      excess: mean(excess["x"].data),
      distance: slicedWasserstein(samples, data),
      seconds,
      ...modes(samples.data),
    });
    await model.dispose();
  }
  const distances = results.map(({ distance }) => distance);
  const excess = results.map((result) => result.excess);
  const seconds = results.map((result) => result.seconds);
  const weightError = results.map((result) => result.weightError);
  const stdError = results.map((result) => result.stdError);
  const row = 3;
  return [
    {
      row,
      what: "A2 excess loss, 10^5 points, 5 seeds",
      measured: range(excess),
      bound: "< 5e-3",
      passed: median(excess) < 5e-3,
    },
    {
      row,
      what: "A2 mode weights, largest error",
      measured: range(weightError),
      bound: "<= 0.02",
      passed: median(weightError) <= 0.02,
    },
    {
      row,
      what: "A2 mode std, largest error from .30",
      measured: range(stdError),
      bound: "<= 0.03",
      passed: median(stdError) <= 0.03,
    },
    {
      row,
      what: `A2 sliced W1, ${count} a side, floor ${digits(floor)}`,
      measured: `${range(distances)}: ${distances.map(digits).join(", ")}`,
      bound: `< ${digits(2.5 * floor)}`,
      passed: median(distances) < 2.5 * floor,
      planted: { what: "half the score", measured: digits(wrongDistance), failed: wrongDistance >= 2.5 * floor },
    },
    {
      row,
      what: "A2 seconds for training, 10^5 points and 20,000 samples",
      measured: range(seconds),
      bound: "< 90",
      passed: Math.max(...seconds) < 90,
    },
  ];
}

function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((a, b) => a + b, 0) / values.length;
}

/** Rows go to the nearest mean: how far the parts and their spread are from the truth. */
function modes(rows: ArrayLike<number>): { weightError: number; stdError: number } {
  const counts = threeModeComponents.map(() => 0);
  const squares = threeModeComponents.map(() => 0);
  for (let i = 0; i < rows.length; i += 2) {
    const distances = threeModeComponents.map(
      ({ mean: [a = 0, b = 0] }) => ((rows[i] ?? 0) - a) ** 2 + ((rows[i + 1] ?? 0) - b) ** 2,
    );
    const nearest = distances.indexOf(Math.min(...distances));
    counts[nearest] = (counts[nearest] ?? 0) + 1;
    squares[nearest] = (squares[nearest] ?? 0) + (distances[nearest] ?? 0);
  }
  const total = rows.length / 2;
  return {
    weightError: Math.max(...threeModeComponents.map(({ weight }, k) => Math.abs((counts[k] ?? 0) / total - weight))),
    stdError: Math.max(
      ...threeModeComponents.map((_, k) => Math.abs(Math.sqrt((squares[k] ?? 0) / (counts[k] ?? 1) / 2) - 0.3)),
    ),
  };
}
