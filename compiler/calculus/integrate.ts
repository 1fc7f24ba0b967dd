/** What is the integral of an expression, in closed form where one is found and proves right, by quadrature where not? */
import { add, divide, multiply, power, subtract } from "./algebra.js";
import { integral } from "./choice.js";
import { isNonnegative, isZero, number, ONE, symbol, ZERO } from "./expression.js";
import type { Expression, SymbolExpression } from "./expression.js";
import { differentiate } from "./differentiate.js";
import { evaluate } from "./evaluate.js";
import {
  exponentialOfPolynomial,
  exponentialsAndWaves,
  integratePolynomial,
  logistic,
  polynomialIn,
  powersAndLogarithms,
  tangents,
} from "./integration-rules.js";
import type { Rule } from "./integration-rules.js";
import { rationalFunctions } from "./partial-fractions.js";
import { coefficientsIn, expandTop, factorsOf, LARGEST_DEGREE, separate, termsOf } from "./polynomial.js";
import { divRational, fraction, isInteger } from "./rational.js";
import { contains, freeSymbols, hasIntegral, partsOf, replaceSymbol, rewrite, sizeOf } from "./traverse.js";

/** Values for the symbols of an expression, and the interval of the variable in which a closed form must hold. */
export interface Grounds {
  readonly values: ReadonlyMap<string, number>;
  readonly range: readonly [number, number];
}

/** Relative agreement with quadrature that a closed form must show, beside the digits its terms may cancel. */
const AGREEMENT = 1e-9;
/** Substitutions inside substitutions are tried to this depth. */
const DEEPEST = 2;
/** Substitutions tried in all: what has a closed form shows it early, what has none should say so in milliseconds. */
const MOST_TRIES = 24;

/** What is left to spend on a search, and what is known to lead nowhere. */
interface Effort {
  left: number;
  readonly failed: Set<string>;
}

/** ∫ from..to, closed where an antiderivative is found and agrees with quadrature on the range; an `integral` node if not. */
export function integrate(
  integrand: Expression,
  variable: SymbolExpression,
  from: Expression,
  to: Expression,
  grounds: Grounds,
): Expression {
  const found = antiderivativeOn(integrand, variable, grounds);
  if (found === null) return integral(integrand, variable, from, to);
  const at = (bound: Expression): Expression => replaceSymbol(found, variable.name, bound);
  return subtract(at(to), at(from));
}

/** An antiderivative that agrees with quadrature on the range; null if none is found. */
export function antiderivativeOn(
  integrand: Expression,
  variable: SymbolExpression,
  grounds: Grounds,
): Expression | null {
  const found = antiderivative(integrand, variable.name);
  return found !== null && agrees(found, integrand, variable, grounds) ? found : null;
}

/** An antiderivative, unchecked: it may jump where a logarithm or an arc tangent changes branch. Null if none is found. */
export function antiderivative(e: Expression, name: string): Expression | null {
  return search(e, name, DEEPEST, { left: MOST_TRIES, failed: new Set() });
}

/** True where the antiderivative's differences are the integrals, at several places of the range. */
function agrees(found: Expression, integrand: Expression, variable: SymbolExpression, grounds: Grounds): boolean {
  const [low, high] = grounds.range;
  const values = new Map(grounds.values);
  let seed = 0.137;
  for (const name of [...freeSymbols(integrand)].sort()) {
    // Symbols without a default get some positive value: the algebra is the same for all of them.
    if (!values.has(name)) values.set(name, 0.5 + (seed = (seed * 7.31 + 0.171) % 1));
  }
  const places = [0.001, 0.13, 0.37, 0.61, 0.83, 0.999].map((share) => low + share * (high - low));
  const valueAt = (place: number): number => evaluate(found, values.set(variable.name, place));
  return places.slice(1).every((place, i) => {
    const before = places[i] ?? low;
    const closed = valueAt(place) - valueAt(before);
    const reference = evaluate(integral(integrand, variable, number(before), number(place)), values);
    const cancelled = 1e-13 * (Math.abs(valueAt(place)) + Math.abs(valueAt(before)));
    return Math.abs(closed - reference) <= AGREEMENT * Math.abs(reference) + cancelled + 1e-300;
  });
}

function search(e: Expression, name: string, depth: number, effort: Effort): Expression | null {
  if (!contains(e, name)) return multiply(e, symbol(name));
  if (hasIntegral(e)) return null;
  const whole = e.kind === "sum" ? null : searchProduct(e, name, depth, effort);
  return whole ?? searchSum(e, name, depth, effort);
}

/** Multiplies out, gathers P(t) · kernel by kernel, and integrates each. */
function searchSum(e: Expression, name: string, depth: number, effort: Effort): Expression | null {
  const groups = new Map<string, { kernel: Expression; polynomial: Expression[] }>();
  for (const term of termsOf(expandTop(e))) {
    const { dependent, free } = separate(term, name);
    const { kernel, degree } = splitPolynomial(dependent, name);
    const group = groups.get(kernel.key) ?? { kernel, polynomial: [] };
    for (let i = group.polynomial.length; i <= degree; i++) group.polynomial.push(ZERO);
    group.polynomial[degree] = add(group.polynomial[degree] ?? ZERO, free);
    groups.set(kernel.key, group);
  }
  const found: Expression[] = [];
  for (const { kernel, polynomial } of groups.values()) {
    const part =
      applyRules(polynomial, kernel, name) ??
      bySubstitution(multiply(polynomialIn(polynomial, symbol(name)), kernel), name, depth, effort);
    if (part === null) return groups.size > 1 ? bySubstitution(e, name, depth, effort) : null;
    found.push(part);
  }
  return add(...found);
}

function searchProduct(e: Expression, name: string, depth: number, effort: Effort): Expression | null {
  const { dependent, free } = separate(e, name);
  const { kernel, degree } = splitPolynomial(dependent, name);
  const direct = applyRules([...Array.from({ length: degree }, () => ZERO), ONE], kernel, name);
  const found = direct ?? bySubstitution(dependent, name, depth, effort);
  return found === null ? null : multiply(free, found);
}

const RULES: readonly Rule[] = [
  powersAndLogarithms,
  exponentialsAndWaves,
  exponentialOfPolynomial,
  tangents,
  logistic,
  rationalFunctions,
];

function applyRules(polynomial: readonly Expression[], kernel: Expression, name: string): Expression | null {
  if (!contains(kernel, name)) return multiply(kernel, integratePolynomial(polynomial, name));
  for (const rule of RULES) {
    const found = rule(polynomial, kernel, name);
    if (found !== null) return found;
  }
  return null;
}

/** tⁿ · kernel */
function splitPolynomial(dependent: Expression, name: string): { kernel: Expression; degree: number } {
  const others: Expression[] = [];
  let degree = 0;
  for (const factor of factorsOf(dependent)) {
    if (factor.kind === "symbol" && factor.name === name) degree += 1;
    else if (
      factor.kind === "power" &&
      factor.base.kind === "symbol" &&
      factor.base.name === name &&
      isInteger(factor.exponent) &&
      factor.exponent.numerator > 0n &&
      factor.exponent.numerator <= LARGEST_DEGREE
    )
      degree += Number(factor.exponent.numerator);
    else others.push(factor);
  }
  return { kernel: multiply(...others), degree };
}

/** ∫ f(g) g' dt = ∫ f(u) du, for every part g of the integrand that may serve. */
function bySubstitution(e: Expression, name: string, depth: number, effort: Effort): Expression | null {
  const known = `${depth} ${e.key}`;
  if (depth === 0 || effort.failed.has(known)) return null;
  effort.failed.add(known);
  for (const inner of candidates(e, name)) {
    if (effort.left-- <= 0) return null;
    const slope = differentiate(inner, name);
    if (isZero(slope)) continue;
    const u = symbol(`${name}ᵤ${depth}`, isNonnegative(inner) ? "nonnegative" : "any");
    const quotient = cancelled(e, slope);
    let rest = replaceInner(quotient, inner, u, name);
    if (contains(rest, name)) {
      const inverse = inverseOf(inner, u, name);
      if (inverse === null) continue;
      rest = replaceSymbol(quotient, name, inverse);
      if (sizeOf(rest) > 2 * sizeOf(e)) continue;
    }
    const found = search(rest, u.name, depth - 1, effort);
    if (found !== null) return replaceSymbol(found, u.name, inner);
  }
  return null;
}

/** Parts that contain the variable, the largest first: the more a substitution takes in, the simpler what is left. */
function candidates(e: Expression, name: string): readonly Expression[] {
  const found = new Map<string, Expression>();
  const visit = (part: Expression): void => {
    if (!contains(part, name) || part.kind === "symbol") return;
    const isWholePower = part.kind === "power" && isInteger(part.exponent);
    if (part !== e && !isWholePower) found.set(part.key, part);
    if (part.kind === "power" && !isInteger(part.exponent)) {
      const root = power(part.base, fraction(1n, part.exponent.denominator));
      found.set(root.key, root);
    }
    partsOf(part).forEach(visit);
  };
  visit(e);
  // a + bt is no help; sizes are looked at only where no function or root stands in the way.
  const isPlain = (part: Expression): boolean =>
    !contains(part, name) ||
    part.kind === "symbol" ||
    ((part.kind === "sum" || part.kind === "product") && partsOf(part).every(isPlain));
  const isLinear = (part: Expression): boolean => isPlain(part) && (coefficientsIn(part, name)?.length ?? 3) <= 2;
  return [...found.values()]
    .filter((part) => !isLinear(part))
    .sort((a, b) => sizeOf(b) - sizeOf(a))
    .slice(0, 16);
}

/** e / slope, term by term where e is a sum. */
function cancelled(e: Expression, slope: Expression): Expression {
  if (e.kind !== "sum") return divide(e, slope);
  const divided = add(...e.terms.map((term) => divide(term, slope)));
  const shared = divide(e, slope);
  return sizeOf(shared) <= sizeOf(divided) ? shared : divided;
}

/** Writes u for `inner` wherever it can be recognised: multiples, powers, powers of exponentials, cos² = 1 - sin². */
function replaceInner(e: Expression, inner: Expression, u: SymbolExpression, name: string): Expression {
  return rewrite(e, (part) => {
    if (!contains(part, name)) return part;
    if (part.key === inner.key) return u;
    if (part.kind === "call" && part.name === "exp" && inner.kind === "call" && inner.name === "exp") {
      const ratio =
        part.argument.kind === inner.argument.kind ||
        part.argument.kind === "product" ||
        inner.argument.kind === "product"
          ? divide(part.argument, inner.argument)
          : ZERO;
      return !isZero(ratio) && ratio.kind === "number" ? power(u, ratio) : null;
    }
    if (inner.kind === "power" && part.key === inner.base.key)
      return power(u, divRational(fraction(1), inner.exponent));
    if (part.kind === "power") {
      if (inner.kind === "power" && part.base.key === inner.base.key) {
        return power(u, divRational(part.exponent, inner.exponent));
      }
      const isPartner =
        inner.kind === "call" &&
        part.base.kind === "call" &&
        inner.argument.key === part.base.argument.key &&
        ((inner.name === "sin" && part.base.name === "cos") || (inner.name === "cos" && part.base.name === "sin"));
      if (isPartner && isInteger(part.exponent) && part.exponent.numerator % 2n === 0n) {
        const half = divRational(part.exponent, fraction(2));
        return power(subtract(ONE, power(u, 2)), half);
      }
      return null;
    }
    if (part.kind === "sum" && inner.kind === "sum") {
      const ratio = part.terms.length === inner.terms.length ? divide(part, inner) : null;
      if (ratio?.kind === "number") return multiply(ratio, u);
      const difference = Math.abs(part.terms.length - inner.terms.length) <= 1 ? subtract(part, inner) : null;
      if (difference !== null && !contains(difference, name)) return add(u, difference);
    }
    return null;
  });
}

/** t as a function of u = (a + bt)^q or exp(a + bt). */
function inverseOf(inner: Expression, u: SymbolExpression, name: string): Expression | null {
  if (inner.kind !== "power") return null;
  const [offset, slope, ...more] = coefficientsIn(inner.base, name) ?? [];
  if (offset === undefined || slope === undefined || more.length > 0) return null;
  return divide(subtract(power(u, divRational(fraction(1), inner.exponent)), offset), slope);
}
