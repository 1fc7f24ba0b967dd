/** How are formulas laid out: which signs, fractions, roots and brackets, whatever the alphabet they are set in? */
import { add, divide, multiply, negate, power, splitCoefficient } from "./algebra.js";
import { callNode, isOne, isZero, number, ONE } from "./expression.js";
import { evaluate } from "./evaluate.js";
import type { Expression, FunctionName } from "./expression.js";
import { factorsOf } from "./polynomial.js";
import { absRational, fraction, isInteger, mulRational, negateRational, sameRational, toNumber } from "./rational.js";
import type { Rational } from "./rational.js";
import { freeSymbols } from "./traverse.js";

/** The letters of a way of writing: text or LaTeX. Every part given is already set, and bracketed where it must be. */
export interface Notation {
  readonly symbol: (name: string) => string;
  readonly pi: string;
  readonly decimal: (text: string) => string;
  readonly fraction: (above: Piece, below: Piece) => Piece;
  readonly root: (inside: string, isAtom: boolean) => string;
  readonly superscript: (base: string, exponent: string, isWhole: boolean) => string;
  readonly call: (name: FunctionName | "min" | "max", inside: string) => string;
  readonly bars: (inside: string) => string;
  readonly brackets: (inside: string) => string;
  readonly choice: (left: string, relation: "<" | "<=", right: string, then: string, otherwise: string) => string;
  readonly integral: (from: string, to: string, integrand: string, variable: string) => string;
}

/** How tightly a piece of text holds together. */
export type Strength = "sum" | "product" | "power" | "atom";
export interface Piece {
  readonly text: string;
  readonly strength: Strength;
}

export function layOut(e: Expression, notation: Notation): string {
  return piece(e, notation).text;
}

function piece(e: Expression, n: Notation): Piece {
  switch (e.kind) {
    case "number":
      return numberPiece(e.value, n);
    case "constant":
      return atom(n.pi);
    case "symbol":
      return atom(n.symbol(e.name));
    case "sum":
      return sumPiece(e.terms, n);
    case "product":
      return productPiece(e, n);
    case "power":
      return e.exponent.numerator < 0n ? productPiece(e, n) : powerPiece(e.base, e.exponent, n);
    case "call":
      return callPiece(e.name, e.argument, n);
    case "extremum":
      return atom(n.call(e.name, e.arguments.map((value) => piece(value, n).text).join(", ")));
    case "piecewise": {
      const { left, relation, right } = e.condition;
      const parts = [left, right, e.then, e.otherwise].map((part) => piece(part, n).text);
      const [l = "", r = "", then = "", otherwise = ""] = parts;
      return { text: n.choice(l, relation, r, then, otherwise), strength: "sum" };
    }
    case "integral": {
      const [from, to] = [piece(e.from, n).text, piece(e.to, n).text];
      const integrand = atLeast(piece(e.integrand, n), "product", n);
      return { text: n.integral(from, to, integrand, n.symbol(e.variable.name)), strength: "product" };
    }
  }
}

/** A positive term leads where there is one; a factor that all terms share stands in front. */
function sumPiece(terms: readonly Expression[], n: Notation): Piece {
  const sizes = terms.map((term) => absRational(splitCoefficient(term).coefficient));
  const [size] = sizes;
  if (size !== undefined && !isOne(number(size)) && sizes.every((other) => sameRational(other, size))) {
    const inner = terms.map((term) => multiply(number(divideRational(size)), term));
    return placeOver(sumPiece(inner, n), size, n);
  }
  const first = terms.findIndex((term) => splitCoefficient(term).coefficient.numerator > 0n);
  const ordered = first <= 0 ? terms : [...terms.slice(first, first + 1), ...terms.filter((_, i) => i !== first)];
  const text = ordered
    .map((term, i) => {
      const isNegative = splitCoefficient(term).coefficient.numerator < 0n;
      const shown = atLeast(piece(isNegative ? negate(term) : term, n), "product", n);
      return i === 0 ? `${isNegative ? "-" : ""}${shown}` : `${isNegative ? " - " : " + "}${shown}`;
    })
    .join("");
  return { text, strength: "sum" };
}

/** size · sum */
function placeOver(sum: Piece, size: Rational, n: Notation): Piece {
  const times = (above: string): Piece => ({ text: `${above} ${atLeast(sum, "atom", n)}`, strength: "product" });
  if (isUnwieldy(size)) return times(n.decimal(decimalOf(size)));
  const above = size.numerator === 1n ? sum : times(`${size.numerator}`);
  return size.denominator === 1n ? above : n.fraction(above, atom(`${size.denominator}`));
}

function productPiece(product: Expression, n: Notation): Piece {
  const e = withoutUnwieldyNumbers(product);
  const { coefficient, rest } = splitCoefficient(e);
  if (coefficient.numerator < 0n) {
    return { text: `-${atLeast(piece(negate(e), n), "product", n)}`, strength: "sum" };
  }
  const factors = isOne(rest) ? [] : factorsOf(rest);
  const above = factors.filter((factor) => factor.kind !== "power" || factor.exponent.numerator > 0n);
  const below = factors
    .filter((factor) => factor.kind === "power" && factor.exponent.numerator < 0n)
    .map((f) => divide(ONE, f));
  const isDecimal = coefficient.denominator > 1n && isUnwieldy(coefficient);
  const numerator = isDecimal ? coefficient : fraction(coefficient.numerator);
  const divisors = isDecimal || coefficient.denominator === 1n ? below : [number(coefficient.denominator), ...below];
  const top = beside(isOne(number(numerator)) && above.length > 0 ? above : [number(numerator), ...above], n);
  return divisors.length === 0 ? top : n.fraction(top, beside(divisors, n));
}

/**
 * A decimal, or a root of a number that nobody would write, and the constants beside it become one decimal: they may
 * cancel, as in the variance of 0.35 500^t, whose 0.06214608/log(500) is 0.01.
 */
function withoutUnwieldyNumbers(e: Expression): Expression {
  const { coefficient, rest } = splitCoefficient(e);
  const factors = (isOne(rest) ? [] : factorsOf(rest)).flatMap(constantsApart);
  const constants = factors.filter(isConstant);
  const isUnwieldyRoot = (factor: Expression): boolean =>
    factor.kind === "power" && factor.base.kind === "number" && isUnwieldy(factor.base.value);
  const isDecimal = coefficient.denominator > 1n && isUnwieldy(coefficient);
  if (!constants.some(isUnwieldyRoot) && !(isDecimal && constants.length > 0)) return e;
  const value = evaluate(multiply(number(coefficient), ...constants));
  if (!Number.isFinite(value) || value === 0) return e;
  return multiply(number(value.toPrecision(shownDigits)), ...factors.filter((factor) => !constants.includes(factor)));
}

/** √(c f) as √c √f, for the constants c > 0 in it that are no fractions. */
function constantsApart(factor: Expression): readonly Expression[] {
  if (factor.kind !== "power" || factor.base.kind !== "product") return [factor];
  const { base, exponent } = factor;
  const constants = base.factors.filter((part) => part.kind !== "number" && isConstant(part));
  if (constants.length === 0 || constants.some((part) => !(evaluate(part) > 0))) return [factor];
  const others = base.factors.filter((part) => !constants.includes(part));
  return [power(multiply(...constants), exponent), power(multiply(...others), exponent)];
}

function isConstant(e: Expression): boolean {
  return freeSymbols(e).size === 0;
}

/** Factors side by side: numbers, symbols, then whatever needs brackets; all square roots under one sign. */
function beside(factors: readonly Expression[], n: Notation): Piece {
  const isRoot = (factor: Expression): boolean => factor.kind === "power" && toNumber(factor.exponent) === 0.5;
  const roots = factors.filter(isRoot);
  const numbers = roots.filter((root) => root.kind === "power" && root.base.kind === "number");
  const others = roots.filter((root) => !numbers.includes(root));
  const joined = [numbers, others].flatMap((group) =>
    group.length === 0
      ? []
      : [rootPiece(multiply(...group.map((root) => (root.kind === "power" ? root.base : root))), n)],
  );
  const rank = (factor: Expression): number =>
    factor.kind === "number"
      ? 0
      : factor.kind === "constant" || (factor.kind === "power" && factor.base.kind === "constant")
        ? 1
        : factor.kind === "symbol"
          ? 2
          : factor.kind === "power" && factor.base.kind !== "sum"
            ? 3
            : factor.kind === "sum" || factor.kind === "power"
              ? 4
              : factor.kind === "call"
                ? 5
                : 6;
  const plain = factors.filter((factor) => !isRoot(factor)).sort((a, b) => rank(a) - rank(b));
  const [leading] = plain;
  const pieces = plain.map((factor) => piece(factor, n));
  const place = leading?.kind === "number" ? 1 : 0;
  const all = [...pieces.slice(0, place), ...joined, ...pieces.slice(place)];
  const [only] = all;
  if (only === undefined) return atom("1");
  if (all.length === 1) return only;
  return { text: all.map((part) => atLeast(part, "power", n)).join(" "), strength: "product" };
}

function powerPiece(base: Expression, exponent: Rational, n: Notation): Piece {
  if (exponent.numerator === 1n && exponent.denominator === 2n) return rootPiece(base, n);
  const shown = atLeast(piece(base, n), "atom", n);
  const raised =
    exponent.denominator === 1n ? `${exponent.numerator}` : `${exponent.numerator}/${exponent.denominator}`;
  return { text: n.superscript(shown, raised, isInteger(exponent)), strength: "power" };
}

function rootPiece(inside: Expression, n: Notation): Piece {
  const shown = piece(inside, n);
  return { text: n.root(shown.text, shown.strength === "atom"), strength: "power" };
}

/** e^{u log f} is written f^u. */
function callPiece(name: FunctionName, argument: Expression, n: Notation): Piece {
  if (name === "abs") return atom(n.bars(piece(argument, n).text));
  if (name === "exp") {
    const terms = argument.kind === "sum" ? argument.terms : [argument];
    const isPower = (term: Expression): boolean => factorsOf(term).some(isPlainLogarithm);
    const powers = terms.filter(isPower).map((term) => {
      const logarithm = factorsOf(term).find(isPlainLogarithm);
      const base = logarithm?.kind === "call" ? logarithm.argument : ONE;
      const exponent = multiply(term, power(logarithm ?? ONE, -1));
      const shown = piece(exponent, n);
      return {
        text: n.superscript(atLeast(piece(base, n), "atom", n), shown.text, shown.strength === "atom"),
        strength: "power" as const,
      };
    });
    if (powers.length > 0) {
      const rest = add(...terms.filter((term) => !isPower(term)));
      const all = isZero(rest) ? powers : [...powers, piece(callNode("exp", rest), n)];
      const [only] = all;
      return all.length === 1 && only !== undefined
        ? only
        : { text: all.map(({ text }) => text).join(" "), strength: "product" };
    }
  }
  return atom(n.call(name, piece(argument, n).text));
}

function isPlainLogarithm(factor: Expression): boolean {
  return factor.kind === "call" && factor.name === "log";
}

function numberPiece(value: Rational, n: Notation): Piece {
  if (value.numerator < 0n) return { text: `-${numberPiece(negateRational(value), n).text}`, strength: "sum" };
  if (value.denominator === 1n) return atom(n.decimal(`${value.numerator}`));
  if (isUnwieldy(value)) return atom(n.decimal(decimalOf(value)));
  return n.fraction(atom(`${value.numerator}`), atom(`${value.denominator}`));
}

/** Digits of a decimal that stands for a longer one. */
const shownDigits = 7;

/** Fractions that nobody would write by hand. */
function isUnwieldy(value: Rational): boolean {
  return value.denominator > 1000n || value.numerator > 1_000_000n;
}

function decimalOf(value: Rational): string {
  return `${Number(toNumber(value).toPrecision(shownDigits))}`;
}

function divideRational(size: Rational): Rational {
  return mulRational(fraction(size.denominator), fraction(1n, size.numerator));
}

function atom(text: string): Piece {
  return { text, strength: "atom" };
}

const ORDER: Readonly<Record<Strength, number>> = { sum: 0, product: 1, power: 2, atom: 3 };

function atLeast(part: Piece, strength: Strength, n: Notation): string {
  return ORDER[part.strength] >= ORDER[strength] ? part.text : n.brackets(part.text);
}
