/** How are expressions built? Every function here returns the canonical form: flat, collected, sorted. */
import { byKey, callNode, isNonnegative, isOne, isZero, number, ONE, same, ZERO } from "./expression.js";
import type { Expression, FunctionName, NumberExpression, SumExpression } from "./expression.js";
import {
  absRational,
  addRational,
  commonContent,
  compareRational,
  divRational,
  exactRoot,
  fraction,
  isInteger,
  mulRational,
  negateRational,
  powRational,
  readRational,
  sameRational,
} from "./rational.js";
import { isSmallPower, isUnit, numberPower, powerNode } from "./number-power.js";
import type { Rational } from "./rational.js";

const MINUS_ONE = number(-1n);
const HALF = fraction(1, 2);

export function add(...terms: readonly Expression[]): Expression {
  let constant = fraction(0);
  const collected = new Map<string, { rest: Expression; coefficient: Rational }>();
  const absorb = (term: Expression): void => {
    if (term.kind === "sum") return term.terms.forEach(absorb);
    if (term.kind === "number") {
      constant = addRational(constant, term.value);
      return;
    }
    const { coefficient, rest } = splitCoefficient(term);
    const present = collected.get(rest.key);
    if (present === undefined) collected.set(rest.key, { rest, coefficient });
    else present.coefficient = addRational(present.coefficient, coefficient);
  };
  terms.forEach(absorb);
  const merged = squaresOfWaves(constant, collected);
  if (merged !== null)
    return add(
      number(constant),
      ...[...collected.values()].map(({ rest, coefficient }) => scaleTerm(coefficient, rest)),
      ...merged,
    );
  const result: Expression[] = constant.numerator === 0n ? [] : [number(constant)];
  for (const { rest, coefficient } of collected.values()) {
    if (coefficient.numerator === 0n) continue;
    result.push(scaleTerm(coefficient, rest));
  }
  return sumOf(result);
}

export function negate(e: Expression): Expression {
  return multiply(MINUS_ONE, e);
}

export function subtract(a: Expression, b: Expression): Expression {
  return add(a, negate(b));
}

export function divide(a: Expression, b: Expression): Expression {
  return multiply(a, power(b, fraction(-1)));
}

export function square(e: Expression): Expression {
  return power(e, fraction(2));
}

export function sqrt(e: Expression): Expression {
  return power(e, HALF);
}

export function multiply(...factors: readonly Expression[]): Expression {
  let coefficient = fraction(1);
  const bases = new Map<string, { base: Expression; exponent: Rational }>();
  const exponents: Expression[] = [];
  const collect = (base: Expression, exponent: Rational): void => {
    const present = bases.get(base.key);
    if (present === undefined) bases.set(base.key, { base, exponent });
    else present.exponent = addRational(present.exponent, exponent);
  };
  const absorbNumber = (value: Rational, exponent: Rational): void => {
    if (value.numerator === 0n && exponent.numerator < 0n) collect(ZERO, exponent);
    else if (isInteger(exponent) && isSmallPower(value, exponent)) {
      coefficient = mulRational(coefficient, powRational(value, exponent.numerator));
    } else collect(number(value), exponent);
  };
  const absorb = (factor: Expression, exponent: Rational): void => {
    const once = exponent.numerator === 1n && exponent.denominator === 1n;
    if (factor.kind === "number") absorbNumber(factor.value, exponent);
    else if (factor.kind === "product" && once) factor.factors.forEach((inner) => absorb(inner, exponent));
    else if (factor.kind === "power" && once) absorb(factor.base, factor.exponent);
    else if (factor.kind === "call" && factor.name === "exp") {
      exponents.push(once ? factor.argument : multiply(number(exponent), factor.argument));
    } else if (factor.kind === "sum") {
      const { content, primitive } = primitivePart(factor, isInteger(exponent));
      if (!isUnit(content)) absorbNumber(content, exponent);
      collect(primitive, exponent);
    } else collect(factor, exponent);
  };
  const one = fraction(1);
  factors.forEach((factor) => absorb(factor, one));
  let exponentRest: Expression = ZERO;
  if (exponents.length > 0) {
    const split = splitExponent(add(...exponents));
    exponentRest = split.rest;
    split.powers.forEach((factor) => absorb(factor, one));
    // A power may itself have been an exponential: then gather once more.
    if (exponents.length > 0 && split.powers.some((factor) => factor.kind === "call" && factor.name === "exp")) {
      return multiply(number(coefficient), ...rebuilt(bases), callNode("exp", exponentRest), ...split.powers);
    }
  }
  if (coefficient.numerator === 0n) return ZERO;
  const result: Expression[] = [];
  const reopened: Expression[] = [];
  for (const { base, exponent } of bases.values()) {
    if (exponent.numerator === 0n) continue;
    if (base.kind === "number") {
      const reduced = numberPower(base.value, exponent);
      coefficient = mulRational(coefficient, reduced.coefficient);
      result.push(...reduced.factors);
      continue;
    }
    const factor = power(base, exponent);
    const atomic =
      factor.kind !== "product" && factor.kind !== "number" && (factor.kind !== "call" || factor.name !== "exp");
    (atomic ? result : reopened).push(factor);
  }
  if (!isZero(exponentRest)) result.push(callNode("exp", exponentRest));
  if (reopened.length > 0) return multiply(number(coefficient), ...result, ...reopened);
  return productOf(coefficient, result);
}

export function power(base: Expression, exponent: Expression | Rational | number): Expression {
  if (typeof exponent === "number") return rationalPower(base, readRational(exponent));
  if (!("kind" in exponent)) return rationalPower(base, exponent);
  if (exponent.kind === "number") return rationalPower(base, exponent.value);
  return isOne(base) ? ONE : call("exp", multiply(exponent, call("log", base)));
}

export function call(name: FunctionName, argument: Expression): Expression {
  switch (name) {
    case "exp":
      return exponential(argument);
    case "log":
      return logarithm(argument);
    case "abs":
      return absoluteValue(argument);
    case "expm1":
      return subtract(exponential(argument), ONE);
    case "log1p":
      return logarithm(add(ONE, argument));
    case "sin":
    case "tan":
    case "tanh":
    case "atan":
    case "erf":
      return oddFunction(name, argument);
    case "cos":
      return cosine(argument);
  }
}

export function exp(e: Expression): Expression {
  return call("exp", e);
}

export function log(e: Expression): Expression {
  return call("log", e);
}

export function extremum(name: "min" | "max", ...values: readonly Expression[]): Expression {
  const flat = values.flatMap((value) =>
    value.kind === "extremum" && value.name === name ? value.arguments : [value],
  );
  const numbers = flat.filter((value) => value.kind === "number");
  const others = new Map(flat.filter((value) => value.kind !== "number").map((value) => [value.key, value]));
  const extreme = numbers.reduce<NumberExpression | null>((best, value) => {
    if (best === null) return value;
    const order = compareRational(value.value, best.value);
    return (name === "min" ? order < 0 : order > 0) ? value : best;
  }, null);
  const all = [...(extreme === null ? [] : [extreme]), ...[...others.values()].sort(byKey)];
  const [first] = all;
  if (first === undefined) throw new Error(`${name} of nothing`);
  if (all.length === 1) return first;
  return { kind: "extremum", name, arguments: all, key: `${name}(${all.map((value) => value.key).join(",")})` };
}

/** The numeric coefficient of a term, and the term without it. */
export function splitCoefficient(term: Expression): { readonly coefficient: Rational; readonly rest: Expression } {
  if (term.kind === "number") return { coefficient: term.value, rest: ONE };
  if (term.kind !== "product") return { coefficient: fraction(1), rest: term };
  const [first, ...others] = term.factors;
  if (first === undefined || first.kind !== "number") return { coefficient: fraction(1), rest: term };
  return { coefficient: first.value, rest: productOf(fraction(1), others) };
}

/** content · primitive: the terms of `primitive` have coprime integer coefficients, the first of them positive if `signed`. */
export function primitivePart(
  sum: SumExpression,
  signed: boolean,
): { readonly content: Rational; readonly primitive: Expression } {
  const coefficients = sum.terms.map((term) => splitCoefficient(term).coefficient);
  let content = absRational(coefficients.reduce(commonContent));
  const [leading] = coefficients;
  if (signed && leading !== undefined && leading.numerator < 0n) content = negateRational(content);
  if (isUnit(content)) return { content, primitive: sum };
  const inverse = divRational(fraction(1), content);
  const terms = sum.terms.map((term) => {
    const { coefficient, rest } = splitCoefficient(term);
    return scaleTerm(mulRational(coefficient, inverse), rest);
  });
  return { content, primitive: sumOf(terms) };
}

// ── canonical forms of each kind ────────────────────────────────────────────────────────────────────────────────────

/** k cos²a + k sin²a = k and k - k cos²a = k sin²a: what must be added so that a pair of terms becomes one; null: no pair. */
function squaresOfWaves(
  constant: Rational,
  collected: ReadonlyMap<string, { rest: Expression; coefficient: Rational }>,
): readonly Expression[] | null {
  for (const { rest, coefficient } of collected.values()) {
    if (coefficient.numerator === 0n) continue;
    const factors = rest.kind === "product" ? rest.factors : [rest];
    for (const [place, factor] of factors.entries()) {
      if (factor.kind !== "power" || factor.base.kind !== "call") continue;
      const { base, exponent } = factor;
      const { name, argument } = factor.base;
      if ((name !== "sin" && name !== "cos") || !isInteger(exponent) || exponent.numerator < 2n) continue;
      const others = [
        ...factors.filter((_, i) => i !== place),
        rationalPower(base, addRational(exponent, fraction(-2))),
      ];
      const partner = powerNode(callNode(name === "sin" ? "cos" : "sin", argument), fraction(2));
      const [shared, crossed] = [multiply(...others), multiply(...others, partner)];
      const known = (e: Expression): Rational =>
        isOne(e) ? constant : (collected.get(e.key)?.coefficient ?? fraction(0));
      const whole = scaleTerm(negateRational(coefficient), rest);
      if (sameRational(known(crossed), coefficient)) {
        return [whole, scaleTerm(negateRational(coefficient), crossed), scaleTerm(coefficient, shared)];
      }
      if (sameRational(known(shared), negateRational(coefficient))) {
        return [whole, scaleTerm(coefficient, shared), scaleTerm(negateRational(coefficient), crossed)];
      }
    }
  }
  return null;
}

function sumOf(terms: readonly Expression[]): Expression {
  const [first] = terms;
  if (first === undefined) return ZERO;
  if (terms.length === 1) return first;
  // Ordered by what is left without the coefficient, so that scaling a sum keeps the order, and with it the leading sign.
  const ranked = terms
    .map((term) => ({ term, rest: splitCoefficient(term).rest }))
    .sort((a, b) => byKey(a.rest, b.rest));
  const sorted = ranked.map(({ term }) => term);
  return { kind: "sum", terms: sorted, key: `(${sorted.map((term) => term.key).join("+")})` };
}

function productOf(coefficient: Rational, factors: readonly Expression[]): Expression {
  const [first] = factors;
  if (first === undefined) return number(coefficient);
  const isPlain = isUnit(coefficient);
  if (factors.length === 1 && isPlain) return first;
  if (factors.length === 1 && first.kind === "sum") {
    return sumOf(first.terms.map((term) => multiply(number(coefficient), term)));
  }
  const sorted = [...factors].sort(byKey);
  const all = isPlain ? sorted : [number(coefficient), ...sorted];
  return { kind: "product", factors: all, key: `(${all.map((factor) => factor.key).join("*")})` };
}

function scaleTerm(coefficient: Rational, rest: Expression): Expression {
  if (rest.kind === "product") return productOf(coefficient, rest.factors);
  return isOne(rest) ? number(coefficient) : productOf(coefficient, [rest]);
}

function* rebuilt(bases: ReadonlyMap<string, { base: Expression; exponent: Rational }>): Iterable<Expression> {
  for (const { base, exponent } of bases.values()) if (exponent.numerator !== 0n) yield powerNode(base, exponent);
}

function rationalPower(base: Expression, exponent: Rational): Expression {
  if (exponent.numerator === 0n) return ONE;
  if (isUnit(exponent)) return base;
  const whole = isInteger(exponent);
  switch (base.kind) {
    case "number": {
      if (base.value.numerator === 0n) return exponent.numerator > 0n ? ZERO : powerNode(ZERO, exponent);
      const { coefficient, factors } = numberPower(base.value, exponent);
      return productOf(coefficient, factors);
    }
    case "power":
      if (whole || isNonnegative(base.base) || base.exponent.denominator % 2n === 0n) {
        return rationalPower(base.base, mulRational(base.exponent, exponent));
      }
      if (base.exponent.numerator % 2n === 0n) {
        return rationalPower(absoluteValue(base.base), mulRational(base.exponent, exponent));
      }
      break;
    case "call":
      if (base.name === "exp") return exponential(multiply(number(exponent), base.argument));
      if (base.name === "abs" && whole && exponent.numerator % 2n === 0n) return rationalPower(base.argument, exponent);
      break;
    case "product": {
      if (whole) return multiply(...base.factors.map((factor) => rationalPower(factor, exponent)));
      const { coefficient, rest } = splitCoefficient(base);
      const factors = rest.kind === "product" ? rest.factors : [rest];
      const outside = factors.filter(isNonnegative).map((factor) => rationalPower(factor, exponent));
      const inside = factors.filter((factor) => !isNonnegative(factor));
      const magnitude = absRational(coefficient);
      if (outside.length === 0 && isUnit(magnitude)) break;
      const kept = multiply(number(coefficient.numerator < 0n ? fraction(-1) : fraction(1)), ...inside);
      return multiply(rationalPower(number(magnitude), exponent), ...outside, rationalPower(kept, exponent));
    }
    case "sum": {
      const { content, primitive } = primitivePart(base, whole);
      if (!isUnit(content))
        return multiply(rationalPower(number(content), exponent), rationalPower(primitive, exponent));
      if (exponent.denominator % 2n === 0n) {
        const root = squareRootOfSum(base);
        if (root !== null) return rationalPower(absoluteValue(root), mulRational(exponent, fraction(2)));
      }
      break;
    }
    default:
  }
  return powerNode(base, exponent);
}

function exponential(argument: Expression): Expression {
  const { powers, rest } = splitExponent(argument);
  if (powers.length === 0) return isZero(rest) ? ONE : callNode("exp", rest);
  return multiply(...powers, isZero(rest) ? ONE : callNode("exp", rest));
}

/** exp(k log f + rest) = f^k exp(rest) for numeric k. */
function splitExponent(argument: Expression): { powers: readonly Expression[]; rest: Expression } {
  const terms = argument.kind === "sum" ? argument.terms : [argument];
  const powers: Expression[] = [];
  const rest: Expression[] = [];
  for (const term of terms) {
    const { coefficient, rest: factor } = splitCoefficient(term);
    if (factor.kind === "call" && factor.name === "log") powers.push(rationalPower(factor.argument, coefficient));
    else rest.push(term);
  }
  return { powers, rest: powers.length === 0 ? argument : sumOf(rest) };
}

function logarithm(argument: Expression): Expression {
  switch (argument.kind) {
    case "number":
      return logarithmOfNumber(argument.value);
    case "call":
      return argument.name === "exp" ? argument.argument : callNode("log", argument);
    case "power": {
      const exponent = number(argument.exponent);
      if (argument.base.kind === "number" && argument.base.value.numerator <= 0n) return callNode("log", argument);
      if (isNonnegative(argument.base) || argument.exponent.denominator % 2n === 0n)
        return multiply(exponent, logarithm(argument.base));
      if (argument.exponent.numerator % 2n === 0n) return multiply(exponent, logarithm(absoluteValue(argument.base)));
      if (argument.exponent.numerator < 0n)
        return negate(logarithm(powerNode(argument.base, negateRational(argument.exponent))));
      return multiply(exponent, logarithm(argument.base));
    }
    case "product": {
      const outside = argument.factors.filter(isNonnegative);
      if (outside.length === 0) return callNode("log", argument);
      const inside = argument.factors.filter((factor) => !isNonnegative(factor));
      if (inside.length === 1 && inside[0]?.kind === "number") {
        return callNode("log", argument);
      }
      return add(...outside.map(logarithm), inside.length === 0 ? ZERO : logarithm(multiply(...inside)));
    }
    case "sum": {
      const { content, primitive } = primitivePart(argument, false);
      return isUnit(content) ? callNode("log", argument) : add(logarithmOfNumber(content), logarithm(primitive));
    }
    default:
      return callNode("log", argument);
  }
}

function logarithmOfNumber(value: Rational): Expression {
  if (value.numerator <= 0n) return callNode("log", number(value));
  if (isUnit(value)) return ZERO;
  if (value.numerator < value.denominator) return negate(logarithmOfNumber(divRational(fraction(1), value)));
  for (const degree of [7, 5, 3, 2]) {
    const root = exactRoot(value, degree);
    if (root !== null) return multiply(number(degree), logarithmOfNumber(root));
  }
  return callNode("log", number(value));
}

function absoluteValue(argument: Expression): Expression {
  if (isNonnegative(argument)) return argument;
  switch (argument.kind) {
    case "number":
      return number(absRational(argument.value));
    case "product":
      return multiply(...argument.factors.map(absoluteValue));
    case "power":
      return rationalPower(absoluteValue(argument.base), argument.exponent);
    case "sum": {
      const { content, primitive } = primitivePart(argument, true);
      return multiply(number(absRational(content)), callNode("abs", primitive));
    }
    default:
      return callNode("abs", argument);
  }
}

function oddFunction(name: "sin" | "tan" | "tanh" | "atan" | "erf", argument: Expression): Expression {
  if (isZero(argument)) return ZERO;
  const special = name === "sin" ? sineAtMultipleOfPi(argument, 0) : null;
  if (special !== null) return special;
  const [positive, flipped] = withPositiveLead(argument);
  return flipped ? negate(callNode(name, positive)) : callNode(name, positive);
}

function cosine(argument: Expression): Expression {
  if (isZero(argument)) return ONE;
  return sineAtMultipleOfPi(argument, 1) ?? callNode("cos", withPositiveLead(argument)[0]);
}

/** sin(qπ + shift·π/2) where 2q is an integer; null elsewhere. */
function sineAtMultipleOfPi(argument: Expression, shift: number): Expression | null {
  const { coefficient, rest } = splitCoefficient(argument);
  if (rest.kind !== "constant" || 2n % coefficient.denominator !== 0n) return null;
  const quarter = Number((((coefficient.numerator * (2n / coefficient.denominator) + BigInt(shift)) % 4n) + 4n) % 4n);
  return [ZERO, ONE, ZERO, MINUS_ONE][quarter] ?? null;
}

function withPositiveLead(argument: Expression): readonly [Expression, boolean] {
  const first = argument.kind === "sum" ? argument.terms[0] : argument;
  const isNegative = first !== undefined && splitCoefficient(first).coefficient.numerator < 0n;
  return isNegative ? [negate(argument), true] : [argument, false];
}

/** a² ± 2ab + b² = (a ± b)², for a sum of three terms. */
function squareRootOfSum(sum: SumExpression): Expression | null {
  if (sum.terms.length !== 3) return null;
  for (const [i, j, k] of [
    [0, 1, 2],
    [0, 2, 1],
    [1, 2, 0],
  ] as const) {
    const a = rootOfTerm(sum.terms[i]);
    const b = rootOfTerm(sum.terms[j]);
    const cross = sum.terms[k];
    if (a === null || b === null || cross === undefined) continue;
    const product = multiply(number(2n), a, b);
    if (same(product, cross)) return add(a, b);
    if (same(negate(product), cross)) return subtract(a, b);
  }
  return null;
}

/** A root of a term that is a square as it stands, up to sign. */
export function rootOfTerm(term: Expression | undefined): Expression | null {
  if (term === undefined) return null;
  switch (term.kind) {
    case "number": {
      const root = exactRoot(term.value, 2);
      return root === null ? null : number(root);
    }
    case "power":
      return term.exponent.numerator % 2n === 0n ? rationalPower(term.base, mulRational(term.exponent, HALF)) : null;
    case "call":
      return term.name === "exp" ? exponential(multiply(number(HALF), term.argument)) : null;
    case "product": {
      const roots = term.factors.map(rootOfTerm);
      return roots.some((root) => root === null) ? null : multiply(...roots.filter((root) => root !== null));
    }
    default:
      return null;
  }
}
