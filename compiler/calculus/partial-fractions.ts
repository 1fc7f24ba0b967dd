/** What is the antiderivative of a rational function with rational coefficients? */
import { add, call, divide, log, multiply, power, sqrt, subtract } from "./algebra.js";
import { number, symbol } from "./expression.js";
import type { Expression } from "./expression.js";
import { integratePolynomial } from "./integration-rules.js";
import type { Rule } from "./integration-rules.js";
import { coefficientsIn, factorsOf } from "./polynomial.js";
import { addRational, divRational, exactRoot, fraction, isInteger, mulRational, negateRational } from "./rational.js";
import type { Rational } from "./rational.js";

/** ∫ P(t) / Π baseᵢ^mᵢ, every base of degree one or two. */
export const rationalFunctions: Rule = (polynomial, kernel, name) => {
  const numerator = rationalCoefficients(polynomial);
  if (numerator === null) return null;
  let scale = fraction(1);
  const divisors = new Map<string, Divisor>();
  for (const factor of factorsOf(kernel)) {
    if (factor.kind !== "power" || !isInteger(factor.exponent) || factor.exponent.numerator > 0n) return null;
    const coefficients = rationalCoefficients(coefficientsIn(factor.base, name));
    const monic = coefficients === null ? null : factorBase(coefficients);
    if (monic === null) return null;
    const times = Number(-factor.exponent.numerator);
    for (let i = 0; i < times; i++) scale = mulRational(scale, monic.lead);
    for (const base of monic.bases) {
      const key = base.map(({ numerator: n, denominator: d }) => `${n}/${d}`).join(",");
      const present = divisors.get(key);
      divisors.set(key, { base, times: times + (present?.times ?? 0) });
    }
  }
  const fractions = decompose(numerator, [...divisors.values()]);
  if (fractions === null) return null;
  const t = symbol(name);
  const whole = integratePolynomial(fractions.quotient.map(number), name);
  const parts = fractions.parts.map((part) => integrateFraction(part, t));
  return divide(add(whole, ...parts), number(scale));
};

type Coefficients = readonly Rational[];
interface Divisor {
  readonly base: Coefficients;
  readonly times: number;
}
/** (constant + linear t) / base^times */
interface Part {
  readonly base: Coefficients;
  readonly times: number;
  readonly constant: Rational;
  readonly linear: Rational;
}

function rationalCoefficients(polynomial: readonly Expression[] | null): Coefficients | null {
  if (polynomial === null) return null;
  const values = Array.from(polynomial, (c) => (c === undefined ? fraction(0) : c.kind === "number" ? c.value : null));
  return values.some((value) => value === null) ? null : values.filter((value) => value !== null);
}

/** The lead and the monic factors, irreducible over the rationals; null above degree two. */
function factorBase(coefficients: Coefficients): { lead: Rational; bases: readonly Coefficients[] } | null {
  const lead = coefficients.at(-1);
  if (lead === undefined || coefficients.length < 2 || coefficients.length > 3) return null;
  const monic = coefficients.map((value) => divRational(value, lead));
  const [c, b] = monic;
  if (monic.length === 2 || c === undefined || b === undefined) return { lead, bases: [monic] };
  const discriminant = addRational(mulRational(b, b), mulRational(fraction(-4), c));
  const root = discriminant.numerator < 0n ? null : exactRoot(discriminant, 2);
  if (root === null) return { lead, bases: [monic] };
  const half = fraction(1, 2);
  const bases = [root, negateRational(root)].map((r) => [mulRational(half, addRational(b, r)), fraction(1)]);
  return { lead, bases };
}

function decompose(
  numerator: Coefficients,
  divisors: readonly Divisor[],
): { quotient: Coefficients; parts: readonly Part[] } | null {
  const denominator = divisors.reduce<Coefficients>(
    (product, { base, times }) => {
      let result = product;
      for (let i = 0; i < times; i++) result = multiplyOut(result, base);
      return result;
    },
    [fraction(1)],
  );
  const { quotient, remainder } = divideOut(numerator, denominator);
  // One unknown for every degree: its column is the denominator over that part's own divisor.
  const unknowns = divisors.flatMap(({ base, times }, which) =>
    Array.from({ length: times }, (_, k) => k + 1).flatMap((k) =>
      base.slice(1).map((_, degree) => {
        const rest = divisors.reduce<Coefficients>(
          (product, other, i) => {
            let result = product;
            for (let n = 0; n < (i === which ? times - k : other.times); n++) result = multiplyOut(result, other.base);
            return result;
          },
          [fraction(1)],
        );
        const column = [...Array.from({ length: degree }, () => fraction(0)), ...rest];
        return { base, times: k, degree, column };
      }),
    ),
  );
  const size = denominator.length - 1;
  const rows = Array.from({ length: size }, (_, row) => [
    ...unknowns.map(({ column }) => column[row] ?? fraction(0)),
    remainder[row] ?? fraction(0),
  ]);
  const solution = solve(rows);
  if (solution === null) return null;
  const parts = unknowns.map(({ base, times, degree }, i): Part => {
    const value = solution[i] ?? fraction(0);
    const [constant, linear] = degree === 0 ? [value, fraction(0)] : [fraction(0), value];
    return { base, times, constant, linear };
  });
  return { quotient, parts };
}

function integrateFraction({ base, times, constant, linear }: Part, t: Expression): Expression {
  const [c = fraction(0), b = fraction(0)] = base;
  if (base.length === 2) {
    const divisor = add(t, number(c));
    if (times === 1) return multiply(number(constant), log(call("abs", divisor)));
    return divide(multiply(number(constant), power(divisor, 1 - times)), number(1 - times));
  }
  // linear t + constant = linear (t + b/2) + rest
  const divisor = add(power(t, 2), multiply(number(b), t), number(c));
  const rest = addRational(constant, negateRational(mulRational(linear, divRational(b, fraction(2)))));
  const even =
    times === 1
      ? multiply(number(divRational(linear, fraction(2))), log(call("abs", divisor)))
      : multiply(number(divRational(linear, fraction(2 - 2 * times))), power(divisor, 1 - times));
  return add(even, multiply(number(rest), reciprocalOfQuadratic(b, c, times, t)));
}

/** ∫ dt / (t² + bt + c)^n, by reduction to n = 1 and then atan or a logarithm. */
function reciprocalOfQuadratic(b: Rational, c: Rational, times: number, t: Expression): Expression {
  const gap = addRational(mulRational(fraction(4), c), negateRational(mulRational(b, b)));
  const twice = add(multiply(number(2), t), number(b));
  if (times > 1) {
    const divisor = add(power(t, 2), multiply(number(b), t), number(c));
    const lower = reciprocalOfQuadratic(b, c, times - 1, t);
    const shared = number(mulRational(fraction(times - 1), gap));
    return divide(
      add(multiply(twice, power(divisor, 1 - times)), multiply(number(2 * (2 * times - 3)), lower)),
      shared,
    );
  }
  if (gap.numerator > 0n) {
    const root = sqrt(number(gap));
    return multiply(number(2), divide(call("atan", divide(twice, root)), root));
  }
  const root = sqrt(number(negateRational(gap)));
  const difference = subtract(log(call("abs", subtract(twice, root))), log(call("abs", add(twice, root))));
  return divide(difference, root);
}

function multiplyOut(a: Coefficients, b: Coefficients): Coefficients {
  return Array.from({ length: a.length + b.length - 1 }, (_, degree) => {
    let total = fraction(0);
    for (let i = 0; i <= degree; i++) {
      const [left, right] = [a[i], b[degree - i]];
      if (left !== undefined && right !== undefined) total = addRational(total, mulRational(left, right));
    }
    return total;
  });
}

function divideOut(a: Coefficients, b: Coefficients): { quotient: Coefficients; remainder: Coefficients } {
  const remainder = [...a];
  const quotient: Rational[] = [];
  const lead = b.at(-1) ?? fraction(1);
  for (let degree = a.length - b.length; degree >= 0; degree--) {
    const value = divRational(remainder[degree + b.length - 1] ?? fraction(0), lead);
    quotient[degree] = value;
    b.forEach((part, i) => {
      remainder[degree + i] = addRational(
        remainder[degree + i] ?? fraction(0),
        negateRational(mulRational(value, part)),
      );
    });
  }
  return { quotient, remainder: remainder.slice(0, b.length - 1) };
}

/** Gauss-Jordan elimination on rows [A | b]. */
function solve(rows: Rational[][]): Coefficients | null {
  const size = rows.length;
  for (let column = 0; column < size; column++) {
    const pivot = rows.findIndex((row, i) => i >= column && (row[column]?.numerator ?? 0n) !== 0n);
    const pivotRow = rows[pivot];
    if (pivotRow === undefined) return null;
    rows.splice(pivot, 1);
    const head = pivotRow[column] ?? fraction(1);
    const scaled = pivotRow.map((value) => divRational(value, head));
    rows.splice(column, 0, scaled);
    for (const [i, row] of rows.entries()) {
      const factor = row[column];
      if (i === column || factor === undefined || factor.numerator === 0n) continue;
      rows[i] = row.map((value, j) =>
        addRational(value, negateRational(mulRational(factor, scaled[j] ?? fraction(0)))),
      );
    }
  }
  return rows.map((row) => row[size] ?? fraction(0));
}
