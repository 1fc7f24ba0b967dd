/** How one evaluation serves all rounds of a generator: its names stand for one round, and the result is lifted over all. */
import type { Span } from "../../grammar/source.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import type { Value } from "../ir/value.js";
import { vectorise } from "../ir/vectorise.js";
import { real, tensor } from "./arithmetic.js";
import type { Context } from "./context.js";
import { report, roundsOf } from "./context.js";
import { describe } from "./describe.js";
import { liftNoted } from "./reward.js";
import type { Thing } from "./thing.js";
import { poison } from "./thing.js";

/** What stands for one round, and its values in all rounds along a leading axis. */
export interface Leaf {
  readonly inner: Value;
  readonly outer: Value;
}

/** The rounds of a generator: they gather leaves as their one evaluation meets them. */
export interface Lane {
  readonly count: number;
  readonly leaves: Leaf[];
}

/** The number of a round of a lane, from `offset` on: tables are sliced by it, not looked up in. */
const counters = new WeakMap<Value, { readonly lane: Lane; readonly offset: number }>();

export function openLane(count: number): Lane {
  return { count, leaves: [] };
}

/** A placeholder for one row of `outer`. */
export function leafOf(lane: Lane, name: string, outer: Value): Value {
  const known = lane.leaves.find((leaf) => leaf.outer === outer);
  if (known !== undefined) return known.inner;
  const inner = ir.input(name, outer.dtype, outer.shape.slice(1));
  lane.leaves.push({ inner, outer });
  return inner;
}

/** The integers from `offset` on, one a round. */
export function counterOf(lane: Lane, offset: number): Value {
  const inner = ir.input("round", "int", []);
  lane.leaves.push({ inner, outer: ir.add(ir.iota(lane.count), ir.toInt(ir.scalar(offset))) });
  counters.set(inner, { lane, offset });
  return inner;
}

/** Row `index` of a table. */
export function rowAt(table: Value, index: Value): Value {
  const counter = counters.get(index);
  const rows = table.shape[0];
  if (counter === undefined || typeof rows !== "number") return ir.gather(table, index);
  const { lane, offset } = counter;
  if (offset + lane.count > rows) return ir.gather(table, index);
  return leafOf(lane, "row", rowsFrom(table, offset, lane.count));
}

export function rowsFrom(table: Value, first: number, count: number): Value {
  const [rows, ...rest] = table.shape;
  if (first === 0 && rows === count) return table;
  return ir.slice(table, [first, ...rest.map(() => 0)], [count, ...rest]);
}

/** Whether a number is that of a round. */
export function isCounter(index: Value): boolean {
  return counters.has(index);
}

/** What `f` makes of one round, for all rounds: a tensor with a leading axis. */
export function overRounds(lane: Lane, span: Span, c: Context, f: (c: Context) => Thing): Thing {
  const frame = c.frame === null ? null : roundsOf(c.frame, lane.count);
  const thing = f({ ...c, frame });
  if (thing.kind === "poison") return poison;
  if (thing.kind !== "tensor") {
    return report(c, catalogue.notCompiledYet, span, {
      construct: `A list of ${describe(thing)} for every round`,
      instead: "Make a number or a tensor of each.",
    });
  }
  const lift = (values: readonly Value[]): readonly Value[] =>
    lifted(values, [...lane.leaves, ...(frame?.rounds?.rows ?? [])], lane.count);
  if (frame !== null) liftNoted(frame, lift);
  const value = real(thing.value);
  return tensor(lift([value])[0] ?? value);
}

/** The values in all rounds; what is the same in each is repeated. */
function lifted(values: readonly Value[], leaves: readonly Leaf[], count: number): readonly Value[] {
  const { values: all, batched } = vectorise(values, asMap(leaves), count);
  return all.map((value, i) => (batched[i] === true ? value : ir.broadcast(value, [count, ...value.shape])));
}

export function asMap(leaves: readonly Leaf[]): ReadonlyMap<Value, Value> {
  return new Map(leaves.map(({ inner, outer }) => [inner, outer]));
}
