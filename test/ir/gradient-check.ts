/**
 * Are the derivatives of a graph those of the function it computes? Compares them with finite differences on the float64
 * reference engine; `checkRow` does so for a row of the op table, on the inputs its `domain` asks for.
 */
import { input, make } from "../../compiler/ir/build.js";
import { jvp, vjp } from "../../compiler/ir/differentiate.js";
import { evaluate } from "../../compiler/ir/evaluate.js";
import type { Case, Domain, Draw } from "../../compiler/ir/row.js";
import { opNames, table } from "../../compiler/ir/table.js";
import type { OpName, Value } from "../../compiler/ir/value.js";
import type { DType } from "../../runtime/ops.js";
import { array64, referenceOps, type Array64 } from "../../runtime/engines/reference.js";

/** The largest errors found, relative to the larger of 1 and the size of what is compared. */
export interface GradientErrors {
  /** JVP and VJP against finite differences. */
  readonly order1: number;
  /** Forward over reverse and reverse over reverse against finite differences of the VJP. */
  readonly order2: number;
  /** |⟨Jv, w⟩ - ⟨v, Jᵀw⟩|, relative to the sum of the absolute values of the terms. */
  readonly adjoint: number;
}

export interface Point {
  readonly values: readonly number[];
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** Rows with a real result, a real operand, and a derivative that is that of their value. */
export function checkableRows(): readonly OpName[] {
  return opNames.filter((name) => {
    const { domain, derivative, shape } = table[name];
    const [first] = domain.cases;
    if (first === undefined || derivative.kind === "control" || name === "stopGradient") return false;
    const operands = first.shapes.map((shape, place) => input("x", drawAt(domain, place).dtype, shape));
    const typed = shape(operands, first.params);
    return typeof typed !== "string" && typed.dtype === "real" && operands.some((value) => value.dtype === "real");
  });
}

export function checkRow(name: string, seed: number): GradientErrors {
  const op = opNames.find((known) => known === name);
  if (op === undefined) throw new Error(`no row ${name}`);
  const { domain } = table[op];
  const random = randomNumbers(seed);
  return worst(
    domain.cases.map((each) =>
      checkFunction((operands) => [make(op, operands, each.params)], drawPoint(domain, each, random), random),
    ),
  );
}

/** The derivatives of `compute` at a point, along random directions. */
export function checkFunction(
  compute: (operands: readonly Value[]) => readonly Value[],
  point: readonly Point[],
  random: () => number,
): GradientErrors {
  const operands = point.map(({ dtype, shape }, place) => input(`x${place}`, dtype, shape));
  const outputs = compute(operands);
  const isReal = point.map(({ dtype }) => dtype === "real");
  const wrt = operands.filter((_, place) => isReal[place]);
  const at = point.map(({ values, shape, dtype }) => array64(values, shape, dtype));
  const direction = (values: readonly Value[]): Array64[] =>
    values.map(({ shape }) => array64(Array.from({ length: product(shape) }, () => 2 * random() - 1), shape.map(Number))); // prettier-ignore
  const along = (values: readonly Value[]): Value[] => values.map(({ shape }) => input("along", "real", shape));

  // Every graph below is a function of the operands, the directions u, v and the cotangents w.
  const [v, u, w] = [direction(wrt), direction(wrt), direction(outputs)];
  const [vIn, uIn, wIn] = [along(wrt), along(wrt), along(outputs)];
  const forward = jvp(outputs, wrt, vIn);
  const reverse = vjp(outputs, wrt, wIn);
  const forwardOverReverse = jvp(reverse, wrt, vIn);
  const reverseOverReverse = vjp(reverse, wrt, uIn);
  const run = (values: readonly Value[], shift = 0): Array64[] => {
    const shifted = shiftBy(at, isReal, v, shift);
    const bindings = new Map<Value, Array64>();
    const bind = (keys: readonly Value[], given: readonly Array64[]): void =>
      keys.forEach((key, place) => bindings.set(key, item(given, place)));
    bind(operands, shifted);
    bind(vIn, v);
    bind(uIn, u);
    bind(wIn, w);
    return evaluate(values, bindings, referenceOps, {});
  };
  const slope = (values: readonly Value[]): Array64[] => differences((shift) => run(values, shift));

  const [jv, jtw] = [run(forward), run(reverse)];
  const numeric1 = slope(outputs);
  const numeric2 = slope(reverse);
  return {
    order1: Math.max(
      ...jv.map((tangent, place) => distance(tangent, item(numeric1, place))),
      relative(inner(jtw, v), inner(w, numeric1)),
    ),
    order2: Math.max(
      ...run(forwardOverReverse).map((tangent, place) => distance(tangent, item(numeric2, place))),
      // ⟨H u, v⟩ = ⟨u, H v⟩, since v is the direction of the differences.
      relative(inner(run(reverseOverReverse), v), inner(u, numeric2)),
    ),
    adjoint: Math.abs(inner(jv, w) - inner(v, jtw)) / Math.max(innerSize(jv, w), innerSize(v, jtw), Number.MIN_VALUE),
  };
}

/** Uniform numbers in [0, 1) from a 32-bit seed (mulberry32: tests need no better). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Operands of one case as the domain of the row draws them. */
export function drawPoint(domain: Domain, { shapes }: Case, random: () => number): Point[] {
  const drawn: number[] = [];
  return shapes.map((shape, place) => {
    const draw = drawAt(domain, place);
    const values = Array.from({ length: product(shape) }, () => {
      for (;;) {
        const value = drawNumber(draw, random);
        const isClear = draw.dtype !== "real" || drawn.every((other) => Math.abs(other - value) >= domain.apart);
        if (isClear) {
          drawn.push(value);
          return value;
        }
      }
    });
    return { values, shape, dtype: draw.dtype };
  });
}

function drawAt(domain: Domain, place: number): Draw {
  const draw = domain.operands[place] ?? domain.operands.at(-1);
  if (draw === undefined) throw new Error("a domain without operands");
  return draw;
}

function drawNumber(draw: Draw, random: () => number): number {
  if (draw.dtype === "bool") return random() < 0.5 ? 0 : 1;
  if (draw.dtype === "int") return draw.low + Math.floor(random() * (draw.high - draw.low + 1));
  for (;;) {
    const value = draw.low + random() * (draw.high - draw.low);
    if (draw.avoid.every(({ at, margin }) => Math.abs(value - at) > margin)) return value;
  }
}

/**
 * Richardson: (4 D(h/2) - D(h)) / 3 for central differences D has an error of order h⁴, here about 1e-11, and rounding
 * of about 1e-16 / h.
 */
function differences(run: (shift: number) => readonly Array64[]): Array64[] {
  const step = 2e-3;
  const central = (h: number): Array64[] => {
    const behind = run(-h);
    return run(h).map((ahead, place) => combine(ahead, item(behind, place), (a, b) => (a - b) / (2 * h)));
  };
  const fine = central(step / 2);
  return central(step).map((coarse, place) => combine(coarse, item(fine, place), (a, b) => (4 * b - a) / 3));
}

function shiftBy(at: readonly Array64[], isReal: readonly boolean[], v: readonly Array64[], shift: number): Array64[] {
  let real = 0;
  return at.map((value, place) => {
    if (isReal[place] !== true) return value;
    real += 1;
    return combine(value, item(v, real - 1), (x, direction) => x + shift * direction);
  });
}

function combine(a: Array64, b: Array64, by: (a: number, b: number) => number): Array64 {
  if (a.data.length !== b.data.length) throw new Error(`[${a.shape.join(", ")}] beside [${b.shape.join(", ")}]`);
  return array64(a.data.map((x, place) => by(x, b.data[place] ?? NaN)), a.shape); // prettier-ignore
}

function inner(a: readonly Array64[], b: readonly Array64[]): number {
  return a.reduce((sum, x, place) => sum + total(combine(x, item(b, place), (p, q) => p * q)), 0);
}

function innerSize(a: readonly Array64[], b: readonly Array64[]): number {
  return a.reduce((sum, x, place) => sum + total(combine(x, item(b, place), (p, q) => Math.abs(p * q))), 0);
}

function total(x: Array64): number {
  return x.data.reduce((sum, value) => sum + value, 0);
}

function distance(a: Array64, b: Array64): number {
  const gaps = combine(a, b, relative).data;
  return gaps.reduce(larger, 0);
}

function relative(a: number, b: number): number {
  return Math.abs(a - b) / Math.max(1, Math.abs(b));
}

function worst(errors: readonly GradientErrors[]): GradientErrors {
  const most = (of: (errors: GradientErrors) => number): number => errors.map(of).reduce(larger, 0);
  return { order1: most((e) => e.order1), order2: most((e) => e.order2), adjoint: most((e) => e.adjoint) };
}

/** Unlike Math.max in a reduction from 0, keeps NaN whichever side it is on; a NaN must fail the check. */
function larger(a: number, b: number): number {
  return Number.isNaN(a) || Number.isNaN(b) ? NaN : Math.max(a, b);
}

function product(shape: readonly (number | string)[]): number {
  return shape.reduce<number>((count, size) => count * Number(size), 1);
}

function item<T>(items: readonly T[], place: number): T {
  if (place >= items.length) throw new Error(`no item ${place} of ${items.length}`);
  return items[place] as T; // Inside the bounds by the line above.
}
