/** Is a state handed on with its own time, and is a drawn time one of the process's? */
import { catalogue } from "../diagnostics/catalogue.js";
import type { Span } from "../../grammar/source.js";
import type { Value } from "../ir/value.js";
import type { Context, Frame } from "./context.js";
import { report } from "./context.js";
import type { Head, Process, Tensor } from "./thing.js";
import { inputsBelow, numbersAtTrial } from "./trial-numbers.js";

/** A prediction at (x, t), x drawn from the process at a time: is that t? Tried with numbers. False after reporting. */
export function isAtItsTime(head: Head, name: string, x: Tensor, t: Tensor, span: Span, c: Context): boolean {
  const drawn = x.draw?.time ?? null;
  if (drawn === null || x.draw?.process !== head.process || head.quantity === "mean_velocity" || head.quantity === "endpoint") return true;
  if (drawn === t.value || t.value.shape.length > 0 || c.frame === null) return true;
  const known = new Set(c.frame.inputs.map(({ value }) => value));
  if (inputsBelow([drawn, t.value]).some((input) => !known.has(input))) return true;
  for (const trial of [1, 2]) {
    const [[a = Number.NaN] = [], [b = Number.NaN] = []] = numbersAtTrial([drawn, t.value], trial, (_, fraction) => fraction) ?? [];
    if (!(Math.abs(a - b) > 1e-9 * (Math.abs(a) + Math.abs(b)))) return true;
  }
  report(c, catalogue.otherTime, span, { network: name, time: head.process.time });
  return false;
}

/** A time that is drawn between constants outside the declared range. False after reporting. */
export function staysInRange(process: Process, time: Value, span: Span, c: Context): boolean {
  const bounds = c.frame === null ? null : boundsOf(time, c.frame, new Set());
  if (bounds === null) return true;
  const [low, high] = process.range;
  const slack = 1e-9 * (high - low);
  const first = Math.min(low, process.dataTime) - slack;
  const last = Math.max(high, process.dataTime) + slack;
  if (bounds[0] >= first && bounds[1] <= last) return true;
  report(c, catalogue.timeOutsideRange, span, { time: `between ${shown(bounds[0])} and ${shown(bounds[1])}`, range: `the declared range [${low}, ${high}]` }, [
    { message: `\`${process.name}\` is declared here`, span: process.declaration.name.span },
  ]);
  return false;
}

function shown(bound: number): string {
  return String(Number(bound.toPrecision(6)));
}

/** Between which numbers a formula of uniform draws lies, each met once; null if that is not known. */
function boundsOf(value: Value, frame: Frame, met: Set<Value>): readonly [number, number] | null {
  if (value.op === "scalar") return [value.params.value ?? Number.NaN, value.params.value ?? Number.NaN];
  if (value.op === "input") {
    const isUniform = frame.inputs.some((input) => input.value === value && input.feed.kind === "uniform");
    if (!isUniform || met.has(value) || value.shape.length > 0) return null;
    met.add(value);
    return [0, 1];
  }
  const parts = value.inputs.map((input) => boundsOf(input, frame, met));
  const [a, b] = parts;
  if (a == null || b === null) return null;
  if (value.op === "neg") return [-a[1], -a[0]];
  // The upper bound of a uniform number is not reached.
  if (value.op === "floor") return [Math.floor(a[0]), Math.max(Math.floor(a[0]), Math.ceil(a[1]) - 1)];
  if (b === undefined) return null;
  if (value.op === "add") return [a[0] + b[0], a[1] + b[1]];
  if (value.op === "sub") return [a[0] - b[1], a[1] - b[0]];
  if (value.op === "mul") return hull([a[0] * b[0], a[0] * b[1], a[1] * b[0], a[1] * b[1]]);
  if (value.op === "div" && b[0] === b[1] && b[0] !== 0) return hull([a[0] / b[0], a[1] / b[0]]);
  return null;
}

function hull(values: readonly number[]): readonly [number, number] {
  return [Math.min(...values), Math.max(...values)];
}
