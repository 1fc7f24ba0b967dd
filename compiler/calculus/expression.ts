/** What is an expression? Its kinds and its atoms; `algebra.ts` builds everything larger, in canonical form. */
import { readRational } from "./rational.js";
import type { Rational } from "./rational.js";

/** `expm1` and `log1p` appear only in what `stable` returns. */
export type FunctionName = "exp" | "log" | "sin" | "cos" | "tan" | "tanh" | "atan" | "erf" | "abs" | "expm1" | "log1p";
export type Sign = "any" | "nonnegative" | "positive";

export interface NumberExpression {
  readonly kind: "number";
  readonly value: Rational;
  readonly key: string;
}
export interface ConstantExpression {
  readonly kind: "constant";
  readonly name: "pi";
  readonly key: string;
}
/** Time, the state, or an opaque value; everything is elementwise, so a symbol may stand for a vector. */
export interface SymbolExpression {
  readonly kind: "symbol";
  readonly name: string;
  readonly sign: Sign;
  readonly key: string;
}
export interface SumExpression {
  readonly kind: "sum";
  readonly terms: readonly Expression[];
  readonly key: string;
}
/** A numeric coefficient, if any, is the first factor. */
export interface ProductExpression {
  readonly kind: "product";
  readonly factors: readonly Expression[];
  readonly key: string;
}
/** Exponents are numbers: every other power is `exp(exponent · log(base))`. */
export interface PowerExpression {
  readonly kind: "power";
  readonly base: Expression;
  readonly exponent: Rational;
  readonly key: string;
}
export interface CallExpression {
  readonly kind: "call";
  readonly name: FunctionName;
  readonly argument: Expression;
  readonly key: string;
}
export interface ExtremumExpression {
  readonly kind: "extremum";
  readonly name: "min" | "max";
  readonly arguments: readonly Expression[];
  readonly key: string;
}
export interface Comparison {
  readonly relation: "<" | "<=";
  readonly left: Expression;
  readonly right: Expression;
}
export interface PiecewiseExpression {
  readonly kind: "piecewise";
  readonly condition: Comparison;
  readonly then: Expression;
  readonly otherwise: Expression;
  readonly key: string;
}
/** ∫ integrand d(variable) from `from` to `to`; the variable is bound. */
export interface IntegralExpression {
  readonly kind: "integral";
  readonly integrand: Expression;
  readonly variable: SymbolExpression;
  readonly from: Expression;
  readonly to: Expression;
  readonly key: string;
}

export type Expression =
  | NumberExpression
  | ConstantExpression
  | SymbolExpression
  | SumExpression
  | ProductExpression
  | PowerExpression
  | CallExpression
  | ExtremumExpression
  | PiecewiseExpression
  | IntegralExpression;

/** A decimal as written, or a float by its shortest decimal: both are read exactly. */
export function number(value: string | number | bigint | Rational): NumberExpression {
  const rational = typeof value === "object" ? value : readRational(value);
  const key = rational.denominator === 1n ? `${rational.numerator}` : `${rational.numerator}/${rational.denominator}`;
  return { kind: "number", value: rational, key };
}

export function symbol(name: string, sign: Sign = "any"): SymbolExpression {
  return { kind: "symbol", name, sign, key: name };
}

export const ZERO: NumberExpression = number(0n);
export const ONE: NumberExpression = number(1n);
export const PI: ConstantExpression = { kind: "constant", name: "pi", key: "π" };

export function isZero(e: Expression): boolean {
  return e.kind === "number" && e.value.numerator === 0n;
}

export function isOne(e: Expression): boolean {
  return e.kind === "number" && e.value.numerator === 1n && e.value.denominator === 1n;
}

/** Equality of canonical forms. */
export function same(a: Expression, b: Expression): boolean {
  return a.key === b.key;
}

/** True where the form alone shows that the value is never negative (wherever it is real). */
export function isNonnegative(e: Expression): boolean {
  switch (e.kind) {
    case "number":
      return e.value.numerator >= 0n;
    case "constant":
      return true;
    case "symbol":
      return e.sign !== "any";
    case "sum":
      return e.terms.every(isNonnegative);
    case "product":
      return e.factors.every(isNonnegative);
    case "power":
      return e.exponent.denominator % 2n === 0n || e.exponent.numerator % 2n === 0n || isNonnegative(e.base);
    case "call":
      return (
        e.name === "exp" ||
        e.name === "abs" ||
        (e.name !== "log" && e.name !== "cos" && e.name !== "sin" && e.name !== "tan" && isNonnegative(e.argument))
      );
    case "extremum":
      return e.name === "max" ? e.arguments.some(isNonnegative) : e.arguments.every(isNonnegative);
    case "piecewise":
      return isNonnegative(e.then) && isNonnegative(e.otherwise);
    case "integral":
      return false;
  }
}

/** A call as it stands, without simplification. */
export function callNode(name: FunctionName, argument: Expression): CallExpression {
  return { kind: "call", name, argument, key: `${name}(${argument.key})` };
}

/** The order of terms and factors. */
const RANKS = {
  number: 0,
  constant: 1,
  symbol: 2,
  power: 3,
  call: 4,
  extremum: 5,
  piecewise: 5,
  integral: 6,
  product: 7,
  sum: 8,
};

export function byKey(a: Expression, b: Expression): number {
  const difference = RANKS[a.kind] - RANKS[b.kind];
  return difference !== 0 ? difference : a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}
