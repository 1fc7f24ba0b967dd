/** How is a loop written whose rounds use values around it? The body is closed here: what it uses becomes a capture. */
import { across, input, repeat, scan, scalar, type ScanResults } from "./build.js";
import { InternalError } from "../internal-error.js";
import { valuesInOrder } from "./order.js";
import { substitute } from "./substitute.js";
import type { Dim, ScanBody, Value } from "./value.js";

/**
 * `length` rounds: `round` gets the carried values and one row of each of `xs`, and may use any value made before.
 * The results are the final carry and the rows stacked along a new axis 0.
 */
export function loop(
  length: Dim,
  carry: readonly Value[],
  xs: readonly Value[],
  round: (carry: readonly Value[], rows: readonly Value[]) => ScanResults,
): ScanResults {
  const mark = scalar(0).id;
  const carried = carry.map((value, place) => input(`carry${place}`, value.dtype, value.shape));
  const rows = xs.map((value, place) => input(`row${place}`, value.dtype, value.shape.slice(1)));
  const results = round(carried, rows);
  if (results.carry.length !== carry.length)
    throw new InternalError("a round must return as many values as it carries");
  const outputs = [...results.carry, ...results.rows];
  const { body, captured } = close(outputs, carried, rows, (value) => value.id < mark);
  return scan(length, body, [...carry, ...xs, ...captured]);
}

/** Rounds while the condition that a round returns holds: at least one, at most `most`. The final carry. */
export function loopWhile(
  most: Dim,
  carry: readonly Value[],
  round: (carry: readonly Value[]) => { readonly carry: readonly Value[]; readonly again: Value },
): readonly Value[] {
  const mark = scalar(0).id;
  const carried = carry.map((value, place) => input(`carry${place}`, value.dtype, value.shape));
  const results = round(carried);
  const { body, captured } = close([...results.carry, results.again], carried, [], (value) => value.id < mark);
  return repeat(most, body, [...carry, ...captured]);
}

/**
 * What each sample gets of a computation over the whole batch: `whole` takes `samples` with the batch axis in front and
 * returns values with it. It may use values made before that are the same for all samples.
 */
export function acrossSamples(
  samples: readonly Value[],
  whole: (batch: readonly Value[]) => readonly Value[],
): readonly Value[] {
  const mark = scalar(0).id;
  const batch = samples.map((value, place) => input(`samples${place}`, value.dtype, ["B", ...value.shape]));
  const { body, captured } = close(whole(batch), [], batch, (value) => value.id < mark);
  return across(body, [...samples, ...captured]);
}

/** Constants are the same inside and outside of a body; they are not captured. */
export function isConstant(value: Value): boolean {
  return value.inputs.length === 0 && value.op !== "input";
}

/** A body with these results; the values it uses that are `outside` become captures. */
function close(
  outputs: readonly Value[],
  carry: readonly Value[],
  xs: readonly Value[],
  isOutside: (value: Value) => boolean,
): { body: ScanBody; captured: readonly Value[] } {
  const frontier = { has: isOutside };
  const inside = valuesInOrder(outputs, frontier);
  const used = new Set([...outputs, ...inside.flatMap((value) => value.inputs)].filter(isOutside));
  const captured = [...used].filter((value) => !isConstant(value));
  const captures = captured.map((value, place) => input(`captured${place}`, value.dtype, value.shape));
  const closed = substitute(outputs, new Map(captured.map((value, place) => [value, captures[place] as Value]))); // One capture each, by the line above.
  return {
    body: { carry, xs, captures, nextCarry: closed.slice(0, carry.length), rows: closed.slice(carry.length) },
    captured,
  };
}
