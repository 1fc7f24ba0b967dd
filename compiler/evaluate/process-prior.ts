/** What is known of a process's data, and does the process reach the law that is claimed for its end? */
import type { Span } from "../../grammar/source.js";
import type { Moments, ProcessFacts, PriorVerdict } from "../calculus/facts.js";
import { checkPrior } from "../calculus/prior.js";
import { showNumber } from "../calculus/show.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import { numbersAt, numbersOfGraph } from "../ir/constant-value.js";
import type { Value } from "../ir/value.js";
import { constantOf } from "./arithmetic.js";
import type { Context } from "./context.js";
import { report } from "./context.js";
import type { CoordinateMap } from "./coordinate-map.js";
import { coordinatesOf, isAffineMap, isElementwiseMap } from "./coordinate-map.js";
import type { Coupling, Data, Law, Process, Thing } from "./thing.js";

/** Mean and spread of the data (of its logarithm, under geometric noise) where its law says; null where it does not. */
function momentsOf(data: Data | Coupling | null, geometric: boolean): Moments | null {
  const law = data?.kind === "data" ? data.law : null;
  if (law === null) return boundedMoments(data, geometric);
  if (law?.law === "mixture" && !geometric) return mixtureMoments(law);
  if (law?.law !== (geometric ? "log-normal" : "normal")) return null;
  const means = numbersOf(law.mean);
  const stds = numbersOf(law.std);
  if (means === null || stds === null) return null;
  return { mean: hull(means), std: hull(stds) };
}

/** All that bounds on the numbers say: a mean between them, and a spread of at most half their distance. */
function boundedMoments(data: Data | Coupling | null, geometric: boolean): Moments | null {
  const space = data?.kind === "data" ? data.fields[0]?.space : undefined;
  if (space === undefined || space.low === null || space.high === null || (geometric && space.low <= 0)) return null;
  const [low, high] = geometric ? [Math.log(space.low), Math.log(space.high)] : [space.low, space.high];
  return { mean: { low, high }, std: { low: 0, high: (high - low) / 2 } };
}

/** Coordinate by coordinate: Σ w m, and Σ w (s² + m²) less its square. */
function mixtureMoments(law: Extract<Law, { law: "mixture" }>): Moments | null {
  const weights = numbersOf(law.weights);
  const { component } = law;
  const means = component.law === "normal" ? numbersOf(component.mean) : null;
  const stds = component.law === "normal" ? numbersOf(component.std) : null;
  if (weights === null || means === null || stds === null || means.length % weights.length !== 0) return null;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const coordinates = means.length / weights.length;
  const stdAt = (k: number, i: number): number =>
    stds[stds.length === means.length ? k * coordinates + i : stds.length === weights.length ? k : 0] ?? 0;
  const moments = Array.from({ length: coordinates }, (_, i) => {
    const mean = weights.reduce((sum, weight, k) => sum + (weight / total) * (means[k * coordinates + i] ?? 0), 0);
    const square = weights.reduce(
      (sum, weight, k) => sum + (weight / total) * ((means[k * coordinates + i] ?? 0) ** 2 + stdAt(k, i) ** 2),
      0,
    );
    return { mean, std: Math.sqrt(square - mean * mean) };
  });
  return { mean: hull(moments.map(({ mean }) => mean)), std: hull(moments.map(({ std }) => std)) };
}

function hull(values: readonly number[]): { low: number; high: number } {
  return { low: Math.min(...values), high: Math.max(...values) };
}

/** What is known of the data: its moments, place by place where they differ, and whether they say all of its law. */
export interface KnownMoments {
  readonly places: readonly Moments[];
  readonly known: "law" | "moments" | "bounds";
}

/** Of the data, or of its logarithm under geometric noise. */
export function knownMoments(data: Data | Coupling | null, geometric: boolean): KnownMoments | null {
  const moments = momentsOf(data, geometric);
  const law = data?.kind === "data" ? data.law : null;
  const known = law === null ? "bounds" : law.law === (geometric ? "log-normal" : "normal") ? "law" : "moments";
  return moments === null ? null : { places: [moments], known };
}

/** Of the data's coordinates: exact where those of the data have a Gaussian law. */
export function momentsInCoordinates(data: Data | Coupling | null, map: CoordinateMap): KnownMoments | null {
  const law = data?.kind === "data" ? data.law : null;
  const [link, more] = map.links;
  const isLogarithm = link?.op === "log" && more === undefined;
  if ((law?.law === "normal" && isAffineMap(map)) || (law?.law === "log-normal" && isLogarithm)) {
    // The logarithm of a log-normal law is the Gaussian one with its parameters.
    const places = gaussianMoments(law, isLogarithm ? { ...map, links: [] } : map);
    return places === null ? null : { places, known: "law" };
  }
  const space = data?.kind === "data" ? data.fields[0]?.space : undefined;
  if (
    law !== null ||
    space === undefined ||
    space.low === null ||
    space.high === null ||
    !isElementwiseMap(map) ||
    link === undefined ||
    more !== undefined
  )
    return null;
  const { low, high } = link.image({ low: space.low, high: space.high });
  const bounds = { mean: { low, high }, std: { low: 0, high: (high - low) / 2 } };
  return Number.isFinite(high - low) ? { places: [bounds], known: "bounds" } : null;
}

/** Beyond this many numbers the covariance of the coordinates is not worked out. */
const MOST_COORDINATES = 1024;

/** Mean φ(m); variances Σ_j (∂φ_i/∂x_j)² s_j². */
function gaussianMoments(
  law: Extract<Law, { law: "normal" | "log-normal" }>,
  map: CoordinateMap,
): readonly Moments[] | null {
  const size = map.from.reduce((a, b) => a * b, 1);
  const [means, stds] = [law.mean, law.std].map((part) =>
    part.kind === "tensor" ? numbersOfGraph(ir.broadcastTo(part.value, map.from)) : null,
  );
  if (size > MOST_COORDINATES || means == null || stds == null) return null;
  const x = ir.input("x", "real", map.from);
  const y = coordinatesOf(map, x);
  const at = (numbers: readonly number[]): readonly number[] => numbersAt([y], new Map([[x, numbers]]))?.[0] ?? [];
  const origin = at(means.map(() => 0));
  const variances = origin.map(() => 0);
  stds.forEach((std, j) => {
    at(stds.map((_, i) => (i === j ? std : 0))).forEach(
      (value, i) => (variances[i] = (variances[i] ?? 0) + (value - (origin[i] ?? 0)) ** 2),
    );
  });
  return at(means).map((mean, i) => ({
    mean: { low: mean, high: mean },
    std: { low: Math.sqrt(variances[i] ?? 0), high: Math.sqrt(variances[i] ?? 0) },
  }));
}

/** One interval for all. */
export function hullOfMoments(moments: readonly Moments[]): Moments {
  const ends = (pick: (one: Moments) => readonly number[]): Moments["mean"] => hull(moments.flatMap(pick));
  return { mean: ends(({ mean }) => [mean.low, mean.high]), std: ends(({ std }) => [std.low, std.high]) };
}

interface ClaimAtEnd {
  readonly time: number;
  readonly law: Law;
  readonly span: Span;
}

/** What a claim is compared with. */
export interface Compared {
  readonly facts: ProcessFacts;
  readonly constants: ReadonlyMap<string, Value>;
  readonly shape: readonly number[];
  readonly dataTime: number;
  /** null: unit data. */
  readonly moments: KnownMoments | null;
}

/** The claimed law beside the derived one, where both are Gaussian (in the logarithm, for geometric noise): the worst place. */
/** Laws that no sum of scaled data and Gaussian noise, or product with log-normal noise, has. */
const neverReached: Readonly<Record<string, readonly Law["law"][]>> = {
  affine: ["uniform", "uniform-torus", "log-normal", "logit-normal"],
  "log-affine": ["uniform", "uniform-torus", "normal", "logit-normal"],
};

/** True after reporting that the claimed law is not of the kind that such noise ends at. */
export function isOfAnotherKind(
  process: string,
  claim: ClaimAtEnd | null,
  { facts, dataTime }: Pick<Compared, "facts" | "dataTime">,
  c: Context,
): boolean {
  if (claim === null || claim.time === dataTime || neverReached[facts.kind]?.includes(claim.law.law) !== true)
    return false;
  const reached = facts.kind === "affine" ? "data under Gaussian noise" : "data under log-normal noise";
  report(c, catalogue.priorNotReached, claim.span, {
    process,
    claimed: `the claimed law, which is ${claim.law.law}`,
    reached,
    divergence: "infinite",
  });
  return true;
}

export function comparePrior(
  claim: ClaimAtEnd | null,
  { facts, constants, shape, dataTime, moments }: Compared,
): Process["prior"] {
  if (claim === null || facts.kind === "general" || claim.time === dataTime) return null;
  const { law } = claim;
  if (law.law !== (facts.kind === "affine" ? "normal" : "log-normal")) return null;
  const parts = [law.mean, law.std].map((part) =>
    placesOf(part.kind === "tensor" ? part.value : ir.scalar(Number.NaN), shape),
  );
  const varying = new Map([...constants].map(([name, value]) => [name, placesOf(value, shape)] as const));
  const [means, stds] = parts;
  if (means == null || stds == null) return null;
  const count = Math.max(
    means.length,
    stds.length,
    moments?.places.length ?? 1,
    ...[...varying.values()].map((places) => places?.length ?? 1),
  );
  const at = (places: readonly number[], place: number): number =>
    places[places.length === 1 ? 0 : place] ?? Number.NaN;
  let worst: Process["prior"] = null;
  for (let place = 0; place < count; place += 1) {
    const values = new Map(
      [...varying].flatMap(([name, places]) => (places === null ? [] : [[name, at(places, place)] as const])),
    );
    const here = moments?.places[moments.places.length === 1 ? 0 : place];
    const input = {
      ...facts.input,
      ...(values.size === 0 ? {} : { values }),
      ...(here === undefined ? {} : { data: here }),
    };
    const claimed = { mean: at(means, place), std: at(stds, place) };
    const verdict = checkPrior({ ...facts, input }, claimed, moments?.known ?? "moments");
    if (verdict === null) return null;
    if (worst === null || excess(verdict) > excess(worst.verdict)) worst = { claimed, verdict };
  }
  return worst;
}

function excess({ kl, tolerance }: PriorVerdict): number {
  return kl / tolerance;
}

/** One number where all places have the same, else one per place; null where it is not known at compile time. */
function placesOf(value: Value, shape: readonly number[]): readonly number[] | null {
  if (value.shape.length === 0 || value.op === "input") return numbersOfGraph(value);
  return numbersOfGraph(ir.broadcastTo(value, shape));
}

/** True after reporting that the claimed law is not reached. */
export function claimFails(process: string, prior: Process["prior"], claim: ClaimAtEnd | null, c: Context): boolean {
  if (claim === null || prior === null || prior.verdict.reached) return false;
  const { claimed, verdict } = prior;
  const between = ({ low, high }: { low: number; high: number }): string =>
    Math.abs(high - low) < 1e-6 * Math.max(1, Math.abs(high))
      ? showNumber(low)
      : `between ${showNumber(low)} and ${showNumber(high)}`;
  const law = `mean ${between(verdict.derived.mean)}, standard deviation ${between(verdict.derived.std)}`;
  // The law of all data may be as claimed while that of one datum is far from it.
  const stays = Math.abs(verdict.remaining) > 1e-3;
  report(c, catalogue.priorNotReached, claim.span, {
    process,
    claimed: `the claimed law, mean ${showNumber(claimed.mean)} and standard deviation ${showNumber(claimed.std)}`,
    reached: `${law}${stays ? `, of which a datum x0 still moves the mean by ${showNumber(verdict.remaining)} x0` : ""}`,
    divergence: verdict.kl.toPrecision(2),
  });
  return true;
}

export function numbersOf(thing: Thing): readonly number[] | null {
  const constant = constantOf(thing);
  if (constant !== null) return [constant];
  return thing.kind === "tensor" ? numbersOfGraph(thing.value) : null;
}
