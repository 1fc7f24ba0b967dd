/** Do the numbers lie in the space that the model declares, and where is the first that does not? */
import { SdecError } from "../errors.js";
import { describeShape, elements } from "../ndarray.js";
import type { NdArray } from "../ndarray.js";
import type { SpaceSpec } from "../specification.js";

/** Throws with the row and column of the first bad number and the count of bad rows. `what` begins the message. */
export function checkSpace(array: NdArray, space: SpaceSpec, what: string): void {
  const width = elements(space.shape);
  const { data } = array;
  let first = -1;
  let badRows = 0;
  let missing = 0;
  for (let row = 0, at = 0; at < data.length; row++, at += width) {
    let bad = -1;
    for (let i = 0; i < width; i++) {
      if (isInside(data[at + i] ?? Number.NaN, space)) continue;
      bad = at + i;
      break;
    }
    if (bad < 0) continue;
    if (first < 0) first = bad;
    badRows++;
    if (Number.isNaN(data[bad])) missing++;
  }
  if (first < 0) return;
  const row = Math.floor(first / width);
  const value = data[first] ?? Number.NaN;
  const place = width === 1 ? `row ${row}` : `row ${row}, ${columnName(first - row * width, space.shape)}`;
  const others =
    badRows === 1
      ? ""
      : ` ${badRows} of ${array.shape[0] ?? 0} rows are so${missing > 0 ? `, ${missing} of them with a missing number (NaN)` : ""}.`;
  throw new SdecError("data", `${what}, ${place} (counted from 0): ${fault(value, space)}.${others}`);
}

function isInside(value: number, space: SpaceSpec): boolean {
  if (!Number.isFinite(value)) return false;
  if (space.low !== null && (space.open ? value <= space.low : value < space.low)) return false;
  if (space.high !== null && value > space.high) return false;
  return !space.integer || Number.isInteger(value);
}

function fault(value: number, space: SpaceSpec): string {
  if (Number.isNaN(value)) return "a number is missing (NaN, or an empty cell)";
  if (!Number.isFinite(value)) return `${value} is not finite`;
  const range = `${space.open ? "]" : "["}${space.low ?? "-∞"}, ${space.high ?? "∞"}]`;
  const kind = space.integer ? "the integers in " : "";
  return `${value} does not lie in ${space.space}: ${kind}${range}`;
}

/** "column 2", or for an image "at [0, 3, 4]". */
function columnName(index: number, shape: readonly number[]): string {
  if (shape.length === 1) return `column ${index}`;
  const place: number[] = [];
  let rest = index;
  for (const size of [...shape].reverse()) {
    place.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return `at ${describeShape(place)}`;
}
