/** Into which pieces is a large number of samples split? The split never changes a sample's numbers. */
import type { HeldTensor } from "../engines/engine.js";
import { inputsFrom, inputType } from "../programs.js";
import type { ProgramSpec } from "../specification.js";

/** Samples first … first + size - 1 with their states by name. */
export interface Piece {
  readonly first: number;
  readonly size: number;
  readonly states: ReadonlyMap<string, HeldTensor>;
}

export interface Range {
  readonly first: number;
  readonly size: number;
}

/**
 * Pieces of nearly equal size; `width` is the number of numbers in a sample, `widest` in what a program makes of it on
 * the way: so much of it as stays in the processor's caches from one operation to the next.
 */
export function split(count: number, width: number, widest = width): readonly Range[] {
  const largest = Math.max(
    1,
    Math.min(4096, Math.floor(2 ** 18 / Math.max(width, 1)), Math.floor(2 ** 19 / Math.max(widest, 1))),
  );
  const size = Math.ceil(count / Math.ceil(count / largest));
  const ranges: Range[] = [];
  for (let first = 0; first < count; first += size) ranges.push({ first, size: Math.min(size, count - first) });
  return ranges;
}

/** Columns of the widest matrix of weights. */
export function widestOf(programs: readonly ProgramSpec[]): number {
  const weights = programs.flatMap((program) => inputsFrom(program, "weight"));
  return Math.max(1, ...weights.map((input) => inputType(input, { B: 1 }).shape.at(-1) ?? 1));
}
