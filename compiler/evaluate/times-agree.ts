/** Is a state handed on with its own time, and is a drawn time one of the process's? */
import { catalogue } from "../diagnostics/catalogue.js";
import type { Span } from "../../grammar/source.js";
import type { Value } from "../ir/value.js";
import type { Context, Frame } from "./context.js";
import { report } from "./context.js";
import { datumOf } from "./replaced-state.js";
import type { Head, Law, Process, Tensor } from "./thing.js";
import { inputsBelow, numbersAtTrial } from "./trial-numbers.js";

/** A prediction at (x, t), x drawn from the process at a time: is that t? Tried with numbers. False after reporting. */
export function isAtItsTime(head: Head, name: string, x: Tensor, t: Tensor, span: Span, c: Context): boolean {
  const { process } = head;
  const drawn = x.draw?.time ?? null;
  if (drawn === null && !staysInRange(process, t.value, span, c)) return false;
  const from = x.draw?.process ?? null;
  if (from !== null && (from.declaration !== process.declaration || from.name !== process.name)) {
    report(c, catalogue.otherProcess, span, {
      network: name === "" ? "this function" : name,
      of: process.name,
      process: from.name,
    });
    return false;
  }
  if (
    drawn === null ||
    x.draw?.process !== head.process ||
    head.quantity === "mean_velocity" ||
    head.quantity === "endpoint"
  )
    return true;
  if (drawn === t.value || t.value.shape.length > 0 || c.frame === null) return true;
  if (!areOtherTimes(drawn, t.value, c.frame)) return true;
  report(c, catalogue.otherTime, span, { network: name, time: head.process.time });
  return false;
}

/** Whether two times of the frame's draws differ: tried with numbers. */
function areOtherTimes(drawn: Value, time: Value, frame: Frame): boolean {
  const known = new Set(frame.inputs.map(({ value }) => value));
  if (inputsBelow([drawn, time]).some((input) => !known.has(input))) return false;
  return [1, 2].every((trial) => {
    const [[a = Number.NaN] = [], [b = Number.NaN] = []] =
      numbersAtTrial([drawn, time], trial, (_, fraction) => fraction) ?? [];
    return Math.abs(a - b) > 1e-9 * (Math.abs(a) + Math.abs(b));
  });
}

/** The score of P(t | x0) as a target at x, drawn from P: is it that of the very time and datum? False after reporting. */
export function isOfItsKernel(law: Extract<Law, { law: "state" }>, x: Tensor, span: Span, c: Context): boolean {
  const { frame } = c;
  const drawn = x.draw?.time ?? null;
  const [given] = law.given ?? [];
  if (
    frame?.learns !== true ||
    drawn === null ||
    given === undefined ||
    x.draw?.process !== law.process ||
    law.pins.length > 0
  )
    return true;
  const datum = datumOf(x.value);
  if (datum !== null && datum !== given.value && frame.held.has(given.value)) {
    report(c, catalogue.twoDraws, span, { quantity: "score", process: law.process.name });
    return false;
  }
  if (datum !== given.value || law.time.shape.length > 0 || !areOtherTimes(drawn, law.time, frame)) return true;
  report(c, catalogue.otherTime, span, { network: "grad_log", time: law.process.time });
  return false;
}

/** A time that is a constant, or is drawn between constants, outside the declared range. False after reporting. */
export function staysInRange(process: Process, time: Value, span: Span, c: Context): boolean {
  const bounds = time.shape.length > 0 ? null : boundsOf(time, c.frame, new Set());
  // What is no number, as 0 · ∞, is no time either: where it is used says so.
  if (bounds === null || bounds.some(Number.isNaN)) return true;
  const [low, high] = process.range;
  const slack = 1e-9 * (high - low);
  const first = Math.min(low, process.dataTime) - slack;
  const last = Math.max(high, process.dataTime) + slack;
  if (bounds[0] >= first && bounds[1] <= last) return true;
  const said = bounds[0] === bounds[1] ? shown(bounds[0]) : `between ${shown(bounds[0])} and ${shown(bounds[1])}`;
  report(c, catalogue.timeOutsideRange, span, { time: said, range: `the declared range [${low}, ${high}]` }, [
    { message: `\`${process.name}\` is declared here`, span: process.declaration.name.span },
  ]);
  return false;
}

function shown(bound: number): string {
  return String(Number(bound.toPrecision(6)));
}

/** Between which numbers a formula of uniform draws lies, each met once; null if that is not known. */
function boundsOf(value: Value, frame: Frame | null, met: Set<Value>): readonly [number, number] | null {
  if (value.op === "scalar") return [value.params.value ?? Number.NaN, value.params.value ?? Number.NaN];
  if (value.op === "input") {
    const isUniform =
      frame !== null && frame.inputs.some((input) => input.value === value && input.feed.kind === "uniform");
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
