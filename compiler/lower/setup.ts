/** The program that computes, from whole data sets and before training, the tables that the other programs read. */
import type { SetupSpec } from "../../runtime/specification.js";
import { substitute } from "../ir/substitute.js";
import type { Value } from "../ir/value.js";
import type { Context } from "../evaluate/context.js";
import { setupOf } from "../evaluate/setup.js";
import { finish } from "./batched.js";
import type { LoweredProgram } from "./model.js";

/** null where no table needs the data. */
export function lowerSetup(c: Context): SetupSpec<LoweredProgram> | null {
  const { rows, tables, checks } = setupOf(c);
  if (tables.size === 0) return null;
  const made = [...tables.values()];
  const demands = [...checks.values()];
  // A table made of other tables is computed from what they are made of.
  const graphs = new Map<Value, Value>();
  const opened = (graph: Value): Value => substitute([graph], graphs)[0] ?? graph;
  for (const { graph, value } of made) graphs.set(value, opened(graph));
  const outputs = [
    ...made.map(({ value, graph }, place) => ({ name: `table${place + 1}`, value: graphs.get(value) ?? graph })),
    ...demands.map(({ graph }, place) => ({ name: `demand${place + 1}`, value: opened(graph) })),
  ];
  const candidates = [...rows.values()];
  return {
    program: finish("setup", "What is computed from the data before training.", outputs, candidates),
    tables: made.map(({ spec }, place) => ({ weight: spec.name, output: `table${place + 1}` })),
    checks: demands.map(({ says }, place) => ({ output: `demand${place + 1}`, says })),
  };
}
