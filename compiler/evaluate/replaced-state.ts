/** Does a corrector put draws of the forward process in the place of its state? */
import { catalogue } from "../diagnostics/catalogue.js";
import { dependents } from "../ir/dependents.js";
import { valuesInOrder } from "../ir/order.js";
import type { Value } from "../ir/value.js";
import type { Context } from "./context.js";
import { report } from "./context.js";
import type { Step } from "./thing.js";

/** States that were drawn, with the datum that each was drawn from. */
const data = new WeakMap<Value, Value>();

export function datumOf(state: Value): Value | null {
  return data.get(state) ?? null;
}

export function noteDatum(state: Value, datum: Value): void {
  data.set(state, datum);
}

/** Warns where what a corrector returns rests on a state drawn from a datum that has nothing to do with its own state. */
export function warnOfReplacement(step: Step, state: Value, returned: Value, c: Context): void {
  const isReplaced = valuesInOrder([returned]).some((value) => {
    const datum = data.get(value);
    return datum !== undefined && !dependents([datum], [state]).has(datum);
  });
  if (isReplaced) report(c, catalogue.biasedReplacement, step.span, { corrector: step.name });
}
