/** How does data come out of `.json` text, and go back? */
import { SdecError } from "../errors.js";
import { toNested } from "../ndarray.js";
import type { NdArray } from "../ndarray.js";
import type { Rows } from "./rows.js";
import { isRows } from "./sets.js";

/** Rows, or the fields of a set by name. What is inside the rows is checked against the model's spaces later. */
export function parseJson(text: string): Rows | ReadonlyMap<string, Rows> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new SdecError("data", `This is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
  if (isRows(value)) return value;
  if (typeof value !== "object" || value === null) {
    throw new SdecError("data", "The JSON text holds neither a list of rows nor an object of such lists");
  }
  const fields = new Map<string, Rows>();
  for (const [name, rows] of Object.entries(value)) {
    if (!isRows(rows)) throw new SdecError("data", `The field "${name}" of the JSON text is not a list of rows`);
    fields.set(name, rows);
  }
  return fields;
}

/** A number that JSON cannot write, NaN or an infinity, becomes null. */
export function formatJson(array: NdArray): string {
  return `${JSON.stringify(toNested(array))}\n`;
}
