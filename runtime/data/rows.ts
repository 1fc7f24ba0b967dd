/** In which forms does an application hand over rows of numbers, and how do they become one array? */
import { SdecError } from "../errors.js";
import { describeShape, elements } from "../ndarray.js";
import type { NdArray, NestedNumbers } from "../ndarray.js";
import type { Shape } from "../ops.js";

/** Numbers with their shape: an NdArray, or any typed array beside its shape. */
export interface ShapedNumbers {
  readonly data: ArrayLike<number>;
  readonly shape: Shape;
}

/** Nested lists with the samples outermost, numbers with a shape, or an iterable of samples, asynchronous or not. */
export type Rows =
  | ShapedNumbers
  | readonly NestedNumbers[]
  | Iterable<NestedNumbers | ArrayLike<number>>
  | AsyncIterable<NestedNumbers | ArrayLike<number>>;

/**
 * All rows as one array [n, ...shape]. `shape` is that of one sample; `what` names the data in messages. Rows that come
 * flat, such as lines of a table, are accepted for any shape with as many numbers.
 */
export async function gatherRows(rows: Rows, shape: Shape, what: string): Promise<NdArray> {
  if (isShaped(rows)) return shaped(rows, shape, what);
  const width = elements(shape);
  const chunks: Float32Array[] = [];
  let chunk = new Float32Array(Math.max(width, 1) * 1024);
  let used = 0;
  let count = 0;
  for await (const row of rows) {
    if (used + width > chunk.length) {
      chunks.push(chunk.subarray(0, used));
      chunk = new Float32Array(Math.max(width, 1) * 65_536);
      used = 0;
    }
    const written = write(row, chunk, used, used + width);
    if (written !== used + width) {
      const found = written > used + width ? "more" : String(written - used);
      throw new SdecError(
        "data",
        `${what}: row ${count} has ${found} numbers; a sample of shape ${describeShape(shape)} has ${width}`,
      );
    }
    used += width;
    count++;
  }
  chunks.push(chunk.subarray(0, used));
  const data = new Float32Array(count * width);
  let at = 0;
  for (const part of chunks) {
    data.set(part, at);
    at += part.length;
  }
  return { data, shape: [count, ...shape] };
}

export function isShaped(rows: unknown): rows is ShapedNumbers {
  return typeof rows === "object" && rows !== null && "data" in rows && "shape" in rows;
}

function shaped(rows: ShapedNumbers, shape: Shape, what: string): NdArray {
  const [count = 0, ...inner] = rows.shape;
  if (rows.shape.length === 0 || rows.data.length !== elements(rows.shape)) {
    throw new SdecError(
      "data",
      `${what}: ${rows.data.length} numbers do not fill the shape ${describeShape(rows.shape)}`,
    );
  }
  const flat = inner.length <= 1 && elements(inner) === elements(shape);
  if (!flat && inner.join() !== shape.join()) {
    throw new SdecError(
      "data",
      `${what} has the shape ${describeShape(rows.shape)}; expected ${describeShape(["n", ...shape])}, one sample per row`,
    );
  }
  const data = rows.data instanceof Float32Array ? rows.data : Float32Array.from(rows.data);
  return { data, shape: [count, ...shape] };
}

/**
 * Writes a nested row into out[from …end); returns where it stopped, beyond `end` if the row is too long. What is no
 * number, such as a text or null, becomes NaN, which no space contains.
 */
function write(row: unknown, out: Float32Array, from: number, end: number): number {
  if (!isList(row)) {
    if (from < end) out[from] = typeof row === "number" ? row : Number.NaN;
    return from + 1;
  }
  let at = from;
  for (let i = 0; i < row.length; i++) {
    if (at > end) return at;
    at = write(row[i], out, at, end);
  }
  return at;
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return typeof value === "object" && value !== null && "length" in value && typeof value.length === "number";
}
