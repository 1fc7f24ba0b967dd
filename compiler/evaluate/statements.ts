/** What statements do: lets, draws, updates and loops fill the scope; `return` ends a block. */
import type { Expression, Name, Relation, Statement } from "../../grammar/tree.js";
import type { Span } from "../../grammar/source.js";
import { cover } from "../../grammar/source.js";
import type { SpaceSpec } from "../../runtime/specification.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import { broadcastShapes } from "../ir/dims.js";
import type { SymbolicShape } from "../ir/value.js";
import { showShape } from "./arithmetic.js";
import type { Context } from "./context.js";
import { report, usedAt, withScope } from "./context.js";
import { evaluate } from "./evaluate.js";
import { asLaw, draw } from "./laws.js";
import { runLoop } from "./loop.js";
import { declareParams } from "./params.js";
import { blockName, childOf, update } from "./scope.js";
import type { Coupling, Tensor, Thing } from "./thing.js";
import { poison } from "./thing.js";

/** How draws of a block behave when it is not an ordinary one. */
export interface DrawManner {
  /** Space of draws that do not say. */
  readonly like: SpaceSpec | null;
  /** Put before the names of inputs. */
  readonly prefix: string;
  /** A value given in place of a draw. */
  readonly given: (name: string) => Tensor | null;
}

/** Runs the statements in `c.scope`: what was returned, null if nothing was, "failed" after a reported error. */
export function evaluateStatements(
  statements: readonly Statement[],
  c: Context,
  manner: DrawManner | null = null,
): Thing | null | "failed" {
  let failed = false;
  for (const statement of statements) {
    const result = ir.withOrigin(statement.span, () => evaluateStatement(statement, c, manner));
    if (result === "failed") failed = true;
    else if (result !== null) return failed ? "failed" : result;
  }
  return failed ? "failed" : null;
}

function evaluateStatement(statement: Statement, c: Context, manner: DrawManner | null): Thing | null | "failed" {
  switch (statement.kind) {
    case "let": {
      const values = evaluateValues(statement.values, c);
      return values === null
        ? poisonNames(statement.names, c)
        : bindNames(statement.names, values, statement.span, c)
          ? null
          : "failed";
    }
    case "relation":
      return evaluateRelation(statement, c, manner);
    case "return": {
      const values = evaluateValues(statement.values, c);
      if (values === null) return "failed";
      const [only, more] = values;
      return only !== undefined && more === undefined ? only : { kind: "tuple", items: values };
    }
    case "loop":
      return runLoop(statement, c) ? null : "failed";
    case "param":
      if (c.owner !== null)
        return declareParams(statement, { kind: "network", name: c.owner.network }, c) ? null : "failed";
      report(c, catalogue.misplaced, statement.span, {
        construct: "A `param`",
        place: "this block",
        instead: "A `param` stands in a file, a process, a reference or a network.",
      });
      return poisonNames(statement.names, c);
    case "goal":
    case "equation":
    case "train":
      report(c, catalogue.misplaced, statement.span, {
        construct: { goal: "A goal", equation: "An equation", train: "A `train` statement" }[statement.kind],
        place: "this block",
        instead: {
          goal: "Goals stand in an `objective`.",
          equation: "Equations stand in a `process`.",
          train: "Runs stand at the top of the file.",
        }[statement.kind],
      });
      return "failed";
  }
}

/** The values of a comma-separated list; one tuple or record stands for its parts. Null after an error. */
export function evaluateValues(expressions: readonly Expression[], c: Context): readonly Thing[] | null {
  const values = expressions.map((expression) => evaluate(expression, c));
  return values.some((value) => value.kind === "poison") ? null : values;
}

function poisonNames(names: readonly Name[], c: Context): "failed" {
  for (const name of names) c.scope.names.set(name.text, poison);
  return "failed";
}

export function bindNames(names: readonly Name[], values: readonly Thing[], span: Span, c: Context): boolean {
  const parts = spread(values, names.length);
  if (parts === null) {
    report(c, catalogue.countMismatch, spanOfNames(names, span), { names: names.length, values: values.length });
    poisonNames(names, c);
    return false;
  }
  names.forEach((name, place) => c.scope.names.set(name.text, parts[place] ?? poison));
  return true;
}

export function spanOfNames(names: readonly Name[], otherwise: Span): Span {
  const [first, last] = [names[0], names.at(-1)];
  return first === undefined || last === undefined ? otherwise : cover(first.span, last.span);
}

/** As many things as there are names: themselves, or the parts of the only one. */
function spread(values: readonly Thing[], count: number): readonly Thing[] | null {
  if (values.length === count) return values;
  const [only, more] = values;
  if (only === undefined || more !== undefined) return null;
  if (only.kind === "tuple" && only.items.length === count) return only.items;
  if (only.kind === "record" && only.fields.size === count) return [...only.fields.values()];
  if (only.kind === "tensor" && only.value.shape[0] === count) {
    const rest = only.value.shape.slice(1);
    return Array.from({ length: count }, (_, i) => ({
      kind: "tensor",
      value: ir.reshape(ir.slice(only.value, [i, ...rest.map(() => 0)], [1, ...rest]), rest),
      meaning: null,
      draw: null,
    }));
  }
  return null;
}

function evaluateRelation(relation: Relation, c: Context, manner: DrawManner | null): null | "failed" {
  const names: Name[] = [];
  for (const target of relation.targets) {
    if (target.access.length > 0) {
      report(c, catalogue.misplaced, target.span, {
        construct: "This target",
        place: "this block",
        instead: "Name a single variable on the left.",
      });
      return "failed";
    }
    names.push(target.name);
  }
  if (relation.sign === "=") {
    report(c, catalogue.missingLet, relation.span, { names: names.map(({ text }) => text).join(", ") });
    return poisonNames(names, c);
  }
  if (relation.sign === "<-") return evaluateUpdate(names, relation, c);
  return evaluateDraw(names, relation, c, manner);
}

function evaluateUpdate(names: readonly Name[], relation: Relation, c: Context): null | "failed" {
  const values = evaluateValues(relation.values, c);
  if (values === null) return "failed";
  const parts = spread(values, names.length);
  if (parts === null) {
    report(c, catalogue.countMismatch, spanOfNames(names, relation.span), {
      names: names.length,
      values: values.length,
    });
    return "failed";
  }
  for (const [place, name] of names.entries()) {
    // What cannot be updated was reported with the names.
    const before = blockName(c.scope, name.text);
    const isRefused = c.world.diagnostics.some(
      ({ code, span }) =>
        code === catalogue.notUpdatable.code && span.source === name.span.source && span.start === name.span.start,
    );
    if (before === null || isRefused) return "failed";
    const after = parts[place];
    if (before.kind === "tensor" && after?.kind === "tensor" && !stretches(after.value.shape, before.value.shape)) {
      const span = relation.values[place]?.span ?? relation.span;
      report(c, catalogue.wrongShape, span, {
        what: `What updates \`${name.text}\``,
        expected: showShape(before.value.shape),
        found: showShape(after.value.shape),
      });
      return "failed";
    }
    update(c.scope, name.text, after ?? poison);
  }
  return null;
}

function stretches(from: SymbolicShape, to: SymbolicShape): boolean {
  const common = broadcastShapes(from, to);
  return common !== null && showShape(common) === showShape(to);
}

function evaluateDraw(
  names: readonly Name[],
  relation: Relation,
  c: Context,
  manner: DrawManner | null,
): null | "failed" {
  const values = evaluateValues(relation.values, c);
  const [only, more] = values ?? [];
  if (only === undefined) return poisonNames(names, c);
  if (more !== undefined) {
    report(c, catalogue.countMismatch, relation.span, { names: names.length, values: values?.length ?? 0 });
    return poisonNames(names, c);
  }
  const drawn = only.kind === "coupling" ? ends(only) : null;
  if (drawn !== null && drawn > 1 && drawn !== names.length && names.length > 1) {
    report(c, catalogue.countMismatch, spanOfNames(names, relation.span), { names: names.length, values: drawn });
    return poisonNames(names, c);
  }
  const wanted = names.map((name) => manner?.given(name.text) ?? null);
  if (wanted.length > 0 && wanted.every((given) => given !== null)) return null;
  const label = names.map((name) => name.text).join("_");
  const site = { name: `${manner?.prefix ?? ""}${label}`, span: relation.span, shape: null };
  const value =
    only.kind === "coupling" ? drawCoupling(only, relation.span, c, manner?.prefix) : drawLaw(only, site, relation, c);
  if (value.kind === "poison") return poisonNames(names, c);
  return bindNames(names, value.kind === "tuple" ? value.items : [value], relation.span, c) ? null : "failed";
}

/** How many values a coupling returns, as written. */
function ends(coupling: Coupling): number | null {
  const { body } = coupling.declaration;
  const last = body?.kind === "block" ? body.statements.at(-1) : undefined;
  return last?.kind === "return" ? last.values.length : null;
}

function drawLaw(thing: Thing, site: Parameters<typeof draw>[1], relation: Relation, c: Context): Thing {
  const [value] = relation.values;
  const law = asLaw(thing, value?.span ?? relation.span, c);
  return law === null ? poison : draw(law, site, c);
}

/** The ends that a coupling returns, drawn in the frame of `c`. */
export function drawCoupling(coupling: Coupling, span: Span, c: Context, prefix = ""): Thing {
  const { body } = coupling.declaration;
  if (body === null || body.kind !== "block") {
    return report(c, catalogue.missingPart, span, { owner: `\`${coupling.name}\``, part: "a body", instead: null });
  }
  const inner = { ...withScope(c, childOf(coupling.scope)), pureIn: null };
  const ends = { like: coupling.space, prefix, given: () => null };
  const returned = usedAt(span, c, () => evaluateStatements(body.statements, inner, ends));
  if (returned === "failed") return poison;
  return (
    returned ??
    report(c, catalogue.missingPart, coupling.declaration.name.span, {
      owner: `The coupling \`${coupling.name}\``,
      part: "a `return`",
      instead: null,
    })
  );
}
