/** Jointly normal components: drawn, evaluated, differentiated. */
import type { Span } from "../../grammar/source.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import { areAlike } from "../ir/alike.js";
import type { Value } from "../ir/value.js";
import { tensor } from "./arithmetic.js";
import type { Context, Frame } from "./context.js";
import { newInput, report } from "./context.js";
import { elementAt } from "./evaluate.js";
import type { Entry, GraphMatrix, GraphVector } from "./graph-matrix.js";
import { applyGraph, minus, plus, solveLower, solveUpper, times } from "./graph-matrix.js";
import { componentCount, componentNames, componentShape, putTogether, systemOf, takeApart } from "./system-state.js";
import type { Drawn, Law, Process, System, Thing } from "./thing.js";
import { poison } from "./thing.js";

export type JointLaw = Extract<Law, { law: "joint" }>;

export function drawJoint(law: JointLaw, name: string, frame: Frame): Thing {
  const { process, time } = law;
  const system = systemOf(process);
  if (system === null) return poison;
  const site = `${frame.name}.${name}`;
  const named = system.form === "states" ? componentNames(system) : [];
  const whole =
    system.form === "vector"
      ? newInput(frame, `${name}_noise`, [componentCount(system)], { kind: "normal", site }, true)
      : null;
  const z = law.order.map((component, place): Value => {
    if (whole !== null) return elementAt(whole, place);
    const field = named[component] ?? "";
    return newInput(
      frame,
      `${name}_${field}_noise`,
      componentShape(system, component),
      { kind: "normal", site: `${site}.${field}` },
      true,
    );
  });
  const spread = applyGraph(law.factor, z);
  const parts = inOwnOrder(law, spread).map((entry, i) => filled(plus(law.mean[i] ?? null, entry), system, i));
  for (const part of parts) frame.held.add(part);
  const drawn = (noise: Value): Drawn => ({ noise, time, process, condition: law.condition });
  const state = putTogether(system, parts);
  if (state.kind === "tensor" && whole !== null) {
    frame.held.add(state.value);
    return { ...state, draw: drawn(whole) };
  }
  if (state.kind !== "record") return state;
  const noises = residuals(law, z);
  const fields = [...state.fields].map(([field, part], i): [string, Thing] => [
    field,
    part.kind === "tensor" ? { ...part, draw: drawn(noises[i] ?? ir.scalar(0)) } : part,
  ]);
  return { kind: "record", fields: new Map(fields) };
}

/** An entry over the shape of its component. */
function filled(entry: Entry, system: System, component: number): Value {
  return ir.broadcastTo(entry ?? ir.scalar(0), componentShape(system, component));
}

/** By component what stands in the law's order. */
function inOwnOrder(law: JointLaw, entries: GraphVector): GraphVector {
  return law.mean.map((_, component) => entries[law.order.indexOf(component)] ?? null);
}

/** What is random in a component given all others, in units of its deviation: -deviation · score. The last one's own draw. */
function residuals(law: JointLaw, z: readonly Value[]): readonly Value[] {
  const pulled = solveUpper(law.factor, z);
  const last = law.order.at(-1);
  return law.mean.map((_, component) => {
    const place = law.order.indexOf(component);
    if (component === last) return z[place] ?? ir.scalar(0);
    return times(pulled[place] ?? null, conditionalDeviation(law.factor, place)) ?? ir.scalar(0);
  });
}

/** The deviation of a component given all others: (Σ⁻¹)_kk^(-½), with the column k of L⁻¹. */
export function conditionalDeviation(factor: GraphMatrix, place: number): Entry {
  const unit = factor.map((_, i): Entry => (i === place ? ir.scalar(1) : null));
  const column = solveLower(factor, unit).filter((entry) => entry !== null);
  if (column.length <= 1) return factor[place]?.[place] ?? null;
  return ir.div(ir.scalar(1), ir.sqrt(column.map((entry) => ir.mul(entry, entry)).reduce((a, b) => ir.add(a, b))));
}

/** null after reporting: a component without noise has no density. */
function spreads(law: JointLaw, span: Span, c: Context): boolean {
  const system = systemOf(law.process);
  const certain = law.order.find((_, place) => (law.factor[place]?.[place] ?? null) === null);
  if (certain === undefined || system === null) return true;
  report(c, catalogue.noDensity, span, { process: law.process.name, component: componentNames(system)[certain] ?? "" });
  return false;
}

const logTwoPi = Math.log(2 * Math.PI);

export function jointLogProb(law: JointLaw, x: Thing, span: Span, c: Context): Thing {
  const standard = standardised(law, x, span, c);
  const system = systemOf(law.process);
  if (standard === null || system === null) return poison;
  const terms = standard.map((entry, place) => {
    const shape = componentShape(system, law.order[place] ?? 0);
    const z = ir.broadcastTo(entry ?? ir.scalar(0), shape);
    const scale = law.factor[place]?.[place] ?? ir.scalar(1);
    return ir.sumAll(
      ir.sub(ir.mul(ir.scalar(-0.5), ir.add(ir.mul(z, z), ir.scalar(logTwoPi))), ir.broadcastTo(ir.log(scale), shape)),
    );
  });
  return tensor(terms.reduce((a, b) => ir.add(a, b)));
}

/** L⁻¹ (x - mean), in the law's order. */
function standardised(law: JointLaw, x: Thing, span: Span, c: Context): GraphVector | null {
  const system = systemOf(law.process);
  if (system === null || !spreads(law, span, c)) return null;
  const parts = takeApart(law.process, system, x, span, c);
  if (parts === null) return null;
  const centred = law.order.map((component) => minus(parts[component] ?? null, law.mean[component] ?? null));
  return solveLower(law.factor, centred);
}

/** The score at a state: of the component that the process names, else of all. A draw of this very law loses no digits. */
export function jointScore(law: JointLaw, x: Thing, span: Span, c: Context): Thing {
  const { process } = law;
  const system = systemOf(process);
  if (system === null || !spreads(law, span, c)) return poison;
  const score = scoreOfDraw(law, x) ?? scoreAt(law, x, span, c);
  if (score === null) return poison;
  const parts = score.map((entry, component) => filled(entry, system, component));
  const meaning = { quantity: "score", process } as const;
  if (system.focus !== null) return { ...tensor(parts[system.focus] ?? ir.scalar(0)), meaning };
  const state = putTogether(system, parts);
  return state.kind === "tensor" ? { ...state, meaning } : state;
}

function scoreAt(law: JointLaw, x: Thing, span: Span, c: Context): GraphVector | null {
  const standard = standardised(law, x, span, c);
  if (standard === null) return null;
  return inOwnOrder(law, solveUpper(law.factor, standard)).map((entry) => minus(null, entry));
}

function scoreOfDraw(law: JointLaw, x: Thing): GraphVector | null {
  const isOwn = (drawn: Drawn | null): drawn is Drawn & { noise: Value } =>
    drawn?.noise != null &&
    isSame(drawn.process, law.process) &&
    drawn.time === law.time &&
    areAlike(drawn.condition, law.condition);
  if (x.kind === "tensor") {
    const drawn = x.draw;
    if (!isOwn(drawn)) return null;
    const z = law.order.map((_, place) => elementAt(drawn.noise, place));
    return inOwnOrder(law, solveUpper(law.factor, z)).map((entry) => minus(null, entry));
  }
  if (x.kind !== "record") return null;
  const noises = [...x.fields.values()].map((field) =>
    field.kind === "tensor" && isOwn(field.draw) ? field.draw.noise : null,
  );
  if (noises.length !== law.mean.length || noises.some((noise) => noise === null)) return null;
  return noises.map((noise, component) => {
    const deviation = conditionalDeviation(law.factor, law.order.indexOf(component));
    return noise === null || deviation === null ? null : ir.neg(ir.div(noise, deviation));
  });
}

/** A process, and the same seen from one of its components, are one process. */
export function isSame(a: Process | null, b: Process): boolean {
  return a !== null && a.declaration === b.declaration && a.name === b.name;
}

export function jointMoment(law: JointLaw, moment: "mean" | "std" | "variance"): Thing {
  const system = systemOf(law.process);
  if (system === null) return poison;
  const entries =
    moment === "mean"
      ? law.mean
      : inOwnOrder(
          law,
          law.factor.map((row) => spreadOf(row, moment)),
        );
  return putTogether(
    system,
    entries.map((entry, component) => filled(entry, system, component)),
  );
}

function spreadOf(row: GraphVector, moment: "std" | "variance"): Entry {
  const squares = row.reduce<Entry>((sum, entry) => plus(sum, times(entry, entry)), null);
  return squares === null || moment === "variance" ? squares : ir.sqrt(squares);
}
