/** From coefficients that act number by number to a process: its Itô form, its facts, its prior. */
import type { Declaration } from "../../grammar/tree.js";
import type { Span } from "../../grammar/source.js";
import type { SpaceSpec } from "../../runtime/specification.js";
import type { Expression } from "../calculus/expression.js";
import { symbol } from "../calculus/expression.js";
import type { ProcessFacts, ProcessInput } from "../calculus/facts.js";
import { findPole } from "../calculus/interval.js";
import { analyse, analyseOpaque } from "../calculus/process.js";
import { show, showNumber } from "../calculus/show.js";
import { freeSymbols, hasIntegral } from "../calculus/traverse.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import { numbersAt } from "../ir/constant-value.js";
import { jvp } from "../ir/differentiate.js";
import type { Value } from "../ir/value.js";
import type { Context } from "./context.js";
import { report } from "./context.js";
import type { VaryingNames } from "./formula.js";
import { dependsOn, readFormula, varyingNumbers } from "./formula.js";
import type { KnownMoments } from "./process-prior.js";
import { symbolsOfParams } from "./params.js";
import { claimFails, comparePrior, hullOfMoments, isOfAnotherKind } from "./process-prior.js";
import type { Scope } from "./scope.js";
import { isTorus, leavesTorus } from "./torus.js";
import type { Coupling, Data, Law, Process } from "./thing.js";

/** One Brownian motion of an equation: its whole coefficient, and the part of it that is Stratonovich's. */
export interface Noise {
  readonly level: Value;
  readonly ring: Value | null;
}

export interface Terms {
  readonly drift: Value;
  readonly noises: readonly Noise[];
}

/** What an equation is about and where it stands. */
export interface Frame {
  readonly declaration: Declaration;
  /** The state's name and space, or those of its coordinates. */
  readonly state: string;
  readonly space: SpaceSpec;
  readonly time: string;
  readonly range: readonly [number, number];
  /** Placeholders of the state and the time. */
  readonly x: Value;
  readonly t: Value;
  readonly span: Span;
  readonly scope: Scope;
  readonly data: Data | Coupling | null;
  readonly ends: {
    readonly dataTime: number;
    readonly knownTime: number | null;
    readonly known: Law | null;
    readonly claim: { readonly time: number; readonly law: Law; readonly span: Span } | null;
  };
  /** Of the data, or of its logarithm under geometric noise. */
  readonly moments: (geometric: boolean) => KnownMoments | null;
}

/** Whether a coefficient is not computed number by number from the state and the time. */
export function mixesNumbers({ drift, noises }: Terms, x: Value, t: Value): boolean {
  const symbols = new Map<Value, Expression>([
    [x, symbol("x")],
    [t, symbol("t")],
  ]);
  const opaque = new Map<string, Value>();
  const readings = [drift, ...noises.map(({ level }) => level)].map((graph) => readFormula(graph, symbols, opaque));
  if (readings.some(({ tooLong }) => tooLong !== null)) return false;
  return [...opaque.values()].some((value) => dependsOn(value, new Set([x, t])));
}

/** dx = f dt + Σ g_k dW_k, elementwise; null after reporting. */
export function elementwiseProcess(terms: Terms, frame: Frame, c: Context): Process | null {
  const { x, t, state, time, range, span, ends, declaration, space } = frame;
  const process = declaration.name.text;
  const diffusion = totalLevel(terms.noises);
  const drift = ir.broadcastTo(itoDrift(terms, x), space.shape);
  // Where every noise is Stratonovich's the derivation shows the conversion.
  const isStratonovich = terms.noises.length > 0 && terms.noises.every(({ level, ring }) => level === ring);
  const timeSymbol = symbol(time, range[0] >= 0 ? "nonnegative" : "any");
  const symbols = new Map<Value, Expression>([
    [x, symbol(state)],
    [t, timeSymbol],
  ]);
  const opaque = new Map<string, Value>();
  const names = namedConstants(frame);
  const { params, values } = symbolsOfParams([drift, diffusion], c);
  for (const [value, { name, sign }] of params) {
    symbols.set(value, symbol(name, sign));
    opaque.set(name, value);
  }
  const coupled = new Map<string, Value>();
  const { formula: read, tooLong } = readFormula(isStratonovich ? terms.drift : drift, symbols, coupled, names);
  // A drift that mixes coordinates is simulated, not analysed.
  const isCoupled = tooLong === null && [...coupled.values()].some((value) => dependsOn(value, new Set([x, t])));
  const driftFormula = isCoupled ? symbol("drift") : read;
  if (!isCoupled) for (const [name, value] of coupled) opaque.set(name, value);
  const diffusionFormula = readFormula(diffusion, symbols, opaque, names).formula;
  const infinite = [...opaque.values()].find(({ op, params }) => op === "scalar" && !Number.isFinite(params.value));
  if (infinite !== undefined) {
    report(c, catalogue.outOfRange, span, {
      what: "A number in this equation",
      found: String(infinite.params.value),
      expected: "finite",
    });
    return null;
  }
  const hidden = [...opaque].find(([, value]) => dependsOn(value, new Set([x, t])));
  if (hidden !== undefined) {
    report(c, catalogue.notCompiledYet, hidden[1].origin ?? span, {
      construct: "A coefficient that is not computed number by number, or whose formula is very long",
      instead: "Write the drift and diffusion elementwise in the state, in a shorter form.",
    });
    return null;
  }
  if (reportPoles([driftFormula, diffusionFormula], frame, c) || reportInfinitePlace([drift, diffusion], frame, c))
    return null;
  const geometric = freeSymbols(diffusionFormula).has(state);
  const moments = frame.moments(geometric);
  const input: ProcessInput = {
    drift: driftFormula,
    diffusion: diffusionFormula,
    convention: isStratonovich ? "stratonovich" : "ito",
    state: symbol(state),
    time: timeSymbol,
    range,
    dataTime: ends.dataTime,
    values,
    ...(moments === null ? {} : { data: hullOfMoments(moments.places) }),
  };
  const facts = isCoupled ? analyseOpaque(input, driftFormula) : analyse(input);
  if (hasNoTable(facts, frame, opaque, c)) return null;
  const { dataTime } = ends;
  if (isTorus(space) && leavesTorus(process, facts, ends.claim, dataTime, span, c)) return null;
  if (!isTorus(space) && isOfAnotherKind(process, ends.claim, { facts, dataTime }, c)) return null;
  const prior = comparePrior(ends.claim, { facts, constants: opaque, shape: space.shape, dataTime, moments });
  if (claimFails(process, prior, ends.claim, c)) return null;
  return {
    kind: "process",
    name: process,
    declaration,
    state,
    time,
    space,
    range,
    dataTime,
    knownTime: ends.knownTime,
    known: ends.known,
    prior,
    data: frame.data,
    dynamics: { kind: "sde", x, t, drift, diffusion, facts, convention: isStratonovich ? "stratonovich" : "ito" },
    constants: opaque,
    params: [],
  };
}

/** Independent motions add their variances. */
function totalLevel(noises: readonly Noise[]): Value {
  const levels = noises.map(({ level }) => level);
  const [only, more] = levels;
  if (only === undefined) return ir.scalar(0);
  return more === undefined ? only : ir.sqrt(levels.map((g) => ir.mul(g, g)).reduce((a, b) => ir.add(a, b)));
}

/** h ∘ dW = h dW + ½ d[h, W], and d[h, W] = (∂h/∂x) g dt for the whole coefficient g of that motion (methods 0.5). */
function itoDrift({ drift, noises }: Terms, x: Value): Value {
  return noises.reduce((total, { level, ring }) => {
    if (ring === null) return total;
    const [slope] = jvp([ir.broadcastTo(ring, x.shape)], [x], [ir.broadcastTo(level, x.shape)]);
    return ir.add(total, ir.mul(ir.scalar(0.5), slope ?? ir.scalar(0)));
  }, drift);
}

/** Names of the body and the file that stand for constants which differ from place to place: formulas show them by name. */
function namedConstants({ scope, state, time, x, t }: Frame): VaryingNames {
  const names: VaryingNames = new Map();
  const taken = new Set([state, time]);
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    for (const [name, thing] of at.names) {
      if (taken.has(name) || thing.kind !== "tensor" || thing.value === x || thing.value === t) continue;
      const { value } = thing;
      const [bare = value] = value.op === "broadcast" ? value.inputs : [value];
      const numbers = varyingNumbers(bare);
      if (numbers === null || names.has(numbers.join())) continue;
      taken.add(name);
      names.set(numbers.join(), name);
    }
  }
  return names;
}

function reportPoles(formulas: readonly Expression[], { time, range, span }: Frame, c: Context): boolean {
  for (const formula of formulas) {
    const pole = findPole(formula, time, range);
    if (pole === null) continue;
    const what = {
      "division by zero": `A division by ${show(pole.term)} reaches zero`,
      "logarithm of a non-positive number": `The logarithm of ${show(pole.term)} is not defined`,
      "root of a negative number": `The root of ${show(pole.term)} is not defined`,
    }[pole.reason];
    report(c, catalogue.poleInRange, span, { what, at: `${time} = ${showNumber(pole.at)}` });
    return true;
  }
  return false;
}

/** More places are not looked at one by one. */
const mostPlaces = 2 ** 16;

/** True after reporting that a coefficient is infinite or undefined at one place, as 1/k² is for the mode of wave number 0. */
function reportInfinitePlace(
  coefficients: readonly Value[],
  { x, t, range, state, space, span }: Frame,
  c: Context,
): boolean {
  const count = space.shape.reduce((a, b) => a * b, 1);
  if (count > mostPlaces) return false;
  const ones = Array.from({ length: count }, () => 1);
  for (const time of [(range[0] + range[1]) / 2]) {
    const numbers = numbersAt(
      coefficients.map((value) => ir.broadcastTo(value, space.shape)),
      new Map([
        [x, ones],
        [t, [time]],
      ]),
    );
    for (const [which, values] of (numbers ?? []).entries()) {
      const isFinite = values.map(Number.isFinite);
      // Where every place fails it is no matter of one place; poles in time are reported above.
      if (isFinite.every((fine) => fine) || !isFinite.some((fine) => fine)) continue;
      report(c, catalogue.infinitePlace, span, {
        coefficient: which === 0 ? "drift" : "diffusion",
        state,
        place: placeOf(isFinite.indexOf(false), space.shape),
      });
      return true;
    }
  }
  return false;
}

/** `[0, 3]` */
function placeOf(index: number, shape: readonly number[]): string {
  let rest = index;
  const place = [...shape].reverse().map((size) => {
    const at = rest % size;
    rest = Math.floor(rest / size);
    return at;
  });
  return `[${place.reverse().join(", ")}]`;
}

/** True after reporting that the kernel is an integral whose integrand differs from place to place: it has no table. */
function hasNoTable(
  facts: ProcessFacts,
  { time, span }: Frame,
  opaque: ReadonlyMap<string, Value>,
  c: Context,
): boolean {
  if (facts.kind === "general" || facts.fromData === null) return false;
  const { scale, shift, std } = facts.fromData;
  const open = [scale, shift, std].filter(hasIntegral).flatMap((formula) => [...freeSymbols(formula)]);
  const spoiler = open.find((name) => name !== time && opaque.has(name));
  if (spoiler === undefined) return false;
  report(c, catalogue.notCompiledYet, span, {
    construct: `A kernel without closed form whose coefficients contain \`${spoiler}\`, which is no single number`,
    instead: "Choose a rate with an elementary integral, such as a constant, a polynomial or 1 / (1 + r exp(-t)).",
  });
  return true;
}
