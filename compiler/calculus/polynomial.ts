/** What are the coefficients of an expression in a symbol, once it is multiplied out? */
import { add, multiply, subtract } from "./algebra.js";
import { piecewise } from "./choice.js";
import { isOne, isZero, ONE, same, ZERO } from "./expression.js";
import type { Expression } from "./expression.js";
import { isInteger } from "./rational.js";
import { contains, mapParts } from "./traverse.js";

/** Sums above this power are left as they stand. */
const LARGEST_POWER = 8n;
/** A polynomial of a higher degree is treated as none. */
export const LARGEST_DEGREE = 100;
/** An expansion with more terms than this would help nobody. */
const MOST_TERMS = 200;

/** Multiplies out every product of sums and every small positive power of a sum, at all depths. */
export function expand(e: Expression): Expression {
  return expandTop(mapParts(e, expand));
}

/** Multiplies out the outermost products and powers only. */
export function expandTop(e: Expression): Expression {
  if (e.kind === "sum") return add(...e.terms.map(expandTop));
  if (e.kind === "power") return expandPower(e.base, e);
  if (e.kind !== "product") return e;
  let terms: readonly Expression[] = [ONE];
  for (const factor of e.factors) {
    const opened = factor.kind === "power" ? expandPower(factor.base, factor) : factor;
    const parts = opened.kind === "sum" ? opened.terms : [opened];
    if (terms.length * parts.length > MOST_TERMS) return e;
    terms =
      parts.length === 1 && terms.length === 1
        ? [multiply(...terms, ...parts)]
        : termsOf(add(...terms.flatMap((term) => parts.map((part) => multiply(term, part)))));
  }
  return add(...terms);
}

export function termsOf(e: Expression): readonly Expression[] {
  return e.kind === "sum" ? e.terms : [e];
}

export function factorsOf(e: Expression): readonly Expression[] {
  return e.kind === "product" ? e.factors : [e];
}

/** c₀, c₁, … with e = Σ cᵢ nameⁱ and every cᵢ free of the symbol; null where e is no polynomial in it. */
export function coefficientsIn(e: Expression, name: string): readonly Expression[] | null {
  const collected: Expression[][] = [];
  for (const term of termsOf(expand(e))) {
    const { dependent, free } = separate(term, name);
    const degree = degreeOf(dependent, name);
    if (degree === null || degree > LARGEST_DEGREE) return null;
    (collected[degree] ??= []).push(free);
  }
  const coefficients = Array.from(collected, (parts) => (parts === undefined ? ZERO : add(...parts)));
  while (coefficients.length > 0 && isZero(coefficients.at(-1) ?? ONE)) coefficients.pop();
  return coefficients;
}

/** e = linear · name + constant, both free of the symbol; null where e is not of that form. */
export function affineIn(e: Expression, name: string): { linear: Expression; constant: Expression } | null {
  if (!contains(e, name)) return { linear: ZERO, constant: e };
  const coefficients = coefficientsIn(e, name);
  if (coefficients === null || coefficients.length > 2) return affineByParts(e, name);
  return { linear: coefficients[1] ?? ZERO, constant: coefficients[0] ?? ZERO };
}

/** A term as (what contains the symbol) · (what does not). */
export function separate(term: Expression, name: string): { dependent: Expression; free: Expression } {
  const factors = factorsOf(term);
  const dependent = factors.filter((factor) => contains(factor, name));
  const free = factors.filter((factor) => !contains(factor, name));
  return { dependent: multiply(...dependent), free: multiply(...free) };
}

/** True where both have the same canonical form once multiplied out. */
export function equivalent(a: Expression, b: Expression): boolean {
  return same(a, b) || isZero(expand(subtract(a, b)));
}

/** Affine through conditionals whose condition does not ask for the symbol, and through factors free of it. */
function affineByParts(e: Expression, name: string): { linear: Expression; constant: Expression } | null {
  if (e.kind === "piecewise") {
    const { condition } = e;
    if (contains(condition.left, name) || contains(condition.right, name)) return null;
    const [then, otherwise] = [affineIn(e.then, name), affineIn(e.otherwise, name)];
    if (then === null || otherwise === null) return null;
    return {
      linear: piecewise(condition, then.linear, otherwise.linear),
      constant: piecewise(condition, then.constant, otherwise.constant),
    };
  }
  if (e.kind === "sum") {
    const parts = e.terms.map((term) => affineIn(term, name));
    if (parts.some((part) => part === null)) return null;
    const known = parts.filter((part) => part !== null);
    return {
      linear: add(...known.map((part) => part.linear)),
      constant: add(...known.map((part) => part.constant)),
    };
  }
  if (e.kind !== "product") return null;
  const { dependent, free } = separate(e, name);
  if (isOne(free)) return null;
  const inner = affineIn(dependent, name);
  if (inner === null) return null;
  return { linear: multiply(free, inner.linear), constant: multiply(free, inner.constant) };
}

function degreeOf(dependent: Expression, name: string): number | null {
  if (!contains(dependent, name)) return 0;
  if (dependent.kind === "symbol") return 1;
  if (dependent.kind !== "power" || dependent.base.kind !== "symbol" || !isInteger(dependent.exponent)) return null;
  return dependent.exponent.numerator > 0n ? Number(dependent.exponent.numerator) : null;
}

function expandPower(base: Expression, e: Expression): Expression {
  if (e.kind !== "power" || base.kind !== "sum" || !isInteger(e.exponent)) return e;
  const times = e.exponent.numerator;
  if (times < 2n || times > LARGEST_POWER) return e;
  let result: Expression = base;
  for (let i = 1n; i < times; i++) {
    const left = termsOf(result);
    if (left.length * base.terms.length > MOST_TERMS) return e;
    result = add(...left.flatMap((term) => base.terms.map((part) => multiply(term, part))));
  }
  return result;
}
