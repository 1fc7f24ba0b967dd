/** How a `for` of a sampler becomes a scan: what it updates is carried, what it draws comes in as rows. */
import type { Loop, Statement } from "../../grammar/tree.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import type { ScanBody, Value } from "../ir/value.js";
import { captured } from "./capture.js";
import { real, tensor } from "./arithmetic.js";
import type { Context } from "./context.js";
import { report, withScope } from "./context.js";
import { constantValues, elementsOf } from "./evaluate.js";
import { childOf, lookUp, update } from "./scope.js";
import { evaluateStatements } from "./statements.js";
import type { Thing } from "./thing.js";
import { poison } from "./thing.js";

/** Runs a loop; false after a reported error. */
export function runLoop(loop: Loop, c: Context): boolean {
  const { frame } = c;
  const elements = elementsOf(loop.domain, c);
  if (elements === null) return false;
  if (frame === null) {
    report(c, catalogue.misplaced, loop.span, { construct: "A loop", place: "this block", instead: null });
    return false;
  }
  if (frame.rounds !== null) {
    report(c, catalogue.notCompiledYet, loop.span, { construct: "A loop inside a loop", instead: null });
    return false;
  }
  const carried = updatedNames(loop.body.statements).filter((name) => lookUp(c.scope, name)?.kind === "tensor");
  const before = carried.map((name) => {
    const thing = lookUp(c.scope, name);
    return thing?.kind === "tensor" ? real(thing.value) : ir.scalar(0);
  });
  const count = elements.length;
  const rowNames = loop.names.map((name) => name.text);
  const rows = rowNames.map((_, place) => elements.map((element) => rowNumber(element, place)));
  if (rows.some((row) => row.some((entry) => entry === null))) {
    report(c, catalogue.notCompiledYet, loop.domain.span, { construct: "A loop over these elements", instead: null });
    return false;
  }
  const carry = before.map((value, i) => ir.input(carried[i] ?? "carry", "real", value.shape));
  const xs = rowNames.map((name) => ir.input(name, "real", []));
  const inner = childOf(c.scope);
  const body: Context = { ...withScope(c, inner), frame: { ...frame, rounds: count, rows: [] } };
  const restore = carried.map((name) => [name, lookUp(c.scope, name) ?? poison] as const);
  carried.forEach((name, i) => update(c.scope, name, tensor(carry[i] ?? ir.scalar(0))));
  rowNames.forEach((name, i) => inner.names.set(name, tensor(xs[i] ?? ir.scalar(0))));
  const outcome = evaluateStatements(loop.body.statements, body);
  const after = carried.map((name) => lookUp(c.scope, name) ?? poison);
  for (const [name, thing] of restore) update(c.scope, name, thing);
  if (outcome === "failed") return false;
  const next = after.map((thing, i) => {
    const shape = before[i]?.shape ?? [];
    return thing.kind === "tensor" ? ir.broadcastTo(real(thing.value), shape) : ir.scalar(0);
  });
  const drawn = body.frame?.rows ?? [];
  const results = buildScan(count, carry, before, [...xs, ...drawn.map((row) => row.inner)], [
    ...rows.map((row) => ir.constant(row.map((entry) => entry ?? 0), [count])),
    ...drawn.map((row) => row.outer),
  ], next);
  carried.forEach((name, i) => update(c.scope, name, tensor(results[i] ?? ir.scalar(0))));
  return true;
}

function buildScan(
  length: number,
  carry: readonly Value[],
  before: readonly Value[],
  xs: readonly Value[],
  xsOuter: readonly Value[],
  next: readonly Value[],
): readonly Value[] {
  const { captures, outer, outputs } = captured(next, new Set([...carry, ...xs]));
  const body: ScanBody = { carry, xs, captures, nextCarry: outputs, rows: [] };
  return ir.scan(length, body, [...before, ...xsOuter, ...outer]).carry;
}

/** Names that `<-` updates anywhere inside. */
function updatedNames(statements: readonly Statement[]): string[] {
  const names = statements.flatMap((statement) => {
    if (statement.kind === "loop") return updatedNames(statement.body.statements);
    return statement.kind === "relation" && statement.sign === "<-" ? statement.targets.map((target) => target.name.text) : [];
  });
  return [...new Set(names)];
}

function rowNumber(element: Thing, place: number): number | null {
  const part = element.kind === "tuple" ? element.items[place] : element;
  return part?.kind === "tensor" ? (constantValues(part.value)?.[0] ?? null) : null;
}

