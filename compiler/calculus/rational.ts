/** What are the exact numbers of the algebra, and how are they read and reckoned with? */

/** In lowest terms, the denominator positive. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

export function fraction(numerator: bigint | number, denominator: bigint | number = 1n): Rational {
  let n = BigInt(numerator);
  let d = BigInt(denominator);
  if (d === 0n) throw new Error("a rational number with denominator zero");
  if (d < 0n) {
    n = -n;
    d = -d;
  }
  const divisor = greatestCommonDivisor(n < 0n ? -n : n, d);
  return divisor === 1n ? { numerator: n, denominator: d } : { numerator: n / divisor, denominator: d / divisor };
}

/** A decimal as written (`0.1`, `1e-3`) or a float by its shortest decimal, read exactly. */
export function readRational(value: string | number | bigint): Rational {
  if (typeof value === "bigint") return fraction(value);
  const text = String(value).replaceAll("_", "").toLowerCase();
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/.exec(text);
  if (match === null || (match[2] === "" && (match[3] ?? "") === "")) throw new Error(`not a finite number: ${text}`);
  const [, sign, whole = "", decimals = "", exponentText = "0"] = match;
  const digits = BigInt(whole + decimals);
  const exponent = Number(exponentText) - decimals.length;
  const scaled =
    exponent >= 0 ? fraction(digits * 10n ** BigInt(exponent)) : fraction(digits, 10n ** BigInt(-exponent));
  return sign === "-" ? negateRational(scaled) : scaled;
}

export function toNumber({ numerator, denominator }: Rational): number {
  const direct = Number(numerator) / Number(denominator);
  if (Number.isFinite(direct) && (direct !== 0 || numerator === 0n)) return direct;
  // Both parts may overflow a float although the quotient does not: drop common low bits.
  const excess = Math.max(bitLength(numerator), bitLength(denominator)) - 1000;
  const shift = BigInt(Math.max(0, excess));
  return Number(numerator >> shift) / Number(denominator >> shift);
}

export function addRational(a: Rational, b: Rational): Rational {
  if (a.denominator === 1n && b.denominator === 1n) {
    return { numerator: a.numerator + b.numerator, denominator: 1n };
  }
  return fraction(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator);
}

export function mulRational(a: Rational, b: Rational): Rational {
  return fraction(a.numerator * b.numerator, a.denominator * b.denominator);
}

export function divRational(a: Rational, b: Rational): Rational {
  return fraction(a.numerator * b.denominator, a.denominator * b.numerator);
}

export function negateRational(a: Rational): Rational {
  return { numerator: -a.numerator, denominator: a.denominator };
}

export function absRational(a: Rational): Rational {
  return a.numerator < 0n ? negateRational(a) : a;
}

export function powRational(a: Rational, exponent: bigint): Rational {
  if (exponent >= 0n) return { numerator: a.numerator ** exponent, denominator: a.denominator ** exponent };
  return fraction(a.denominator ** -exponent, a.numerator ** -exponent);
}

export function compareRational(a: Rational, b: Rational): number {
  const difference = a.numerator * b.denominator - b.numerator * a.denominator;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export function isInteger(a: Rational): boolean {
  return a.denominator === 1n;
}

export function sameRational(a: Rational, b: Rational): boolean {
  return a.numerator === b.numerator && a.denominator === b.denominator;
}

/** The largest rational that divides both into integers: gcd of numerators over lcm of denominators. */
export function commonContent(a: Rational, b: Rational): Rational {
  const numerator = greatestCommonDivisor(absolute(a.numerator), absolute(b.numerator));
  const divisor = greatestCommonDivisor(a.denominator, b.denominator);
  return fraction(numerator, (a.denominator / divisor) * b.denominator);
}

/** The exact n-th root of a non-negative rational, or null. */
export function exactRoot(a: Rational, n: number): Rational | null {
  const numerator = integerRoot(a.numerator, n);
  const denominator = integerRoot(a.denominator, n);
  return numerator === null || denominator === null ? null : { numerator, denominator };
}

/** Prime powers of a positive integer; a cofactor without small divisors is left whole. */
export function factorInteger(value: bigint): readonly (readonly [bigint, number])[] {
  const factors: [bigint, number][] = [];
  let rest = value;
  for (let divisor = 2n; divisor * divisor <= rest && divisor < 10_000n; divisor += divisor === 2n ? 1n : 2n) {
    let count = 0;
    while (rest % divisor === 0n) {
      rest /= divisor;
      count++;
    }
    if (count > 0) factors.push([divisor, count]);
  }
  if (rest > 1n) factors.push([rest, 1]);
  return factors;
}

function integerRoot(value: bigint, n: number): bigint | null {
  if (value < 0n) return null;
  if (value <= 1n) return value;
  const approximate = Number(value) ** (1 / n);
  // Roots of numbers beyond all floating-point numbers, and very high roots, stay powers.
  if (!Number.isFinite(approximate) || n > 1000) return null;
  const guess = BigInt(Math.round(approximate));
  for (const candidate of [guess - 1n, guess, guess + 1n]) {
    if (candidate >= 0n && candidate ** BigInt(n) === value) return candidate;
  }
  return null;
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

function absolute(a: bigint): bigint {
  return a < 0n ? -a : a;
}

function bitLength(a: bigint): number {
  return absolute(a).toString(2).length;
}
