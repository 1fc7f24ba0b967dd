/** Row 35: schedules of least kinetic energy, computed from the data (methods Q), against an independent quadrature. */
import type { AnyModel } from "../../compiler/cli/open-model.js";
import { openText } from "../support/model.js";
import type { Figure } from "./figure.js";
import { digits } from "./figure.js";

const row = 35;

export async function measureKinetic(): Promise<readonly Figure[]> {
  return [...(await energies()), ...(await optimum())];
}

// ── Q1 ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** ∫ E|b|² dt of a path, by the velocity that the compiler derives from the exact E[x1 | x]. */
const energyModel = (law: string, path: string, denoised: string): string => `
data cloud : Real[1] = ${law}
interpolant I = ${path}
fn D(x, t) predicts denoised of I = ${denoised}
sampler energy {
  t  ~ Uniform(0, 1)
  xt ~ I(t)
  return sqnorm(velocity(D, xt, t))
}
`;
const straight = "one_sided(cloud)";
const round = "one_sided(cloud, alpha: fn(t) = cos(pi * t / 2), beta: fn(t) = sin(pi * t / 2))";

async function energies(): Promise<readonly Figure[]> {
  const measured = async (law: string, path: string, denoised: string): Promise<{ mean: number; error: number }> => {
    const model = await openText(energyModel(law, path, denoised));
    const { data } = (await sampled(model, "energy", { count: 400_000, seed: 1 }))[0] ?? { data: [] };
    await model.dispose();
    const mean = average(data);
    return { mean, error: Math.sqrt(average(Array.from(data, (value) => (value - mean) ** 2)) / data.length) };
  };
  const gaussian = "Normal(0, 1)";
  const cases = [
    ["N(0, 1), straight path", gaussian, straight, "t * x / (t^2 + (1 - t)^2)", 2 - Math.PI / 2],
    ["N(0, 1), trigonometric path", gaussian, round, "sin(pi * t / 2) * x", 0],
  ] as const;
  const figures: Figure[] = [];
  for (const [what, law, path, denoised, exact] of cases) {
    const { mean, error } = await measured(law, path, denoised);
    const bound = 3 * error + 1e-4;
    const wrong = await measured(law, path === straight ? round : straight, denoised);
    figures.push({
      row,
      what: `Q1 kinetic energy of ${what}`,
      measured: digits(mean),
      bound: `${digits(exact)} ± ${digits(bound)}`,
      passed: Math.abs(mean - exact) <= bound,
      ...(what === "N(0, 1), straight path"
        ? {
            planted: {
              what: "the other path",
              measured: digits(wrong.mean),
              failed: !(Math.abs(wrong.mean - exact) <= bound),
            },
          }
        : {}),
    });
  }
  return figures;
}

// ── Q2, Q3 ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const twoPoints = { data: Float32Array.from([-1, 1]), shape: [2, 1] };

/** σ, m and their rates at a time: the path of a unit noise and of a unit datum alone. */
const scheduleModel = (path: string): string => `
data ends : Real[1]
interpolant I = ${path}
network v(x, t) predicts velocity of I = mlp(hidden: [64, 64], time: fourier(8))
sampler schedule(t = 0.5) {
  a ~ I(t | [0], [1])
  b ~ I(t | [1], [0])
  return a, b, ddt(a), ddt(b)
}
sampler few = probability_flow(I, v) using euler(steps: 4)
train flow_matching(I, v) { optimizer: adam(2e-3, schedule: cosine), batch: 512, steps: 4000 }
`;

/** λ(s) = E tanh²(s² + s z), by the trapezoidal rule. */
function separation(s: number): number {
  let total = 0;
  for (let z = -10; z <= 10; z += 1 / 16)
    total += (Math.tanh(s * s + s * z) ** 2 * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI) / 16;
  return total;
}

/** w(θ) = 1 - (1 - λ(tan θ)) sec² θ, which rounding may leave below zero near 0. */
function metric(θ: number): number {
  return Math.max(0, 1 - (1 - separation(Math.tan(θ))) / Math.cos(θ) ** 2);
}

/** Θ at the ends of equal cells of θ in [0, π/2], each by three Gauss-Legendre nodes. */
function lengths(cells: number): readonly number[] {
  const h = Math.PI / 2 / cells;
  const places = [-Math.sqrt(0.6), 0, Math.sqrt(0.6)];
  const weights = [5 / 18, 8 / 18, 5 / 18];
  const totals = [0];
  for (let cell = 0; cell < cells; cell += 1) {
    const part = places.reduce(
      (sum, place, i) => sum + (weights[i] ?? 0) * Math.sqrt(metric((cell + (1 + place) / 2) * h)),
      0,
    );
    totals.push((totals.at(-1) ?? 0) + h * part);
  }
  return totals;
}

/** (σ, m) of the chord at time t. */
function chordAt(t: number, table: readonly number[]): readonly [number, number] {
  const whole = table.at(-1) ?? Number.NaN;
  const [along, across] = [1 - t + t * Math.cos(whole), t * Math.sin(whole)];
  const length = Math.atan2(across, along);
  const after = Math.max(
    1,
    table.findIndex((value) => value >= length),
  );
  const [low = 0, high = 0] = [table[after - 1], table[after]];
  const θ = ((after - 1 + (length - low) / (high - low)) * Math.PI) / 2 / (table.length - 1);
  return [Math.hypot(along, across) * Math.cos(θ), Math.hypot(along, across) * Math.sin(θ)];
}

interface Measured {
  readonly energy: number;
  /** The farthest from the independent schedule. */
  readonly off: number;
  /** The share of samples of four Euler steps within .2 of a datum. */
  readonly share: number;
}

async function measuredSchedule(path: string, table: readonly number[]): Promise<Measured> {
  const model = await openText(scheduleModel(path), "onnx", 1);
  await model.train({ ends: twoPoints }, {});
  let [energy, off] = [0, 0];
  // A prime number of times, so that they fall anywhere between those of the schedule's tables.
  for (const t of Array.from({ length: 997 }, (_, i) => (i + 0.5) / 997)) {
    const [σ = 0, m = 0, dσ = 0, dm = 0] = await scheduleAt(model, t);
    // In polar coordinates: σ̇² + ṁ² - (1 - λ)(ṁ - σ̇ m/σ)² cancels to few digits where θ is small.
    energy += ((σ * dσ + m * dm) ** 2 + metric(Math.atan2(m, σ)) * (σ * dm - m * dσ) ** 2) / (σ ** 2 + m ** 2) / 997;
  }
  for (const t of Array.from({ length: 342 }, (_, i) => i / 341)) {
    const [σ = 0, m = 0] = await scheduleAt(model, t);
    const [wantedσ, wantedm] = chordAt(t, table);
    off = Math.max(off, Math.abs(σ - wantedσ), Math.abs(m - wantedm));
  }
  const { data } = (await sampled(model, "few", { count: 20_000, seed: 3 }))[0] ?? { data: [] };
  await model.dispose();
  return { energy, off, share: average(Array.from(data, (x) => Number(Math.abs(Math.abs(x) - 1) < 0.2))) };
}

/** σ, m and their rates. */
async function scheduleAt(model: AnyModel, t: number): Promise<readonly (number | undefined)[]> {
  return (await sampled(model, "schedule", { count: 1, seed: 1, t })).map(({ data }) => data[0]);
}

async function optimum(): Promise<readonly Figure[]> {
  const table = lengths(2000);
  const whole = table.at(-1) ?? Number.NaN;
  const least = 2 - 2 * Math.cos(whole);
  const best = await measuredSchedule("kinetic_optimal(ends)", table);
  const plain = await measuredSchedule("one_sided(ends)", table);
  return [
    {
      row,
      what: "Q2 Θ* of two points by an independent quadrature",
      measured: digits(whole),
      bound: ".69126 ± 1e-4",
      passed: Math.abs(whole - 0.69126) <= 1e-4,
    },
    {
      row,
      what: "Q2 kinetic energy of the library's schedule, two points",
      measured: digits(best.energy),
      bound: `${digits(least)} (.45912) ± .5 %`,
      passed: Math.abs(best.energy / 0.45912 - 1) <= 0.005,
      planted: {
        what: "the straight path (.98240)",
        measured: digits(plain.energy),
        failed: !(Math.abs(plain.energy / 0.45912 - 1) <= 0.005),
      },
    },
    {
      row,
      what: "Q2 σ and m at 342 of the 1024 nodes against the independent schedule",
      measured: digits(best.off),
      bound: "< 1e-3",
      passed: best.off < 1e-3,
      planted: { what: "the straight path", measured: digits(plain.off), failed: !(plain.off < 1e-3) },
    },
    {
      row,
      what: `Q3 learned, four Euler steps: share within .2 of a datum; straight path ${digits(plain.share)}`,
      measured: digits(best.share),
      bound: "higher",
      passed: best.share > plain.share,
    },
  ];
}

function average(values: ArrayLike<number>): number {
  return Array.from(values).reduce((a, b) => a + b, 0) / values.length;
}

/** What a sampler returns, in order. */
async function sampled(
  model: AnyModel,
  name: string,
  options: { readonly count: number; readonly seed: number; readonly t?: number },
) {
  const result = await model.sample[name]?.(options);
  if (result === undefined) throw new Error(`the sampler ${name} is missing`);
  return Object.values(result);
}
