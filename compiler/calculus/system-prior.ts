/** Does a linear system reach the independent normal laws that are claimed for its components at the end of the range? */
import type { ClaimedLaw } from "./facts.js";
import { gaussianDivergence } from "./prior.js";
import type { LinearSystemFacts } from "./system-facts.js";
import { startCovariance } from "./system-kernel.js";
import { choleskyOf, momentsAt } from "./system-moments.js";

export interface ComponentClaim extends ClaimedLaw {
  readonly component: number;
}

export interface SystemPriorVerdict {
  readonly reached: boolean;
  /** Nats per component. */
  readonly kl: number;
  readonly components: readonly (ComponentClaim & { readonly kl: number })[];
  /** How much of one of the data's components is left in the mean. */
  readonly remaining: number;
}

/** As for scalar processes: the law over all data, and unless the data is normal itself that of one datum. */
const MARGINAL_TOLERANCE = 1e-3;
const REMAINDER_TOLERANCE = 1e-2;

export function checkSystemPrior(
  facts: LinearSystemFacts,
  claimed: readonly ComponentClaim[],
  isDataNormal: boolean,
): SystemPriorVerdict | null {
  const { numbers, input } = facts;
  if (numbers === null || claimed.length === 0) return null;
  const { system, span } = numbers;
  const n = system.size;
  const { mean, std } = input.data ?? { mean: { low: 0, high: 0 }, std: { low: 1, high: 1 } };
  const [own] = momentsAt(system, startCovariance(input.initial), [span]);
  if (own === undefined) return null;
  const lawAt = (data: ClaimedLaw): Reached => {
    const start = input.initial.map((law) => law ?? data);
    const [end] = momentsAt(system, startCovariance(start), [span]);
    const moved = start.map((_, i) =>
      start.reduce((sum, law, j) => sum + (own.propagator[i * n + j] ?? 0) * law.mean, own.shift[i] ?? 0),
    );
    return { mean: moved, covariance: end?.covariance ?? [] };
  };
  const corners = [mean.low, mean.high].flatMap((m) => [std.low, std.high].map((s) => lawAt({ mean: m, std: s })));
  const data = mean.low < mean.high ? [mean.low, mean.high] : [mean.low - std.high, mean.low + std.high];
  const single = isDataNormal ? [] : data.map((m) => lawAt({ mean: m, std: 0 }));
  const marginal = Math.max(...corners.map((law) => divergence(law, claimed, n)));
  const remainder = Math.max(0, ...single.map((law) => divergence(law, claimed, n)));
  const isMarginalWorse = marginal / MARGINAL_TOLERANCE >= remainder / REMAINDER_TOLERANCE;
  const [kl, tolerance] = isMarginalWorse ? [marginal, MARGINAL_TOLERANCE] : [remainder, REMAINDER_TOLERANCE];
  const shown = [...corners, ...single].reduce((a, b) =>
    divergence(a, claimed, n) >= divergence(b, claimed, n) ? a : b,
  );
  const components = claimed.map((claim) => {
    const found = {
      mean: shown.mean[claim.component] ?? 0,
      std: Math.sqrt(shown.covariance[claim.component * (n + 1)] ?? 0),
    };
    return { component: claim.component, ...found, kl: gaussianDivergence(found, claim) };
  });
  const remaining = Math.max(
    0,
    ...input.initial.flatMap((law, j) =>
      law === null ? input.initial.map((_, i) => Math.abs(own.propagator[i * n + j] ?? 0)) : [],
    ),
  );
  return { reached: kl <= tolerance, kl, components, remaining };
}

interface Reached {
  readonly mean: readonly number[];
  readonly covariance: readonly number[];
}

/** KL(N(m, V) ‖ Π N(mᵢ, sᵢ²)) over the claimed components, per component: Σ [log sᵢ + ½ (Vᵢᵢ + (m - mᵢ)²)/sᵢ² - ½] - ½ log det V. */
function divergence({ mean, covariance }: Reached, claimed: readonly ComponentClaim[], n: number): number {
  const k = claimed.length;
  const block = claimed.flatMap((a) => claimed.map((b) => covariance[a.component * n + b.component] ?? 0));
  const factor = choleskyOf(block, k);
  const total = claimed.reduce((sum, claim, i) => {
    const gap = (mean[claim.component] ?? 0) - claim.mean;
    return (
      sum +
      Math.log(claim.std) -
      Math.log(factor[i * k + i] ?? 0) +
      ((block[i * k + i] ?? 0) + gap ** 2) / (2 * claim.std ** 2) -
      0.5
    );
  }, 0);
  return total / k;
}
