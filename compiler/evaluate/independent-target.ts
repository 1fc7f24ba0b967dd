/** Is what a prediction is compared with told by anything that the prediction sees? */
import { catalogue } from "../diagnostics/catalogue.js";
import type { Span } from "../../grammar/source.js";
import type { Value } from "../ir/value.js";
import type { Head } from "../calculus/facts.js";
import type { Context } from "./context.js";
import { report } from "./context.js";
import type { Process, Quantity } from "./thing.js";
import { inputsBelow } from "./trial-numbers.js";

/** What a network said of the state of a process at a time. */
export interface Prediction {
  readonly quantity: Head;
  readonly process: Process;
  readonly time: Value;
}

/** As met in this compilation; null for what is no statement about one state of a process. */
const predictions = new WeakMap<Value, Prediction | null>();

export function notePrediction(value: Value, quantity: Quantity, process: Process, time: Value | null): void {
  predictions.set(value, time === null || quantity === "drift" ? null : { quantity, process, time });
}

export function predictionOf(value: Value): Prediction | null {
  return predictions.get(value) ?? null;
}

/**
 * In ‖a·prediction − target‖² the best prediction is the mean of the target given what the network sees. A target made of
 * other draws than the network's, numbers such as the time apart, has a mean that does not depend on them: nothing is learned.
 * False after reporting.
 */
export function isTold(difference: Value, span: Span, c: Context): boolean {
  const { frame } = c;
  if (frame === null || !frame.learns || frame.rounds !== null) return true;
  const terms = termsOf(difference);
  const weights = new Set([...c.world.weights.values()].map(({ value }) => value));
  const learned = terms.filter((term) => inputsBelow([term]).some((input) => weights.has(input)));
  if (learned.length === 0 || learned.some((term) => !isScaledPrediction(term, weights))) return true;
  const draws = new Set(frame.inputs.filter(({ value }) => value.shape.length > 0).map(({ value }) => value));
  const seen = new Set(inputsBelow(learned).filter((input) => draws.has(input)));
  const target = inputsBelow(terms.filter((term) => !learned.includes(term))).filter((input) => draws.has(input));
  if (seen.size === 0 || target.length === 0 || target.some((input) => seen.has(input))) return true;
  report(c, catalogue.targetUntold, span, {});
  return false;
}

/** The terms of a sum, whole predictions kept. */
function termsOf(value: Value): readonly Value[] {
  if (!predictions.has(value) && (value.op === "add" || value.op === "sub" || value.op === "neg"))
    return value.inputs.flatMap(termsOf);
  return [value];
}

function isScaledPrediction(term: Value, weights: ReadonlySet<Value>): boolean {
  if (predictions.has(term)) return true;
  const learned = term.inputs.filter((input) => inputsBelow([input]).some((leaf) => weights.has(leaf)));
  const [only, more] = learned;
  return (
    (term.op === "mul" || term.op === "div" || term.op === "neg") &&
    only !== undefined &&
    more === undefined &&
    isScaledPrediction(only, weights)
  );
}
