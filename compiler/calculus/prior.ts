/** Does a process reach the law that is claimed for the end of its range? */
import { evaluate } from "./evaluate.js";
import type { AffineFacts, ClaimedLaw, Interval, LogAffineFacts, PriorVerdict } from "./facts.js";
import { lawAt } from "./affine.js";

/** Nats per coordinate that the law of the whole data may be off: a standard deviation wrong by 4 % is caught. */
const MARGINAL_TOLERANCE = 1e-3;
/** Nats per coordinate that one datum's own kernel may be off: more than this of x0 shows in what is drawn. */
const REMAINDER_TOLERANCE = 1e-2;

/**
 * Compares with the law at the end of the range; null where that is not known. A log-affine process: laws of the logarithm.
 * How much is known of the data decides what can be refused. Of Gaussian data the marginal is Gaussian too, so its moments
 * say all. Of other data with known moments each datum's own kernel must come close to the claim as well. Of data of which
 * only bounds are known, the claim stands if some data within them would reach it.
 */
export function checkPrior(
  facts: AffineFacts | LogAffineFacts,
  claimed: ClaimedLaw,
  known: "law" | "moments" | "bounds" = "moments",
): PriorVerdict | null {
  const { input, fromData } = facts;
  if (fromData === null) return null;
  const at = input.range[1];
  const derived = lawAt(fromData, input.time, at, input.values, input.data);
  if (derived === null) return null;
  const environment = new Map([...(input.values ?? []), [input.time.name, at]]);
  const [scale, shift, std] = [fromData.scale, fromData.shift, fromData.std].map((e) => evaluate(e, environment));
  if (scale === undefined || shift === undefined || std === undefined) return null;
  // Both divergences are convex in the moments: the worst is at a corner.
  const corners = [derived.mean.low, derived.mean.high].flatMap((mean) =>
    [derived.std.low, derived.std.high].map((deviation) => ({ mean, std: deviation })),
  );
  const nearest = { mean: nearestIn(derived.mean, claimed.mean), std: nearestIn(derived.std, claimed.std) };
  const marginal = worst((known === "bounds" ? [nearest] : corners).map((law) => gaussianDivergence(law, claimed)));
  const { mean, std: spread } = input.data ?? { mean: { low: 0, high: 0 }, std: { low: 1, high: 1 } };
  const data = mean.low < mean.high ? [mean.low, mean.high] : [mean.low - spread.high, mean.low + spread.high];
  const remainder = worst(data.map((x0) => gaussianDivergence({ mean: scale * x0 + shift, std }, claimed)));
  const isRemainderKnown = known === "moments" || (known === "bounds" && facts.kind === "affine");
  const isMarginalWorse = !isRemainderKnown || marginal / MARGINAL_TOLERANCE >= remainder / REMAINDER_TOLERANCE;
  const [kl, tolerance] = isMarginalWorse ? [marginal, MARGINAL_TOLERANCE] : [remainder, REMAINDER_TOLERANCE];
  return { reached: kl <= tolerance, kl, tolerance, derived, remaining: scale };
}

/** KL(N(m, s²) ‖ N(m', s'²)) = log(s'/s) + (s² + (m - m')²)/2s'² - ½ */
export function gaussianDivergence(a: ClaimedLaw, b: ClaimedLaw): number {
  const ratio = a.std / b.std;
  return -Math.log(ratio) + (ratio ** 2 - 1) / 2 + ((a.mean - b.mean) / b.std) ** 2 / 2;
}

function nearestIn({ low, high }: Interval, value: number): number {
  return Math.min(Math.max(value, low), high);
}

function worst(values: readonly number[]): number {
  return values.some(Number.isNaN) ? Infinity : Math.max(...values);
}
