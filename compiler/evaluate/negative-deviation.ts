/** Can what a network gives for a standard deviation be negative? */
import { catalogue } from "../diagnostics/catalogue.js";
import type { Span } from "../../grammar/source.js";
import type { Value } from "../ir/value.js";
import type { Context } from "./context.js";
import { report } from "./context.js";
import { numbersAtTrial } from "./trial-numbers.js";

/** Results of networks without a head. */
const results = new WeakMap<Value, string>();

export function noteResult(value: Value, network: string): void {
  results.set(value, network);
}

/** A network's own result as a deviation, tried at weights of both signs. False after reporting that one was negative. */
export function staysPositive(std: Value, span: Span, c: Context): boolean {
  const network = results.get(std);
  if (network === undefined) return true;
  const weights = new Set([...c.world.weights.values()].map(({ value }) => value));
  for (const trial of [1, 2, 3, 4]) {
    const [numbers = []] =
      numbersAtTrial([std], trial, (input, fraction) => (weights.has(input) ? 2 * fraction - 1 : fraction)) ?? [];
    if (!numbers.some((number) => number < 0)) continue;
    report(c, catalogue.negativeDeviation, span, { network });
    return false;
  }
  return true;
}
