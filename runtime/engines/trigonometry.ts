/**
 * How do sine, cosine and tangent keep float32's accuracy where the device's own do not? Vulkan, which WebGPU may run on,
 * asks of them no more than 2⁻¹¹ (specification, "Precision of individual operations"): here they are sums and products.
 */
import type { Ops } from "../ops.js";
import type { TensorProgram } from "./engine.js";

/** The same program, its sines, cosines and tangents computed from other operations. */
export function withExactTrigonometry(program: TensorProgram): TensorProgram {
  return { ...program, build: (o, inputs) => program.build(replaceTrigonometry(o), inputs) };
}

function replaceTrigonometry<T>(o: Ops<T>): Ops<T> {
  const sin = (x: T): T => {
    // sin(r + kπ) = (-1)^k sin(r)
    const k = o.round(o.mul(x, o.scalar(1 / Math.PI)));
    return o.mul(alternating(o, k), sinNearZero(o, reduce(o, x, k)));
  };
  const cos = (x: T): T => {
    // cos(r + (k + ½)π) = -(-1)^k sin(r)
    const k = o.round(o.sub(o.mul(x, o.scalar(1 / Math.PI)), o.scalar(0.5)));
    const r = reduce(o, x, o.add(k, o.scalar(0.5)));
    return o.neg(o.mul(alternating(o, k), sinNearZero(o, r)));
  };
  return { ...o, sin, cos, tan: (x) => o.div(sin(x), cos(x)) };
}

/**
 * π in three parts. The first two have 9 bits, so that their products with a whole or half number of up to 14 bits are
 * exact in float32, and the subtractions lose nothing (Cody & Waite 1980, chapter 8).
 */
const first = leadingBits(Math.PI, 9);
const second = leadingBits(Math.PI - first, 9);
const parts = [first, second, Math.PI - first - second];

/** x - kπ */
function reduce<T>(o: Ops<T>, x: T, k: T): T {
  return parts.reduce((rest, part) => o.sub(rest, o.mul(k, o.scalar(part))), x);
}

/** (-1)^k = 1 - 2 (k mod 2) */
function alternating<T>(o: Ops<T>, k: T): T {
  const half = o.floor(o.mul(k, o.scalar(0.5)));
  const parity = o.sub(k, o.mul(o.scalar(2), half));
  return o.sub(o.scalar(1), o.mul(o.scalar(2), parity));
}

/** Taylor's coefficients of sin(r) / r in r². On |r| ≤ π/2 the first one left out gives (π/2)¹⁵ / 15! = 7e-10. */
const coefficients = [1, -1 / 6, 1 / 120, -1 / 5040, 1 / 362880, -1 / 39916800, 1 / 6227020800];

function sinNearZero<T>(o: Ops<T>, r: T): T {
  const square = o.mul(r, r);
  const [last = 0, ...others] = [...coefficients].reverse();
  const sum = others.reduce((inner, c) => o.add(o.mul(inner, square), o.scalar(c)), o.scalar(last));
  return o.mul(r, sum);
}

function leadingBits(value: number, bits: number): number {
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(value))) + 1 - bits);
  return Math.trunc(value / unit) * unit;
}
