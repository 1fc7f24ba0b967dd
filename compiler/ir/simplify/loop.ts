/** How is a loop taken apart for simplification, and put together again? */
import { InternalError } from "../../internal-error.js";
import { make, pick } from "../build.js";
import type { Dim, ScanBody, Value } from "../value.js";

/** An argument of a round and the operand of the loop it comes from. */
export interface Argument {
  readonly argument: Value;
  readonly operand: Value;
}

/** A loop with its parts side by side. `place` is that of the result in the original loop. Passes write to it. */
export interface Loop {
  readonly length: Dim;
  carry: (Argument & { readonly place: number; readonly next: Value })[];
  xs: Argument[];
  captures: Argument[];
  rows: { readonly place: number; readonly value: Value }[];
  /** Results which the loop need not compute, by their places. */
  readonly known: Map<number, Value>;
}

export function openLoop(scan: Value): Loop {
  const { body, length } = scan.params;
  if (body === undefined || length === undefined) throw new InternalError(`${scan.op} is not a scan`);
  const [nCarry, nXs] = [body.carry.length, body.xs.length];
  const paired = (list: readonly Value[], from: number): Argument[] =>
    list.map((argument, i) => ({ argument, operand: at(scan.inputs, from + i) }));
  return {
    length,
    carry: paired(body.carry, 0).map((entry, place) => ({ ...entry, place, next: at(body.nextCarry, place) })),
    xs: paired(body.xs, nCarry),
    captures: paired(body.captures, nCarry + nXs),
    rows: body.rows.map((value, i) => ({ place: nCarry + i, value })),
    known: new Map(),
  };
}

/** Whether the loop still is this scan. */
export function isWhole(loop: Loop, scan: Value): boolean {
  const { body } = scan.params;
  const now = bodyOf(loop);
  return (
    body !== undefined &&
    areSame(operandsOf(loop), scan.inputs) &&
    areSame(now.carry, body.carry) &&
    areSame(now.xs, body.xs) &&
    areSame(now.captures, body.captures) &&
    areSame(now.nextCarry, body.nextCarry) &&
    areSame(now.rows, body.rows)
  );
}

/** The results by their places in the original loop; without a loop where they are all known. */
export function rebuiltLoop(loop: Loop): ReadonlyMap<number, Value> {
  const results = new Map(loop.known);
  const computed = [...loop.carry, ...loop.rows];
  if (computed.length > 0) {
    const scan = make("scan", operandsOf(loop), { length: loop.length, body: bodyOf(loop) });
    computed.forEach(({ place }, index) => results.set(place, pick(scan, index)));
  }
  return results;
}

function bodyOf(loop: Loop): ScanBody {
  const argumentsOf = (entries: readonly Argument[]): Value[] => entries.map((entry) => entry.argument);
  return {
    carry: argumentsOf(loop.carry),
    xs: argumentsOf(loop.xs),
    captures: argumentsOf(loop.captures),
    nextCarry: loop.carry.map((carry) => carry.next),
    rows: loop.rows.map((row) => row.value),
  };
}

function operandsOf(loop: Loop): Value[] {
  return [...loop.carry, ...loop.xs, ...loop.captures].map((entry) => entry.operand);
}

function areSame(a: readonly Value[], b: readonly Value[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

function at(values: readonly Value[], place: number): Value {
  const value = values[place];
  if (value === undefined) throw new InternalError(`no value ${place} of ${values.length}`);
  return value;
}
