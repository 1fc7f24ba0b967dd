/** What stands after the bar of `P(s | x0)` and `P(s | x(t) = a, x(1) = b)`: states, and the times they are known at. */
import type { Call, Expression, Given } from "../../grammar/tree.js";
import type { Span } from "../../grammar/source.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import type { Value } from "../ir/value.js";
import { constantOf, real, showShape, tensor } from "./arithmetic.js";
import type { Context } from "./context.js";
import { report } from "./context.js";
import { describe } from "./describe.js";
import { evaluate } from "./evaluate.js";
import type { Pin, Process, Tensor } from "./thing.js";

export interface Givens {
  /** Bare ones: the data's state, or an interpolant's draws. */
  readonly given: readonly Tensor[] | null;
  readonly pins: readonly Pin[];
}

interface PlacedPin extends Pin {
  readonly span: Span;
}

/** The word that stands for the whole state of any process. */
const wholeState = "x";

/** null after reporting. */
export function readGivens(process: Process, time: Value, e: Call, c: Context): Givens | null {
  const given: Tensor[] = [];
  const pins: PlacedPin[] = [];
  for (const item of e.givens) {
    const state = stateOf(item.value ?? item.subject, item, process, c);
    if (state === null) return null;
    if (item.value === null) {
      given.push(state);
      continue;
    }
    const at = timeOf(item, process, c);
    if (at === null) return null;
    pins.push({ time: at, state, span: item.span });
  }
  if (pins.length === 0) return { given: given.length === 0 ? null : given, pins };
  const [data, more] = given;
  const bare = data === undefined ? [] : [{ time: ir.scalar(process.dataTime), state: data, span: e.span }];
  if (more !== undefined || pins.length + bare.length > 2) {
    report(c, catalogue.notCompiledYet, e.span, {
      construct: "A law conditioned on more than two states",
      instead: "Name the nearest known state on each side.",
    });
    return null;
  }
  const placed = inOrder([...bare, ...pins]);
  return orderedTimes(process, time, placed, e, c) ? { given: null, pins: placed } : null;
}

function stateOf(e: Expression, item: Given, process: Process, c: Context): Tensor | null {
  const thing = evaluate(e, c);
  if (thing.kind === "poison") return null;
  if (thing.kind !== "tensor") {
    report(c, catalogue.wrongKind, item.span, { found: describe(thing), expected: "a state" });
    return null;
  }
  const [expected, found] = [process.space.shape, thing.value.shape].map((shape) => `[${shape.join(", ")}]`);
  if (expected === found) return thing;
  report(c, catalogue.wrongShape, item.span, {
    what: `What \`${process.name}\` is conditioned on`,
    expected: expected ?? "",
    found: found ?? "",
  });
  return null;
}

/** The time of `x(t) = …`. */
function timeOf({ subject, span }: Given, process: Process, c: Context): Value | null {
  const [argument, more] = subject.kind === "call" ? subject.arguments : [];
  const name = subject.kind === "call" && subject.callee.kind === "reference" ? subject.callee.text : null;
  const known = [...new Set([process.state, wholeState])];
  if (argument === undefined || more !== undefined || name === null || !known.includes(name)) {
    report(c, catalogue.conditionNamesNoState, subject.span, {
      process: process.name,
      states: known.map((word) => `\`${word}(…)\``).join(" or "),
    });
    return null;
  }
  return readTime(argument.value, process, span, c);
}

/** A time of a condition; null after reporting. */
export function readTime(e: Expression, process: Process, span: Span, c: Context): Value | null {
  const thing = evaluate(e, c);
  if (thing.kind === "poison") return null;
  if (thing.kind !== "tensor" || thing.value.shape.length > 0) {
    const found = thing.kind === "tensor" ? `numbers of shape ${showShape(thing.value.shape)}` : describe(thing);
    report(c, catalogue.wrongKind, e.span, { found, expected: "a time" });
    return null;
  }
  const constant = constantOf(thing);
  const [low, high] = process.range;
  if (constant === null || constant === process.dataTime || (constant >= low && constant <= high))
    return real(thing.value);
  report(
    c,
    catalogue.timeOutsideRange,
    span,
    { time: String(constant), range: `the declared range [${low}, ${high}]` },
    [{ message: `\`${process.name}\` is declared here`, span: process.declaration.name.span }],
  );
  return null;
}

/** A bare state joins the others at the data's end: where that is the later time, after them. */
function inOrder(pins: readonly PlacedPin[]): readonly PlacedPin[] {
  const [first, second] = pins;
  const [a, b] = [first, second].map((pin) => (pin === undefined ? null : constantOf(tensor(pin.time))));
  return a != null && b != null && a > b ? [...pins].reverse() : pins;
}

/** The law of a state needs a known one before it; what lies after both says nothing that the nearer does not say. */
export function orderedTimes(
  process: Process,
  time: Value,
  pins: readonly { readonly time: Value }[],
  e: Call,
  c: Context,
): boolean {
  const at = constantOf(tensor(time));
  const times = pins.map((pin) => constantOf(tensor(pin.time)));
  const [before, after] = times;
  const fail = (problem: string, instead: string): false => {
    report(c, catalogue.conditionsOutOfOrder, e.span, { process: process.name, problem, instead });
    return false;
  };
  if (before != null && before === after) return fail(`two states are given at time ${before}`, "Give one of them.");
  if (at === null) return true;
  if (before != null && at < before) {
    return fail(
      `time ${at} lies before every time at which a state is given`,
      `Give a state at or before ${at}: the law of what came earlier depends on where the process began.`,
    );
  }
  if (after != null && at > after)
    return fail(
      `time ${at} lies after both given states, of which only the later one counts`,
      `Give the state at ${after} alone.`,
    );
  return true;
}
