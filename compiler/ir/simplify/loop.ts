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
  /** Of a `while`: the condition of another round. */
  again: Value | null;
  carry: (Argument & { readonly place: number; readonly next: Value })[];
  xs: Argument[];
  captures: Argument[];
  rows: { readonly place: number; readonly value: Value }[];
  /** Results which the loop need not compute, by their places. */
  readonly known: Map<number, Value>;
}

export function openLoop(scan: Value): Loop {
  const { body, length } = scan.params;
  if (body === undefined || length === undefined) throw new InternalError(`${scan.op} is not a loop`);
  const [nCarry, nXs] = [body.carry.length, body.xs.length];
  const paired = (list: readonly Value[], from: number): Argument[] =>
    list.map((argument, i) => ({ argument, operand: at(scan.inputs, from + i) }));
  return {
    length,
    again: scan.op === "while" ? at(body.rows, 0) : null,
    carry: paired(body.carry, 0).map((entry, place) => ({ ...entry, place, next: at(body.nextCarry, place) })),
    xs: paired(body.xs, nCarry),
    captures: paired(body.captures, nCarry + nXs),
    rows: scan.op === "while" ? [] : body.rows.map((value, i) => ({ place: nCarry + i, value })),
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
    const op = loop.again === null ? "scan" : "while";
    const whole = make(op, operandsOf(loop), { length: loop.length, body: bodyOf(loop) });
    computed.forEach(({ place }, index) => results.set(place, pick(whole, index)));
  }
  return results;
}

/** What a round computes: the next carries, the rows, and whether another round follows. */
export function outputsOf(loop: Loop): Value[] {
  const again = loop.again === null ? [] : [loop.again];
  return [...loop.carry.map((carry) => carry.next), ...loop.rows.map((row) => row.value), ...again];
}

/** New results of a round, in the order of `outputsOf`. */
export function setOutputs(loop: Loop, outputs: readonly Value[]): void {
  const nCarry = loop.carry.length;
  loop.carry = loop.carry.map((carry, i) => ({ ...carry, next: outputs[i] ?? carry.next }));
  loop.rows = loop.rows.map((row, i) => ({ ...row, value: outputs[nCarry + i] ?? row.value }));
  if (loop.again !== null) loop.again = outputs[nCarry + loop.rows.length] ?? loop.again;
}

function bodyOf(loop: Loop): ScanBody {
  const argumentsOf = (entries: readonly Argument[]): Value[] => entries.map((entry) => entry.argument);
  return {
    carry: argumentsOf(loop.carry),
    xs: argumentsOf(loop.xs),
    captures: argumentsOf(loop.captures),
    nextCarry: loop.carry.map((carry) => carry.next),
    rows: loop.again === null ? loop.rows.map((row) => row.value) : [loop.again],
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
