/** The time nodes of a sampler: how many, how spaced, from where to where. Numbers known when the model is compiled. */
import type { Span } from "../../grammar/source.js";
import { evenly } from "../../runtime/specification.js";
import { evaluate as evaluateFormula } from "../calculus/evaluate.js";
import { freeSymbols } from "../calculus/traverse.js";
import { catalogue } from "../diagnostics/catalogue.js";
import { constantOf } from "./arithmetic.js";
import type { Context } from "./context.js";
import { report } from "./context.js";
import { constantValues } from "./evaluate.js";
import { turns } from "./exponential.js";
import { signalOf } from "./process-law.js";
import { endsOf } from "./run.js";
import type { Process, Run, Thing } from "./thing.js";

type Options = ReadonlyMap<string, { readonly thing: Thing; readonly span: Span }>;

/** steps + 1 nodes in the order visited; null after reporting. */
export function gridOf(run: Run, options: Options, span: Span, c: Context): readonly number[] | null {
  const ends = endsOf(run, span, c);
  if (ends === null) return null;
  const given = options.get("grid");
  if (given !== undefined) return givenNodes(given.thing, ends, given.span, c);
  const end = untilOf(ends, options, c);
  if (end === null) return null;
  const count = stepCount(ends[0], end, options, span, c);
  return count === null ? null : spaced(run.process, ends[0], end, count, options, span, c);
}

/** Where the run stops: `until:`, else its end. */
export function untilOf(ends: readonly [number, number], options: Options, c: Context): number | null {
  const until = options.get("until");
  if (until === undefined) return ends[1];
  const time = constantOf(until.thing);
  if (time === null) {
    report(c, catalogue.notConstant, until.span, { what: "`until:`" });
    return null;
  }
  const inside = ends[0] < ends[1] ? time > ends[0] && time <= ends[1] : time < ends[0] && time >= ends[1];
  if (inside) return time;
  report(c, catalogue.timeOutsideRange, until.span, {
    time: String(time),
    range: `this run, from ${ends[0]} to ${ends[1]}`,
  });
  return null;
}

function givenNodes(thing: Thing, ends: readonly [number, number], span: Span, c: Context): readonly number[] | null {
  const values =
    thing.kind === "grid" && thing.part === null
      ? thing.nodes
      : thing.kind === "tensor"
        ? constantValues(thing.value)
        : null;
  if (values !== null && values.length > 1) return goesTheWay(values, ends, span, c) ? values : null;
  report(c, catalogue.notConstant, span, { what: "A grid of at least two nodes" });
  return null;
}

/** Nodes go strictly from the start of the run towards its end. */
export function goesTheWay(
  nodes: readonly number[],
  [from, to]: readonly [number, number],
  span: Span,
  c: Context,
): boolean {
  const sign = to > from ? 1 : -1;
  const stray = nodes.find((node) => (node - from) * sign < 0 || (node - to) * sign > 0);
  if (stray !== undefined) {
    report(c, catalogue.timeOutsideRange, span, { time: String(stray), range: `this run, from ${from} to ${to}` });
    return false;
  }
  const place = nodes.findIndex((node, i) => i > 0 && (node - (nodes[i - 1] ?? node)) * sign <= 0);
  if (place < 0) return true;
  report(c, catalogue.outOfRange, span, {
    what: `Node ${place} of the grid`,
    found: String(nodes[place]),
    expected: `${sign > 0 ? "above" : "below"} the one before it`,
  });
  return false;
}

function stepCount(from: number, to: number, options: Options, span: Span, c: Context): number | null {
  const steps = options.get("steps");
  const step = options.get("step");
  if (steps === undefined && step === undefined) {
    report(c, catalogue.missingArgument, span, {
      name: "steps",
      callee: span.source.text.slice(span.start, span.end).split("(")[0]?.trim() ?? "grid",
    });
    return null;
  }
  const written = steps ?? step;
  const value = written === undefined ? null : constantOf(written.thing);
  if (value === null || written === undefined) {
    report(c, catalogue.notConstant, written?.span ?? span, { what: steps === undefined ? "`step:`" : "`steps:`" });
    return null;
  }
  const count = steps === undefined ? Math.round(Math.abs(to - from) / value) : value;
  const spacing = options.get("spacing")?.thing;
  // Each node of the log-SNR grid is the root of an equation.
  const most = spacing?.kind === "word" && spacing.text === "log_snr" ? 1e4 : 1e5;
  if (Number.isInteger(count) && count >= 1 && count <= most) return count;
  report(c, catalogue.outOfRange, written.span, {
    what: "The number of steps",
    found: String(count),
    expected: `a whole number from 1 to 10^${Math.log10(most)}`,
  });
  return null;
}

function spaced(
  process: Process,
  from: number,
  to: number,
  count: number,
  options: Options,
  span: Span,
  c: Context,
): readonly number[] | null {
  const spacing = options.get("spacing");
  const word = spacing?.thing.kind === "word" ? spacing.thing : null;
  const shift = options.get("shift");
  const fractions = Array.from({ length: count + 1 }, (_, i) => i / count);
  const exact = (nodes: readonly number[]): readonly number[] =>
    nodes.map((node, i) => (i === 0 ? from : i === count ? to : node));
  const between = (f: (t: number) => number, inverse: (u: number) => number): readonly number[] =>
    exact(fractions.map((u) => inverse(f(from) + u * (f(to) - f(from)))));
  if (shift !== undefined) {
    // u ↦ s u / (1 + (s - 1) u) on the fraction of time left (Esser et al. 2024, equation 23).
    const s = constantOf(shift.thing) ?? 1;
    const left = fractions.map((u) => 1 - u).map((u) => (s * u) / (1 + (s - 1) * u));
    return exact(left.map((u) => to + (from - to) * u));
  }
  switch (word?.text ?? "uniform") {
    case "power": {
      // Karras et al. 2022, equation 5: uniform in t^(1/ρ).
      const rho = constantOf(word?.arguments[0] ?? { kind: "poison" }) ?? 7;
      return between(
        (t) => t ** (1 / rho),
        (u) => u ** rho,
      );
    }
    case "log":
      if (from > 0 && to > 0) return between(Math.log, Math.exp);
      report(c, catalogue.outOfRange, spacing?.span ?? span, {
        what: "An end of a logarithmic grid",
        found: "0",
        expected: "positive",
      });
      return null;
    case "log_snr": {
      const signal = signalOf(process);
      if (signal === null) {
        report(c, catalogue.noKernel, spacing?.span ?? span, { process: process.name, term: "the missing kernel" });
        return null;
      }
      if ([...freeSymbols(signal.logSnr)].some((name) => name !== process.time)) {
        report(c, catalogue.notCompiledYet, spacing?.span ?? span, {
          construct: "A grid by a log-SNR that is no single number",
          instead: "Use `spacing: uniform` or `power(…)`.",
        });
        return null;
      }
      if (turns(process, signal, spacing?.span ?? span, c)) return null;
      const f = (t: number): number => evaluateFormula(signal.logSnr, new Map([[process.time, t]]));
      if (!Number.isFinite(f(from)) || !Number.isFinite(f(to))) {
        report(c, catalogue.outOfRange, spacing?.span ?? span, {
          what: "The log-SNR at an end of the grid",
          found: "infinite",
          expected: "finite: give `until:`",
        });
        return null;
      }
      return between(f, (u) => bisect(f, u, from, to));
    }
    default:
      return evenly(from, to, count);
  }
}

/** The t between a and b where the monotone f takes the value u. */
function bisect(f: (t: number) => number, u: number, a: number, b: number): number {
  const rising = f(b) > f(a);
  let [low, high] = [a, b];
  for (let round = 0; round < 200; round += 1) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (f(middle) < u === rising) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
