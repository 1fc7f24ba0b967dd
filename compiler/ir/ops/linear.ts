/** What are the matrix products and their transposes? */
import { equalShape, multiply, symbolOf } from "../dims.js";
import { movedDomain, shapes } from "../draws.js";
import type { Builder, Row } from "../row.js";
import { binary, show } from "../shapes.js";
import type { Dim, Value } from "../value.js";
import { operand } from "./rules.js";

export const linear = {
  matMul: {
    doc: "The product with one matrix, shared by all leading axes of the left operand.",
    symbol: "{0} {1}",
    family: "linear algebra",
    arity: 2,
    params: [],
    shape: binary((a, b) => {
      if (a.dtype !== "real" || b.dtype !== "real") return `the operands are ${a.dtype} and ${b.dtype}, expected real`;
      if (a.shape.length < 1 || b.shape.length !== 2 || a.shape.at(-1) !== b.shape[0]) {
        return `${show(a.shape)} and ${show(b.shape)} do not multiply`;
      }
      return { dtype: "real", shape: [...a.shape.slice(0, -1), b.shape[1] ?? 1] };
    }),
    domain: movedDomain(
      shapes([2, 3], [3, 2]),
      shapes([3], [3, 2]),
      shapes([2, 2, 3], [3, 1]),
      shapes([1, 1], [1, 1]),
      shapes([2, 0], [0, 2]),
    ),
    derivative: {
      kind: "bilinear",
      commutes: false,
      transpose: (o, cotangent, value, place) => {
        const [a, b] = [operand(value, 0), operand(value, 1)];
        // (g bᵀ) on the left, (aᵀ g) on the right, summed over the leading axes.
        return place === 0 ? o.matMul(cotangent, o.swapLast(b)) : outerSum(o, a, cotangent);
      },
    },
  },
  batchMatMul: {
    doc: "Products of matrices pairwise along equal leading axes.",
    symbol: "{0} {1}",
    family: "linear algebra",
    arity: 2,
    params: [],
    shape: binary((a, b) => {
      if (a.dtype !== "real" || b.dtype !== "real") return `the operands are ${a.dtype} and ${b.dtype}, expected real`;
      const fits =
        a.shape.length >= 2 &&
        a.shape.length === b.shape.length &&
        equalShape(a.shape.slice(0, -2), b.shape.slice(0, -2)) &&
        a.shape.at(-1) === b.shape.at(-2);
      if (!fits) return `${show(a.shape)} and ${show(b.shape)} do not multiply in pairs`;
      return { dtype: "real", shape: [...a.shape.slice(0, -1), b.shape.at(-1) ?? 1] };
    }),
    domain: movedDomain(shapes([2, 2, 3], [2, 3, 2]), shapes([2, 3], [3, 1]), shapes([2, 1, 1, 2], [2, 1, 2, 2])),
    derivative: {
      kind: "bilinear",
      commutes: false,
      transpose: (o, cotangent, value, place) => {
        const [a, b] = [operand(value, 0), operand(value, 1)];
        return place === 0 ? o.batchMatMul(cotangent, o.swapLast(b)) : o.batchMatMul(o.swapLast(a), cotangent);
      },
    },
  },
} satisfies Record<string, Row>;

/** Σ aᵀ g over all leading axes: [..., k], [..., n] → [k, n]. */
export function outerSum(o: Builder, a: Value, cotangent: Value): Value {
  const [k, n] = [a.shape.at(-1) ?? 1, cotangent.shape.at(-1) ?? 1];
  const lead = a.shape.slice(0, -1);
  const outer = lead[0];
  // Two run-time sizes do not merge into one axis: such an axis is kept and summed afterwards.
  if (outer !== undefined && new Set(lead.map(symbolOf).filter((symbol) => symbol !== null)).size > 1) {
    const rest = flat(lead.slice(1));
    const left = o.swapLast(o.reshape(a, [outer, rest, k]));
    return o.sum(o.batchMatMul(left, o.reshape(cotangent, [outer, rest, n])), [0]);
  }
  const rows = flat(lead);
  return o.matMul(o.swapLast(o.reshape(a, [rows, k])), o.reshape(cotangent, [rows, n]));
}

function flat(lead: readonly Dim[]): Dim {
  return lead.reduce(multiply, 1);
}
