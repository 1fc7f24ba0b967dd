/** How a loop's body is closed: values from outside become captures. */
import * as ir from "../ir/build.js";
import { substitute } from "../ir/substitute.js";
import type { Value } from "../ir/value.js";

export interface Captured {
  /** Placeholders inside the body, and what they stand for outside. */
  readonly captures: readonly Value[];
  readonly outer: readonly Value[];
  /** The body's results, reading only its own placeholders. */
  readonly outputs: readonly Value[];
}

/** Cuts the graph of `outputs` where it no longer depends on `own`: the largest such values are captured. */
export function captured(outputs: readonly Value[], own: ReadonlySet<Value>): Captured {
  const inside = dependents(outputs, own);
  const replacements = new Map<Value, Value>();
  const note = (value: Value): void => {
    if (inside.has(value) || own.has(value) || replacements.has(value)) return;
    if (value.op === "scalar" || value.op === "constant") return;
    replacements.set(
      value,
      ir.input(value.params.name ?? `captured${replacements.size + 1}`, value.dtype, value.shape),
    );
  };
  for (const value of inside) value.inputs.forEach(note);
  outputs.forEach((value) => {
    if (!inside.has(value)) note(value);
  });
  return {
    captures: [...replacements.values()],
    outer: [...replacements.keys()],
    outputs: substitute(outputs, replacements),
  };
}

/** Every value under `outputs` that depends on one of `leaves`, the leaves excluded, in order of creation. */
export function dependents(outputs: readonly Value[], leaves: ReadonlySet<Value>): Set<Value> {
  const all = new Set<Value>();
  const open = [...outputs];
  while (open.length > 0) {
    const value = open.pop();
    if (value === undefined || all.has(value)) continue;
    all.add(value);
    open.push(...value.inputs);
  }
  const dependent = new Set<Value>();
  for (const value of [...all].sort((a, b) => a.id - b.id)) {
    if (leaves.has(value)) continue;
    if (value.inputs.some((input) => leaves.has(input) || dependent.has(input))) dependent.add(value);
  }
  return dependent;
}
