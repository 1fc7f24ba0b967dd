/** A graph of constants alone as the constant it is, loops included: what a table holds when the model is compiled. */
import { referenceOps } from "../../runtime/engines/reference.js";
import * as ir from "./build.js";
import { evaluate } from "./evaluate.js";
import { valuesInOrder } from "./order.js";
import type { Value } from "./value.js";

export function folded(value: Value): Value {
  if (valuesInOrder([value]).some(({ op }) => op === "input" || op === "size")) return value;
  const [result] = evaluate([value], new Map(), referenceOps, {});
  if (result === undefined) return value;
  const [only] = result.data;
  return result.shape.length === 0 && only !== undefined
    ? ir.scalar(only)
    : ir.constant([...result.data], result.shape);
}
