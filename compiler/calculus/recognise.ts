/** Which number does a float stand for? Graphs fold `2 / 3`, `pi / 2` and `sqrt(2)` into floats; a formula should show them again. */
import { multiply, power, sqrt } from "./algebra.js";
import { number, PI } from "./expression.js";
import type { Expression } from "./expression.js";
import { fraction, readRational } from "./rational.js";
import type { Rational } from "./rational.js";

/** A decimal of at most so many digits was written as it stands. */
const writtenDigits = 12;
/** Numerator and denominator of a fraction that is recognised. By chance a float is within a few last digits of one once in 10^9. */
const largest = 1000;
const lastDigits = 4 * Number.EPSILON;

/** p/q, p/q·π, p/q·π², p/q·1/π, or the square root of p/q, p/q·π or p/q·π² where a float is one to its last digits; else its decimal. */
export function recognise(value: number): Expression {
  const decimal = readRational(value);
  if (`${decimal.numerator}`.replace(/^-/, "").replace(/0+$/, "").length <= writtenDigits) return number(decimal);
  for (const exponent of [0, 1, 2, -1]) {
    const ratio = simpleFraction(value / Math.PI ** exponent);
    if (ratio !== null) return multiply(number(ratio), powerOfPi(exponent));
  }
  for (const exponent of [0, 1, 2]) {
    const ratio = simpleFraction(value ** 2 / Math.PI ** exponent);
    if (ratio !== null) return multiply(number(Math.sign(value)), sqrt(multiply(number(ratio), powerOfPi(exponent))));
  }
  return number(decimal);
}

function powerOfPi(exponent: number): Expression {
  return power(PI, fraction(exponent));
}

/** By the convergents of the continued fraction; null if none is near enough. */
function simpleFraction(value: number): Rational | null {
  let [before, numerator] = [1, Math.floor(value)];
  let [beforeBelow, denominator] = [0, 1];
  let rest = value - numerator;
  while (Math.abs(numerator) <= largest && denominator <= largest) {
    if (numerator !== 0 && Math.abs(numerator / denominator - value) <= lastDigits * Math.abs(value)) {
      return fraction(numerator, denominator);
    }
    if (rest === 0) return null;
    const whole = Math.floor(1 / rest);
    rest = 1 / rest - whole;
    [before, numerator] = [numerator, whole * numerator + before];
    [beforeBelow, denominator] = [denominator, whole * denominator + beforeBelow];
  }
  return null;
}
