/** How an interpolant declaration becomes a path in its draws, with velocity, score and ends derived. */
import type { Span } from "../../grammar/source.js";
import type { Declaration, Relation, Statement } from "../../grammar/tree.js";
import { evaluate as evaluateFormula } from "../calculus/evaluate.js";
import { symbol } from "../calculus/expression.js";
import type { SymbolExpression } from "../calculus/expression.js";
import type { InterpolantFacts } from "../calculus/facts.js";
import { analyseInterpolant } from "../calculus/interpolant.js";
import { freeSymbols } from "../calculus/traverse.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import type { Value } from "../ir/value.js";
import { constantOf, tensor } from "./arithmetic.js";
import type { Context } from "./context.js";
import { newFrame, report, withScope } from "./context.js";
import { evaluate, evaluateTensor } from "./evaluate.js";
import { dependsOn, readFormula } from "./formula.js";
import type { Header } from "./process.js";
import { readHeader } from "./process.js";
import { tabulatedEnds } from "./tabulated-path.js";
import { childOf } from "./scope.js";
import { evaluateStatements } from "./statements.js";
import type { Law, Process, Tensor, Thing } from "./thing.js";
import { poison } from "./thing.js";
import { isTorus } from "./torus.js";

type LinearFacts = Extract<InterpolantFacts, { kind: "linear" }>;

export function makeInterpolant(declaration: Declaration, c: Context): Thing {
  const header = readHeader(declaration, c);
  const { body, name } = declaration;
  if (header === null) return poison;
  if (isTorus(header.space)) {
    return report(c, catalogue.notCompiledYet, header.state.span, {
      construct: "An interpolant of angles",
      instead: "A path between angles wraps: diffuse them with a `process`.",
    });
  }
  const state = header.state.name.text;
  const path = body?.kind === "block" ? body.statements.find((s): s is Relation => isPath(s, state)) : undefined;
  const [target] = path?.targets ?? [];
  const [pathValue] = path?.values ?? [];
  if (body?.kind !== "block" || path === undefined || target === undefined || pathValue === undefined) {
    return report(c, catalogue.missingPart, name.span, {
      owner: `The interpolant \`${name.text}\``,
      part: "its path",
      instead: `Write \`${state} = …\`.`,
    });
  }
  const statements = body.statements.filter((statement) => statement !== path);
  // A trial run with placeholders for the time and every draw shows the path as a formula.
  const time = ir.input(header.time, "real", []);
  const scope = childOf(c.scope);
  scope.names.set(header.time, tensor(time));
  const draws = new Map<string, Value>();
  const gaussian = new Set<string>();
  const trial: Context = { ...withScope(c, scope), frame: newFrame(name.text), pureIn: null };
  const outcome = evaluateStatements(statements, trial, {
    like: header.space,
    prefix: "",
    given: (drawName) => {
      const placeholder = ir.input(drawName, "real", header.space.shape);
      draws.set(drawName, placeholder);
      const thing: Tensor = tensor(placeholder);
      scope.names.set(drawName, thing);
      return thing;
    },
  });
  if (outcome === "failed") return poison;
  for (const statement of statements) noteGaussian(statement, gaussian, scope, c);
  const value = evaluateTensor(pathValue, trial);
  if (value === null) return poison;
  const symbols = new Map<Value, SymbolExpression>([
    [time, symbol(header.time, header.range[0] >= 0 ? "nonnegative" : "any")],
  ]);
  for (const [drawName, placeholder] of draws) symbols.set(placeholder, symbol(drawName));
  const opaque = new Map<string, Value>();
  const { formula } = readFormula(value, symbols, opaque);
  const tabulated = tabulatedEnds(
    { formula, opaque, time, draws, gaussian, range: header.range, name: name.text, span: pathValue.span },
    c,
  );
  if (tabulated === "failed") return poison;
  if (opaque.size > 0 && tabulated === null) {
    const isElementwise = ![...opaque.values()].some((graph) => dependsOn(graph, new Set([time, ...draws.values()])));
    const construct = isElementwise
      ? "A path with other coefficients for each coordinate"
      : "A path that is not computed number by number";
    return report(c, catalogue.notCompiledYet, pathValue.span, {
      construct,
      instead: "Write the path elementwise in its draws, with numbers and functions of time.",
    });
  }
  const drawSymbols = [...draws.keys()].map((drawName) => symbol(drawName));
  const facts: InterpolantFacts =
    tabulated !== null
      ? { kind: "nonlinear", spoiler: formula, velocity: formula }
      : analyseInterpolant({
          path: formula,
          time: symbol(header.time, header.range[0] >= 0 ? "nonnegative" : "any"),
          range: header.range,
          draws: drawSymbols,
          gaussian: drawSymbols.filter((draw) => gaussian.has(draw.name)),
        });
  if (facts.kind === "linear" && (facts.start === null || facts.end === null)) {
    const end = facts.start === null ? header.range[0] : header.range[1];
    const left = facts.draws.flatMap((draw) => {
      const coefficient = Number((facts.start === null ? draw.atStart : draw.atEnd).toFixed(6));
      if (Number.isNaN(coefficient)) return [`an undefined amount of ${draw.draw.name}`];
      return coefficient === 0 ? [] : [coefficient === 1 ? draw.draw.name : `${coefficient} ${draw.draw.name}`];
    });
    const sum = left.length === 0 ? "0" : left.join(" + ");
    const isSum = facts.draws.length === facts.order.length;
    return report(c, catalogue.badEnd, pathValue.span, {
      end: `${header.time} = ${end}`,
      reason: isSum ? `it is ${sum}` : "it depends on its draws in another way",
    });
  }
  if (facts.kind === "linear" && !joinsItsCoupling(facts, statements, withScope(c, scope), pathValue.span, header))
    return poison;
  if (facts.kind === "linear" && reportUnreal(facts, header, pathValue.span, c)) return poison;
  const endLaw = (draw: SymbolExpression | null): Law | null =>
    draw === null ? null : lawOfDraw(draw.name, statements, withScope(c, scope));
  const { start = null, end = null } = facts.kind === "linear" ? facts : (tabulated ?? {});
  const ends = [endLaw(start), endLaw(end)] as const;
  const endsAtNoise = facts.kind === "linear" && facts.end !== null && gaussian.has(facts.end.name);
  const known = endsAtNoise ? ends[1] : ends[0];
  const startLaw = known === null || (known.law === "data" && known.data.law === null) ? null : known;
  const process: Process = {
    kind: "process",
    name: name.text,
    declaration,
    state,
    time: header.time,
    space: header.space,
    range: header.range,
    dataTime: endsAtNoise ? header.range[0] : header.range[1],
    knownTime: startLaw === null ? null : endsAtNoise ? header.range[1] : header.range[0],
    known: startLaw,
    prior: null,
    data: header.data,
    dynamics: { kind: "interpolant", statements, path: pathValue, scope: c.scope, facts, ends },
    params: [],
    constants: opaque,
  };
  return process;
}

/** Between the two draws of a coupling a path goes from the first to the second. False after reporting. */
function joinsItsCoupling(
  { start, end }: LinearFacts,
  statements: readonly Statement[],
  c: Context,
  span: Span,
  { time, range }: Header,
): boolean {
  for (const statement of statements) {
    if (
      statement.kind !== "relation" ||
      statement.sign !== "~" ||
      statement.targets.length !== 2 ||
      statement.values[0] === undefined
    )
      continue;
    if (evaluate(statement.values[0], c).kind !== "coupling") continue;
    for (const [place, found] of [start, end].entries()) {
      const wanted = statement.targets[place]?.name.text ?? "";
      if (found === null || found.name === wanted) continue;
      report(c, catalogue.badEnd, span, {
        end: `${time} = ${range[place] ?? 0}`,
        reason: `it is ${found.name}, not ${wanted} of the coupling`,
      });
      return false;
    }
  }
  return true;
}

/** True after reporting a time inside the range at which a coefficient is no real number. */
function reportUnreal({ draws }: LinearFacts, { time, range: [low, high] }: Header, span: Span, c: Context): boolean {
  for (const { draw, coefficient } of draws) {
    if ([...freeSymbols(coefficient)].some((name) => name !== time)) continue;
    for (let k = 1; k < 64; k += 1) {
      const at = low + ((high - low) * k) / 64;
      if (Number.isFinite(evaluateFormula(coefficient, new Map([[time, at]])))) continue;
      report(c, catalogue.poleInRange, span, {
        what: `The coefficient of \`${draw.name}\` is no real number`,
        at: `${time} = ${at}`,
      });
      return true;
    }
  }
  return false;
}

function isPath(statement: Statement, state: string): boolean {
  return statement.kind === "relation" && statement.sign === "=" && statement.targets[0]?.name.text === state;
}

/** Draws of a standard normal law, written as such, are the Gaussian ones. */
function noteGaussian(statement: Statement, gaussian: Set<string>, scope: Context["scope"], c: Context): void {
  if (statement.kind !== "relation" || statement.sign !== "~") return;
  const [value] = statement.values;
  if (value?.kind !== "call" || value.callee.kind !== "reference" || value.callee.text !== "Normal") return;
  const [mean, std] = value.arguments.filter((argument) => argument.name === null);
  if (mean === undefined || std === undefined) return;
  const m = evaluateTensor(mean.value, withScope(c, scope));
  const s = evaluateTensor(std.value, withScope(c, scope));
  if (m === null || s === null || constantOf(tensor(m)) !== 0 || constantOf(tensor(s)) !== 1) return;
  for (const target of statement.targets) gaussian.add(target.name.text);
}

/** The law of one of the path's draws: as written, or that of the coupling's draw which it is; null where neither says. */
function lawOfDraw(name: string, statements: readonly Statement[], c: Context): Law | null {
  for (const statement of statements) {
    if (statement.kind !== "relation" || statement.sign !== "~") continue;
    const place = statement.targets.findIndex((target) => target.name.text === name);
    const [value] = statement.values;
    if (place < 0 || value === undefined) continue;
    const thing = evaluate(value, c);
    if (thing.kind !== "coupling") return asKnownLaw(thing);
    const { body } = thing.declaration;
    const draws = body?.kind === "block" ? body.statements.filter((s) => s.kind === "relation" && s.sign === "~") : [];
    const last = body?.kind === "block" ? body.statements.at(-1) : undefined;
    const returned = last?.kind === "return" ? last.values : [];
    const end = returned[place];
    // What is returned as it was drawn has that law; a single value is a rearrangement of the draws, which keeps theirs.
    const isDrawn = (draw: Statement): boolean =>
      draw.kind === "relation" && end?.kind === "reference" && draw.targets[0]?.name.text === end.text;
    const source =
      returned.length === 1 && draws.length === statement.targets.length ? draws[place] : draws.find(isDrawn);
    const [written] = source?.kind === "relation" ? source.values : [];
    return written === undefined ? null : asKnownLaw(evaluate(written, { ...c, scope: thing.scope }));
  }
  return null;
}

function asKnownLaw(thing: Thing): Law | null {
  if (thing.kind === "data") return thing.law ?? { kind: "law", law: "data", data: thing, field: null };
  return thing.kind === "law" ? thing : null;
}
