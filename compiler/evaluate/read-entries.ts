/** How is a graph of small tensors read number by number, as one formula per entry? */
import type { Expression } from "../calculus/expression.js";
import { number as formulaNumber, symbol, ZERO } from "../calculus/expression.js";
import { add, multiply } from "../calculus/algebra.js";
import * as ir from "../ir/build.js";
import type { Value } from "../ir/value.js";
import { readOp } from "./formula.js";

/** More numbers than this are no system of a few components. */
const mostEntries = 256;

/**
 * The entries of `root`, row by row, in the formulas of `leaves`. What no rule reads becomes opaque symbols, one per entry;
 * null where there are too many.
 */
export function readEntries(
  root: Value,
  leaves: ReadonlyMap<Value, readonly Expression[]>,
  opaque: Map<string, Value>,
): readonly Expression[] | null {
  const memo = new Map<Value, readonly Expression[]>(leaves);
  const read = (value: Value): readonly Expression[] => {
    const known = memo.get(value);
    if (known !== undefined) return known;
    const found = countOf(value.shape) > mostEntries ? null : entriesOf(value, read);
    const entries = found ?? hidden(value, opaque);
    memo.set(value, entries);
    return entries;
  };
  return countOf(root.shape) > mostEntries ? null : read(root);
}

function hidden(value: Value, opaque: Map<string, Value>): readonly Expression[] {
  const name = value.op === "input" ? (value.params.name ?? "c") : `c${opaque.size + 1}`;
  const count = countOf(value.shape);
  const flat = ir.reshape(value, [count]);
  return Array.from({ length: Math.min(count, mostEntries) }, (_, i) => {
    const entry = value.shape.length === 0 ? name : `${name}[${i}]`;
    opaque.set(entry, value.shape.length === 0 ? value : ir.reshape(ir.slice(flat, [i], [1]), []));
    return symbol(entry);
  });
}

function entriesOf(value: Value, read: (value: Value) => readonly Expression[]): readonly Expression[] | null {
  const [first, second] = value.inputs;
  const shape = sizesOf(value.shape);
  switch (value.op) {
    case "constant":
      return (value.params.values ?? []).every(Number.isFinite)
        ? (value.params.values ?? []).map((entry) => formulaNumber(entry))
        : null;
    case "reshape":
      return first === undefined ? null : read(first);
    case "transpose":
      return first === undefined
        ? null
        : moved(value, first, read(first), (place) => {
            const from = new Array<number>(place.length).fill(0);
            (value.params.permutation ?? []).forEach((axis, i) => (from[axis] = place[i] ?? 0));
            return from;
          });
    case "slice":
      return first === undefined
        ? null
        : moved(value, first, read(first), (place) => place.map((at, axis) => at + (value.params.starts?.[axis] ?? 0)));
    case "pad":
      return first === undefined
        ? null
        : moved(value, first, read(first), (place) => place.map((at, axis) => at - (value.params.before?.[axis] ?? 0)));
    case "concat":
      return concatenated(value, read);
    case "matMul":
      return first === undefined || second === undefined ? null : product(first, second, read);
    case "sum":
      return first === undefined ? null : summed(value, sizesOf(first.shape), read(first));
    default: {
      const operands = value.inputs.map((operand) => ({ sizes: sizesOf(operand.shape), entries: read(operand) }));
      const entries = placesOf(shape).map((place) =>
        readOp(value, (operand) => {
          const { sizes, entries: of } = operands[operand] ?? { sizes: [], entries: [] };
          // Trailing axes are aligned; an axis of size 1 is stretched.
          const own = sizes.map((size, axis) => (size === 1 ? 0 : (place[place.length - sizes.length + axis] ?? 0)));
          return of[flatIndex(own, sizes)] ?? ZERO;
        }),
      );
      return entries.every((entry) => entry !== null) ? entries.filter((entry) => entry !== null) : null;
    }
  }
}

function moved(
  value: Value,
  from: Value,
  entries: readonly Expression[],
  source: (place: readonly number[]) => readonly number[],
): readonly Expression[] {
  const sizes = sizesOf(from.shape);
  return placesOf(sizesOf(value.shape)).map((place) => {
    const origin = source(place);
    const isInside = origin.every((at, axis) => at >= 0 && at < (sizes[axis] ?? 1));
    return isInside ? (entries[flatIndex(origin, sizes)] ?? ZERO) : ZERO;
  });
}

function concatenated(value: Value, read: (value: Value) => readonly Expression[]): readonly Expression[] {
  const axis = value.params.axis ?? 0;
  const parts = value.inputs.map((part) => ({ sizes: sizesOf(part.shape), entries: read(part) }));
  return placesOf(sizesOf(value.shape)).map((place) => {
    let at = place[axis] ?? 0;
    for (const { sizes, entries } of parts) {
      const length = sizes[axis] ?? 0;
      if (at < length)
        return (
          entries[
            flatIndex(
              place.map((p, i) => (i === axis ? at : p)),
              sizes,
            )
          ] ?? ZERO
        );
      at -= length;
    }
    return ZERO;
  });
}

/** [.., k] times [k, m]; leading axes of the left side are rows. */
function product(a: Value, b: Value, read: (value: Value) => readonly Expression[]): readonly Expression[] | null {
  const inner = sizesOf(b.shape)[0] ?? 1;
  const columns = sizesOf(b.shape)[1];
  if (columns === undefined) return null;
  const [left, right] = [read(a), read(b)];
  const rows = left.length / inner;
  return Array.from({ length: rows * columns }, (_, place) => {
    const [row, column] = [Math.floor(place / columns), place % columns];
    return add(
      ...Array.from({ length: inner }, (__, k) =>
        multiply(left[row * inner + k] ?? ZERO, right[k * columns + column] ?? ZERO),
      ),
    );
  });
}

function summed(value: Value, sizes: readonly number[], entries: readonly Expression[]): readonly Expression[] {
  const axes = value.params.axes ?? [];
  const kept = sizes.filter((_, axis) => !axes.includes(axis));
  const groups = placesOf(kept).map((): Expression[] => []);
  placesOf(sizes).forEach((place, i) => {
    const entry = entries[i];
    if (entry !== undefined)
      groups[
        flatIndex(
          place.filter((_, axis) => !axes.includes(axis)),
          kept,
        )
      ]?.push(entry);
  });
  return groups.map((group) => add(...group));
}

function sizesOf(shape: Value["shape"]): readonly number[] {
  return shape.map((size) => (typeof size === "number" ? size : 1));
}

function countOf(shape: Value["shape"]): number {
  return sizesOf(shape).reduce((a, b) => a * b, 1);
}

function flatIndex(place: readonly number[], sizes: readonly number[]): number {
  return place.reduce((index, at, axis) => index * (sizes[axis] ?? 1) + at, 0);
}

/** All indices of a shape, in order. */
function placesOf(sizes: readonly number[]): readonly (readonly number[])[] {
  return sizes.reduce<readonly (readonly number[])[]>(
    (places, size) => places.flatMap((place) => Array.from({ length: size }, (_, i) => [...place, i])),
    [[]],
  );
}
