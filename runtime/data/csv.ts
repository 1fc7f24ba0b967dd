/** How do tables of numbers come out of `.csv` text, and go back? */
import { SdecError } from "../errors.js";
import { elements } from "../ndarray.js";
import type { NdArray } from "../ndarray.js";

export interface NumberTable {
  /** The names in the first line; null where it holds numbers. */
  readonly columns: readonly string[] | null;
  /** [rows, columns]; an empty cell is NaN. */
  readonly array: NdArray;
}

interface Placed {
  readonly info: { readonly lines: number };
}

/** Comma, semicolon or tab between the cells: the one that the first line has most of. */
export async function parseCsv(text: string): Promise<NumberTable> {
  // The browser's build runs in Node too; it brings what it needs of Node's buffers along.
  const { parse } = await import("csv-parse/browser/esm/sync");
  const options = {
    bom: true,
    delimiter: delimiterOf(text),
    skip_empty_lines: true,
    trim: true,
    relax_column_count: true,
  };
  let rows: string[][];
  try {
    rows = parse(text, options);
  } catch (cause) {
    throw new SdecError("data", `The table cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
  const [first = []] = rows;
  const columns = first.some((cell) => parseCell(cell) === null) ? first : null;
  const body = columns === null ? rows : rows.slice(1);
  const width = first.length;
  const data = new Float32Array(body.length * width);
  /** Of the text, counted from 1 as editors do: empty lines and cells of several lines put it apart from the row. */
  const lineOf = (row: number): number => {
    const place = rows.length - body.length + row;
    // With `info` a record stands beside the place it was read at, which the types of the package do not say.
    const read = parse(text, { ...options, info: true, to: place + 1 }) as unknown as readonly Placed[];
    return read[place]?.info.lines ?? place + 1;
  };
  for (const [row, cells] of body.entries()) {
    if (cells.length !== width) {
      const count = `${cells.length} ${cells.length === 1 ? "cell" : "cells"}`;
      throw new SdecError("data", `line ${lineOf(row)} has ${count}, the first line ${width}`);
    }
    for (const [column, cell] of cells.entries()) {
      const value = parseCell(cell);
      if (value === null) {
        const name = columns?.[column];
        const where = `column ${column + 1}${name === undefined ? "" : ` (${name})`}`;
        const hint = /^[+-]?\d+,\d+$/.test(cell) ? "; write decimals with a point" : "";
        throw new SdecError("data", `line ${lineOf(row)}, ${where}: "${cell.slice(0, 40)}" is not a number${hint}`);
      }
      data[row * width + column] = value;
    }
  }
  return { columns, array: { data, shape: [body.length, width] } };
}

/** One line per row; a sample of several axes is written flat. Numbers are the shortest that read back the same float32. */
export function formatCsv(array: NdArray, columns: readonly string[] | null): string {
  const [rows = 0, ...inner] = array.shape;
  const width = elements(inner);
  const lines = columns === null ? [] : [columns.map(quoted).join(",")];
  for (let row = 0; row < rows; row++) {
    lines.push(Array.from(array.data.subarray(row * width, (row + 1) * width), shortest).join(","));
  }
  return `${lines.join("\n")}\n`;
}

/** The shortest decimal that is the same float32. */
export function shortest(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(text)) === value) return text;
  }
  return String(Number(value.toPrecision(9)));
}

/** Null where the cell is text. */
function parseCell(cell: string): number | null {
  if (cell === "" || /^nan$/i.test(cell)) return Number.NaN;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(cell) ? Number(cell) : null;
}

function delimiterOf(text: string): string {
  const line =
    text
      .slice(0, 65_536)
      .replaceAll(/"[^"]*"/g, "")
      .split("\n", 1)[0] ?? "";
  const counts = [",", ";", "\t"].map((mark) => ({ mark, count: line.split(mark).length }));
  return counts.reduce((best, next) => (next.count > best.count ? next : best)).mark;
}

function quoted(name: string): string {
  return /[",\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}
