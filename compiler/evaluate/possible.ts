/** Which numbers can a scalar be? Known where it is computed from constants and drawn whole numbers alone. */
import { evaluate as evaluateFormula } from "../calculus/evaluate.js";
import type { Expression } from "../calculus/expression.js";
import { symbol } from "../calculus/expression.js";
import type { Value } from "../ir/value.js";
import { readFormula } from "./formula.js";

const supports = new WeakMap<Value, readonly number[]>();

/** Notes which numbers a drawn value may be; nothing is noted of too many. */
export function noteSupport(value: Value, low: number, high: number): void {
  if (Number.isInteger(low) && Number.isInteger(high) && high > low && high - low <= mostOutcomes) {
    supports.set(
      value,
      Array.from({ length: high - low }, (_, i) => low + i),
    );
  }
}

/** The same of what takes each of some numbers in turn. */
export function noteOutcomes(value: Value, outcomes: readonly number[]): void {
  if (outcomes.length > 0 && outcomes.length <= mostOutcomes) supports.set(value, outcomes);
}

/** Outcomes that are tried one by one. */
const mostOutcomes = 10_000;

/** All outcomes of a scalar, each once, rising; null where they are not known. */
export function possibleValues(value: Value): readonly number[] | null {
  const tables = valuesOver([value]);
  return tables === null
    ? null
    : [...new Set(tables.flatMap(([outcome]) => (outcome === undefined ? [] : [outcome])))].sort((a, b) => a - b);
}

/** What the values can be together: every combination, one entry a value; null where that is not known. */
export function possibleTogether(values: readonly Value[]): readonly (readonly number[])[] | null {
  const tables = valuesOver(values);
  return tables === null ? null : [...new Map(tables.map((row) => [row.join(), row])).values()];
}

/** The difference of two scalars, where it is the same in all outcomes; null otherwise. */
export function constantDifference(a: Value, b: Value): number | null {
  const tables = valuesOver([a, b]);
  const differences = tables?.map(([first = Number.NaN, second = Number.NaN]) => first - second) ?? [];
  const [known] = differences;
  return known === undefined ||
    !differences.every((other) => Math.abs(other - known) <= 1e-9 * Math.max(1, Math.abs(known)))
    ? null
    : known;
}

/** The values together, for every outcome of what was drawn; null where they depend on more. */
function valuesOver(values: readonly Value[]): readonly (readonly number[])[] | null {
  const drawn = drawnUnder(values);
  const count = drawn.reduce((product, { support }) => product * support.length, 1);
  if (count > mostOutcomes) return null;
  const symbols = new Map<Value, Expression>(drawn.map(({ value, name }) => [value, symbol(name)]));
  const opaque = new Map<string, Value>();
  const formulas = values.map((value) => readFormula(value, symbols, opaque).formula);
  if (opaque.size > 0) return null;
  return Array.from({ length: count }, (_, outcome) => {
    let rest = outcome;
    const numbers = new Map<string, number>();
    for (const { name, support } of drawn) {
      numbers.set(name, support[rest % support.length] ?? Number.NaN);
      rest = Math.floor(rest / support.length);
    }
    return formulas.map((formula) => evaluateFormula(formula, numbers));
  });
}

function drawnUnder(
  roots: readonly Value[],
): readonly { readonly value: Value; readonly name: string; readonly support: readonly number[] }[] {
  const found: { value: Value; name: string; support: readonly number[] }[] = [];
  const seen = new Set<Value>();
  const open = [...roots];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (seen.has(value)) continue;
    seen.add(value);
    const support = supports.get(value);
    if (support === undefined) open.push(...value.inputs);
    else found.push({ value, name: `outcome ${found.length + 1}`, support });
  }
  return found;
}
