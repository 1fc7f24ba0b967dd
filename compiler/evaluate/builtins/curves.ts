/** Built-in functions of functions and of whole data sets: integrals, tables, inverses, conditional means. */
import { catalogue } from "../../diagnostics/catalogue.js";
import { constantOf } from "../arithmetic.js";
import type { Context } from "../context.js";
import { report } from "../context.js";
import { integralOf, inverseOf, tabulate } from "../curve.js";
import { conditionalMean } from "../setup-means.js";
import type { Thing } from "../thing.js";
import { poison } from "../thing.js";
import type { BuiltinCall, BuiltinRow } from "./row.js";
import { spanAt } from "./row.js";

export const curveBuiltins: readonly (readonly [string, BuiltinRow])[] = [
  [
    "integral",
    {
      doc: "The integral of a formula over an interval, by quadrature.",
      parameters: ["e"],
      written: integralOf,
      evaluate: () => poison,
    },
  ],
  [
    "conditional_mean",
    {
      doc: "The mean of a row of a data set given an observation a x + b z + c of it.",
      parameters: ["D", "observation"],
      written: conditionalMean,
      evaluate: () => poison,
    },
  ],
  [
    "inverse",
    {
      doc: "The inverse of a monotone function of one number.",
      parameters: ["f"],
      evaluate: (call, c) => inverseOf(call.things[0] ?? poison, spanAt(call, 0), c),
    },
  ],
  [
    "tabulate",
    {
      doc: "A function of one number as a table, computed once.",
      parameters: ["f"],
      named: ["nodes"],
      evaluate: tabulated,
    },
  ],
];

function tabulated(call: BuiltinCall, c: Context): Thing {
  const nodes = call.named.get("nodes");
  if (nodes === undefined) return report(c, catalogue.missingArgument, call.span, { name: "nodes", callee: call.name });
  const count = constantOf(nodes.thing);
  if (count === null || !Number.isInteger(count) || count < 2 || count > 65536) {
    return report(c, catalogue.outOfRange, nodes.span, {
      what: "The number of nodes",
      found: String(count ?? "not known here"),
      expected: "a whole number from 2 to 65536",
    });
  }
  return tabulate(call.things[0] ?? poison, count, spanAt(call, 0), c);
}
