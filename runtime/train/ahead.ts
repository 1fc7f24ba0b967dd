/**
 * What of a step need not wait for the weights? Everything made of random numbers and data alone, such as the noised samples
 * and the features of their times: it is computed for a whole block of steps at once, in one operation where the steps
 * would take one each.
 *
 * The program is called twice on values that know what they depend on: before the loop, where operations on rows become
 * operations on stacks of rows and all others are only looked at; and inside the loop, where the results of the first call
 * are read and only the others are computed.
 */
import { elements } from "../ndarray.js";
import type { Ops, Shape } from "../ops.js";
import { need } from "../programs.js";

/** `fixed` is the same in every step; `row` is a stack with a row for every step; `late` is known inside the loop only. */
export interface Staged<T> {
  readonly kind: "fixed" | "row" | "late";
  readonly value: T;
}

export type StagedProgram<T> = (o: Ops<Staged<T>>, late: readonly Staged<T>[]) => readonly Staged<T>[];

export interface Ahead<T> {
  /** Stacks of what the loop reads, each [length, …]: the rows of the loop. */
  readonly stacks: readonly T[];
  /** The rest of a step, inside the loop. */
  finish(inner: Ops<T>, late: readonly T[], rows: readonly T[]): readonly T[];
}

/** `late` are values that stand for those inside the loop: nothing is computed of them that is used. */
export function computeAhead<T>(o: Ops<T>, length: number, late: readonly T[], program: StagedProgram<T>): Ahead<T> {
  const stacks: T[] = [];
  const results: Staged<T>[] = [];
  const firstRow = (x: Staged<T>): T => {
    if (x.kind !== "row") return x.value;
    if (!stacks.includes(x.value)) stacks.push(x.value);
    const [, ...shape] = o.shapeOf(x.value);
    return o.reshape(o.slice(x.value, [0, ...shape.map(() => 0)], [1, ...shape]), shape);
  };
  const before: Stage<T> = {
    raw: firstRow,
    length,
    record(operands, compute, computeStack) {
      const result = early(o, operands, compute, computeStack) ?? { kind: "late", value: compute() };
      results.push(result);
      return result;
    },
  };
  program(stagedOps(o, before), late.map(asLate)).forEach(firstRow);
  return {
    stacks,
    finish(inner, late, rows) {
      const raw = (x: Staged<T>): T => (x.kind === "row" ? need(rows[stacks.indexOf(x.value)], "a row") : x.value);
      let at = 0;
      const inside: Stage<T> = {
        raw,
        length,
        record(_, compute) {
          const known = need(results[at++], "an operation of the first call");
          return known.kind === "late" ? { kind: "late", value: compute() } : known;
        },
      };
      return program(stagedOps(inner, inside), late.map(asLate)).map(raw);
    },
  };
}

export function asFixed<T>(value: T): Staged<T> {
  return { kind: "fixed", value };
}

/** A stack of rows, [length, …]. */
export function asRow<T>(value: T): Staged<T> {
  return { kind: "row", value };
}

function asLate<T>(value: T): Staged<T> {
  return { kind: "late", value };
}

/** Larger results, in numbers, gain nothing: computing them takes longer than calling the operation. */
const LARGEST_ROW = 2 ** 16;

function early<T>(
  o: Ops<T>,
  operands: readonly Staged<T>[],
  compute: () => T,
  computeStack: (() => T) | null,
): Staged<T> | null {
  if (operands.some(({ kind }) => kind === "late")) return null;
  if (operands.every(({ kind }) => kind === "fixed")) return asFixed(compute());
  if (computeStack === null) return null;
  const value = computeStack();
  return elements(o.shapeOf(value).slice(1)) <= LARGEST_ROW ? asRow(value) : null;
}

interface Stage<T> {
  /** The value of one step. */
  raw(x: Staged<T>): T;
  readonly length: number;
  /** `computeStack` does for all rows what `compute` does for one; null where an operation cannot. */
  record(operands: readonly Staged<T>[], compute: () => T, computeStack: (() => T) | null): Staged<T>;
}

function stagedOps<T>(o: Ops<T>, stage: Stage<T>): Ops<Staged<T>> {
  type Value = Staged<T>;
  const { raw, length, record } = stage;
  const shapeOf = ({ kind, value }: Value): Shape => (kind === "row" ? o.shapeOf(value).slice(1) : o.shapeOf(value));
  /** With the given number of axes in each row, as operands that stretch each other need. */
  const ranked = (x: Value, rank: number): T => {
    const shape = shapeOf(x);
    if (x.kind !== "row" || shape.length === rank) return x.value;
    return o.reshape(x.value, [length, ...Array<number>(rank - shape.length).fill(1), ...shape]);
  };
  const stacked = (x: Value): T => (x.kind === "row" ? x.value : o.broadcast(x.value, [length, ...shapeOf(x)]));
  const unary = (op: UnaryOp) => (x: Value) =>
    record(
      [x],
      () => o[op](raw(x)),
      () => o[op](x.value),
    );
  const binary = (op: BinaryOp) => (a: Value, b: Value) =>
    record(
      [a, b],
      () => o[op](raw(a), raw(b)),
      () => {
        const rank = Math.max(shapeOf(a).length, shapeOf(b).length);
        return o[op](ranked(a, rank), ranked(b, rank));
      },
    );
  const shifted = (axes: readonly number[]): readonly number[] => axes.map((axis) => axis + 1);

  return {
    scalar: (value) => record([], () => o.scalar(value), null),
    constant: (values, shape) => record([], () => o.constant(values, shape), null),
    iota: (count) => record([], () => o.iota(count), null),

    neg: unary("neg"),
    exp: unary("exp"),
    log: unary("log"),
    sqrt: unary("sqrt"),
    abs: unary("abs"),
    sign: unary("sign"),
    floor: unary("floor"),
    round: unary("round"),
    sin: unary("sin"),
    cos: unary("cos"),
    tan: unary("tan"),
    atan: unary("atan"),
    tanh: unary("tanh"),
    erf: unary("erf"),
    sigmoid: unary("sigmoid"),
    softplus: unary("softplus"),
    silu: unary("silu"),
    not: unary("not"),
    toReal: unary("toReal"),
    toInt: unary("toInt"),

    add: binary("add"),
    sub: binary("sub"),
    mul: binary("mul"),
    div: binary("div"),
    pow: binary("pow"),
    max: binary("max"),
    min: binary("min"),
    atan2: binary("atan2"),
    less: binary("less"),
    lessEqual: binary("lessEqual"),
    equal: binary("equal"),
    and: binary("and"),
    or: binary("or"),
    select: (condition, a, b) =>
      record(
        [condition, a, b],
        () => o.select(raw(condition), raw(a), raw(b)),
        () => {
          const rank = Math.max(...[condition, a, b].map((x) => shapeOf(x).length));
          return o.select(ranked(condition, rank), ranked(a, rank), ranked(b, rank));
        },
      ),

    sum: (x, axes) =>
      record(
        [x],
        () => o.sum(raw(x), axes),
        () => o.sum(x.value, shifted(axes)),
      ),
    reduceMax: (x, axes) =>
      record(
        [x],
        () => o.reduceMax(raw(x), axes),
        () => o.reduceMax(x.value, shifted(axes)),
      ),

    reshape: (x, shape) =>
      record(
        [x],
        () => o.reshape(raw(x), shape),
        () => o.reshape(x.value, [length, ...shape]),
      ),
    // Left to the loop: a product reads a transposed matrix where it lies, and has no use for a copy.
    transpose: (x, permutation) => record([x], () => o.transpose(raw(x), permutation), null),
    broadcast: (x, shape) =>
      record(
        [x],
        () => o.broadcast(raw(x), shape),
        () => o.broadcast(ranked(x, shape.length), [length, ...shape]),
      ),
    slice: (x, starts, sizes) =>
      record(
        [x],
        () => o.slice(raw(x), starts, sizes),
        () => o.slice(x.value, [0, ...starts], [length, ...sizes]),
      ),
    pad: (x, before, after) =>
      record(
        [x],
        () => o.pad(raw(x), before, after),
        () => o.pad(x.value, [0, ...before], [0, ...after]),
      ),
    concat: (parts, axis) =>
      record(
        parts,
        () => o.concat(parts.map(raw), axis),
        () => o.concat(parts.map(stacked), axis + 1),
      ),
    reverse: (x, axes) =>
      record(
        [x],
        () => o.reverse(raw(x), axes),
        () => o.reverse(x.value, shifted(axes)),
      ),
    gather: (table, indices) =>
      record(
        [table, indices],
        () => o.gather(raw(table), raw(indices)),
        table.kind === "row" ? null : () => o.gather(table.value, indices.value),
      ),
    scatterAdd: (indices, updates, size) =>
      record([indices, updates], () => o.scatterAdd(raw(indices), raw(updates), size), null),

    matMul: (a, b) =>
      record([a, b], () => o.matMul(raw(a), raw(b)), b.kind === "row" ? null : () => o.matMul(a.value, b.value)),
    batchMatMul: (a, b) => record([a, b], () => o.batchMatMul(raw(a), raw(b)), null),
    convolve: (x, kernels) =>
      record(
        [x, kernels],
        () => o.convolve(raw(x), raw(kernels)),
        kernels.kind === "row" ? null : () => o.convolve(x.value, kernels.value),
      ),

    scan(count, carry, xs, body) {
      const results = o.scan(count, carry.map(raw), xs.map(raw), (inner, state, x) => {
        const within = stagedOps(inner, { raw, length, record: (_, compute) => asLate(compute()) });
        const next = body(within, state.map(asLate), x.map(asLate));
        return { carry: next.carry.map(raw), rows: next.rows.map(raw) };
      });
      return { carry: results.carry.map(asLate), rows: results.rows.map(asLate) };
    },
    while(most, carry, body) {
      const results = o.while(most, carry.map(raw), (inner, state) => {
        const within = stagedOps(inner, { raw, length, record: (_, compute) => asLate(compute()) });
        const next = body(within, state.map(asLate));
        return { carry: next.carry.map(raw), again: raw(next.again) };
      });
      return results.map(asLate);
    },
    shapeOf,
  };
}

/** Operations by how they are called: the result is a value, and so are one or two operands and nothing else. */
type UnaryOp = {
  [Name in keyof Ops<never>]: Parameters<Ops<string>[Name]> extends [string]
    ? ReturnType<Ops<string>[Name]> extends string
      ? Name
      : never
    : never;
}[keyof Ops<never>];
type BinaryOp = Exclude<
  {
    [Name in keyof Ops<never>]: Parameters<Ops<string>[Name]> extends [string, string] ? Name : never;
  }[keyof Ops<never>],
  "gather" | "matMul" | "batchMatMul" | "convolve"
>;
