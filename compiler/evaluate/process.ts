/** How a process declaration becomes its coefficients, its kernel and its known end. */
import type { Block, Declaration, Equation, Expression, Parameter, Relation } from "../../grammar/tree.js";
import type { Span } from "../../grammar/source.js";
import type { SpaceSpec } from "../../runtime/specification.js";
import { symbol } from "../calculus/expression.js";
import type { Moments, ProcessFacts } from "../calculus/facts.js";
import { findPole } from "../calculus/interval.js";
import { analyse } from "../calculus/process.js";
import { checkPrior } from "../calculus/prior.js";
import { show, showNumber } from "../calculus/show.js";
import { contains } from "../calculus/traverse.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import { broadcastShapes } from "../ir/dims.js";
import type { Value } from "../ir/value.js";
import { constantOf, real, showShape, tensor } from "./arithmetic.js";
import type { Context } from "./context.js";
import { report, withScope } from "./context.js";
import { describe } from "./describe.js";
import { constantValues, evaluate, evaluateConstant } from "./evaluate.js";
import { dependsOn, readFormula } from "./formula.js";
import { asLaw } from "./laws.js";
import { childOf, lookUp } from "./scope.js";
import { intervalOf, spaceOfType } from "./spaces.js";
import { bindNames, evaluateValues } from "./statements.js";
import type { Coupling, Data, Law, Process, Thing } from "./thing.js";
import { poison } from "./thing.js";

export interface Header {
  readonly state: Parameter;
  readonly space: SpaceSpec;
  readonly data: Data | Coupling | null;
  readonly time: string;
  readonly range: readonly [number, number];
}

/** The state, its space and the time of `on x : D, t in [a, b]`; null after reporting. */
export function readHeader(declaration: Declaration, c: Context): Header | null {
  const owner = `The ${declaration.keyword} \`${declaration.name.text}\``;
  const states = (declaration.states ?? []).filter((state) => state.type !== null);
  const times = (declaration.states ?? []).filter((state) => state.type === null);
  const [state, second] = states;
  const [time, otherTime] = times;
  if (state === undefined || state.type === null) {
    report(c, catalogue.missingPart, declaration.name.span, { owner, part: "a state", instead: "Write `on x : data, t in [0, 1]`." });
    return null;
  }
  if (second !== undefined) {
    report(c, catalogue.notCompiledYet, second.span, { construct: "A process of several states", instead: null });
    return null;
  }
  if (time === undefined || otherTime !== undefined || time.domain === null) {
    report(c, catalogue.missingPart, (otherTime ?? time ?? state).span, { owner, part: "one time with its range", instead: "Write `t in [0, 1]`." });
    return null;
  }
  const space = spaceOfType(state.type, c);
  const range = time.domain.to === null ? intervalOf(time.domain.value, c) : null;
  if (time.domain.to !== null) report(c, catalogue.badTimeRange, time.domain.span, { found: "a range of integers" });
  if (space === null || range === null) return null;
  const named = state.type.kind === "space" ? lookUp(c.scope, state.type.path[0]?.text ?? "") : null;
  const data = named?.kind === "data" || named?.kind === "coupling" ? named : null;
  return { state, space, data: data === null ? null : fieldData(data, state), time: time.name.text, range };
}

/** `x : cifar.x` puts the marginal of one field at the data's end. */
function fieldData(data: Data | Coupling, state: Parameter): Data | Coupling {
  const field = state.type?.kind === "space" ? state.type.path[1]?.text : undefined;
  if (data.kind === "coupling" || field === undefined) return data;
  return { ...data, name: `${data.name}.${field}`, fields: data.fields.filter((known) => known.name === field) };
}

export function makeProcess(declaration: Declaration, c: Context): Thing {
  const header = readHeader(declaration, c);
  const { body, name } = declaration;
  if (header === null) return poison;
  if (body?.kind !== "block") {
    return report(c, catalogue.missingPart, name.span, { owner: `The ${declaration.keyword} \`${name.text}\``, part: "a body", instead: "State its equation in braces." });
  }
  const scope = childOf(c.scope);
  const x = ir.input(header.state.name.text, "real", header.space.shape);
  const t = ir.input(header.time, "real", []);
  scope.names.set(header.state.name.text, tensor(x));
  scope.names.set(header.time, tensor(t));
  const inner = withScope(c, scope);
  const contents = readBody(body, header, inner);
  if (contents === null) return poison;
  const equation = contents.equation;
  if (equation === null) {
    return report(c, catalogue.stateWithoutEquation, header.state.span, { state: header.state.name.text });
  }
  const terms = readEquation(equation, header, { ...inner, scope: contents.scope });
  if (terms === null) return poison;
  const drift = ir.broadcastTo(terms.drift, header.space.shape);
  const diffusion = terms.diffusion;
  const ends = placeEnds(header, contents.claims, inner);
  if (ends === null) return poison;
  const symbols = new Map([
    [x, symbol(header.state.name.text)],
    [t, symbol(header.time, header.range[0] >= 0 ? "nonnegative" : "any")],
  ]);
  const opaque = new Map<string, Value>();
  const driftFormula = readFormula(terms.drift, symbols, opaque).formula;
  const diffusionFormula = readFormula(diffusion, symbols, opaque).formula;
  const infinite = [...opaque.values()].find(({ op, params }) => op === "scalar" && !Number.isFinite(params.value));
  if (infinite !== undefined) {
    return report(c, catalogue.outOfRange, equation.span, { what: "A number in this equation", found: String(infinite.params.value), expected: "finite" });
  }
  const hidden = [...opaque].find(([, value]) => dependsOn(value, new Set([x, t])));
  if (hidden !== undefined) {
    return report(c, catalogue.notCompiledYet, hidden[1].origin ?? equation.span, {
      construct: "A coefficient that is not computed number by number, or whose formula is very long",
      instead: "Write the drift and diffusion elementwise in the state, in a shorter form.",
    });
  }
  const stateSymbol = symbol(header.state.name.text);
  const timeSymbol = symbol(header.time, header.range[0] >= 0 ? "nonnegative" : "any");
  if (reportPoles([driftFormula, diffusionFormula], header, contents.spans, c)) return poison;
  const moments = momentsOf(header.data, contains(diffusionFormula, header.state.name.text));
  const facts = analyse({
    drift: driftFormula,
    diffusion: diffusionFormula,
    convention: terms.stratonovich ? "stratonovich" : "ito",
    state: stateSymbol,
    time: timeSymbol,
    range: header.range,
    dataTime: ends.dataTime,
    ...(moments === null ? {} : { data: moments }),
  });
  if (leavesSpace(facts, header, name.text, equation.span, c)) return poison;
  const prior = comparePrior(ends, facts, header.data);
  const process: Process = {
    kind: "process",
    name: name.text,
    declaration,
    state: header.state.name.text,
    time: header.time,
    space: header.space,
    range: header.range,
    dataTime: ends.dataTime,
    knownTime: ends.knownTime,
    known: ends.known,
    prior,
    data: header.data,
    dynamics: { kind: "sde", x, t, drift, diffusion, facts },
    constants: opaque,
  };
  return claimFails(process, ends.claim, c) ? poison : process;
}

interface Claim {
  readonly time: number;
  readonly law: Law;
  readonly span: Span;
  readonly timeSpan: Span;
}
interface Contents {
  readonly scope: Context["scope"];
  readonly equation: Equation | null;
  readonly claims: readonly Claim[];
  readonly spans: readonly Span[];
}

/** The lets, the equation and the claimed laws of a body. */
function readBody(body: Block, header: Header, c: Context): Contents | null {
  const claims: Claim[] = [];
  let equation: Equation | null = null;
  for (const statement of body.statements) {
    if (statement.kind === "let") {
      const values = evaluateValues(statement.values, c);
      if (values === null || !bindNames(statement.names, values, statement.span, c)) return null;
    } else if (statement.kind === "equation") {
      const wanted = `d${header.state.name.text}`;
      if (statement.differential.text !== wanted) {
        report(c, catalogue.unknownDifferential, statement.differential.span, { differential: statement.differential.text, known: `\`${wanted}\`` });
        return null;
      }
      if (statement.sign === "~") {
        report(c, catalogue.notCompiledYet, statement.span, { construct: "A jump process", instead: null });
        return null;
      }
      if (equation !== null) {
        report(c, catalogue.declaredTwice, statement.differential.span, { name: wanted });
        return null;
      }
      equation = statement;
    } else if (statement.kind === "relation") {
      const claim = readClaim(statement, header, c);
      if (claim === null) return null;
      claims.push(claim);
    } else {
      report(c, statement.kind === "param" ? catalogue.notCompiledYet : catalogue.misplaced, statement.span, {
        construct: statement.kind === "param" ? "A `param` of a process" : "This statement",
        place: "a process",
        instead: null,
      });
      return null;
    }
  }
  return { scope: c.scope, equation, claims, spans: equation === null ? [] : [equation.span] };
}

/** `x(1) ~ Normal(0, 1)` or `x(0) ~ data`. */
export function readClaim(relation: Relation, header: Header, c: Context): Claim | null {
  const [target, more] = relation.targets;
  const [access] = target?.access ?? [];
  const [value] = relation.values;
  if (target === undefined || more !== undefined || value === undefined || access?.kind !== "at time" || target.name.text !== header.state.name.text) {
    // A name that is not declared was reported with the names.
    if (target !== undefined && access?.kind === "at time" && lookUp(c.scope, target.name.text) === null) return null;
    const isDraw = relation.sign === "~" && target !== undefined && target.access.length === 0;
    if (isDraw) report(c, catalogue.notCompiledYet, relation.span, { construct: "A noise drawn by a process", instead: "Use a Brownian motion `dW`." });
    else report(c, catalogue.misplaced, relation.span, { construct: "This relation", place: "a process", instead: "Claim a law at a time: `x(1) ~ Normal(0, 1)`." });
    return null;
  }
  if (relation.sign !== "~") {
    report(c, catalogue.notCompiledYet, relation.span, { construct: "A fixed state", instead: "Claim a law with `~`." });
    return null;
  }
  const time = evaluateConstant(access.time, "The time of a claim", c);
  const law = asLaw(evaluate(value, c), value.span, c);
  if (time === null || law === null || !fitsState(law, header, value.span, c)) return null;
  return { time, law, span: relation.span, timeSpan: access.time.span };
}

/** A claimed law's parameters stretch to the state's shape. */
function fitsState(law: Law, header: Header, span: Span, c: Context): boolean {
  if (law.law !== "normal" && law.law !== "log-normal") return true;
  for (const part of [law.mean, law.std]) {
    if (part.kind !== "tensor") continue;
    const common = broadcastShapes(part.value.shape, header.space.shape);
    if (common !== null && showShape(common) === showShape(header.space.shape)) continue;
    report(c, catalogue.wrongShape, span, { what: "The claimed law", expected: showShape(header.space.shape), found: showShape(part.value.shape) });
    return false;
  }
  return true;
}

/** Splits dx = f dt + g dW into its coefficients. */
function readEquation(equation: Equation, header: Header, c: Context): { drift: Value; diffusion: Value; stratonovich: boolean } | null {
  let drift: Value = ir.scalar(0);
  const noises = new Map<string, Value>();
  let stratonovich = false;
  for (const { sign, term } of addends(equation.value, 1)) {
    const [coefficient, differential, ring]: readonly [Expression | null, { text: string; span: Span }, boolean] =
      term.kind === "increment"
        ? [term.coefficient, term.differential, term.stratonovich]
        : term.kind === "differential"
          ? [null, term, false]
          : [null, { text: "", span: term.span }, false];
    if (differential.text === "") {
      if (term.kind !== "missing") report(c, catalogue.termWithoutDifferential, term.span, {});
      return null;
    }
    const isTime = differential.text === `d${header.time}`;
    if (!isTime && !/^dW/.test(differential.text)) {
      report(c, catalogue.unknownDifferential, differential.span, { differential: differential.text, known: `\`d${header.time}\`, \`dW\`` });
      return null;
    }
    const thing = coefficient === null ? tensor(ir.scalar(1)) : evaluate(coefficient, c);
    if (thing.kind !== "tensor") {
      if (thing.kind !== "poison") report(c, catalogue.wrongKind, term.span, { found: describe(thing), expected: "a coefficient" });
      return null;
    }
    const value = sign < 0 ? ir.neg(real(thing.value)) : real(thing.value);
    const fits = value.shape.length === 0 || showShape(value.shape) === showShape(header.space.shape);
    if (!fits) {
      const span = coefficient?.span ?? term.span;
      if (!isTime && value.shape.length > header.space.shape.length) {
        report(c, catalogue.notCompiledYet, span, { construct: "A matrix-valued diffusion", instead: null });
      } else {
        report(c, catalogue.wrongShape, span, {
          what: isTime ? "The drift" : "The diffusion",
          expected: showShape(header.space.shape),
          found: showShape(value.shape),
        });
      }
      return null;
    }
    if (isTime) drift = ir.add(drift, value);
    else {
      const known = noises.get(differential.text);
      noises.set(differential.text, known === undefined ? value : ir.add(known, value));
      stratonovich ||= ring;
    }
  }
  // Independent motions add their variances.
  const levels = [...noises.values()];
  const [only, more] = levels;
  const diffusion =
    only === undefined ? ir.scalar(0) : more === undefined ? only : ir.sqrt(levels.map((g) => ir.mul(g, g)).reduce((a, b) => ir.add(a, b)));
  return { drift, diffusion, stratonovich };
}

/** The signed addends of a sum, left to right. */
function addends(e: Expression, sign: number): { sign: number; term: Expression }[] {
  if (e.kind === "binary" && (e.operator === "+" || e.operator === "-")) {
    return [...addends(e.left, sign), ...addends(e.right, e.operator === "+" ? sign : -sign)];
  }
  if (e.kind === "unary" && e.operator === "-") return addends(e.operand, -sign);
  return [{ sign, term: e }];
}

interface Ends {
  readonly dataTime: number;
  readonly knownTime: number | null;
  readonly known: Law | null;
  readonly claim: Claim | null;
}

/** Which end has the data and which the known law: claims first, then the start for the data. */
export function placeEnds(header: Header, claims: readonly Claim[], c: Context): Ends | null {
  const [start, end] = header.range;
  const isData = ({ law }: Claim): boolean => law.law === "data" && (law.data.law === null || law.data.declaration === header.data?.declaration);
  const data = claims.find(isData);
  const prior = claims.find((claim) => claim !== data);
  if (prior !== undefined && prior.time !== start && prior.time !== end) {
    report(c, catalogue.outOfRange, prior.timeSpan, { what: "The time of a claimed law", found: String(prior.time), expected: `${start} or ${end}, an end of the declared range` });
    return null;
  }
  const dataTime = data?.time ?? (prior?.time === start ? end : start);
  return { dataTime, knownTime: prior?.time ?? null, known: prior?.law ?? null, claim: prior ?? null };
}

/** Mean and spread of the data (of its logarithm, under geometric noise) where its law says; null where it does not. */
function momentsOf(data: Data | Coupling | null, geometric: boolean): Moments | null {
  const law = data?.kind === "data" ? data.law : null;
  if (law === null) return boundedMoments(data, geometric);
  if (law?.law === "mixture" && !geometric) return mixtureMoments(law);
  if (law?.law !== (geometric ? "log-normal" : "normal")) return null;
  const means = numbersOf(law.mean);
  const stds = numbersOf(law.std);
  if (means === null || stds === null) return null;
  return { mean: hull(means), std: hull(stds) };
}

/** All that bounds on the numbers say: a mean between them, and a spread of at most half their distance. */
function boundedMoments(data: Data | Coupling | null, geometric: boolean): Moments | null {
  const space = data?.kind === "data" ? data.fields[0]?.space : undefined;
  if (space === undefined || space.low === null || space.high === null || (geometric && space.low <= 0)) return null;
  const [low, high] = geometric ? [Math.log(space.low), Math.log(space.high)] : [space.low, space.high];
  return { mean: { low, high }, std: { low: 0, high: (high - low) / 2 } };
}

/** Coordinate by coordinate: Σ w m, and Σ w (s² + m²) less its square. */
function mixtureMoments(law: Extract<Law, { law: "mixture" }>): Moments | null {
  const weights = numbersOf(law.weights);
  const { component } = law;
  const means = component.law === "normal" ? numbersOf(component.mean) : null;
  const stds = component.law === "normal" ? numbersOf(component.std) : null;
  if (weights === null || means === null || stds === null || means.length % weights.length !== 0) return null;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const coordinates = means.length / weights.length;
  const stdAt = (k: number, i: number): number => stds[stds.length === means.length ? k * coordinates + i : stds.length === weights.length ? k : 0] ?? 0;
  const moments = Array.from({ length: coordinates }, (_, i) => {
    const mean = weights.reduce((sum, weight, k) => sum + (weight / total) * (means[k * coordinates + i] ?? 0), 0);
    const square = weights.reduce((sum, weight, k) => sum + (weight / total) * ((means[k * coordinates + i] ?? 0) ** 2 + stdAt(k, i) ** 2), 0);
    return { mean, std: Math.sqrt(square - mean * mean) };
  });
  return { mean: hull(moments.map(({ mean }) => mean)), std: hull(moments.map(({ std }) => std)) };
}

function hull(values: readonly number[]): { low: number; high: number } {
  return { low: Math.min(...values), high: Math.max(...values) };
}

function reportPoles(formulas: readonly Parameters<typeof findPole>[0][], header: Header, spans: readonly Span[], c: Context): boolean {
  for (const formula of formulas) {
    const pole = findPole(formula, header.time, header.range);
    if (pole === null) continue;
    const what = {
      "division by zero": `A division by ${show(pole.term)} reaches zero`,
      "logarithm of a non-positive number": `The logarithm of ${show(pole.term)} is not defined`,
      "root of a negative number": `The root of ${show(pole.term)} is not defined`,
    }[pole.reason];
    report(c, catalogue.poleInRange, spans[0] ?? header.state.span, { what, at: `${header.time} = ${showNumber(pole.at)}` });
    return true;
  }
  return false;
}

/** Spaces that a process may not leave; an interval of a data set is where its rows lie, no more. */
const boundedSpaces: ReadonlySet<string> = new Set(["Positive", "Unit"]);

function leavesSpace(facts: ProcessFacts, header: Header, process: string, span: Span, c: Context): boolean {
  if (!boundedSpaces.has(header.space.space) || facts.kind === "log-affine") return false;
  if (facts.kind === "affine") {
    report(c, catalogue.leavesSpace, span, {
      process,
      space: `\`${header.space.space}\``,
      term: `the noise ${show(facts.diffusion)} dW reaches every number`,
    });
    return true;
  }
  return false;
}

/** The claimed law beside the derived one, where both are Gaussian (in the logarithm, for geometric noise). */
function comparePrior({ claim, dataTime }: Ends, facts: ProcessFacts, data: Header["data"]): Process["prior"] {
  if (claim === null || facts.kind === "general" || claim.time === dataTime) return null;
  const { law } = claim;
  if (law.law !== (facts.kind === "affine" ? "normal" : "log-normal")) return null;
  const mean = numbersOf(law.mean)?.[0];
  const std = numbersOf(law.std)?.[0];
  if (mean === undefined || std === undefined) return null;
  const dataLaw = data?.kind === "data" ? data.law : null;
  const known = dataLaw === null && boundedMoments(data, facts.kind === "log-affine") !== null ? "bounds" : dataLaw?.law === law.law ? "law" : "moments";
  const verdict = checkPrior(facts, { mean, std }, known);
  return verdict === null ? null : { claimed: { mean, std }, verdict };
}

/** True after reporting that the claimed law is not reached. */
function claimFails({ name, prior }: Process, claim: Claim | null, c: Context): boolean {
  if (claim === null || prior === null || prior.verdict.reached) return false;
  const { claimed, verdict } = prior;
  const between = ({ low, high }: { low: number; high: number }): string =>
    Math.abs(high - low) < 1e-6 * Math.max(1, Math.abs(high)) ? showNumber(low) : `between ${showNumber(low)} and ${showNumber(high)}`;
  const law = `mean ${between(verdict.derived.mean)}, standard deviation ${between(verdict.derived.std)}`;
  // The law of all data may be as claimed while that of one datum is far from it.
  const stays = Math.abs(verdict.remaining) > 1e-3;
  report(c, catalogue.priorNotReached, claim.span, {
    process: name,
    claimed: `the claimed law, mean ${showNumber(claimed.mean)} and standard deviation ${showNumber(claimed.std)}`,
    reached: `${law}${stays ? `, of which a datum x0 still moves the mean by ${showNumber(verdict.remaining)} x0` : ""}`,
    divergence: verdict.kl.toPrecision(2),
  });
  return true;
}

function numbersOf(thing: Thing): readonly number[] | null {
  const constant = constantOf(thing);
  if (constant !== null) return [constant];
  return thing.kind === "tensor" ? constantValues(thing.value) : null;
}
