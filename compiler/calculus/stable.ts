/** How is an expression written so that evaluating it in floating point loses no digits it need not lose? */
import { add, multiply, splitCoefficient, subtract } from "./algebra.js";
import { callNode, isOne, isZero, number, ONE, ZERO } from "./expression.js";
import type { Expression, SumExpression } from "./expression.js";
import { addRational, fraction, isInteger, mulRational, negateRational, sameRational, toNumber } from "./rational.js";
import type { Rational } from "./rational.js";
import { factorsOf } from "./polynomial.js";

/**
 * Rewrites differences that cancel: e^a - 1 = expm1(a), e^a - e^b = e^b expm1(a - b), 1 - cos a = 2 sin²(a/2),
 * log(1 + a) = log1p(a), (1 + a)^p - 1 = expm1(p log1p(a)). The result is for evaluation and lowering: it is not canonical.
 */
export function stable(e: Expression): Expression {
  const known = cache.get(e);
  if (known !== undefined) return known;
  const result = stabilise(e);
  cache.set(e, result);
  return result;
}

const cache = new WeakMap<Expression, Expression>();

function stabilise(e: Expression): Expression {
  switch (e.kind) {
    case "number":
    case "constant":
    case "symbol":
      return e;
    case "sum":
      return stableSum(e);
    case "product":
      return rawProduct(balanced(e.factors).map(stable));
    case "power":
      return rawPower(stable(e.base), e.exponent);
    case "call": {
      if (e.name !== "log" || e.argument.kind !== "sum" || !e.argument.terms.some(isOne)) {
        return callNode(e.name, stable(e.argument));
      }
      return callNode("log1p", stable(subtract(e.argument, ONE)));
    }
    case "extremum": {
      const values = e.arguments.map(stable);
      return { ...e, arguments: values, key: `${e.name}(${values.map((value) => value.key).join(",")})` };
    }
    case "piecewise": {
      const condition = { ...e.condition, left: stable(e.condition.left), right: stable(e.condition.right) };
      const [then, otherwise] = [stable(e.then), stable(e.otherwise)];
      return { ...e, condition, then, otherwise, key: `stable:${e.key}` };
    }
    case "integral":
      return { ...e, integrand: stable(e.integrand), from: stable(e.from), to: stable(e.to), key: `stable:${e.key}` };
  }
}

/** coefficient · shared · e^exponent, or coefficient · shared · cos(angle). */
interface Entry {
  readonly coefficient: Rational;
  readonly exponent: Expression;
  readonly angle: Expression | null;
  readonly original: Expression;
}

function stableSum(sum: SumExpression): Expression {
  const groups = new Map<string, { shared: Expression; entries: Entry[] }>();
  for (const term of sum.terms) {
    const { shared, entry } = readTerm(term);
    const group = groups.get(shared.key) ?? { shared, entries: [] };
    group.entries.push(entry);
    groups.set(shared.key, group);
  }
  const terms = [...groups.values()].flatMap(({ shared, entries }) => {
    const joined = entries.length > 1 ? cancelling(entries) : null;
    if (joined !== null) return [rawProduct([stable(shared), joined])];
    return entries.map((entry) => stableParts(entry.original));
  });
  return rawSum(terms);
}

function cancelling(entries: readonly Entry[]): Expression | null {
  const total = entries.reduce((sum, entry) => addRational(sum, entry.coefficient), fraction(0));
  if (total.numerator !== 0n) return null;
  const [a, b] = entries;
  if (a === undefined || b === undefined) return null;
  if (entries.some((entry) => entry.angle !== null)) {
    const waves = entries.filter((entry) => entry.angle !== null);
    if (!entries.every((entry) => entry.angle !== null || isZero(entry.exponent))) return null;
    // Σ kᵢ cos aᵢ with Σ kᵢ = 0, a constant being cos 0: each is kᵢ (cos aᵢ - 1) = -2 kᵢ sin²(aᵢ/2).
    return rawSum(
      waves.map(({ coefficient, angle }) => {
        const half = stable(multiply(number(fraction(1, 2)), angle ?? ZERO));
        const sine = rawPower(callNode("sin", half), fraction(2));
        return rawProduct([number(mulRational(fraction(-2), coefficient)), sine]);
      }),
    );
  }
  if (entries.length === 2 && !isZero(a.exponent) && !isZero(b.exponent)) {
    const growth = callNode("expm1", stable(subtract(a.exponent, b.exponent)));
    return rawProduct([number(a.coefficient), callNode("exp", stable(b.exponent)), growth]);
  }
  const moving = entries.filter((entry) => !isZero(entry.exponent));
  return rawSum(
    moving.map((entry) => rawProduct([number(entry.coefficient), callNode("expm1", stable(entry.exponent))])),
  );
}

function readTerm(term: Expression): { shared: Expression; entry: Entry } {
  const { coefficient, rest } = splitCoefficient(term);
  const factors = factorsOf(rest);
  const isExponential = (factor: Expression): boolean =>
    (factor.kind === "call" && factor.name === "exp") || onePlusPower(factor) !== null;
  const exponentials = factors.filter(isExponential);
  const waves = factors.filter((factor) => factor.kind === "call" && factor.name === "cos");
  const wave = exponentials.length === 0 && waves.length === 1 ? waves[0] : undefined;
  const others = factors.filter((factor) => !isExponential(factor) && factor !== wave);
  const exponent = add(
    ...exponentials.map((factor) => (factor.kind === "call" ? factor.argument : (onePlusPower(factor) ?? ZERO))),
  );
  const angle = wave?.kind === "call" ? wave.argument : null;
  return { shared: multiply(...others), entry: { coefficient, exponent, angle, original: term } };
}

/** p log(1 + a) for (1 + a)^p with fractional p: its base is not negative. */
function onePlusPower(factor: Expression): Expression | null {
  if (factor.kind !== "power" || isInteger(factor.exponent) || factor.base.kind !== "sum") return null;
  if (!factor.base.terms.some(isOne)) return null;
  return multiply(number(factor.exponent), callNode("log", factor.base));
}

function stableParts(term: Expression): Expression {
  return term.kind === "product" ? rawProduct(balanced(term.factors).map(stable)) : stable(term);
}

/** Coefficients of a sum beyond this, or below its inverse, leave float32 with no room: the range of it is 2^±126. */
const WIDEST = 16;

/**
 * Sums in a product keep whole coefficients, which may be 10^62 where the product's own is 10^-62: a power of two goes from
 * one to the other, so that the largest coefficient of the sum is about 1. Nothing is rounded by it.
 */
function balanced(factors: readonly Expression[]): readonly Expression[] {
  let exponentOfTwo = 0;
  const scaled = factors.map((factor) => {
    const [base, exponent] = factor.kind === "power" ? [factor.base, factor.exponent] : [factor, fraction(1)];
    if (base.kind !== "sum") return factor;
    const sizes = base.terms.map((term) => Math.log2(Math.abs(toNumber(splitCoefficient(term).coefficient))));
    const root = Number(exponent.denominator);
    const by = root * Math.floor(Math.max(...sizes) / root);
    if (!Number.isFinite(by) || Math.abs(by) < WIDEST) return factor;
    exponentOfTwo += (by / root) * Number(exponent.numerator);
    return rawPower(rawSum(base.terms.map((term) => multiply(number(powerOfTwo(-by)), term))), exponent);
  });
  if (exponentOfTwo === 0) return factors;
  const [first, ...others] = scaled;
  const hasNumber = first?.kind === "number";
  const coefficient = mulRational(powerOfTwo(exponentOfTwo), hasNumber ? first.value : fraction(1));
  return [number(coefficient), ...(hasNumber ? others : scaled)];
}

function powerOfTwo(exponent: number): Rational {
  return exponent >= 0 ? fraction(2n ** BigInt(exponent)) : fraction(1, 2n ** BigInt(-exponent));
}

function rawSum(terms: readonly Expression[]): Expression {
  const [first] = terms;
  if (first === undefined) return ZERO;
  if (terms.length === 1) return first;
  return { kind: "sum", terms, key: `(${terms.map((term) => term.key).join("+")})` };
}

function rawProduct(factors: readonly Expression[]): Expression {
  const flat = factors.flatMap(factorsOf).filter((factor) => !isOne(factor));
  const [first] = flat;
  if (first === undefined) return ONE;
  if (flat.length === 1) return first;
  return { kind: "product", factors: flat, key: `(${flat.map((factor) => factor.key).join("*")})` };
}

function rawPower(base: Expression, exponent: Rational): Expression {
  if (sameRational(exponent, fraction(1))) return base;
  const sign = exponent.numerator < 0n ? "-" : "";
  const size = exponent.numerator < 0n ? negateRational(exponent) : exponent;
  return { kind: "power", base, exponent, key: `(${base.key}^${sign}${size.numerator}/${size.denominator})` };
}
