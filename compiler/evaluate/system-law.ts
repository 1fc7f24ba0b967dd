/** What `P(t | …)` is for a process of several components: its states given others at times. */
import type { Call, Given } from "../../grammar/tree.js";
import type { Span } from "../../grammar/source.js";
import { catalogue } from "../diagnostics/catalogue.js";
import { startCovariance } from "../calculus/system-kernel.js";
import type { LinearSystemFacts } from "../calculus/system-facts.js";
import * as ir from "../ir/build.js";
import type { Value } from "../ir/value.js";
import { constantOf, real, showShape, tensor } from "./arithmetic.js";
import type { Context } from "./context.js";
import { report } from "./context.js";
import { describe } from "./describe.js";
import { evaluate } from "./evaluate.js";
import { orderedTimes, readTime } from "./givens.js";
import type { Entry, GraphMatrix, GraphVector } from "./graph-matrix.js";
import {
  applyGraph,
  choleskyGraph,
  graphProduct,
  minus,
  plus,
  solveLower,
  solveUpper,
  transposedGraph,
} from "./graph-matrix.js";
import type { JointLaw } from "./joint-law.js";
import { refuseKernel } from "./process-law.js";
import { kernelBetweenTimes, kernelFromStart } from "./system-kernel.js";
import { componentCount, componentNames, componentShape, takeApart } from "./system-state.js";
import type { Law, Process, System, Thing } from "./thing.js";
import { poison } from "./thing.js";

/** Components known at a time; null for the others. */
interface Known {
  readonly time: Value;
  readonly values: readonly (Value | null)[];
  readonly span: Span;
}

/** `P(time | givens)`, with at least one given. */
export function systemLaw(process: Process, system: System, time: Value, e: Call, c: Context): Thing {
  const { facts } = system;
  if (facts.kind !== "linear system") return refuseKernel(process, e.span, c) ?? poison;
  const known = readKnown(process, system, e, c);
  if (known === null) return poison;
  if (!orderedTimes(process, time, known, e, c)) return poison;
  return conditionalLaw(process, system, facts, time, known, e.span, c) ?? poison;
}

/** The law given the data's states alone: those that follow a law of their own are averaged over. */
export function lawFromStart(
  process: Process,
  system: System,
  time: Value,
  given: readonly (Value | null)[],
  span: Span,
  c: Context,
): Law | null {
  const { facts } = system;
  if (facts.kind !== "linear system") return refuseKernel(process, span, c);
  return conditionalLaw(
    process,
    system,
    facts,
    time,
    [{ time: ir.scalar(process.dataTime), values: given, span }],
    span,
    c,
  );
}

function conditionalLaw(
  process: Process,
  system: System,
  facts: LinearSystemFacts,
  time: Value,
  known: readonly Known[],
  span: Span,
  c: Context,
): JointLaw | null {
  const [before, after] = known;
  if (before === undefined) return null;
  const count = componentCount(system);
  const order = [
    ...Array.from({ length: count }, (_, i) => i).filter((i) => i !== system.focus),
    ...(system.focus === null ? [] : [system.focus]),
  ];
  const inOrder = (matrix: GraphMatrix): GraphMatrix => order.map((i) => order.map((j) => matrix[i]?.[j] ?? null));
  const start = startOf(process, facts, before, span, c);
  if (start === null) return null;
  const condition = known.flatMap(({ time: at, values }) => [at, ...values.filter((value) => value !== null)]);
  const law = (mean: GraphVector, factor: GraphMatrix): JointLaw => ({
    kind: "law",
    law: "joint",
    process,
    time,
    condition,
    mean,
    factor,
    order,
  });
  const isFromData = constantOf(tensor(before.time)) === process.dataTime;
  if (after === undefined && isFromData) {
    const kernel = kernelFromStart(process, facts, time, start.covariance, order);
    return kernel === null ? noKernel(process, span, c) : law(meanOf(kernel, start.mean), kernel.factor);
  }
  const first = isFromData
    ? spreadKernel(
        kernelFromStart(
          process,
          facts,
          time,
          start.covariance,
          start.mean.map((_, i) => i),
        ),
      )
    : kernelBetweenTimes(process, facts, before.time, time);
  if (first === null) return noKernel(process, span, c);
  const mean = meanOf(first, start.mean);
  if (after === undefined) return law(mean, choleskyGraph(inOrder(first.covariance)));
  const second = kernelBetweenTimes(process, facts, time, after.time);
  if (second === null) return noKernel(process, span, c);
  // Observed rows of the later state: b = H X + m + noise of covariance R, H = Φ(t, s).
  const rows = after.values.flatMap((value, i) => (value === null ? [] : [i]));
  const H = rows.map((i) => second.propagator[i] ?? []);
  const R = rows.map((i) => rows.map((j) => second.covariance[i]?.[j] ?? null));
  const S = first.covariance;
  const across = graphProduct(H, S);
  const total = graphProduct(across, transposedGraph(H)).map((row, i) =>
    row.map((entry, j) => plus(entry, R[i]?.[j] ?? null)),
  );
  const root = choleskyGraph(total);
  const gain = transposedGraph(across).map((row) => solveUpper(root, solveLower(root, row)));
  const predicted = applyGraph(H, mean);
  const surprise = rows.map((i, place) =>
    minus(minus(after.values[i] ?? null, predicted[place] ?? null), second.shift[i] ?? null),
  );
  const moved = applyGraph(gain, surprise);
  // Joseph's form keeps the covariance a sum of squares: (1 - K H) S (1 - K H)ᵀ + K R Kᵀ
  const kept = graphProduct(gain, H).map((row, i) =>
    row.map((entry, j) => minus(i === j ? ir.scalar(1) : null, entry)),
  );
  const left = graphProduct(graphProduct(kept, S), transposedGraph(kept));
  const added = graphProduct(graphProduct(gain, R), transposedGraph(gain));
  const covariance = left.map((row, i) => row.map((entry, j) => plus(entry, added[i]?.[j] ?? null)));
  return law(
    mean.map((entry, i) => plus(entry, moved[i] ?? null)),
    choleskyGraph(inOrder(covariance)),
  );
}

function noKernel(process: Process, span: Span, c: Context): null {
  report(c, catalogue.notCompiledYet, span, {
    construct: `The kernel of \`${process.name}\`, whose coefficients are given from outside and have no closed form,`,
    instead: "Give its coefficients as numbers.",
  });
  return null;
}

function spreadKernel(kernel: ReturnType<typeof kernelFromStart>): ReturnType<typeof kernelBetweenTimes> {
  return kernel === null
    ? null
    : { ...kernel, covariance: graphProduct(kernel.factor, transposedGraph(kernel.factor)) };
}

function meanOf(
  { propagator, shift }: { readonly propagator: GraphMatrix; readonly shift: GraphVector },
  state: GraphVector,
): GraphVector {
  return applyGraph(propagator, state).map((entry, i) => plus(entry, shift[i] ?? null));
}

/** Mean and covariance at the first known time; null after reporting a component of which nothing is known. */
function startOf(
  process: Process,
  facts: LinearSystemFacts,
  known: Known,
  span: Span,
  c: Context,
): { readonly mean: GraphVector; readonly covariance: readonly number[] } | null {
  const { initial, states } = facts.input;
  const isStart = constantOf(tensor(known.time)) === process.dataTime;
  const missing = states.find((_, i) => (known.values[i] ?? null) === null && (!isStart || initial[i] === null));
  if (missing !== undefined) {
    report(c, catalogue.conditionsOutOfOrder, span, {
      process: process.name,
      problem: `nothing is known of \`${missing.name}\` at the time of the other states`,
      instead: `Give \`${missing.name}\` at that time too.`,
    });
    return null;
  }
  const laws = initial.map((law, i) => ((known.values[i] ?? null) === null ? law : null));
  const mean = laws.map(
    (law, i): Entry => known.values[i] ?? (law === null || law.mean === 0 ? null : ir.scalar(law.mean)),
  );
  return { mean, covariance: startCovariance(laws) };
}

/** The states after the bar, at most two times of them, in the order of time; null after reporting. */
function readKnown(process: Process, system: System, e: Call, c: Context): readonly Known[] | null {
  const found: Known[] = [];
  const bare: Thing[] = [];
  for (const item of e.givens) {
    const thing = evaluate(item.value ?? item.subject, c);
    if (thing.kind === "poison") return null;
    if (item.value === null) {
      bare.push(thing);
      continue;
    }
    const one = pinOf(process, system, item, thing, c);
    if (one === null) return null;
    const place = found.findIndex((other) => isSameTime(other.time, one.time));
    const other = found[place];
    if (other === undefined) found.push(one);
    else found[place] = { ...other, values: other.values.map((value, i) => value ?? one.values[i] ?? null) };
  }
  if (bare.length > 0) {
    const values = bareValues(process, system, bare, e.givens[0]?.span ?? e.span, c);
    if (values === null) return null;
    found.unshift({ time: ir.scalar(process.dataTime), values, span: e.span });
  }
  if (found.length <= 2) return found;
  report(c, catalogue.notCompiledYet, e.span, {
    construct: "A law conditioned on states at more than two times",
    instead: "Name the nearest known state on each side.",
  });
  return null;
}

function isSameTime(a: Value, b: Value): boolean {
  const [first, second] = [constantOf(tensor(a)), constantOf(tensor(b))];
  return a === b || (first !== null && first === second);
}

/** Bare states: all of them as one, or those of the data in the order of the declaration. */
function bareValues(
  process: Process,
  system: System,
  bare: readonly Thing[],
  span: Span,
  c: Context,
): readonly (Value | null)[] | null {
  const { states } = system;
  const [only, more] = bare;
  if (
    only !== undefined &&
    more === undefined &&
    (system.form === "vector" || (only.kind === "record" && only.fields.size === states.length))
  ) {
    return takeApart(process, system, only, span, c);
  }
  const fields = bare.flatMap((thing) => (thing.kind === "record" ? [...thing.fields.values()] : [thing]));
  const wanted = states.flatMap((state, i) => (fields.length === states.length || state.initial === null ? [i] : []));
  if (fields.length !== wanted.length) {
    report(c, catalogue.wrongShape, span, {
      what: `What \`${process.name}\` is conditioned on`,
      expected: wanted.map((i) => `\`${states[i]?.name ?? ""}\``).join(", "),
      found: `${fields.length} ${fields.length === 1 ? "state" : "states"}`,
    });
    return null;
  }
  const values: (Value | null)[] = states.map(() => null);
  for (const [place, component] of wanted.entries()) {
    const value = componentValue(process, system, component, fields[place] ?? poison, span, c);
    if (value === null) return null;
    values[component] = value;
  }
  return values;
}

function componentValue(
  process: Process,
  system: System,
  component: number,
  thing: Thing,
  span: Span,
  c: Context,
): Value | null {
  const expected = showShape(componentShape(system, component));
  const found = thing.kind === "tensor" ? showShape(thing.value.shape) : describe(thing);
  if (thing.kind === "tensor" && found === expected) return real(thing.value);
  if (thing.kind !== "poison")
    report(c, catalogue.wrongShape, span, {
      what: `\`${componentNames(system)[component] ?? ""}\` of \`${process.name}\``,
      expected,
      found,
    });
  return null;
}

/** `v(0.4) = b` of one state, or `x(0.4) = s` of the whole. */
function pinOf(process: Process, system: System, { subject, span }: Given, thing: Thing, c: Context): Known | null {
  const [argument, more] = subject.kind === "call" ? subject.arguments : [];
  const name = subject.kind === "call" && subject.callee.kind === "reference" ? subject.callee.text : null;
  const place = system.states.findIndex((state) => state.name === name);
  const isWhole = name === "x" && (thing.kind === "record" || place < 0);
  const known = [...new Set([...system.states.map((state) => state.name), "x"])];
  if (argument === undefined || more !== undefined || (place < 0 && !isWhole)) {
    report(c, catalogue.conditionNamesNoState, subject.span, {
      process: process.name,
      states: known.map((word) => `\`${word}(…)\``).join(" or "),
    });
    return null;
  }
  const time = readTime(argument.value, process, span, c);
  if (time === null) return null;
  if (isWhole || system.form === "vector") {
    const values = takeApart(process, system, thing, span, c);
    return values === null ? null : { time, values, span };
  }
  const value = componentValue(process, system, place, thing, span, c);
  return value === null ? null : { time, values: system.states.map((_, i) => (i === place ? value : null)), span };
}
