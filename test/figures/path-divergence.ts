/** Row 28: the KL of paths of two Ornstein-Uhlenbeck processes, by draws, by its exact mean, and in the limit of small steps. */
import { lowered, openText } from "../support/model.js";
import { programNumbers } from "../support/program.js";
import { float64Steps } from "./float64-steps.js";
import type { Figure } from "./figure.js";
import { digits } from "./figure.js";

const row = 28;
const [noise, end] = [0.7, 2];
const start = { mean: 0.4, variance: 0.25 };
const slow = { rate: 0.5, centre: 0.1 };
const fast = { rate: 1.5, centre: -0.2 };

const equation = (name: string, { rate, centre }: typeof slow): string =>
  `process ${name} on x : xs, t in [0, ${end}] {\n  dx = ${rate} * (${centre} - x) dt + ${noise} dW\n}\n`;

function textOf(steps: number): string {
  const still = `[${Array.from({ length: steps + 1 }, () => "0").join(", ")}]`;
  return `data xs : Real = Normal(${start.mean}, ${Math.sqrt(start.variance)})
${equation("slow", slow)}${equation("fast", fast)}
sampler chain = slow(start: xs) using euler_maruyama(steps: ${steps})
sampler drawn {
  X ~ path(slow(start: xs) using euler_maruyama(steps: ${steps}))
  return kl(slow, fast, X)
}
sampler along(X = ${still}) { return kl(slow, fast, X) }
`;
}

interface Spread {
  readonly mean: number;
  readonly variance: number;
}

export async function measurePathKl(): Promise<readonly Figure[]> {
  const steps = 64;
  const h = end / steps;
  const truth = chainKl(steps);
  const { mean, error } = await drawnKl(steps, 100_000);
  const [off, wrongOff] = [Math.abs(mean - truth) / error, Math.abs(mean * h - truth) / (error * h)];
  const exact = expectedKl(steps, eulerMoments(steps));
  const counts = [16, 32, 64, 128];
  const limit = romberg(
    counts.map((count) =>
      expectedKl(
        count,
        Array.from({ length: count + 1 }, (_, k) => momentsAt((end * k) / count)),
      ),
    ),
  );
  const wrongLimit = romberg(counts.map((count) => (expectedKl(count, eulerMoments(count)) * end) / count));
  const relative = (found: number, right: number): number => Math.abs(found / right - 1);
  const closed = (what: string, found: number, right: number, wrong: number): Figure => ({
    row,
    what,
    measured: `${digits(relative(found, right))} (${digits(found)})`,
    bound: "< 1e-6",
    passed: relative(found, right) < 1e-6,
    planted: {
      what: "without the step size",
      measured: digits(relative(wrong, right)),
      failed: !(relative(wrong, right) < 1e-6),
    },
  });
  return [
    {
      row,
      what: `KL of two Ornstein-Uhlenbeck paths, 1e5 draws of ${steps} steps (${digits(mean)}, closed form ${digits(truth)}), in standard errors`,
      measured: digits(off),
      bound: "<= 3",
      passed: off <= 3,
      planted: { what: "without the step size", measured: digits(wrongOff), failed: wrongOff > 3 },
    },
    closed(
      `the mean of the emitted KL along the emitted chain of ${steps} steps against the closed form of the chain, relative`,
      exact,
      truth,
      exact * h,
    ),
    closed(
      "the emitted KL over the exact marginals, extrapolated from 16, 32, 64, 128 nodes to none between, against Girsanov's integral, relative",
      limit,
      girsanov(),
      wrongLimit,
    ),
  ];
}

async function drawnKl(steps: number, count: number): Promise<{ readonly mean: number; readonly error: number }> {
  const model = await openText(textOf(steps));
  const values = Object.values((await model.sample["drawn"]?.({ count, seed: 3 })) ?? {})[0]?.data ?? [];
  await model.dispose();
  const mean = Array.from(values).reduce((a, b) => a + b, 0) / count;
  return { mean, error: Math.sqrt(Array.from(values).reduce((a, b) => a + (b - mean) ** 2, 0)) / count };
}

/** Mean and variance at every node of the emitted chain x' = a x + c + d z. */
function eulerMoments(steps: number): readonly Spread[] {
  const emitted = float64Steps(lowered(textOf(steps)), "chain", 1);
  let now: Spread = start;
  return [
    now,
    ...Array.from({ length: steps }, (_, step) => {
      const at = (x: number, z: number): number =>
        emitted.take({ x: Float64Array.of(x) }, step, (size) => new Float64Array(size).fill(z))["x"]?.[0] ?? Number.NaN;
      const [c, a, d] = [at(0, 0), at(1, 0) - at(0, 0), at(0, 1) - at(0, 0)];
      now = { mean: a * now.mean + c, variance: a * a * now.variance + d * d };
      return now;
    }),
  ];
}

/** The mean of the emitted KL over states of these moments: it is a sum of parabolas of one state each. */
function expectedKl(steps: number, moments: readonly Spread[]): number {
  const model = lowered(textOf(steps));
  const along = (X: readonly number[]): number => programNumbers(model, "along", { X })[0]?.[0] ?? Number.NaN;
  const means = moments.map(({ mean }) => mean);
  const middle = along(means);
  const moved = (k: number, by: number): number => along(means.map((mean, i) => (i === k ? mean + by : mean)));
  return moments.reduce(
    (sum, { variance }, k) => sum + (variance / 2) * (moved(k, 1) - 2 * middle + moved(k, -1)),
    middle,
  );
}

/** Half of E (difference of the drifts)² h / g² at every node of Euler's chain, from its own recursion. */
function chainKl(steps: number): number {
  const h = end / steps;
  let [mean, variance, sum] = [start.mean, start.variance, 0];
  for (let k = 0; k < steps; k += 1) {
    sum += density({ mean, variance }) * h;
    mean += slow.rate * (slow.centre - mean) * h;
    variance = variance * (1 - slow.rate * h) ** 2 + noise ** 2 * h;
  }
  return sum;
}

/** ½ E (f - g)² / σ² for x of these moments; the drifts differ by slope · x + shift. */
function density({ mean, variance }: Spread): number {
  const slope = fast.rate - slow.rate;
  const shift = slow.rate * slow.centre - fast.rate * fast.centre;
  return ((slope * mean + shift) ** 2 + slope ** 2 * variance) / (2 * noise ** 2);
}

/** The law of the slow process at time t. */
function momentsAt(t: number): Spread {
  const kept = Math.exp(-slow.rate * t);
  return {
    mean: slow.centre + (start.mean - slow.centre) * kept,
    variance: start.variance * kept ** 2 + (noise ** 2 * (1 - kept ** 2)) / (2 * slow.rate),
  };
}

/** ∫ density dt in closed form: its mean part and its variance part are sums of 1, e^(-θt) and e^(-2θt). */
function girsanov(): number {
  const { rate: θ, centre } = slow;
  const slope = fast.rate - slow.rate;
  const constant = slope * centre + slow.rate * slow.centre - fast.rate * fast.centre;
  const [first, second] = [(1 - Math.exp(-θ * end)) / θ, (1 - Math.exp(-2 * θ * end)) / (2 * θ)];
  const leading = slope * (start.mean - centre);
  const means = constant ** 2 * end + 2 * constant * leading * first + leading ** 2 * second;
  const stationary = noise ** 2 / (2 * θ);
  return (means + slope ** 2 * (stationary * end + (start.variance - stationary) * second)) / (2 * noise ** 2);
}

/** The limit of sums whose error is a power series in 1/n, from n doubled each time. */
function romberg(sums: readonly number[]): number {
  let line = sums;
  for (let order = 1; line.length > 1; order += 1)
    line = line.slice(1).map((value, i) => value + (value - (line[i] ?? Number.NaN)) / (2 ** order - 1));
  return line[0] ?? Number.NaN;
}
