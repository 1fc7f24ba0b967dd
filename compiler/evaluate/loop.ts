/** How a `for` of a sampler becomes a scan: what it updates is carried, what it draws comes in as rows. */
import type { Loop, Statement } from "../../grammar/tree.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import type { ScanBody, Value } from "../ir/value.js";
import { captured } from "./capture.js";
import { constantOf, real, tensor } from "./arithmetic.js";
import type { Context } from "./context.js";
import { report, roundsOf, withScope } from "./context.js";
import { constantValues, elementsOfRange, elementsOfThing, evaluate } from "./evaluate.js";
import type { Leaf } from "./lane.js";
import { placeAt } from "./nodes.js";
import { noteOutcomes } from "./possible.js";
import { childOf, lookUp, update } from "./scope.js";
import { evaluateStatements, spanOfNames } from "./statements.js";
import type { Thing } from "./thing.js";
import { poison } from "./thing.js";

/** Runs a loop; false after a reported error. */
export function runLoop(loop: Loop, c: Context): boolean {
  const { frame } = c;
  const over = loop.domain.to === null ? evaluate(loop.domain.value, c) : null;
  const elements = over === null ? elementsOfRange(loop.domain, c) : elementsOfThing(over, loop.domain, c);
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
  const parts = new Set(elements.map((element) => (element.kind === "tuple" ? element.items.length : 1)));
  const [values = 1] = parts;
  if (parts.size === 1 && values !== rowNames.length) {
    report(c, catalogue.countMismatch, spanOfNames(loop.names, loop.span), { names: rowNames.length, values });
    return false;
  }
  const rows = rowNames.map((_, place) => elements.map((element) => rowNumber(element, place)));
  if (rows.some((row) => row.some((entry) => entry === null))) {
    report(c, catalogue.notCompiledYet, loop.domain.span, { construct: "A loop over these elements", instead: null });
    return false;
  }
  const carry = before.map((value, i) => ir.input(carried[i] ?? "carry", "real", value.shape));
  const xs = rowNames.map((name) => ir.input(name, "real", []));
  if (loop.domain.to !== null)
    xs.forEach((x) =>
      noteOutcomes(
        x,
        elements.flatMap((element) => constantOf(element) ?? []),
      ),
    );
  const round = ir.input("round", "int", []);
  // Times of a grid know their node, so that a path can be asked at them.
  if (over?.kind === "grid")
    xs.forEach((x, i) =>
      placeAt(x, { nodes: over.nodes, index: i === 0 ? round : ir.add(round, ir.toInt(ir.scalar(i))) }),
    );
  const inner = childOf(c.scope);
  const body: Context = { ...withScope(c, inner), frame: roundsOf(frame, count) };
  const restore = carried.map((name) => [name, lookUp(c.scope, name) ?? poison] as const);
  carried.forEach((name, i) => update(c.scope, name, tensor(carry[i] ?? ir.scalar(0))));
  rowNames.forEach((name, i) => inner.names.set(name, tensor(xs[i] ?? ir.scalar(0))));
  const outcome = evaluateStatements(loop.body.statements, body);
  const after = carried.map((name) => lookUp(c.scope, name) ?? poison);
  for (const [name, thing] of restore) update(c.scope, name, thing);
  if (outcome === "failed") return false;
  if (body.frame?.noted.some(({ kind }) => kind === "ask") === true) {
    report(c, catalogue.notCompiledYet, loop.span, {
      construct: "A question to the application in every round of a loop",
      instead: "Ask for a list: `[r(x) for x in …]`.",
    });
    return false;
  }
  const next = after.map((thing, i) => {
    const shape = before[i]?.shape ?? [];
    return thing.kind === "tensor" ? ir.broadcastTo(real(thing.value), shape) : ir.scalar(0);
  });
  const drawn = body.frame?.rounds?.rows ?? [];
  const given = xs.map((inner, i) => ({
    inner,
    outer: ir.constant(
      (rows[i] ?? []).map((entry) => entry ?? 0),
      [count],
    ),
  }));
  const results = buildScan(
    count,
    { inside: carry, before, next },
    [...given, { inner: round, outer: ir.iota(count) }, ...drawn],
    [],
  );
  carried.forEach((name, i) => update(c.scope, name, tensor(results.carry[i] ?? ir.scalar(0))));
  return true;
}

/** What a loop carries: placeholders inside, values before it, and what a round makes of them. */
interface Carried {
  readonly inside: readonly Value[];
  readonly before: readonly Value[];
  readonly next: readonly Value[];
}

/** The loop, closed; its rows are the values `kept` of every round. */
export function buildScan(
  length: number,
  carried: Carried,
  xs: readonly Leaf[],
  kept: readonly Value[],
): ir.ScanResults {
  const { inside, before, next } = carried;
  const own = xs.map(({ inner }) => inner);
  const { captures, outer, outputs } = captured([...next, ...kept], new Set([...inside, ...own]));
  const body: ScanBody = {
    carry: inside,
    xs: own,
    captures,
    nextCarry: outputs.slice(0, next.length),
    rows: outputs.slice(next.length),
  };
  return ir.scan(length, body, [...before, ...xs.map((x) => x.outer), ...outer]);
}

/** Names that `<-` updates anywhere inside. */
function updatedNames(statements: readonly Statement[]): string[] {
  const names = statements.flatMap((statement) => {
    if (statement.kind === "loop") return updatedNames(statement.body.statements);
    return statement.kind === "relation" && statement.sign === "<-"
      ? statement.targets.map((target) => target.name.text)
      : [];
  });
  return [...new Set(names)];
}

function rowNumber(element: Thing, place: number): number | null {
  const part = element.kind === "tuple" ? element.items[place] : element;
  return part?.kind === "tensor" ? (constantValues(part.value)?.[0] ?? null) : null;
}
