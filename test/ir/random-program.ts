/** Which programs are tests of passes and engines run on? Seeded random ones, drawn from the op table's domains. */
import { elements, equalShape } from "../../compiler/ir/dims.js";
import * as o from "../../compiler/ir/build.js";
import type { Case, Draw } from "../../compiler/ir/row.js";
import { opNames, table } from "../../compiler/ir/table.js";
import type { OpName, Program, ScanBody, SymbolicShape, Value } from "../../compiler/ir/value.js";
import type { DType } from "../../runtime/ops.js";
import { array64 } from "../../runtime/engines/reference.js";
import type { Array64 } from "../../runtime/engines/reference.js";

/**
 * A valid program of some twenty ops with scans, gathers, and real, int and bool values; the same for the same seed.
 * Every op gets operands from its domain: reals that could leave it are squashed into it.
 */
export function randomProgram(seed: number): Program {
  const random = generator(seed);
  const inputs = [
    o.input("x", "real", [3]),
    o.input("y", "real", [2, 3]),
    o.input("t", "real", []),
    o.input("k", "int", [2]),
  ];
  const pool: Pool = { random, values: inputs.map((value) => ({ value, ...inputRange(value.dtype) })) };
  grow(pool, 12 + Math.floor(random() * 12), 2);
  const made = pool.values.slice(inputs.length).map((entry) => entry.value);
  const chosen = [...new Set([made.at(-1), made.at(-2), pick(random, made)])].filter((value) => value !== undefined);
  const outputs = chosen.map((value, i) => ({ name: `out${i}`, value }));
  return { name: `random${seed}`, inputs, outputs };
}

/** Numbers for the inputs of a program, from the ranges its ops count on. */
export function randomInputs(program: Program, seed: number): Record<string, Array64> {
  const random = generator(seed);
  const entries = program.inputs.map(({ params, dtype, shape }): [string, Array64] => [
    params.name ?? "",
    randomArray(dtype, shape.map(Number), random),
  ]);
  return Object.fromEntries(entries);
}

/** Numbers as `randomInputs` draws them. */
export function randomArray(dtype: DType, shape: readonly number[], random: () => number): Array64 {
  const { low, high } = inputRange(dtype);
  const draw = (): number => (dtype === "real" ? low + (high - low) * random() : Math.floor((high + 1) * random()));
  return array64(Array.from({ length: Number(elements(shape)) }, draw), shape, dtype);
}

/** Uniform numbers in [0, 1): the mulberry32 generator. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A value and the range its numbers are known to lie in. */
interface Entry {
  readonly value: Value;
  readonly low: number;
  readonly high: number;
}

/** The values that a program, or a scan body, has so far. */
interface Pool {
  readonly random: () => number;
  readonly values: Entry[];
}

function inputRange(dtype: DType): { low: number; high: number } {
  if (dtype === "real") return { low: -2, high: 2 };
  return { low: 0, high: dtype === "int" ? 2 : 1 };
}

const drawn = opNames.filter((op) => !["across", "input", "pick", "size", "scan", "while"].includes(op));

/** Adds the results of `count` ops; scans nest at most `depth` deep. */
function grow(pool: Pool, count: number, depth: number): void {
  for (let i = 0; i < count; i += 1) {
    const isScan = depth > 0 && pool.random() < 0.08;
    if (isScan) pool.values.push(...randomScan(pool, depth));
    else pool.values.push(randomOp(pool, pick(pool.random, drawn)));
  }
}

function randomOp(pool: Pool, op: OpName): Entry {
  const { domain } = table[op];
  if (op === "scalar") {
    const value = pick(pool.random, [0, 1, -1, 2, 0.5, 3, -0.75]);
    return { value: o.make("scalar", [], { value }), low: value, high: value };
  }
  const chosen: Case = pick(pool.random, domain.cases);
  const operands = chosen.shapes.map((shape, i) =>
    operandFor(pool, domain.operands[Math.min(i, domain.operands.length - 1)] ?? { dtype: "bool" }, shape),
  );
  const value = o.make(op, operands.map((entry) => entry.value), chosen.params); // prettier-ignore
  return { value, ...rangeOf(op, value, operands) };
}

function rangeOf(op: OpName, value: Value, operands: readonly Entry[]): { low: number; high: number } {
  if (value.dtype === "bool") return { low: 0, high: 1 };
  if (op === "sin" || op === "cos" || op === "tanh" || op === "sign") return { low: -1, high: 1 };
  if (op === "sigmoid") return { low: 0, high: 1 };
  if (op === "iota") return { low: 0, high: Number(value.params.length) - 1 };
  if (table[op].family === "movement" || op === "stopGradient") {
    const isPadded = op === "pad";
    return {
      low: Math.min(...operands.map((entry) => entry.low), isPadded ? 0 : Infinity),
      high: Math.max(...operands.map((entry) => entry.high), isPadded ? 0 : -Infinity),
    };
  }
  return { low: -Infinity, high: Infinity };
}

/** Some value of the pool, brought to the shape and into the range that an op asks for. */
function operandFor(pool: Pool, draw: Draw, shape: readonly number[]): Entry {
  const candidates = pool.values.filter((entry) => entry.value.dtype === draw.dtype);
  const exact = candidates.filter((entry) => equalShape(entry.value.shape, shape));
  const source = exact.length > 0 && pool.random() < 0.8 ? exact : candidates;
  if (draw.dtype === "bool") {
    if (source.length > 0) return fitted(pick(pool.random, source), shape);
    const around: Draw = { dtype: "real", low: -2, high: 2, avoid: [] };
    const [left, right] = [operandFor(pool, around, shape), operandFor(pool, around, [])];
    return { value: o.make("less", [left.value, right.value], {}), low: 0, high: 1 };
  }
  if (draw.dtype === "int") {
    const inside = source.filter((entry) => entry.low >= draw.low && entry.high <= draw.high);
    if (inside.length > 0 && pool.random() < 0.8) return fitted(pick(pool.random, inside), shape);
    const real = operandFor(pool, { dtype: "real", low: draw.low, high: draw.high + 0.99, avoid: [] }, shape);
    return { value: o.make("toInt", [real.value], {}), low: draw.low, high: draw.high };
  }
  return squashed(fitted(pick(pool.random, source), shape), draw.low, draw.high);
}

/** middle + half · tanh x, unless x lies in the range already. */
function squashed(entry: Entry, low: number, high: number): Entry {
  if (entry.low >= low && entry.high <= high) return entry;
  const half = o.make("scalar", [], { value: (high - low) / 2 });
  const middle = o.make("scalar", [], { value: (high + low) / 2 });
  const bounded = o.make("mul", [half, o.make("tanh", [entry.value], {})], {});
  return { value: o.make("add", [middle, bounded], {}), low, high };
}

/** The value in another shape: reshaped where it holds as many numbers, else cut down to one number and stretched. */
function fitted(entry: Entry, shape: SymbolicShape): Entry {
  const { value } = entry;
  if (equalShape(value.shape, shape)) return entry;
  if (elements(value.shape) === elements(shape)) return { ...entry, value: o.make("reshape", [value], { shape }) };
  if (elements(value.shape) === 0)
    return { value: o.make("broadcast", [zeroOf(value.dtype)], { shape }), low: 0, high: 0 };
  const lead = shape.length - value.shape.length;
  const stretches = value.shape.every((dim, axis) => dim === 1 || dim === shape[axis + lead]);
  if (lead >= 0 && stretches) return { ...entry, value: o.make("broadcast", [value], { shape }) };
  const one = value.shape.map(() => 1);
  const corner = o.make("slice", [value], { starts: value.shape.map(() => 0), sizes: one });
  return { ...entry, value: o.make("broadcast", [o.make("reshape", [corner], { shape: [] })], { shape }) };
}

function zeroOf(dtype: DType): Value {
  const zero = o.make("scalar", [], { value: 0 });
  if (dtype === "real") return zero;
  return dtype === "int" ? o.make("toInt", [zero], {}) : o.make("less", [zero, zero], {});
}

/** A loop of two to four rounds over values of the pool; carries are squashed, so that they stay bounded. */
function randomScan(pool: Pool, depth: number): Entry[] {
  const { random } = pool;
  const length = 2 + Math.floor(random() * 3);
  const reals = pool.values.filter((entry) => entry.value.dtype === "real" && entry.value.shape.length < 3);
  const initial = several(random, 1, 2, reals).map((entry) => ({ ...squashed(entry, -2, 2), low: -2, high: 2 }));
  const rows = several(random, 0, 2, pool.values.filter((entry) => entry.value.shape.length < 2)); // prettier-ignore
  const xs = rows.map((entry) => fitted(entry, [length, ...entry.value.shape]));
  const captured = several(random, 0, 2, pool.values);

  const argument = (entry: Entry, shape: SymbolicShape, name: string): Entry => ({
    ...entry,
    value: o.input(name, entry.value.dtype, shape),
  });
  const carry = initial.map((entry, i) => argument(entry, entry.value.shape, `carry${i}`));
  const slices = xs.map((entry, i) => argument(entry, entry.value.shape.slice(1), `row${i}`));
  const captures = captured.map((entry, i) => argument(entry, entry.value.shape, `captured${i}`));
  const inner: Pool = { random, values: [...carry, ...slices, ...captures] };
  grow(inner, 3 + Math.floor(random() * 4), depth - 1);

  const innerReals = inner.values.filter((entry) => entry.value.dtype === "real");
  const nextCarry = carry.map((entry) => squashed(fitted(pick(random, innerReals), entry.value.shape), -2, 2));
  const results = several(random, 0, 2, inner.values);
  const values = (entries: readonly Entry[]): Value[] => entries.map((entry) => entry.value);
  const body: ScanBody = {
    carry: values(carry),
    xs: values(slices),
    captures: values(captures),
    nextCarry: values(nextCarry),
    rows: values(results),
  };
  const scan = o.make("scan", values([...initial, ...xs, ...captured]), { length, body });
  return [...initial, ...results].map((entry, index) => ({
    ...entry,
    value: o.make("pick", [scan], { index }),
  }));
}

/** None where there is nothing to choose from. */
function several<X>(random: () => number, least: number, most: number, items: readonly X[]): X[] {
  if (items.length === 0) return [];
  const count = least + Math.floor(random() * (most - least + 1));
  return Array.from({ length: count }, () => pick(random, items));
}

function pick<X>(random: () => number, items: readonly X[]): X {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
}
