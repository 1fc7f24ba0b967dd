/** How a step is cut in two: what depends on times and weights alone is computed for the whole grid beforehand. */
import * as ir from "../ir/build.js";
import { substitute } from "../ir/substitute.js";
import type { Value } from "../ir/value.js";
import { dependents } from "../evaluate/capture.js";

export interface Cut {
  /** Functions of the times that the step reads, and the placeholders that stand for them in it. */
  readonly rows: readonly Value[];
  readonly placeholders: readonly Value[];
  readonly outputs: readonly Value[];
}

/** `outputs` over the batch; `known` are weights and parameters, which may be read on either side. */
export function cutSchedule(outputs: readonly Value[], times: readonly Value[], known: readonly Value[]): Cut {
  const sample = new Set<Value>();
  const timed = dependents(outputs, new Set(times));
  for (const time of times) timed.add(time);
  // What depends on the sample: every input but the times, weights and parameters.
  const free = new Set<Value>([...times, ...known]);
  const leaves = new Set<Value>();
  const seen = new Set<Value>();
  const open = [...outputs];
  while (open.length > 0) {
    const value = open.pop();
    if (value === undefined || seen.has(value)) continue;
    seen.add(value);
    const isForeign = value.op === "input" && !free.has(value);
    // A value stretched over the batch belongs to the step, whatever it was made of.
    const isStretched = value.shape.some((dim) => typeof dim === "string");
    if (isForeign || isStretched || value.op === "size") leaves.add(value);
    open.push(...value.inputs);
  }
  for (const value of dependents(outputs, leaves)) sample.add(value);
  for (const leaf of leaves) sample.add(leaf);
  const cut = new Map<Value, Value>();
  const note = (value: Value): void => {
    if (sample.has(value) || !timed.has(value) || cut.has(value)) return;
    // Rows are numbers: a comparison of times is made anew in every step.
    if (value.dtype !== "real") return value.inputs.forEach(note);
    cut.set(value, ir.input(`row${cut.size + 1}`, value.dtype, value.shape));
  };
  for (const value of [...seen].sort((a, b) => a.id - b.id)) {
    if (sample.has(value)) value.inputs.forEach(note);
  }
  outputs.forEach(note);
  return { rows: [...cut.keys()], placeholders: [...cut.values()], outputs: substitute(outputs, cut) };
}
