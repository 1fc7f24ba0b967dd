/** Which mixture of Gaussians fits best? EM from several starts; the number of components by BIC. */
import type { Random } from "../support/random.js";
import { fitGaussian, logDensity } from "./gaussian.js";
import type { Gaussian, Row } from "./gaussian.js";

export interface Mixture {
  readonly weights: readonly number[];
  readonly components: readonly Gaussian[];
}

export function mixtureLogDensity(mixture: Mixture, row: Row): number {
  return logSumExp(jointLogDensities(mixture, row));
}

/** The mixture of 1 to `most` components with the smallest Bayesian information criterion (Schwarz 1978). */
export function fitMixture(rows: readonly Row[], random: Random, most = 5): Mixture {
  const width = rows[0]?.length ?? 0;
  let best: Mixture | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (let count = 1; count <= most; count++) {
    const free = count - 1 + count * (width + (width * (width + 1)) / 2);
    for (let start = 0; start < starts; start++) {
      const mixture = runEm(rows, firstResponsibilities(rows, count, random));
      const criterion = free * Math.log(rows.length) - 2 * logLikelihood(mixture, rows);
      if (criterion < least) [best, least] = [mixture, criterion];
    }
  }
  if (best === null) throw new Error("There are no rows to fit");
  return best;
}

const starts = 4;
const ridge = 1e-3;

/** Each row belongs to the nearest of some centres, drawn far from one another (k-means++). */
function firstResponsibilities(rows: readonly Row[], count: number, { uniform }: Random): readonly Row[] {
  const centres: Row[] = [];
  while (centres.length < count) {
    const away = rows.map((row) => Math.min(1e6, ...centres.map((centre) => squaredDistance(row, centre))));
    let rest = uniform() * away.reduce((sum, value) => sum + value, 0);
    centres.push(rows[away.findIndex((value) => (rest -= value) < 0)] ?? rows[0] ?? []);
  }
  return rows.map((row) => {
    const distances = centres.map((centre) => squaredDistance(row, centre));
    const nearest = distances.indexOf(Math.min(...distances));
    return centres.map((_, k) => (k === nearest ? 0.9 : 0.1 / count));
  });
}

function runEm(rows: readonly Row[], first: readonly Row[]): Mixture {
  let responsibilities = first;
  let before = Number.NEGATIVE_INFINITY;
  for (;;) {
    const mixture = maximise(rows, responsibilities);
    const joint = rows.map((row) => jointLogDensities(mixture, row));
    const totals = joint.map(logSumExp);
    const now = totals.reduce((sum, total) => sum + total, 0);
    if (now - before < 1e-5 * rows.length) return mixture;
    before = now;
    responsibilities = joint.map((logs, n) => logs.map((log) => Math.exp(log - (totals[n] ?? 0))));
  }
}

function maximise(rows: readonly Row[], responsibilities: readonly Row[]): Mixture {
  const shares = (responsibilities[0] ?? []).map((_, k) => responsibilities.map((share) => share[k] ?? 0));
  return {
    weights: shares.map((share) => share.reduce((sum, value) => sum + value, 0) / rows.length),
    components: shares.map((share) => fitGaussian(rows, share, ridge)),
  };
}

function jointLogDensities({ weights, components }: Mixture, row: Row): Row {
  return components.map((component, k) => Math.log(weights[k] ?? 0) + logDensity(component, row));
}

function logLikelihood(mixture: Mixture, rows: readonly Row[]): number {
  return rows.reduce((sum, row) => sum + mixtureLogDensity(mixture, row), 0);
}

function squaredDistance(a: Row, b: Row): number {
  return a.reduce((sum, value, i) => sum + (value - (b[i] ?? 0)) ** 2, 0);
}

function logSumExp(values: Row): number {
  const top = Math.max(...values);
  return top + Math.log(values.reduce((sum, value) => sum + Math.exp(value - top), 0));
}
