/** What are the ops that compare, combine conditions and choose? */
import { broadcastShapes } from "../dims.js";
import { binaryDomain, boolean, real, unaryDomain } from "../draws.js";
import type { Row } from "../row.js";
import { mapped, zipped } from "../shapes.js";
import { operand, pair, shapeOf, unary } from "./rules.js";

const around = real(-2, 2);

export const comparisons = {
  less: comparison("Whether the first number is smaller.", "{0} < {1}"),
  lessEqual: comparison("Whether the first number is smaller or equal.", "{0} ≤ {1}"),
  equal: comparison("Whether two numbers are equal.", "{0} = {1}"),
  not: {
    ...unary("Boolean negation.", "¬{0}", mapped(["bool"], "bool")),
    family: "comparison",
    domain: unaryDomain(boolean, [0, 1]),
    derivative: { kind: "zero" },
  },
  and: connective("Whether both hold.", "{0} ∧ {1}"),
  or: connective("Whether at least one holds.", "{0} ∨ {1}"),
  select: {
    doc: "The second operand where the first holds, else the third; both are evaluated.",
    symbol: "({1} if {0} else {2})",
    family: "comparison",
    arity: 3,
    params: [],
    shape: ([condition, a, b]) => {
      if (condition === undefined || a === undefined || b === undefined) return "an operand is missing";
      if (condition.dtype !== "bool") return `the condition is ${condition.dtype}`;
      if (a.dtype !== b.dtype) return `the branches are ${a.dtype} and ${b.dtype}`;
      const branches = broadcastShapes(a.shape, b.shape);
      const shape = branches && broadcastShapes(condition.shape, branches);
      return shape === null ? "the condition and the branches do not broadcast" : { dtype: a.dtype, shape };
    },
    domain: {
      operands: [boolean, around, around],
      cases: [[[], [], []], [[3], [3], [3]], [[2, 1], [3], []], [[], [2], [1]]].map((shapes) => ({ shapes, params: {} })), // prettier-ignore
      apart: 0,
      special: [
        [0, 1, 2],
        [1, 1, 2],
      ],
    },
    derivative: {
      kind: "linear",
      operands: [1, 2],
      transpose: (o, cotangent, value, place) => {
        const zero = o.scalar(0);
        const condition = operand(value, 0);
        const own = place === 1 ? o.select(condition, cotangent, zero) : o.select(condition, zero, cotangent);
        return o.sumToShape(own, shapeOf(value, place));
      },
    },
  },
} satisfies Record<string, Row>;

function comparison(doc: string, symbol: string): Row {
  const special = [[0, 0], [0, -0], [1, 2], [2, 1]]; // prettier-ignore
  return {
    ...pair(doc, symbol, zipped(["real", "int"], "bool")),
    family: "comparison",
    domain: { ...binaryDomain(around, around, special), apart: 0.02 },
    derivative: { kind: "zero" },
  };
}

function connective(doc: string, symbol: string): Row {
  const special = [[0, 0], [0, 1], [1, 0], [1, 1]]; // prettier-ignore
  return {
    ...pair(doc, symbol, zipped(["bool"], "bool")),
    family: "comparison",
    domain: binaryDomain(boolean, boolean, special),
    derivative: { kind: "zero" },
  };
}
