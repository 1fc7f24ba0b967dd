/** How a declaration of several states, or of one vector with matrix coefficients, becomes a process. */
import type { Declaration } from "../../grammar/tree.js";
import type { Span } from "../../grammar/source.js";
import { symbol } from "../calculus/expression.js";
import type { Expression as Formula, SymbolExpression } from "../calculus/expression.js";
import { findPole } from "../calculus/interval.js";
import type { ClaimedLaw, Moments } from "../calculus/facts.js";
import { show, showNumber } from "../calculus/show.js";
import { analyseSystem } from "../calculus/system.js";
import type { SystemFacts } from "../calculus/system-facts.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import type { Value } from "../ir/value.js";
import { showShape, tensor } from "./arithmetic.js";
import type { Context, ParamOwner } from "./context.js";
import { report, withScope } from "./context.js";
import { dependsOn, readFormula } from "./formula.js";
import { paramsIn } from "./params.js";
import { hullOfMoments, knownMoments, numbersOf } from "./process-prior.js";
import { readEntries } from "./read-entries.js";
import { childOf } from "./scope.js";
import { claimOfSystem } from "./system-prior.js";
import { inSpace } from "./system-state.js";
import type { Law, Process, System, SystemState, Thing } from "./thing.js";
import { poison } from "./thing.js";
import type { Contents, DeclaredState, StateClaim, Terms } from "./system-equations.js";
import { readBody, readMotions, readStates, readTerms } from "./system-equations.js";

/** Components beyond these would be a table of thousands of columns. */
const mostComponents = 8;

export function makeSystem(declaration: Declaration, c: Context): Thing {
  const header = readStates(declaration, c);
  const { body, name } = declaration;
  if (header === null || body?.kind !== "block") return poison;
  const { states, time, range } = header;
  const scope = childOf(c.scope);
  const t = ir.input(time, "real", []);
  for (const state of states) scope.names.set(state.name, tensor(state.x));
  scope.names.set(time, tensor(t));
  const inner = withScope(c, scope);
  const owner: ParamOwner = { kind: declaration.keyword === "reference" ? "reference" : "process", name: c.instance };
  const contents = readBody(body, states, owner, inner);
  if (contents === null) return poison;
  const terms: Terms[] = [];
  for (const [place, { parameter, space }] of states.entries()) {
    const equation = contents.equations[place];
    if (equation === undefined)
      return report(c, catalogue.stateWithoutEquation, parameter.span, { state: parameter.name.text });
    const read = readTerms(equation, time, space.shape, states.length > 1, inner);
    if (read === null) return poison;
    terms.push(read);
  }
  const form = states.length > 1 ? "states" : "vector";
  const motions = readMotions(terms, states, contents.equations, time, name.span, c);
  if (motions === null) return poison;
  const dataClaim = contents.claims.find(({ law }) => law.law === "data");
  const dataTime = dataClaim?.time ?? dataTimeOf(contents.claims, states, range);
  const made = states.map((state, place): SystemState => {
    const own = terms[place] ?? new Map<string, Value>();
    const initial = contents.claims.find(
      (claim) => claim.state === place && claim.time === dataTime && claim.law.law !== "data",
    );
    return {
      name: state.name,
      space: state.space,
      x: state.x,
      drift: ir.broadcastTo(own.get(`d${time}`) ?? ir.scalar(0), state.space.shape),
      noise: motions.map((motion) => own.get(motion.name) ?? null),
      data: initial === undefined ? state.data : null,
      initial: initial?.law ?? null,
    };
  });
  const params = paramsIn(
    made.flatMap(({ drift, noise }) => [drift, ...noise.flatMap((level) => level ?? [])]),
    owner,
    body,
    c,
  );
  if (params === null) return poison;
  const opaque = new Map<string, Value>();
  const facts = analyse({ form, made, motions, time, t, range, dataTime }, contents.equations, name.span, opaque, c);
  if (facts === null) return poison;
  const system: System = { kind: "system", form, states: made, t, motions, focus: null, facts };
  const knownTime = dataTime === range[0] || dataTime < range[0] ? range[1] : range[0];
  const ends = contents.claims.filter((claim) => claim.time === knownTime && claim !== dataClaim);
  const [first] = states;
  if (first === undefined) return poison;
  const known =
    form === "vector" ? (ends[0]?.law ?? null) : ends.length === states.length ? recordOf(states, ends) : null;
  const process: Process = {
    kind: "process",
    name: name.text,
    declaration,
    state: first.name,
    time,
    space: first.space,
    range,
    dataTime,
    knownTime: known === null ? null : knownTime,
    known,
    prior: null,
    data: made.find((state) => state.data !== null)?.data ?? null,
    dynamics: system,
    constants: opaque,
    params,
  };
  return claimOfSystem(process, system, ends, c);
}

function recordOf(states: readonly DeclaredState[], claims: readonly StateClaim[]): Law {
  const fields = states.flatMap(({ name, space }, place) =>
    claims.filter((claim) => claim.state === place).map((claim) => [name, inSpace(claim.law, space)] as const),
  );
  return { kind: "law", law: "record", fields: new Map(fields) };
}

/** The start, unless that is where the law of the one state is claimed, and its data stands at the end. */
function dataTimeOf(
  claims: readonly StateClaim[],
  [state, more]: readonly DeclaredState[],
  [start, end]: readonly [number, number],
): number {
  const isClaimed = (time: number): boolean => claims.some((claim) => claim.time === time);
  return more === undefined && state?.data != null && isClaimed(start) && !isClaimed(end) ? end : start;
}

interface Graphs {
  readonly form: System["form"];
  readonly made: readonly SystemState[];
  readonly motions: System["motions"];
  readonly time: string;
  readonly t: Value;
  readonly range: readonly [number, number];
  readonly dataTime: number;
}

/** Reads the graphs as formulas of the components; null after reporting. */
function analyse(
  graphs: Graphs,
  equations: Contents["equations"],
  at: Span,
  opaque: Map<string, Value>,
  c: Context,
): SystemFacts | null {
  const { form, made, motions, time, t, range, dataTime } = graphs;
  const timeSymbol = symbol(time, Math.min(range[0], dataTime) >= 0 ? "nonnegative" : "any");
  const [only] = made;
  if (only === undefined) return null;
  const count = form === "states" ? made.length : (only.space.shape[0] ?? 1);
  if (form === "vector" && (only.space.shape.length !== 1 || typeof count !== "number" || count > mostComponents)) {
    report(c, catalogue.notCompiledYet, equations[0]?.span ?? at, {
      construct: `A coefficient that is not computed number by number, of a state of shape ${showShape(only.space.shape)},`,
      instead: `Write it elementwise in the state; matrices act on vectors of at most ${mostComponents} numbers.`,
    });
    return null;
  }
  const symbols: readonly SymbolExpression[] =
    form === "states"
      ? made.map(({ name }) => symbol(name))
      : Array.from({ length: Number(count) }, (_, i) => symbol(`${only.name}[${i}]`));
  const leaves = new Set([t, ...made.map(({ x }) => x)]);
  const read =
    form === "states"
      ? elementwise(made, symbols, t, timeSymbol, opaque)
      : entrywise(only, motions, symbols, t, timeSymbol, opaque);
  const spoiled = [...opaque].find(([, value]) => dependsOn(value, leaves));
  const infinite = [...opaque.values()].find(({ op, params }) => op === "scalar" && !Number.isFinite(params.value));
  if (infinite !== undefined) {
    report(c, catalogue.outOfRange, equations[0]?.span ?? at, {
      what: "A number in this equation",
      found: String(infinite.params.value),
      expected: "finite",
    });
    return null;
  }
  const initial = initialLaws(made, form, Number(count), at, c);
  if (initial === null || read === null) return null;
  const common = { states: symbols, time: timeSymbol, range, dataTime, initial, ...dataMoments(made) };
  if (spoiled !== undefined) {
    // A network, or a product that is not read: it can be simulated, but nothing is derived of it.
    if (dependsOnNoise(made, leaves)) {
      report(c, catalogue.notCompiledYet, spoiled[1].origin ?? at, {
        construct: "A diffusion that is not computed number by number",
        instead: null,
      });
      return null;
    }
    const free = read.noise;
    const facts = analyseSystem({ ...common, drift: read.drift.map(() => symbol("f")), noise: free });
    for (const name of [...opaque.keys()]) if (name === spoiled[0]) opaque.delete(name);
    return {
      ...facts,
      kind: "general system",
      spoiler: symbol(textOf(spoiled[1])),
      reason: "it is not a formula of the states, number by number",
      instead: "There is no closed kernel: draw paths with a solver (euler_maruyama), or write the term elementwise.",
    };
  }
  for (const [place, formula] of [...read.drift, ...read.noise.flat()].entries()) {
    const pole = findPole(formula, time, range);
    if (pole === null) continue;
    const equation = equations[form === "states" && place < made.length ? place : 0];
    const what =
      pole.reason === "division by zero"
        ? `A division by ${show(pole.term)} reaches zero`
        : `${show(pole.term)} leaves the domain of its function`;
    report(c, catalogue.poleInRange, equation?.span ?? at, { what, at: `${time} = ${showNumber(pole.at)}` });
    return null;
  }
  return analyseSystem({ ...common, drift: read.drift, noise: read.noise });
}

function textOf(value: Value): string {
  const { origin } = value;
  return origin === null ? "a term" : origin.source.text.slice(origin.start, origin.end);
}

function dependsOnNoise(made: readonly SystemState[], leaves: ReadonlySet<Value>): boolean {
  const states = new Set([...leaves].filter((leaf) => leaf.shape.length > 0 || made.some(({ x }) => x === leaf)));
  return made.some(({ noise }) => noise.some((value) => value !== null && dependsOn(value, states)));
}

interface Formulas {
  readonly drift: readonly Formula[];
  readonly noise: readonly (readonly Formula[])[];
}

function elementwise(
  made: readonly SystemState[],
  symbols: readonly SymbolExpression[],
  t: Value,
  time: SymbolExpression,
  opaque: Map<string, Value>,
): Formulas {
  const leaves = new Map<Value, Formula>([[t, time], ...made.map(({ x }, i) => [x, symbols[i] ?? time] as const)]);
  const read = (value: Value | null): Formula => readFormula(value ?? ir.scalar(0), leaves, opaque).formula;
  return { drift: made.map(({ drift }) => read(drift)), noise: made.map(({ noise }) => noise.map(read)) };
}

/** Entry by entry; the columns of all motions side by side. */
function entrywise(
  { x, drift, noise }: SystemState,
  motions: System["motions"],
  symbols: readonly SymbolExpression[],
  t: Value,
  time: SymbolExpression,
  opaque: Map<string, Value>,
): Formulas | null {
  const leaves = new Map<Value, readonly Formula[]>([
    [t, [time]],
    [x, symbols],
  ]);
  const n = symbols.length;
  const drifts = readEntries(drift, leaves, opaque);
  const columns: Formula[][] = symbols.map(() => []);
  for (const [place, motion] of motions.entries()) {
    const coefficient = noise[place] ?? null;
    const width = Number(motion.shape[0] ?? 1);
    if (coefficient === null) continue;
    const isMatrix = coefficient.shape.length === 2;
    const entries = readEntries(isMatrix ? coefficient : ir.broadcastTo(coefficient, [n]), leaves, opaque);
    if (entries === null) return null;
    const zero = readFormula(ir.scalar(0), new Map(), new Map()).formula;
    columns.forEach((row, i) => {
      for (let j = 0; j < width; j += 1)
        row.push(isMatrix ? (entries[i * width + j] ?? zero) : i === j ? (entries[i] ?? zero) : zero);
    });
  }
  return drifts === null ? null : { drift: drifts, noise: columns };
}

/** Mean and deviation of the components that have a law of their own at the data's time; null after reporting. */
function initialLaws(
  made: readonly SystemState[],
  form: System["form"],
  count: number,
  at: Span,
  c: Context,
): readonly (ClaimedLaw | null)[] | null {
  const laws: (ClaimedLaw | null)[] = [];
  for (const { initial, name } of made) {
    const width = form === "states" ? 1 : count;
    const claimed = initial === null ? null : claimedNumbers(initial, width);
    if (initial !== null && claimed === null) {
      report(c, catalogue.notCompiledYet, at, {
        construct: `A law of \`${name}\` at the start that is not normal with one mean and one standard deviation`,
        instead: "Write `Normal(m, s)` with numbers.",
      });
      return null;
    }
    laws.push(...(claimed ?? Array.from({ length: width }, () => null)));
  }
  return laws;
}

/** The numbers of a normal law, one pair per component; null if it is another law, or differs within a component. */
export function claimedNumbers(law: Law, width: number): readonly ClaimedLaw[] | null {
  if (law.law !== "normal") return null;
  const [means, stds] = [numbersOf(law.mean), numbersOf(law.std)];
  if (means === null || stds === null) return null;
  const pick = (values: readonly number[], i: number): number | null => {
    if (values.length === width) return values[i] ?? null;
    return values.every((value) => value === values[0]) ? (values[0] ?? null) : null;
  };
  const pairs = Array.from({ length: width }, (_, i) => ({ mean: pick(means, i), std: pick(stds, i) }));
  return pairs.flatMap(({ mean, std }) => (mean === null || std === null ? [] : [{ mean, std }])).length === width
    ? pairs.map(({ mean, std }) => ({ mean: mean ?? 0, std: std ?? 0 }))
    : null;
}

function dataMoments(made: readonly SystemState[]): { readonly data?: Moments } {
  const sources = made.flatMap(({ data }) => (data === null ? [] : [knownMoments(data, false)]));
  const moments = sources.flatMap((known) => known?.places ?? []);
  return moments.length === 0 || sources.includes(null) ? {} : { data: hullOfMoments(moments) };
}
