/** Between which bounds does an expression stay, where is it undefined, and what is its limit there? */
import { call, negate } from "./algebra.js";
import { isNonnegative } from "./expression.js";
import type { Expression, FunctionName } from "./expression.js";
import { compile, errorFunction } from "./evaluate.js";
import type { Environment } from "./evaluate.js";
import type { Interval, Pole } from "./facts.js";
import { isInteger, toNumber } from "./rational.js";
import { contains, freeSymbols, partsOf, rewrite } from "./traverse.js";

export type Ranges = ReadonlyMap<string, Interval>;

const EVERYTHING: Interval = { low: -Infinity, high: Infinity };

/** Bounds that hold for all values of the symbols in their ranges; a symbol without a range may be anything its sign allows. */
export function range(e: Expression, ranges: Ranges): Interval {
  switch (e.kind) {
    case "number":
      return point(toNumber(e.value));
    case "constant":
      return point(Math.PI);
    case "symbol":
      return ranges.get(e.name) ?? (e.sign === "any" ? EVERYTHING : { low: 0, high: Infinity });
    case "sum":
      return e.terms.map((term) => range(term, ranges)).reduce(plus);
    case "product":
      return e.factors.map((factor) => range(factor, ranges)).reduce(times);
    case "power":
      return powerRange(range(e.base, ranges), toNumber(e.exponent), isInteger(e.exponent));
    case "call":
      return functionRange(e.name, range(e.argument, ranges));
    case "extremum": {
      const parts = e.arguments.map((argument) => range(argument, ranges));
      const choose = e.name === "max" ? Math.max : Math.min;
      return { low: choose(...parts.map(({ low }) => low)), high: choose(...parts.map(({ high }) => high)) };
    }
    case "piecewise": {
      const [left, right] = [range(e.condition.left, ranges), range(e.condition.right, ranges)];
      if (left.high < right.low) return range(e.then, ranges);
      if (left.low > right.high) return range(e.otherwise, ranges);
      return union(range(e.then, ranges), range(e.otherwise, ranges));
    }
    case "integral": {
      const [from, to] = [range(e.from, ranges), range(e.to, ranges)];
      const inside = new Map([...ranges, [e.variable.name, union(from, to)]]);
      return times(range(e.integrand, inside), plus(to, negative(from)));
    }
  }
}

/** Bounds over an interval of one symbol, sharpened by cutting it into pieces. */
export function sharpRange(e: Expression, name: string, over: Interval, others: Ranges, pieces = 64): Interval {
  const width = (over.high - over.low) / pieces;
  let result: Interval | null = null;
  for (let i = 0; i < pieces; i++) {
    const piece = { low: over.low + i * width, high: i === pieces - 1 ? over.high : over.low + (i + 1) * width };
    const here = range(e, new Map([...others, [name, piece]]));
    result = result === null ? here : union(result, here);
  }
  return result ?? EVERYTHING;
}

/** Replaces |u| by u or -u where the ranges show a sign. */
export function resolveSigns(e: Expression, ranges: Ranges): Expression {
  return rewrite(e, (part) => {
    if (part.kind !== "call" || part.name !== "abs") return null;
    const { low, high } = range(part.argument, ranges);
    const inner = resolveSigns(part.argument, ranges);
    if (low >= 0) return inner;
    return high <= 0 ? negate(inner) : null;
  });
}

/** The first place of the interval where some part of the expression is undefined; other symbols at the given values. */
export function findPole(
  e: Expression,
  name: string,
  [low, high]: readonly [number, number],
  values: Environment = new Map(),
): Pole | null {
  const others = new Map([...values].map(([key, value]) => [key, point(value)] as const));
  return search(e, [], { name, over: { low, high }, values, others, whole: e });
}

/** The limit of an expression as a symbol goes to a value from inside the interval: extrapolated numerically. Null: none. */
export function limitAt(
  e: Expression,
  name: string,
  value: number,
  side: "above" | "below",
  values: Environment = new Map(),
): number | null {
  const names = [name, ...[...freeSymbols(e)].filter((other) => other !== name)];
  const constants = names.slice(1).map((other) => values.get(other) ?? NaN);
  if (constants.some(Number.isNaN)) return null;
  const at = compile(e, names);
  const sign = side === "above" ? 1 : -1;
  const scale = Math.max(1, Math.abs(value)) * 1e-2;
  // Richardson's extrapolation, in the distance and in its root: coefficients may have a root at the end.
  const tries = [1, 2].map((order) => extrapolate((h) => at(value + sign * scale * h ** order, ...constants)));
  const best = tries.reduce((a, b) => (a.error <= b.error ? a : b));
  return best.error <= 1e-5 * Math.max(Math.abs(best.value), 1e-3) ? best.value : null;
}

interface Search {
  readonly name: string;
  readonly over: Interval;
  readonly values: Environment;
  readonly others: Ranges;
  readonly whole: Expression;
}

interface Guard {
  readonly condition: Extract<Expression, { kind: "piecewise" }>["condition"];
  readonly holds: boolean;
}

/** Inner parts first: the smallest expression at fault is the one to show. */
function search(e: Expression, guards: readonly Guard[], s: Search): Pole | null {
  if (e.kind === "piecewise") {
    return (
      search(e.condition.left, guards, s) ??
      search(e.condition.right, guards, s) ??
      search(e.then, [...guards, { condition: e.condition, holds: true }], s) ??
      search(e.otherwise, [...guards, { condition: e.condition, holds: false }], s)
    );
  }
  if (e.kind === "integral") return search(e.from, guards, s) ?? search(e.to, guards, s);
  for (const part of partsOf(e)) {
    const found = search(part, guards, s);
    if (found !== null) return found;
  }
  const suspect = suspectOf(e);
  if (suspect === null) return null;
  const at = firstFault(suspect, s);
  if (at === null || !guards.every((guard) => isOpen(guard, at, s))) return null;
  const side = at <= (s.over.low + s.over.high) / 2 ? "above" : "below";
  return { term: suspect.term, reason: suspect.reason, at, limit: limitAt(s.whole, s.name, at, side, s.values) };
}

interface Suspect {
  readonly term: Expression;
  readonly reason: Pole["reason"];
  /** Whether a value of the term is at fault. */
  readonly fault: "zero" | "not positive" | "negative";
}

function suspectOf(e: Expression): Suspect | null {
  if (e.kind === "power") {
    const isRoot = e.exponent.denominator % 2n === 0n;
    if (e.exponent.numerator < 0n)
      return { term: e.base, reason: "division by zero", fault: isRoot ? "not positive" : "zero" };
    return isRoot && !isNonnegative(e.base)
      ? { term: e.base, reason: "root of a negative number", fault: "negative" }
      : null;
  }
  if (e.kind !== "call") return null;
  if (e.name === "log")
    return { term: e.argument, reason: "logarithm of a non-positive number", fault: "not positive" };
  if (e.name === "tan") return { term: call("cos", e.argument), reason: "division by zero", fault: "zero" };
  return null;
}

const DEEPEST = 12;

/** Drops every piece that interval arithmetic clears, and accuses only where a value proves it. */
function firstFault({ term, fault }: Suspect, s: Search): number | null {
  const names = [...freeSymbols(term)];
  if (names.some((name) => name !== s.name && !s.values.has(name))) return null;
  const compiled = compile(term, names);
  const at = (x: number): number =>
    compiled(...names.map((name) => (name === s.name ? x : (s.values.get(name) ?? NaN))));
  const ends = [at(s.over.low), at(s.over.high)];
  const scale = Math.max(
    ...Array.from({ length: 17 }, (_, i) => finiteSize(at(s.over.low + ((s.over.high - s.over.low) * i) / 16))),
  );
  const tiny = 1e-12 * scale;
  const isFault = (value: number): boolean =>
    fault === "negative"
      ? value < -tiny
      : fault === "not positive"
        ? value <= tiny * 1e-3
        : Math.abs(value) <= tiny * 1e-3;
  if (!contains(term, s.name)) return isFault(ends[0] ?? NaN) ? s.over.low : null;
  const visit = (low: number, high: number, depth: number): number | null => {
    const bounds = range(term, new Map([...s.others, [s.name, { low, high }]]));
    const isClear =
      fault === "zero"
        ? bounds.low > tiny * 1e-3 || bounds.high < -tiny * 1e-3
        : fault === "negative"
          ? bounds.low >= 0
          : bounds.low > 0;
    if (isClear) return null;
    const [a, b] = [at(low), at(high)];
    if (isFault(a)) return low;
    if (depth === DEEPEST) {
      if (fault === "zero" && a * b < 0) return bisect(at, low, high);
      const lowest = smallest((x) => (fault === "zero" ? Math.abs(at(x)) : at(x)), low, high);
      if (isFault(at(lowest)) || (fault === "zero" && Math.abs(at(lowest)) <= tiny)) return lowest;
      return isFault(b) ? high : null;
    }
    const middle = (low + high) / 2;
    return visit(low, middle, depth + 1) ?? visit(middle, high, depth + 1);
  };
  return visit(s.over.low, s.over.high, 0);
}

function isOpen({ condition, holds }: Guard, at: number, s: Search): boolean {
  const names = [...new Set([...freeSymbols(condition.left), ...freeSymbols(condition.right)])];
  if (names.some((name) => name !== s.name && !s.values.has(name))) return true;
  const values = names.map((name) => (name === s.name ? at : (s.values.get(name) ?? NaN)));
  const [left, right] = [compile(condition.left, names)(...values), compile(condition.right, names)(...values)];
  return (condition.relation === "<" ? left < right : left <= right) === holds;
}

function bisect(at: (x: number) => number, low: number, high: number): number {
  const sign = Math.sign(at(low));
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (Math.sign(at(middle)) === sign) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The place of the smallest value, by golden section. */
function smallest(at: (x: number) => number, low: number, high: number): number {
  const golden = (Math.sqrt(5) - 1) / 2;
  for (let i = 0; i < 80; i++) {
    const [left, right] = [high - golden * (high - low), low + golden * (high - low)];
    if (at(left) <= at(right)) high = right;
    else low = left;
  }
  return (low + high) / 2;
}

/** Neville's scheme on h = 1, 1/2, 1/4, …: the entry with the smallest difference to its neighbours. */
function extrapolate(at: (h: number) => number): { value: number; error: number } {
  let best = { value: NaN, error: Infinity };
  let previous: number[] = [];
  for (let level = 0; level < 14; level++) {
    const row = [at(2 ** -level)];
    for (let k = 1; k <= level; k++) {
      const [finer, coarser] = [row[k - 1] ?? NaN, previous[k - 1] ?? NaN];
      const value = finer + (finer - coarser) / (2 ** k - 1);
      row.push(value);
      const error = Math.max(Math.abs(value - finer), Math.abs(value - coarser));
      if (error < best.error && level >= 3) best = { value, error };
    }
    previous = row;
  }
  return best;
}

function finiteSize(value: number): number {
  return Number.isFinite(value) ? Math.abs(value) : 0;
}

// ── interval arithmetic ─────────────────────────────────────────────────────────────────────────────────────────────

function point(value: number): Interval {
  return { low: value, high: value };
}

function union(a: Interval, b: Interval): Interval {
  return { low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) };
}

function plus(a: Interval, b: Interval): Interval {
  return tidy({ low: a.low + b.low, high: a.high + b.high });
}

function negative(a: Interval): Interval {
  return { low: -a.high, high: -a.low };
}

function times(a: Interval, b: Interval): Interval {
  // 0 · ∞ is 0 here: a bound of 0 is reached, one of ∞ is not.
  const products = [a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high].map((v) =>
    Number.isNaN(v) ? 0 : v,
  );
  return { low: Math.min(...products), high: Math.max(...products) };
}

function powerRange(base: Interval, exponent: number, isWhole: boolean): Interval {
  if (exponent < 0) {
    const raised = powerRange(base, -exponent, isWhole);
    if (raised.low < 0 && raised.high > 0) return EVERYTHING;
    return tidy({
      low: raised.high === 0 ? -Infinity : 1 / raised.high,
      high: raised.low === 0 ? Infinity : 1 / raised.low,
    });
  }
  if (isWhole && exponent % 2 === 0) {
    const [low, high] = [base.low ** exponent, base.high ** exponent];
    return { low: base.low <= 0 && base.high >= 0 ? 0 : Math.min(low, high), high: Math.max(low, high) };
  }
  if (isWhole) return { low: base.low ** exponent, high: base.high ** exponent };
  return { low: Math.max(base.low, 0) ** exponent, high: Math.max(base.high, 0) ** exponent };
}

function functionRange(name: FunctionName, { low, high }: Interval): Interval {
  switch (name) {
    case "exp":
      return { low: Math.exp(low), high: Math.exp(high) };
    case "expm1":
      return { low: Math.expm1(low), high: Math.expm1(high) };
    case "log":
      return { low: Math.log(Math.max(low, 0)), high: Math.log(Math.max(high, 0)) };
    case "log1p":
      return { low: Math.log1p(Math.max(low, -1)), high: Math.log1p(Math.max(high, -1)) };
    case "tanh":
      return { low: Math.tanh(low), high: Math.tanh(high) };
    case "atan":
      return { low: Math.atan(low), high: Math.atan(high) };
    case "erf":
      return { low: errorFunction(low), high: errorFunction(high) };
    case "abs":
      return low >= 0 ? { low, high } : high <= 0 ? negative({ low, high }) : { low: 0, high: Math.max(-low, high) };
    case "cos":
      return cosineRange(low, high);
    case "sin":
      return cosineRange(low - Math.PI / 2, high - Math.PI / 2);
    case "tan": {
      const branch = Math.floor(low / Math.PI + 0.5);
      return high < (branch + 0.5) * Math.PI ? { low: Math.tan(low), high: Math.tan(high) } : EVERYTHING;
    }
  }
}

function cosineRange(low: number, high: number): Interval {
  if (!(high - low < 2 * Math.PI)) return { low: -1, high: 1 };
  const reaches = (angle: number): boolean => Math.ceil((low - angle) / (2 * Math.PI)) * 2 * Math.PI + angle <= high;
  const ends = [Math.cos(low), Math.cos(high)];
  return { low: reaches(Math.PI) ? -1 : Math.min(...ends), high: reaches(0) ? 1 : Math.max(...ends) };
}

function tidy({ low, high }: Interval): Interval {
  return { low: Number.isNaN(low) ? -Infinity : low, high: Number.isNaN(high) ? Infinity : high };
}
