/** What is a number raised to a rational power, in canonical form? */
import { number, ZERO } from "./expression.js";
import type { Expression } from "./expression.js";
import { addRational, factorInteger, fraction, isInteger, mulRational, powRational } from "./rational.js";
import type { Rational } from "./rational.js";

/** value^exponent as a rational times powers of primes with exponents between 0 and 1. */
export function numberPower(
  value: Rational,
  exponent: Rational,
): { coefficient: Rational; factors: readonly Expression[] } {
  if (value.numerator === 0n) return { coefficient: fraction(1), factors: [powerNode(ZERO, exponent)] };
  if (isInteger(exponent) && isSmallPower(value, exponent)) {
    return { coefficient: powRational(value, exponent.numerator), factors: [] };
  }
  if (value.numerator < 0n || isInteger(exponent) || !isSmallPower(value, exponent)) {
    return { coefficient: fraction(1), factors: [powerNode(number(value), exponent)] };
  }
  let coefficient = fraction(1);
  const factors: Expression[] = [];
  const parts = [
    ...factorInteger(value.numerator).map(([prime, count]) => [prime, BigInt(count)] as const),
    ...factorInteger(value.denominator).map(([prime, count]) => [prime, BigInt(-count)] as const),
  ];
  for (const [prime, count] of parts) {
    const total = mulRational(exponent, fraction(count));
    const floor = floorDivide(total.numerator, total.denominator);
    coefficient = mulRational(coefficient, powRational(fraction(prime), floor));
    const rest = addRational(total, fraction(-floor));
    if (rest.numerator !== 0n) factors.push(powerNode(number(prime), rest));
  }
  return { coefficient, factors };
}

/** A power as it stands, without simplification. */
export function powerNode(base: Expression, exponent: Rational): Expression {
  if (isUnit(exponent)) return base;
  const shown = exponent.denominator === 1n ? `${exponent.numerator}` : `${exponent.numerator}/${exponent.denominator}`;
  return { kind: "power", base, exponent, key: `(${base.key}^${shown})` };
}

/** Powers with more digits than this stay symbolic: nothing is gained by writing them out. */
export function isSmallPower(value: Rational, exponent: Rational): boolean {
  const size = exponent.numerator < 0n ? -exponent.numerator : exponent.numerator;
  return Number(size) * `${value.numerator}${value.denominator}`.length <= 2000;
}

export function isUnit(value: Rational): boolean {
  return value.numerator === 1n && value.denominator === 1n;
}

function floorDivide(a: bigint, b: bigint): bigint {
  return a >= 0n ? a / b : -((-a + b - 1n) / b);
}
