/** The mixtures of the statistical rows as `.sde` texts, and the same laws in plain code. */
import { normals, uniforms } from "../support/noise.js";

/** The three modes: weights .5, .3, .2, standard deviation .3 (2-D), under VP(.1, 20). */
export const threeModes = `
let weights = [0.5, 0.3, 0.2]
let means   = [[0, 1.2], [-1, -0.6], [1, -0.6]]
let spread  = 0.3
data mixture : Real[2] = Mixture(weights, Normal(means, spread))
process noising = vp(mixture, beta_min: 0.1, beta_max: 20)
fn exact(x, t) predicts score of noising {
  let a = scale(noising, t)
  let v = sqrt(a^2 * spread^2 + std(noising, t)^2)
  return grad(log_prob(Mixture(weights, Normal(a * means, v)), x), x)
}
/// Half the score: the mistake of taking the flow's drift and still adding the noise.
sampler half_score(R: process) on x, t, s {
  w ~ increment(R, t, s)
  return x + (drift(R, x, t) + drift(R.forward, x, t)) / 2 * (s - t) + diffuse(R, x, t, w)
}
`;

/** .4 N(-2, .25²) + .6 N(1.5, .5²) in one dimension, under VP(.1, 20). */
export const twoModes = (weights: readonly [number, number] = [0.4, 0.6]): string => `
let means   = [[-2], [1.5]]
let spreads = [[0.25], [0.5]]
data mixture : Real[1] = Mixture([0.4, 0.6], Normal(means, spreads))
process noising = vp(mixture, beta_min: 0.1, beta_max: 20)
fn exact(x, t) predicts score of noising {
  let a = scale(noising, t)
  return grad(log_prob(Mixture([${weights.join(", ")}], Normal(a * means, sqrt(a^2 * spreads^2 + std(noising, t)^2))), x), x)
}
sampler half_score(R: process) on x, t, s {
  w ~ increment(R, t, s)
  return x + (drift(R, x, t) + drift(R.forward, x, t)) / 2 * (s - t) + diffuse(R, x, t, w)
}
`;

export interface Component {
  readonly weight: number;
  readonly mean: readonly number[];
  readonly std: number;
}

export const threeModeComponents: readonly Component[] = [
  { weight: 0.5, mean: [0, 1.2], std: 0.3 },
  { weight: 0.3, mean: [-1, -0.6], std: 0.3 },
  { weight: 0.2, mean: [1, -0.6], std: 0.3 },
];
export const twoModeComponents: readonly Component[] = [
  { weight: 0.4, mean: [-2], std: 0.25 },
  { weight: 0.6, mean: [1.5], std: 0.5 },
];

/** VP(.1, 20): what is left of x0 and the noise's standard deviation. */
export function vp(t: number): { readonly scale: number; readonly std: number } {
  const B = 0.1 * t + 9.95 * t * t;
  return { scale: Math.exp(-B / 2), std: Math.sqrt(-Math.expm1(-B)) };
}

/** The mixture after noising for time t. */
export function noised(components: readonly Component[], t: number): readonly Component[] {
  const { scale, std } = vp(t);
  return components.map(({ weight, mean, std: own }) => ({
    weight,
    mean: mean.map((m) => scale * m),
    std: Math.hypot(scale * own, std),
  }));
}

export function logDensity(components: readonly Component[], x: readonly number[]): number {
  const logs = components.map(({ weight, mean, std }) => {
    const distance = x.reduce((sum, value, i) => sum + (value - (mean[i] ?? 0)) ** 2, 0);
    return Math.log(weight) - distance / (2 * std * std) - x.length * Math.log(std * Math.sqrt(2 * Math.PI));
  });
  const top = Math.max(...logs);
  return top + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - top), 0));
}

/** `count` rows, row-major. */
export function draw(components: readonly Component[], count: number, seed: number): Float32Array {
  const dimension = components[0]?.mean.length ?? 1;
  const u = uniforms(count, seed);
  const z = normals(count * dimension, seed + 0x5eed);
  const rows = new Float32Array(count * dimension);
  for (let i = 0; i < count; i += 1) {
    let rest = u[i] ?? 0;
    const component = components.find(({ weight }) => (rest -= weight) < 0) ?? components[components.length - 1];
    if (component === undefined) continue;
    for (let j = 0; j < dimension; j += 1) {
      rows[i * dimension + j] = (component.mean[j] ?? 0) + component.std * (z[i * dimension + j] ?? 0);
    }
  }
  return rows;
}
