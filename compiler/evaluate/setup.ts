/** What is computed from the data before training begins: the sets it reads whole, and the tables that programs read later. */
import type { Feed, WeightSpec } from "../../runtime/specification.js";
import * as ir from "../ir/build.js";
import { print } from "../ir/print.js";
import type { Value } from "../ir/value.js";
import type { Context, World } from "./context.js";
import { dependsOn } from "./formula.js";
import type { Data } from "./thing.js";

/** A table that a program computes before training; the others read it like a weight that nobody moves. */
export interface SetupTable {
  readonly spec: WeightSpec;
  readonly graph: Value;
  readonly value: Value;
}

/** A number that is not negative if all is well, and what to say otherwise. */
export interface SetupCheck {
  readonly graph: Value;
  readonly says: string;
}

export interface Setup {
  /** All rows of a set by the set's name, [rows, …]. */
  readonly rows: Map<string, { readonly value: Value; readonly feed: Feed }>;
  /** By the printed graph: a table written in a template is met once per use. */
  readonly tables: Map<string, SetupTable>;
  readonly checks: Map<string, SetupCheck>;
  /** Placeholders of one row or one normal number, for what is conditioned on an observation of them. */
  readonly generated: Map<Value, Data | "normal">;
}

const setups = new WeakMap<World, Setup>();

export function setupOf(c: { readonly world: World }): Setup {
  const known = setups.get(c.world);
  if (known !== undefined) return known;
  const made: Setup = { rows: new Map(), tables: new Map(), checks: new Map(), generated: new Map() };
  setups.set(c.world, made);
  return made;
}

/** All rows of a plain data set; its first size is a number known when the application hands them over. */
export function wholeSet(data: Data, c: Context): Value {
  const { rows } = setupOf(c);
  const known = rows.get(data.name);
  if (known !== undefined) return known.value;
  const [field] = data.fields;
  const value = ir.input(`all_${data.name}`, "real", [`N${rows.size + 1}`, ...(field?.space.shape ?? [])]);
  rows.set(data.name, { value, feed: { kind: "rows", data: data.name, field: field?.name ?? null } });
  return value;
}

/** Whether a value is known only once the data is. */
export function needsData(value: Value, c: Context): boolean {
  const { rows, tables } = setupOf(c);
  const leaves = [...rows.values(), ...tables.values()].map((entry) => entry.value);
  return leaves.length > 0 && dependsOn(value, new Set(leaves));
}

/** The value as programs read it: itself, or a table computed before training if it needs the data. */
export function settledTable(graph: Value, c: Context): Value {
  if (!needsData(graph, c)) return graph;
  const { tables } = setupOf(c);
  const key = printed(graph);
  const known = tables.get(key);
  if (known !== undefined) return known.value;
  const shape = graph.shape.flatMap((dim) => (typeof dim === "number" ? [dim] : []));
  const spec: WeightSpec = { name: `table ${tables.size + 1}`, shape, initial: { kind: "setup" }, space: null };
  const value = ir.input(`table_${tables.size + 1}`, "real", shape);
  tables.set(key, { spec, graph, value });
  c.world.weights.set(spec.name, { spec, value, network: "" });
  return value;
}

/** Demands, of a number that needs the data, that it is not negative. */
export function demand(graph: Value, says: string, c: Context): void {
  setupOf(c).checks.set(printed(graph), { graph, says });
}

function printed(graph: Value): string {
  return print({ name: "table", inputs: [], outputs: [{ name: "value", value: graph }] });
}
