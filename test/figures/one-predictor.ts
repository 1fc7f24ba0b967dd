/** Row 27: one exact predictor written as noise, score, velocity and denoised state gives the same samples. */
import type { AnyModel } from "../../compiler/cli/open-model.js";
import { openText } from "../support/model.js";
import { normals } from "../support/noise.js";
import { randomAffine } from "../calculus/random-affine.js";
import { asSource } from "./formula-source.js";
import type { Figure } from "./figure.js";
import { digits } from "./figure.js";

const row = 27;
const BOUND = 1e-4;
const heads = ["denoised", "noise", "score", "velocity"] as const;

/** The posterior mean of data Normal(.4, .7²) by Bayes' rule, and the other three from it by their definitions. */
function textOf(seed: number, index: number, wrong: boolean): string {
  const { input } = randomAffine(seed, index);
  const [, end] = input.range;
  const stop = end / 20;
  const start = `Normal([${[...normals(16, 100 * seed + index)].map((z) => z.toFixed(3)).join(", ")}], 0)`;
  const samplers = heads.flatMap((head) => [
    `sampler ${head}_heun = probability_flow(P, ${head}_exact)(start: ${start}) using heun(steps: 20, until: ${stop})`,
    `sampler ${head}_ddim = probability_flow(P, ${head}_exact)(start: ${start}) using ddim(steps: 20, until: ${stop})`,
    `sampler ${head}_2m = probability_flow(P, ${head}_exact)(start: ${start}) using dpmpp_2m(steps: 20, until: ${stop})`,
  ]);
  return `
data D : Real[16] = Normal(0.4, 0.7)
process P on x : D, t in [0, ${end}] {
  dx = (${asSource(input.drift)}) dt + (${asSource(input.diffusion)}) dW
}
fn posterior(x, t) = 0.4 + scale(P, t) * 0.49 * (x - scale(P, t) * 0.4 - mean(P(t | 0 * x))) / (scale(P, t)^2 * 0.49 + std(P, t)^2)
fn epsilon(x, t) = (x - scale(P, t) * posterior(x, t) - mean(P(t | 0 * x))) / std(P, t)
fn denoised_exact(x, t) predicts denoised of P = posterior(x, t)
fn noise_exact(x, t)    predicts noise of P    = epsilon(x, t)
fn score_exact(x, t)    predicts score of P    = -epsilon(x, t) / std(P, t)${wrong ? "^2" : ""}
fn velocity_exact(x, t) predicts velocity of P = drift(P, x, t) + diffusion(P, x, t)^2 * epsilon(x, t) / (2 * std(P, t))
${samplers.join("\n")}
`;
}

/** The largest distance of two heads' samples over their norm. */
async function spread(
  seed: number,
  index: number,
  engine: string,
  steps: readonly string[],
  wrong = false,
): Promise<number> {
  const model = await openText(textOf(seed, index, wrong), engine);
  let worst = 0;
  for (const step of steps) {
    const outputs: ArrayLike<number>[] = [];
    for (const head of heads) outputs.push(await sampled(model, `${head}_${step}`));
    const [first = []] = outputs;
    for (const other of outputs) worst = Math.max(worst, distance(first, other));
  }
  await model.dispose();
  return worst;
}

/** No numbers where they are not finite. */
async function sampled(model: AnyModel, name: string): Promise<ArrayLike<number>> {
  try {
    return (await model.sample[name]?.({ count: 1, seed: 3 }))?.["x"]?.data ?? [];
  } catch (error) {
    if (error instanceof Error && error.name === "NonFiniteError") return [];
    throw error;
  }
}

function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length === 0 || b.length === 0) return Infinity;
  const gap = Math.hypot(...Array.from(a, (value, i) => value - (b[i] ?? Number.NaN)));
  return Number.isNaN(gap) ? Infinity : gap / Math.hypot(...Array.from(a));
}

export async function measureOnePredictor(): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const [engine, steps] of [
    ["reference", ["heun", "ddim", "2m"]],
    ["onnx", ["heun", "ddim"]],
    ["onnx", ["2m"]],
  ] as const) {
    const spreads: number[] = [];
    for (let index = 0; index < 10; index += 1) spreads.push(await spread(27, index, engine, steps));
    const wrong = await spread(27, 0, engine, steps, true);
    const worst = Math.max(...spreads);
    const within = spreads.filter((value) => value < BOUND).length;
    figures.push({
      row,
      what: `10 random affine processes, 4 heads, ${steps.join(" and ")} in 20 steps, ${engine}: the largest difference over the norm`,
      measured: `${digits(worst)}, ${within} of 10 within`,
      bound: `< ${BOUND}`,
      passed: worst < BOUND,
      planted: { what: "a score of one std too many", measured: digits(wrong), failed: !(wrong < BOUND) },
    });
  }
  return figures;
}
