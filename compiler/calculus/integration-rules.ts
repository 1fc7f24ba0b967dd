/** Which antiderivatives are known outright? Each rule answers for P(t) · kernel(t), or says null. */
import { add, call, divide, exp, extremum, log, multiply, negate, power, sqrt, square, subtract } from "./algebra.js";
import { isNonnegative, isZero, number, ONE, PI, symbol, ZERO } from "./expression.js";
import type { Expression } from "./expression.js";
import { coefficientsIn, expand, factorsOf, separate, termsOf } from "./polynomial.js";
import { addRational, fraction, isInteger } from "./rational.js";
import type { Rational } from "./rational.js";
import { contains, replaceSymbol } from "./traverse.js";

/** Coefficients of a polynomial in the variable, from degree 0 up. */
export type Polynomial = readonly Expression[];
export type Rule = (polynomial: Polynomial, kernel: Expression, name: string) => Expression | null;

/** ∫ P(t) (a + bt)^p log(a + bt)^n, p any number, n = 0, 1, 2, …; with kernel 1 a plain polynomial. */
export const powersAndLogarithms: Rule = (polynomial, kernel, name) => {
  let base: Expression | null = null;
  let exponent = fraction(0);
  let logarithms = 0;
  for (const factor of contains(kernel, name) ? factorsOf(kernel) : []) {
    const [inner, times] = factor.kind === "power" ? [factor.base, factor.exponent] : [factor, fraction(1)];
    const isLog = inner.kind === "call" && inner.name === "log";
    const linear = isLog ? inner.argument : inner;
    if (base !== null && linear.key !== base.key) return null;
    base = linear;
    if (!isLog) exponent = addRational(exponent, times);
    else if (isInteger(times) && times.numerator > 0n) logarithms += Number(times.numerator);
    else return null;
  }
  const linear = base ?? symbol(name);
  const coefficients = coefficientsIn(linear, name);
  const [offset, slope] = coefficients ?? [];
  if (coefficients === null || offset === undefined || slope === undefined || coefficients.length !== 2) return null;
  // In u = a + bt: t = (u - a)/b.
  const u = symbol(" u", isNonnegative(linear) ? "nonnegative" : "any");
  const shifted = coefficientsIn(
    replaceSymbol(polynomialIn(polynomial, symbol(name)), name, divide(subtract(u, offset), slope)),
    u.name,
  );
  if (shifted === null) return null;
  const terms = shifted.map((coefficient, degree) =>
    multiply(coefficient, powerTimesLogarithm(u, addRational(exponent, fraction(degree)), logarithms)),
  );
  return divide(replaceSymbol(add(...terms), u.name, linear), slope);
};

/** ∫ u^p log(u)^n du */
function powerTimesLogarithm(u: Expression, exponent: Rational, logarithms: number): Expression {
  const raised = addRational(exponent, fraction(1));
  if (raised.numerator === 0n) {
    const logarithm = logarithms === 0 ? log(call("abs", u)) : log(u);
    return divide(power(logarithm, fraction(logarithms + 1)), number(logarithms + 1));
  }
  const whole = divide(multiply(power(u, raised), power(log(u), fraction(logarithms))), number(raised));
  if (logarithms === 0) return whole;
  const rest = powerTimesLogarithm(u, exponent, logarithms - 1);
  return subtract(whole, multiply(number(fraction(logarithms)), divide(rest, number(raised))));
}

/** ∫ P e^q with q a polynomial of degree two or more: Q e^q where Q' + Q q' = P, and erf for what is left if q is quadratic. */
export const exponentialOfPolynomial: Rule = (polynomial, kernel, name) => {
  if (kernel.kind !== "call" || kernel.name !== "exp") return null;
  const exponent = coefficientsIn(kernel.argument, name);
  if (exponent === null || exponent.length < 3) return null;
  const slope = derivativeOf(exponent);
  const lead = slope.at(-1) ?? ZERO;
  const rest = [...polynomial];
  const quotient: Expression[] = [];
  for (let degree = rest.length - slope.length; degree >= 0; degree--) {
    const coefficient = expand(divide(rest[degree + slope.length - 1] ?? ZERO, lead));
    quotient[degree] = coefficient;
    slope.forEach((part, i) => subtractAt(rest, degree + i, multiply(coefficient, part)));
    if (degree > 0) subtractAt(rest, degree - 1, multiply(number(degree), coefficient));
  }
  const t = symbol(name);
  const found = multiply(polynomialIn(quotient, t), kernel);
  const left = rest.findIndex((coefficient) => !isZero(expand(coefficient)));
  if (left === -1) return found;
  if (left > 0 || exponent.length !== 3 || rest.slice(1).some((part) => !isZero(expand(part)))) return null;
  const [constant = ZERO, linear = ZERO, quadratic = ZERO] = exponent;
  const alpha = negate(quadratic);
  if (!isNonnegative(alpha)) return null;
  // ∫ e^{c + bt - αt²} = ½ √(π/α) e^{c + b²/4α} erf(√α (t - b/2α))
  const peak = add(constant, divide(square(linear), multiply(number(4), alpha)));
  const place = subtract(t, divide(linear, multiply(number(2), alpha)));
  const bell = multiply(
    sqrt(divide(PI, multiply(number(4), alpha))),
    exp(peak),
    call("erf", multiply(sqrt(alpha), place)),
  );
  return add(found, multiply(rest[0] ?? ZERO, bell));
};

/** ∫ P e^{at} Π sin, cos(ωt + φ)^n, by products to sums and e^{iθ}. */
export const exponentialsAndWaves: Rule = (polynomial, kernel, name) => {
  let growth: Expression = ZERO;
  let waves: readonly Wave[] = [{ coefficient: ONE, angle: ZERO, isSine: false }];
  for (const factor of factorsOf(kernel)) {
    const [inner, times] = factor.kind === "power" ? [factor.base, factor.exponent] : [factor, fraction(1)];
    if (inner.kind !== "call" || !isInteger(times) || times.numerator < 0n || times.numerator > 8n) return null;
    const { argument } = inner;
    if (!isLinear(argument, name)) return null;
    if (inner.name === "exp") growth = add(growth, argument);
    else if (inner.name === "sin" || inner.name === "cos") {
      for (let i = 0n; i < times.numerator; i++) {
        const isSine = inner.name === "sin";
        waves = collectWaves(waves.flatMap((wave) => timesWave(wave, argument, isSine)));
      }
    } else return null;
  }
  const rate = slopeOf(growth, name);
  const results = waves.map((wave) => {
    const frequency = slopeOf(wave.angle, name);
    const { real, imaginary } = repeatedParts(polynomial, rate, frequency, name);
    if (real === null) return multiply(wave.coefficient, waveOf(wave), integratePolynomial(polynomial, name));
    const sine = call("sin", wave.angle);
    const cosine = call("cos", wave.angle);
    const turned = wave.isSine
      ? add(multiply(real, sine), multiply(imaginary, cosine))
      : subtract(multiply(real, cosine), multiply(imaginary, sine));
    return multiply(wave.coefficient, exp(growth), turned);
  });
  return add(...results.map(expand));
};

/** ∫ tan, tan², tanh, tanh² of a linear argument. */
export const tangents: Rule = (polynomial, kernel, name) => {
  const [inner, times] = kernel.kind === "power" ? [kernel.base, kernel.exponent] : [kernel, fraction(1)];
  if (polynomial.length !== 1 || inner.kind !== "call" || !isLinear(inner.argument, name) || !isInteger(times))
    return null;
  const slope = slopeOf(inner.argument, name);
  const factor = polynomial[0] ?? ZERO;
  const t = symbol(name);
  if (inner.name === "tan" && times.numerator === 1n) {
    return negate(divide(multiply(factor, log(call("abs", call("cos", inner.argument)))), slope));
  }
  if (inner.name === "tan" && times.numerator === 2n) return multiply(factor, subtract(divide(inner, slope), t));
  if (inner.name === "tanh" && times.numerator === 2n) return multiply(factor, subtract(t, divide(inner, slope)));
  if (inner.name === "tanh" && times.numerator === 1n) {
    // log cosh u = |u| + log(1 + e^{-2|u|}) - log 2, which does not overflow
    const size = extremum("max", inner.argument, negate(inner.argument));
    const cosh = add(size, log(add(ONE, exp(multiply(number(-2), size)))));
    return divide(multiply(factor, cosh), slope);
  }
  return null;
};

/** ∫ dt / (a + b e^{ct}) = t/a - log|a + b e^{ct}| / (a c): the logistic rate, at which a mode relaxes to its free field. */
export const logistic: Rule = (polynomial, kernel, name) => {
  const [factor, more] = polynomial;
  const isReciprocal =
    kernel.kind === "power" && kernel.exponent.numerator === -1n && kernel.exponent.denominator === 1n;
  if (factor === undefined || more !== undefined || !isReciprocal) return null;
  const parts = termsOf(kernel.base).map((term) => separate(term, name));
  const free = add(...parts.filter(({ dependent }) => !contains(dependent, name)).map((part) => part.free));
  const [wave, ...others] = parts.flatMap(({ dependent }) => (contains(dependent, name) ? [dependent] : []));
  if (wave === undefined || isZero(free) || others.some((other) => other.key !== wave.key)) return null;
  if (wave.kind !== "call" || wave.name !== "exp" || !isLinear(wave.argument, name)) return null;
  const level = divide(log(call("abs", kernel.base)), slopeOf(wave.argument, name));
  return divide(multiply(factor, subtract(symbol(name), level)), free);
};

export function integratePolynomial(polynomial: Polynomial, name: string): Expression {
  const t = symbol(name);
  return add(...polynomial.map((coefficient, i) => divide(multiply(coefficient, power(t, i + 1)), number(i + 1))));
}

export function polynomialIn(coefficients: Polynomial, t: Expression): Expression {
  return add(...Array.from(coefficients, (coefficient, i) => multiply(coefficient ?? ZERO, power(t, i))));
}

interface Wave {
  readonly coefficient: Expression;
  readonly angle: Expression;
  readonly isSine: boolean;
}

/** sin a cos b = ½ sin(a + b) + ½ sin(a - b), and its three relatives. */
function timesWave({ coefficient, angle, isSine }: Wave, other: Expression, otherIsSine: boolean): readonly Wave[] {
  const half = multiply(number(fraction(1, 2)), coefficient);
  const sum = add(angle, other);
  const difference = subtract(angle, other);
  if (!isSine && !otherIsSine)
    return [
      { coefficient: half, angle: difference, isSine },
      { coefficient: half, angle: sum, isSine },
    ];
  if (isSine && otherIsSine) {
    return [
      { coefficient: half, angle: difference, isSine: false },
      { coefficient: negate(half), angle: sum, isSine: false },
    ];
  }
  const sign = isSine ? half : negate(half);
  return [
    { coefficient: half, angle: sum, isSine: true },
    { coefficient: sign, angle: difference, isSine: true },
  ];
}

function collectWaves(waves: readonly Wave[]): readonly Wave[] {
  const collected = new Map<string, Wave>();
  for (const wave of waves) {
    const key = `${wave.isSine} ${wave.angle.key}`;
    const present = collected.get(key);
    collected.set(
      key,
      present === undefined ? wave : { ...wave, coefficient: add(present.coefficient, wave.coefficient) },
    );
  }
  return [...collected.values()].filter((wave) => !isZero(wave.coefficient) && !(wave.isSine && isZero(wave.angle)));
}

function waveOf({ angle, isSine }: Wave): Expression {
  return call(isSine ? "sin" : "cos", angle);
}

/** Q = Σ (-1)^k P⁽ᵏ⁾ / z^{k+1} with z = rate + i frequency, so that ∫ P e^{zt} = Q e^{zt}; null where z = 0. */
function repeatedParts(
  polynomial: Polynomial,
  rate: Expression,
  frequency: Expression,
  name: string,
): { real: Expression; imaginary: Expression } | { real: null; imaginary: null } {
  if (isZero(rate) && isZero(frequency)) return { real: null, imaginary: null };
  const norm = add(square(rate), square(frequency));
  const inverse = { real: divide(rate, norm), imaginary: negate(divide(frequency, norm)) };
  const t = symbol(name);
  let factor = inverse;
  let current: Polynomial = polynomial;
  let real: Expression = ZERO;
  let imaginary: Expression = ZERO;
  for (let k = 0; current.length > 0; k++) {
    const value = multiply(number(k % 2 === 0 ? 1 : -1), polynomialIn(current, t));
    real = add(real, multiply(value, factor.real));
    imaginary = add(imaginary, multiply(value, factor.imaginary));
    factor = {
      real: subtract(multiply(factor.real, inverse.real), multiply(factor.imaginary, inverse.imaginary)),
      imaginary: add(multiply(factor.real, inverse.imaginary), multiply(factor.imaginary, inverse.real)),
    };
    current = derivativeOf(current);
  }
  return { real, imaginary };
}

function derivativeOf(polynomial: Polynomial): readonly Expression[] {
  return polynomial.slice(1).map((coefficient, i) => multiply(number(i + 1), coefficient));
}

function subtractAt(polynomial: Expression[], degree: number, value: Expression): void {
  polynomial[degree] = expand(subtract(polynomial[degree] ?? ZERO, value));
}

function isLinear(e: Expression, name: string): boolean {
  const coefficients = coefficientsIn(e, name);
  return coefficients !== null && coefficients.length <= 2;
}

function slopeOf(e: Expression, name: string): Expression {
  return coefficientsIn(e, name)?.[1] ?? ZERO;
}
