/** Was a log-density summed over its numbers or averaged? The two differ by the factor D and are not to be compared. */
import type { Span } from "../../grammar/source.js";
import { catalogue } from "../diagnostics/catalogue.js";
import type { Value } from "../ir/value.js";
import type { Context } from "./context.js";
import { report } from "./context.js";

export type Reduction = "sum" | "mean";

const reductions = new WeakMap<Value, Reduction>();

export function noteReduction(value: Value, reduction: Reduction): Value {
  reductions.set(value, reduction);
  return value;
}

/** Whether two densities may be added or subtracted; false after reporting. */
export function areReducedAlike(left: Value, right: Value, span: Span, c: Context): boolean {
  const [a, b] = [reductions.get(left), reductions.get(right)];
  if (a === undefined || b === undefined || a === b) return true;
  report(c, catalogue.reductionsDiffer, span, { left: a, right: b });
  return false;
}
