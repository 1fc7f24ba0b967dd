/** How a process declaration becomes its coefficients, its kernel and its known end. */
import type { Block, Declaration, Equation, Expression, Parameter, Relation } from "../../grammar/tree.js";
import type { Span } from "../../grammar/source.js";
import type { SpaceSpec } from "../../runtime/specification.js";
import { isZero } from "../calculus/expression.js";
import { show } from "../calculus/show.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import { numbersAt } from "../ir/constant-value.js";
import { broadcastShapes } from "../ir/dims.js";
import type { SymbolicShape, Value } from "../ir/value.js";
import { real, showShape, tensor } from "./arithmetic.js";
import type { Context, ParamOwner } from "./context.js";
import { report, withScope } from "./context.js";
import { describe } from "./describe.js";
import type { Noise, Terms } from "./elementwise-process.js";
import { elementwiseProcess, mixesNumbers } from "./elementwise-process.js";
import { evaluate, evaluateConstant } from "./evaluate.js";
import { asLaw } from "./laws.js";
import { declareParams, paramsIn } from "./params.js";
import { coordinateNamed, coordinateProcess } from "./process-coordinates.js";
import { knownMoments } from "./process-prior.js";
import { childOf, lookUp } from "./scope.js";
import { intervalOf, spaceOfType } from "./spaces.js";
import { makeSystem } from "./system-process.js";
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
    report(c, catalogue.missingPart, declaration.name.span, {
      owner,
      part: "a state",
      instead: "Write `on x : data, t in [0, 1]`.",
    });
    return null;
  }
  if (second !== undefined) {
    report(c, catalogue.notCompiledYet, second.span, { construct: "A process of several states", instead: null });
    return null;
  }
  if (time === undefined || otherTime !== undefined || time.domain === null) {
    report(c, catalogue.missingPart, (otherTime ?? time ?? state).span, {
      owner,
      part: "one time with its range",
      instead: "Write `t in [0, 1]`.",
    });
    return null;
  }
  const space = spaceOfType(state.type, c);
  if (space !== null && wholeSpaces.has(space.space)) {
    report(c, catalogue.wrongKind, state.type.span, {
      found: `the space \`${space.space}\`, of whole numbers`,
      expected: "a space in which a state can move",
      instead: "Diffuse real numbers; labels are given to the network beside the state.",
    });
    return null;
  }
  const range = time.domain.to === null ? intervalOf(time.domain.value, c, "A time range") : null;
  if (time.domain.to !== null)
    report(c, catalogue.badTimeRange, time.domain.span, { what: "A time range", found: "a range of integers" });
  if (space === null || range === null) return null;
  const named = state.type.kind === "space" ? lookUp(c.scope, state.type.path[0]?.text ?? "") : null;
  const data = named?.kind === "data" || named?.kind === "coupling" ? named : null;
  return { state, space, data: data === null ? null : fieldData(data, state), time: time.name.text, range };
}

/** `x : cifar.x` puts the marginal of one field at the data's end. */
export function fieldData(data: Data | Coupling, state: Parameter): Data | Coupling {
  const field = state.type?.kind === "space" ? state.type.path[1]?.text : undefined;
  if (data.kind === "coupling" || field === undefined) return data;
  return { ...data, name: `${data.name}.${field}`, fields: data.fields.filter((known) => known.name === field) };
}

export function makeProcess(declaration: Declaration, c: Context): Thing {
  if (
    (declaration.states ?? []).filter((state) => state.type !== null).length > 1 &&
    declaration.body?.kind === "block"
  )
    return makeSystem(declaration, c);
  const header = readHeader(declaration, c);
  const { body, name } = declaration;
  if (header === null) return poison;
  if (body?.kind !== "block") {
    return report(c, catalogue.missingPart, name.span, {
      owner: `The ${declaration.keyword} \`${name.text}\``,
      part: "a body",
      instead: "State its equation in braces.",
    });
  }
  const scope = childOf(c.scope);
  const x = ir.input(header.state.name.text, "real", header.space.shape);
  const t = ir.input(header.time, "real", []);
  scope.names.set(header.state.name.text, tensor(x));
  scope.names.set(header.time, tensor(t));
  const inner = withScope(c, scope);
  const owner: ParamOwner = { kind: declaration.keyword === "reference" ? "reference" : "process", name: c.instance };
  const contents = readBody(body, header, { x, owner }, inner);
  if (contents === null) return poison;
  const { equation, claims } = contents;
  if (equation === null) {
    return report(c, catalogue.stateWithoutEquation, header.state.span, { state: header.state.name.text });
  }
  const subject = equation.differential.text.slice(1);
  const ends = placeEnds(header, claims, inner);
  if (ends === null) return poison;
  const frame = {
    declaration,
    time: header.time,
    range: header.range,
    x,
    t,
    span: equation.span,
    scope: inner.scope,
    data: header.data,
    ends,
  };
  if (subject !== header.state.name.text) return coordinateProcess(equation, { ...frame, header, subject }, inner);
  const terms = readEquation(equation, { ...header, shape: header.space.shape }, inner);
  if (terms === null) return poison;
  if (terms === "matrix") return makeSystem(declaration, c);
  if (header.space.shape.length === 1 && mixesNumbers(terms, x, t)) {
    const system = makeSystem(declaration, c);
    // Without a kernel it is simpler as it is: noise that acts number by number.
    if (
      system.kind !== "process" ||
      system.dynamics.kind !== "system" ||
      system.dynamics.facts.kind !== "general system"
    )
      return system;
  }
  const { data, space, state } = header;
  const process = elementwiseProcess(
    terms,
    { ...frame, state: state.name.text, space, moments: (geometric) => knownMoments(data, geometric) },
    c,
  );
  if (process === null || leavesSpace(process, equation.span, c)) return poison;
  const own =
    process.dynamics.kind === "sde"
      ? paramsIn([process.dynamics.drift, process.dynamics.diffusion], owner, body, c)
      : [];
  return own === null ? poison : { ...process, params: own };
}

export interface Claim {
  /** The state, or coordinates of it. */
  readonly of: string;
  readonly time: number;
  readonly law: Law;
  readonly span: Span;
  readonly timeSpan: Span;
}
interface Contents {
  readonly equation: Equation | null;
  readonly claims: readonly Claim[];
}

/** The lets, the equation and the claimed laws of a body; `x` is the state's placeholder, `owner` has its params. */
function readBody(
  body: Block,
  header: Header,
  { x, owner }: { readonly x: Value; readonly owner: ParamOwner },
  c: Context,
): Contents | null {
  const claims: Claim[] = [];
  let equation: Equation | null = null;
  for (const statement of body.statements) {
    if (statement.kind === "let") {
      const values = evaluateValues(statement.values, c);
      if (values === null || !bindNames(statement.names, values, statement.span, c)) return null;
    } else if (statement.kind === "equation") {
      const { differential } = statement;
      const wanted = `d${header.state.name.text}`;
      if (differential.text !== wanted && coordinateNamed(differential.text.slice(1), x, c) === null) {
        report(c, catalogue.unknownDifferential, differential.span, {
          differential: differential.text,
          known: `\`${wanted}\``,
        });
        return null;
      }
      if (statement.sign === "~") {
        report(c, catalogue.notCompiledYet, statement.span, { construct: "A jump process", instead: null });
        return null;
      }
      if (equation !== null) {
        report(c, catalogue.declaredTwice, differential.span, { name: equation.differential.text });
        return null;
      }
      equation = statement;
    } else if (statement.kind === "relation") {
      const [target] = statement.targets;
      const chart = target?.access[0]?.kind === "at time" ? coordinateNamed(target.name.text, x, c) : null;
      const claim = readClaim(statement, header, c, chart);
      if (claim === null) return null;
      claims.push(claim);
    } else if (statement.kind === "param") {
      if (!declareParams(statement, owner, c)) return null;
    } else {
      report(c, catalogue.misplaced, statement.span, {
        construct: "This statement",
        place: "a process",
        instead: null,
      });
      return null;
    }
  }
  return { equation, claims };
}

/** `x(1) ~ Normal(0, 1)` or `x(0) ~ data`. */
export function readClaim(relation: Relation, header: Header, c: Context, chart: Value | null = null): Claim | null {
  const [target, more] = relation.targets;
  const [access] = target?.access ?? [];
  const [value] = relation.values;
  if (
    target === undefined ||
    more !== undefined ||
    value === undefined ||
    access?.kind !== "at time" ||
    (target.name.text !== header.state.name.text && chart === null)
  ) {
    // A name that is not declared was reported with the names.
    if (
      target !== undefined &&
      access === undefined &&
      relation.sign === "=" &&
      lookUp(c.scope, target.name.text) === null
    )
      return null;
    if (target !== undefined && access?.kind === "at time" && lookUp(c.scope, target.name.text) === null) return null;
    const isDraw = relation.sign === "~" && target !== undefined && target.access.length === 0;
    if (isDraw)
      report(c, catalogue.notCompiledYet, relation.span, {
        construct: "A noise drawn by a process",
        instead: "Use a Brownian motion `dW`.",
      });
    else
      report(c, catalogue.misplaced, relation.span, {
        construct: "This relation",
        place: "a process",
        instead: "Claim a law at a time: `x(1) ~ Normal(0, 1)`.",
      });
    return null;
  }
  if (relation.sign !== "~") {
    report(c, catalogue.notCompiledYet, relation.span, {
      construct: "A fixed state",
      instead: "Claim a law with `~`.",
    });
    return null;
  }
  const time = evaluateConstant(access.time, "The time of a claim", c);
  const law = asLaw(evaluate(value, c), value.span, c);
  if (time === null || law === null || !fitsState(law, chart?.shape ?? header.space.shape, value.span, c)) return null;
  return { of: target.name.text, time, law, span: relation.span, timeSpan: access.time.span };
}

/** A claimed law's parameters stretch to the state's shape. */
function fitsState(law: Law, shape: SymbolicShape, span: Span, c: Context): boolean {
  if (law.law !== "normal" && law.law !== "log-normal") return true;
  for (const part of [law.mean, law.std]) {
    if (part.kind !== "tensor") continue;
    const common = broadcastShapes(part.value.shape, shape);
    if (common !== null && showShape(common) === showShape(shape)) continue;
    report(c, catalogue.wrongShape, span, {
      what: "The claimed law",
      expected: showShape(shape),
      found: showShape(part.value.shape),
    });
    return false;
  }
  return true;
}

/** The end of a bounded space at which the drift, where the noise has died down, points outside; null if none does, or it is not known. */
function outwardDrift(
  { x, t, drift, diffusion }: Extract<Process["dynamics"], { kind: "sde" }>,
  { shape, low, high }: SpaceSpec,
  range: readonly [number, number],
): number | null {
  const count = shape.reduce((a, b) => a * b, 1);
  if (count > 2 ** 16) return null;
  const time = range[0] + 0.37 * (range[1] - range[0]);
  for (const [end, sign] of [
    [low, -1],
    [high, 1],
  ] as const) {
    if (end === null) continue;
    const place = Array.from({ length: count }, () => end);
    const [rates, levels] =
      numbersAt(
        [drift, diffusion],
        new Map([
          [x, place],
          [t, [time]],
        ]),
      ) ?? [];
    if (levels?.every((level) => level === 0) === true && rates?.some((rate) => rate * sign > 0) === true) return end;
  }
  return null;
}

/** Splits dx = f dt + g dW into its coefficients, of the shape of what moves; "matrix" where a noise has an axis more. */
export function readEquation(
  equation: Equation,
  header: { readonly time: string; readonly shape: readonly number[] },
  c: Context,
): Terms | "matrix" | null {
  let drift: Value = ir.scalar(0);
  const noises = new Map<string, Noise>();
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
      report(c, catalogue.unknownDifferential, differential.span, {
        differential: differential.text,
        known: `\`d${header.time}\`, \`dW\``,
      });
      return null;
    }
    const thing = coefficient === null ? tensor(ir.scalar(1)) : evaluate(coefficient, c);
    if (thing.kind !== "tensor") {
      if (thing.kind !== "poison")
        report(c, catalogue.wrongKind, term.span, { found: describe(thing), expected: "a coefficient" });
      return null;
    }
    const value = sign < 0 ? ir.neg(real(thing.value)) : real(thing.value);
    const fits = value.shape.length === 0 || showShape(value.shape) === showShape(header.shape);
    if (!fits) {
      const span = coefficient?.span ?? term.span;
      if (!isTime && value.shape.length > header.shape.length) return "matrix";
      report(c, catalogue.wrongShape, span, {
        what: isTime ? "The drift" : "The diffusion",
        expected: showShape(header.shape),
        found: showShape(value.shape),
      });
      return null;
    }
    if (isTime) drift = ir.add(drift, value);
    else {
      const known = noises.get(differential.text);
      const sum = (a: Value | null, b: Value | null): Value | null => (a === null ? b : b === null ? a : ir.add(a, b));
      const part = {
        level: sum(known?.level ?? null, value) ?? value,
        ring: sum(known?.ring ?? null, ring ? value : null),
      };
      // One sum is one value, so that a motion that is Stratonovich's throughout is seen to be.
      noises.set(
        differential.text,
        ring && (known === undefined || known.ring === known.level) ? { level: part.level, ring: part.level } : part,
      );
    }
  }
  return { drift, noises: [...noises.values()] };
}

/** The signed addends of a sum, left to right. */
export function addends(e: Expression, sign: number): { sign: number; term: Expression }[] {
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
  const isData = ({ law }: Claim): boolean =>
    law.law === "data" && (law.data.law === null || law.data.declaration === header.data?.declaration);
  const again = claims.find((claim, place) =>
    claims.slice(0, place).some(({ of, time }) => of === claim.of && time === claim.time),
  );
  if (again !== undefined) {
    report(c, catalogue.declaredTwice, again.span, { name: `${again.of}(${again.time})` });
    return null;
  }
  const data = claims.find(isData);
  const prior = claims.find((claim) => claim !== data);
  if (prior !== undefined && prior.time !== start && prior.time !== end) {
    report(c, catalogue.outOfRange, prior.timeSpan, {
      what: "The time of a claimed law",
      found: String(prior.time),
      expected: `${start} or ${end}, an end of the declared range`,
    });
    return null;
  }
  const dataTime = data?.time ?? (prior?.time === start ? end : start);
  return { dataTime, knownTime: prior?.time ?? null, known: prior?.law ?? null, claim: prior ?? null };
}

/** Spaces that a process may not leave; an interval of a data set is where its rows lie, no more. */
const boundedSpaces: ReadonlySet<string> = new Set(["Positive", "Unit", "Simplex"]);

/** Spaces whose numbers are whole: nothing in them moves continuously. */
const wholeSpaces: ReadonlySet<string> = new Set(["Class", "Count", "Mask", "Tokens", "Optional[Class]"]);

function leavesSpace({ dynamics, name, space, range }: Process, span: Span, c: Context): boolean {
  if (!boundedSpaces.has(space.space) || dynamics.kind !== "sde" || dynamics.facts.kind === "log-affine") return false;
  const { facts } = dynamics;
  const outward = outwardDrift(dynamics, space, range);
  if (outward !== null) {
    report(c, catalogue.leavesSpace, span, {
      process: name,
      space: `\`${space.space}\``,
      term: `at its end ${outward} the drift points outside`,
    });
    return true;
  }
  if (facts.kind !== "affine" && (!facts.additive || isZero(facts.diffusion))) return false;
  report(c, catalogue.leavesSpace, span, {
    process: name,
    space: `\`${space.space}\``,
    term: `the noise ${show(dynamics.facts.diffusion)} dW reaches every number`,
  });
  return true;
}
