/** Which elementwise formulas of real numbers are shorter than they are written? */
import * as o from "../build.js";
import type { Value } from "../value.js";
import { inShapeOf } from "./operands.js";
import { operand } from "./rule.js";
import type { Facts, Rule, RuleTable } from "./rule.js";

/** max(x, x) = x. Each of the equal operands takes half of the derivative, so it is the derivative of x too. */
const ofTwoEqual: Rule = (value) => (operand(value, 0) === operand(value, 1) ? operand(value, 0) : null);

export const arithmetic: RuleTable = {
  // exp(log x) = x where log is defined, x > 0; below, where the left is NaN, no model may be.
  exp: [(value) => inverse(value, "log")],
  log: [(value) => inverse(value, "exp")],
  abs: [
    (value) => {
      const x = operand(value, 0);
      if (x.op === "abs") return x;
      return x.op === "neg" ? o.abs(operand(x, 0)) : null;
    },
  ],
  neg: [
    (value) => {
      const x = operand(value, 0);
      if (x.op !== "div") return null;
      const product = productOf(x);
      return product && written({ ...product, factor: -product.factor }, value);
    },
  ],
  // A real that was an integer truncates to it.
  toInt: [(value) => (operand(value, 0).op === "toReal" ? integerBehind(operand(value, 0)) : null)],
  add: [
    (value) => {
      const [a, b] = [operand(value, 0), operand(value, 1)];
      return shifted(value, a, b, (k, c) => k + c, 1) ?? shifted(value, b, a, (k, c) => k + c, 1);
    },
  ],
  sub: [
    (value) => {
      const [a, b] = [operand(value, 0), operand(value, 1)];
      // x - x = 0 for finite x, which is what models compute with.
      if (a === b && value.dtype === "real") return o.zeros(value.shape);
      return shifted(value, a, b, (k, c) => k - c, -1) ?? shifted(value, b, a, (k, c) => c - k, 1);
    },
  ],
  mul: [
    (value) => {
      const [a, b] = [operand(value, 0), operand(value, 1)];
      return scaled(value, a, b) ?? scaled(value, b, a);
    },
    (value, facts) => {
      const [a, b] = [operand(value, 0), operand(value, 1)];
      return joinedNumbers(value, a, b, facts) ?? joinedNumbers(value, b, a, facts);
    },
    (value, facts) => {
      const [a, b] = [operand(value, 0), operand(value, 1)];
      const isReciprocal = (x: Value): boolean =>
        x.op === "div" && o.uniform(operand(x, 0)) === 1 && facts.isUsedOnce(x);
      if (isReciprocal(b)) return inShapeOf(value, o.div(a, operand(b, 1)));
      return isReciprocal(a) ? inShapeOf(value, o.div(b, operand(a, 1))) : null;
    },
  ],
  div: [
    (value) => {
      const [a, b] = [operand(value, 0), operand(value, 1)];
      if (a.op === "neg" && b.op === "neg") return inShapeOf(value, o.div(operand(a, 0), operand(b, 0)));
      // x / x = 1 for x ≠ 0, and other x must not be divided by.
      return a === b ? o.ones(value.shape) : null;
    },
    (value) => {
      const [a, b] = [operand(value, 0), operand(value, 1)];
      const [over, under] = [o.uniform(a), o.uniform(b)];
      if (under !== null && under !== 0) {
        if (a.op === "neg") return inShapeOf(value, o.div(operand(a, 0), o.scalar(-under)));
        const product = productOf(a);
        if (product !== null) return written({ ...product, factor: product.factor / under }, value);
        // Only where the reciprocal is exact: elsewhere it would cost a rounding, and "x / 3" says more than 0.333….
        return isPowerOfTwo(under) ? inShapeOf(value, o.mul(o.scalar(1 / under), a)) : null;
      }
      const product = over === null ? null : productOf(b);
      if (over === null || product === null) return null;
      return written({ factor: over / product.factor, rest: product.rest, isOver: !product.isOver }, value);
    },
  ],
  pow: [
    (value) => {
      const [base, exponent] = [operand(value, 0), o.uniform(operand(value, 1))];
      // The derivative at 0, an edge of the domain, is ∞ for the power and by agreement 0 for the root.
      if (exponent === 0.5) return inShapeOf(value, o.sqrt(base));
      return exponent === -1 ? inShapeOf(value, o.div(o.scalar(1), base)) : null;
    },
  ],
  max: [ofTwoEqual],
  min: [ofTwoEqual],
};

/** factor · rest, or factor / rest where rest `isOver` (stands under the line). */
interface Product {
  readonly factor: number;
  readonly rest: Value;
  readonly isOver: boolean;
}

/** A value as a number times or over another one. */
function productOf(value: Value): Product | null {
  if (value.op !== "mul" && value.op !== "div") return null;
  const [a, b] = [operand(value, 0), operand(value, 1)];
  const [left, right] = [o.uniform(a), o.uniform(b)];
  if (left !== null && left !== 0) return { factor: left, rest: b, isOver: value.op === "div" };
  if (right === null || right === 0) return null;
  return { factor: value.op === "div" ? 1 / right : right, rest: a, isOver: false };
}

/** The product in the shape of the value it stands for; null where its factor would leave the range of float32. */
function written({ factor, rest, isOver }: Product, value: Value): Value | null {
  if (Math.abs(factor) < 1e-30 || Math.abs(factor) > 1e30 || Number.isNaN(factor)) return null;
  const number = o.scalar(factor);
  return inShapeOf(value, isOver ? o.div(number, rest) : o.mul(number, rest));
}

/** s · (r · x) = (s · r) · x for numbers s and r known at run time: the product over all of x is made once. */
function joinedNumbers(value: Value, number: Value, product: Value, facts: Facts): Value | null {
  if (number.shape.length > 0 || product.op !== "mul" || product.shape.length === 0) return null;
  if (!facts.isUsedOnce(product)) return null;
  const [a, b] = [operand(product, 0), operand(product, 1)];
  const [inner, x] = a.shape.length === 0 ? [a, b] : [b, a];
  return inner.shape.length === 0 ? inShapeOf(value, o.mul(o.mul(number, inner), x)) : null;
}

/** k · (x / c) and k · (c / x) with one number. Products of products are joined while graphs are built. */
function scaled(value: Value, number: Value, x: Value): Value | null {
  const k = o.uniform(number);
  const product = k === null || x.op !== "div" ? null : productOf(x);
  return k === null || product === null ? null : written({ ...product, factor: k * product.factor }, value);
}

/**
 * k ± (c ± x) with one number. Where k and c nearly cancel, the digits of x which the first sum would have lost are kept:
 * the result is nearer to the exact one.
 */
function shifted(
  value: Value,
  number: Value,
  x: Value,
  join: (k: number, c: number) => number,
  sign: 1 | -1,
): Value | null {
  const k = o.uniform(number);
  if (k === null || value.dtype !== "real" || (x.op !== "add" && x.op !== "sub")) return null;
  const [a, b] = [operand(x, 0), operand(x, 1)];
  const [left, right] = [o.uniform(a), o.uniform(b)];
  const c = left ?? (right === null ? null : x.op === "sub" ? -right : right);
  if (c === null) return null;
  const rest = left === null ? a : b;
  const restSign = left !== null && x.op === "sub" ? -sign : sign;
  const offset = join(k, c);
  if (!Number.isFinite(offset)) return null;
  if (restSign < 0) return inShapeOf(value, o.sub(o.scalar(offset), rest));
  return inShapeOf(value, offset < 0 ? o.sub(rest, o.scalar(-offset)) : o.add(rest, o.scalar(offset)));
}

function inverse(value: Value, op: Value["op"]): Value | null {
  const x = operand(value, 0);
  return x.op === op ? operand(x, 0) : null;
}

function integerBehind(real: Value): Value | null {
  return operand(real, 0).dtype === "int" ? operand(real, 0) : null;
}

function isPowerOfTwo(number: number): boolean {
  const exponent = Math.log2(Math.abs(number));
  return Number.isInteger(exponent) && Math.abs(exponent) < 100;
}
