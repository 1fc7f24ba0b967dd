/** How does a cost between two samples become the table of costs between all pairs of two batches? */
import * as o from "../ir/build.js";
import type { Dim, Value } from "../ir/value.js";
import { vectorise } from "../ir/vectorise.js";

/** A scalar graph of two lists of placeholders, one for the parts of each sample. */
export interface PairFormula {
  readonly left: readonly Value[];
  readonly right: readonly Value[];
  readonly value: Value;
}

/** C[i, j] = c(x_i, y_j): the formula over the second batch, then that over the first. */
export function pairwise({ left, right, value }: PairFormula, xs: readonly Value[], ys: readonly Value[]): Value {
  const [n, m] = [leading(xs), leading(ys)];
  const overRight = vectorise([value], paired(right, ys), m);
  const row = overRight.batched[0] === true ? only(overRight.values) : o.broadcast(value, [m]);
  const overBoth = vectorise([row], paired(left, xs), n);
  return overBoth.batched[0] === true ? only(overBoth.values) : o.broadcast(row, [n, m]);
}

function paired(placeholders: readonly Value[], batch: readonly Value[]): ReadonlyMap<Value, Value> {
  return new Map(placeholders.flatMap((value, i) => (batch[i] === undefined ? [] : [[value, batch[i]] as const])));
}

function leading(batch: readonly Value[]): Dim {
  return batch[0]?.shape[0] ?? 1;
}

function only(values: readonly Value[]): Value {
  return values[0] as Value; // one output was asked for
}
