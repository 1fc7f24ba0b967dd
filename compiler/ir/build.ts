/** How are values made? `make` by the op table alone, `apply` with the cheap shortcuts, and one function per op. */
import type { Span } from "../../grammar/source.js";
import type { DType } from "../../runtime/ops.js";
import { InternalError } from "../internal-error.js";
import { elements, equalShape, symbolOf } from "./dims.js";
import * as self from "./build.js";
import type { Typed } from "./row.js";
import { shortcut } from "./shortcuts.js";
import { table } from "./table.js";
import type { Dim, OpName, Params, ScanBody, SymbolicShape, Value } from "./value.js";

let lastId = 0;
let ambient: Span | null = null;

/** Values made inside carry `origin`, unless told otherwise. */
export function withOrigin<T>(origin: Span | null, build: () => T): T {
  const outer = ambient;
  ambient = origin;
  try {
    return build();
  } finally {
    ambient = outer;
  }
}

/** Exactly this op on these operands. Whoever calls has checked the shapes: a violation is a bug of the compiler. */
export function make(op: OpName, inputs: readonly Value[], params: Params, origin: Span | null = ambient): Value {
  const { dtype, shape } = typeOf(op, inputs, params);
  lastId += 1;
  return { id: lastId, op, inputs, params, dtype, shape, origin };
}

/** A value equal to this op on these operands, by a shorter way where there is one (x + 0, x · 1, constants …). */
export function apply(op: OpName, inputs: readonly Value[], params: Params): Value {
  typeOf(op, inputs, params);
  return shortcut(self, op, inputs, params) ?? make(op, inputs, params);
}

function typeOf(op: OpName, inputs: readonly Value[], params: Params): Typed {
  const row = table[op];
  if (row.arity !== "any" && row.arity !== inputs.length) {
    throw new InternalError(`${op} takes ${row.arity} operands, not ${inputs.length}`);
  }
  const typed = row.shape(inputs, params);
  if (typeof typed === "string") throw new InternalError(`${op}: ${typed}`);
  return typed;
}

// ── constants and inputs ───────────────────────────────────────────────────────────────────────────────────────────
export function scalar(value: number): Value {
  return make("scalar", [], { value });
}
/** The number that `op` gives on operands that are one number each. What long computations led to it is forgotten. */
export function computedScalar(value: number, op: OpName, inputs: readonly Value[]): Value {
  const depth = 1 + Math.max(...inputs.map((input) => scalarIn(input)?.computed?.depth ?? 0));
  return depth > deepestComputation ? scalar(value) : { ...scalar(value), computed: { op, inputs, depth } };
}

const deepestComputation = 8;

export function constant(values: readonly number[], shape: SymbolicShape): Value {
  return make("constant", [], { values, shape });
}
export function iota(length: Dim): Value {
  return make("iota", [], { length });
}
/** A size as a real scalar. */
export function size(dim: Dim): Value {
  return typeof dim === "number" ? scalar(dim) : make("size", [], { size: dim });
}
export function input(name: string, dtype: DType, shape: SymbolicShape): Value {
  return make("input", [], { name, dtype, shape });
}
export function stopGradient(x: Value): Value {
  return apply("stopGradient", [x], {});
}

// ── elementwise ────────────────────────────────────────────────────────────────────────────────────────────────────
export function neg(x: Value): Value {
  return apply("neg", [x], {});
}
export function exp(x: Value): Value {
  return apply("exp", [x], {});
}
export function log(x: Value): Value {
  return apply("log", [x], {});
}
export function sqrt(x: Value): Value {
  return apply("sqrt", [x], {});
}
export function abs(x: Value): Value {
  return apply("abs", [x], {});
}
export function sign(x: Value): Value {
  return apply("sign", [x], {});
}
export function floor(x: Value): Value {
  return apply("floor", [x], {});
}
export function round(x: Value): Value {
  return apply("round", [x], {});
}
export function sin(x: Value): Value {
  return apply("sin", [x], {});
}
export function cos(x: Value): Value {
  return apply("cos", [x], {});
}
export function tan(x: Value): Value {
  return apply("tan", [x], {});
}
export function atan(x: Value): Value {
  return apply("atan", [x], {});
}
export function tanh(x: Value): Value {
  return apply("tanh", [x], {});
}
export function erf(x: Value): Value {
  return apply("erf", [x], {});
}
export function sigmoid(x: Value): Value {
  return apply("sigmoid", [x], {});
}
export function softplus(x: Value): Value {
  return apply("softplus", [x], {});
}
export function silu(x: Value): Value {
  return apply("silu", [x], {});
}
export function not(x: Value): Value {
  return apply("not", [x], {});
}
export function toReal(x: Value): Value {
  return apply("toReal", [x], {});
}
export function toInt(x: Value): Value {
  return apply("toInt", [x], {});
}
export function add(a: Value, b: Value): Value {
  return apply("add", [a, b], {});
}
export function sub(a: Value, b: Value): Value {
  return apply("sub", [a, b], {});
}
export function mul(a: Value, b: Value): Value {
  return apply("mul", [a, b], {});
}
export function div(a: Value, b: Value): Value {
  return apply("div", [a, b], {});
}
export function pow(a: Value, b: Value): Value {
  return apply("pow", [a, b], {});
}
export function max(a: Value, b: Value): Value {
  return apply("max", [a, b], {});
}
export function min(a: Value, b: Value): Value {
  return apply("min", [a, b], {});
}
export function atan2(y: Value, x: Value): Value {
  return apply("atan2", [y, x], {});
}
export function less(a: Value, b: Value): Value {
  return apply("less", [a, b], {});
}
export function lessEqual(a: Value, b: Value): Value {
  return apply("lessEqual", [a, b], {});
}
export function equal(a: Value, b: Value): Value {
  return apply("equal", [a, b], {});
}
export function and(a: Value, b: Value): Value {
  return apply("and", [a, b], {});
}
export function or(a: Value, b: Value): Value {
  return apply("or", [a, b], {});
}
export function select(condition: Value, a: Value, b: Value): Value {
  return apply("select", [condition, a, b], {});
}

// ── reductions, movement, products ─────────────────────────────────────────────────────────────────────────────────
export function sum(x: Value, axes: readonly number[]): Value {
  return apply("sum", [x], { axes });
}
export function reduceMax(x: Value, axes: readonly number[]): Value {
  return apply("reduceMax", [x], { axes });
}
export function reshape(x: Value, shape: SymbolicShape): Value {
  return apply("reshape", [x], { shape });
}
export function transpose(x: Value, permutation: readonly number[]): Value {
  return apply("transpose", [x], { permutation });
}
export function broadcast(x: Value, shape: SymbolicShape): Value {
  return apply("broadcast", [x], { shape });
}
export function slice(x: Value, starts: readonly number[], sizes: SymbolicShape): Value {
  return apply("slice", [x], { starts, sizes });
}
export function pad(x: Value, before: readonly number[], after: readonly number[]): Value {
  return apply("pad", [x], { before, after });
}
export function concat(parts: readonly Value[], axis: number): Value {
  return apply("concat", parts, { axis });
}
export function reverse(x: Value, axes: readonly number[]): Value {
  return apply("reverse", [x], { axes });
}
export function gather(rows: Value, indices: Value): Value {
  return apply("gather", [rows, indices], {});
}
export function scatterAdd(indices: Value, updates: Value, size: Dim): Value {
  return apply("scatterAdd", [indices, updates], { size });
}
export function matMul(a: Value, b: Value): Value {
  return apply("matMul", [a, b], {});
}
export function batchMatMul(a: Value, b: Value): Value {
  return apply("batchMatMul", [a, b], {});
}
/** [..., H, W, c] with kernels [h, w, c, n]: [..., H - h + 1, W - w + 1, n]. */
export function convolve(x: Value, kernels: Value): Value {
  return apply("convolve", [x, kernels], {});
}

// ── loops ──────────────────────────────────────────────────────────────────────────────────────────────────────────
export interface ScanResults {
  readonly carry: readonly Value[];
  readonly rows: readonly Value[];
}

/** A loop over a body already made; `operands` are the initial carry, the xs and the captures. loop.ts makes bodies. */
export function scan(length: Dim, body: ScanBody, operands: readonly Value[]): ScanResults {
  const loop = make("scan", operands, { length, body });
  const results = [...body.nextCarry, ...body.rows].map((_, index) => pick(loop, index));
  return { carry: results.slice(0, body.carry.length), rows: results.slice(body.carry.length) };
}
/** A loop with a condition over a body already made; the final carry. */
export function repeat(most: Dim, body: ScanBody, operands: readonly Value[]): readonly Value[] {
  const loop = make("while", operands, { length: most, body });
  return body.carry.map((_, index) => pick(loop, index));
}
/** What each sample gets of a computation over the batch. */
export function across(body: ScanBody, operands: readonly Value[]): readonly Value[] {
  const whole = make("across", operands, { body });
  return body.rows.map((_, index) => pick(whole, index));
}
export function pick(loop: Value, index: number): Value {
  return make("pick", [loop], { index });
}

// ── what is built of them everywhere ───────────────────────────────────────────────────────────────────────────────
export function fill(value: number, shape: SymbolicShape): Value {
  return broadcastTo(scalar(value), shape);
}
export function zeros(shape: SymbolicShape): Value {
  return fill(0, shape);
}
export function ones(shape: SymbolicShape): Value {
  return fill(1, shape);
}

/** The number that a real value consists of everywhere, where that is plain to see. */
export function uniform(x: Value): number | null {
  return scalarIn(x)?.params.value ?? null;
}

/** The scalar that a value is, stretched or not. */
export function scalarIn(x: Value): Value | null {
  let source = x;
  while (source.op === "broadcast" && source.inputs[0] !== undefined) source = source.inputs[0];
  return source.op === "scalar" ? source : null;
}

/** x itself where it has the shape already. */
export function broadcastTo(x: Value, shape: SymbolicShape): Value {
  return equalShape(x.shape, shape) ? x : broadcast(x, shape);
}

/** The transpose of broadcastTo: sums over the axes along which a value of `shape` would have been stretched. */
export function sumToShape(x: Value, shape: SymbolicShape): Value {
  const lead = x.shape.length - shape.length;
  const stretched = [...x.shape.keys()].filter(
    (axis) => axis < lead || (shape[axis - lead] === 1 && x.shape[axis] !== 1),
  );
  return reshape(sum(x, stretched), shape);
}

/** Puts the axes that a reduction of x removed back, with size 1. */
export function keepAxes(reduced: Value, x: Value, axes: readonly number[]): Value {
  return reshape(
    reduced,
    x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim)),
  );
}

/** The last two axes exchanged. */
export function swapLast(x: Value): Value {
  const rank = x.shape.length;
  return transpose(x, [...Array(rank - 2).keys(), rank - 1, rank - 2]);
}

/** How many numbers a shape holds, as a real scalar; run-time sizes multiply at run time. */
export function count(shape: SymbolicShape): Value {
  const symbolic = shape.filter((dim) => symbolOf(dim) !== null);
  const known = Number(elements(shape.filter((dim) => symbolOf(dim) === null)));
  return symbolic.reduce<Value>((product, dim) => mul(product, size(dim)), scalar(known));
}

export function mean(x: Value, axes: readonly number[]): Value {
  return div(sum(x, axes), count(x.shape.filter((_, axis) => axes.includes(axis))));
}

export function sumAll(x: Value): Value {
  return sum(x, [...x.shape.keys()]);
}

/** Σ aᵢ bᵢ over all places. */
export function dot(a: Value, b: Value): Value {
  return sumAll(mul(a, b));
}
