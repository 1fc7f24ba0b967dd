/** Does a step divide by something that is zero at one of the times it visits? */
import { evaluate as evaluateFormula } from "../calculus/evaluate.js";
import { symbol } from "../calculus/expression.js";
import { valuesInOrder } from "../ir/order.js";
import type { Value } from "../ir/value.js";
import { readFormula } from "./formula.js";

/**
 * The first of `visits` (values of `times`) at which a division by a function of the times alone is one by zero. `results`
 * are simplified: what cancels is not divided by.
 */
export function poleOf(results: readonly Value[], times: readonly Value[], visits: readonly (readonly number[])[]): readonly number[] | null {
  const symbols = new Map(times.map((time, place) => [time, symbol(`time ${place}`)] as const));
  const foreign = foreignTo(times, results);
  const formulas = denominators(results).flatMap((value) => {
    if (foreign.has(value)) return [];
    const opaque = new Map<string, Value>();
    const { formula } = readFormula(value, symbols, opaque);
    return opaque.size === 0 ? [formula] : [];
  });
  for (const visit of visits) {
    const at = new Map(visit.map((time, place) => [`time ${place}`, time] as const));
    if (formulas.some((formula) => isZero(evaluateFormula(formula, at)))) return visit;
  }
  return null;
}

/** What reads anything but the times. */
function foreignTo(times: readonly Value[], results: readonly Value[]): ReadonlySet<Value> {
  const foreign = new Set<Value>();
  for (const value of valuesInOrder(results, new Set(times))) {
    if (value.op === "input" || value.inputs.some((operand) => foreign.has(operand))) foreign.add(value);
  }
  return foreign;
}

/** A root that rounding has pushed below zero counts as zero. */
function isZero(value: number): boolean {
  return Math.abs(value) < 1e-12 || Number.isNaN(value);
}

/** What is divided by on the way to the results; branches of an `if` guard their own divisions. */
function denominators(results: readonly Value[]): readonly Value[] {
  const found = new Set<Value>();
  const seen = new Set<Value>();
  const open = [...results];
  while (open.length > 0) {
    const value = open.pop();
    if (value === undefined || seen.has(value)) continue;
    seen.add(value);
    const [first, second] = value.inputs;
    if (value.op === "div" && second !== undefined) found.add(second);
    open.push(...(value.op === "select" && first !== undefined ? [first] : value.inputs));
  }
  return [...found];
}
