/** Does a step divide by something that is zero at one of the times it visits? */
import { evaluateNumbers } from "../ir/evaluate-numbers.js";
import { valuesInOrder } from "../ir/order.js";
import type { Value } from "../ir/value.js";

/**
 * The first of `visits` (values of `times`) at which a division by a function of the times alone is one by zero. `results`
 * are simplified: what cancels is not divided by.
 */
export function poleOf(
  results: readonly Value[],
  times: readonly Value[],
  visits: readonly (readonly number[])[],
): readonly number[] | null {
  const isOfTime = dependingOn(results, new Set(times));
  const choices = [...isOfTime.keys()].flatMap(({ op, inputs: [condition] }) =>
    op === "select" && condition !== undefined && isOfTime.get(condition) === true ? [condition] : [],
  );
  const known = new Map<string, readonly Value[]>();
  for (const visit of visits) {
    const numbers = new Map(times.map((time, place) => [time, [visit[place] ?? Number.NaN]]));
    const taken = evaluateNumbers(choices, numbers).map((values) => sameForAll(values));
    const below =
      known.get(taken.join()) ??
      divisors(results, new Map(choices.map((choice, place) => [choice, taken[place] ?? null])), isOfTime);
    known.set(taken.join(), below);
    if (below.length === 0 && choices.length === 0) return null;
    if (evaluateNumbers(below, numbers).some((values) => values.some(isZero))) return visit;
  }
  return null;
}

/** A root that rounding has pushed below zero counts as zero. */
function isZero(value: number): boolean {
  return Math.abs(value) < 1e-12 || Number.isNaN(value);
}

/** Whether a condition holds; null where it does at some places alone. */
function sameForAll(values: readonly number[]): boolean | null {
  const holds = values.map((value) => value !== 0);
  return holds.every((one) => one === holds[0]) ? (holds[0] ?? null) : null;
}

/** For all that is computed on the way: whether the times alone decide it. */
function dependingOn(results: readonly Value[], times: ReadonlySet<Value>): ReadonlyMap<Value, boolean> {
  const known = new Map<Value, boolean>();
  for (const value of valuesInOrder(results)) {
    known.set(value, value.op === "input" ? times.has(value) : value.inputs.every((part) => known.get(part) === true));
  }
  return known;
}

/** What of the times alone is divided by on the way to the results: through the branch taken where the times choose it, else through neither. */
function divisors(
  results: readonly Value[],
  taken: ReadonlyMap<Value, boolean | null>,
  isOfTime: ReadonlyMap<Value, boolean>,
): readonly Value[] {
  const found = new Set<Value>();
  const seen = new Set<Value>();
  const open = [...results];
  while (open.length > 0) {
    const value = open.pop();
    if (value === undefined || seen.has(value)) continue;
    seen.add(value);
    const [, second] = value.inputs;
    if (value.op === "div" && second !== undefined && isOfTime.get(second) === true) found.add(second);
    open.push(...(value.op === "select" ? branch(value.inputs, taken) : value.inputs));
  }
  return [...found];
}

function branch(
  [condition, then, otherwise]: readonly Value[],
  taken: ReadonlyMap<Value, boolean | null>,
): readonly Value[] {
  const choice = condition === undefined ? null : (taken.get(condition) ?? null);
  const chosen = choice === null ? undefined : choice ? then : otherwise;
  return [condition, chosen].filter((value) => value !== undefined);
}
