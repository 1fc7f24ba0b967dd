/** What are the ops that only move numbers, and how do they transpose? All are linear in what they move. */
import { elements, equalShape } from "../dims.js";
import { integer, movedDomain, real, shaped, shapes } from "../draws.js";
import type { Operand, Row } from "../row.js";
import { areAxes, binary, show, unary } from "../shapes.js";
import type { Dim, Value } from "../value.js";
import { operand, shapeOf } from "./rules.js";

const moves = { family: "movement", arity: 1 } as const;

export const movement = {
  reshape: {
    ...moves,
    doc: "The same numbers in the same row-major order under another shape.",
    symbol: "reshape({0}, {shape})",
    params: ["shape"],
    shape: unary((x, { shape }) => {
      if (shape === undefined) return "the shape is missing";
      if (elements(shape) !== elements(x.shape)) return `${show(x.shape)} cannot be reshaped to ${show(shape)}`;
      return { dtype: x.dtype, shape };
    }),
    domain: movedDomain(shaped({ shape: [6] }, [2, 3]), shaped({ shape: [1, 1] }, []), shaped({ shape: [3, 2] }, [6])),
    derivative: {
      kind: "linear",
      operands: "all",
      transpose: (o, cotangent, value) => o.reshape(cotangent, shapeOf(value, 0)),
    },
  },
  transpose: {
    ...moves,
    doc: "The axes in another order: axis i of the result is axis permutation[i].",
    symbol: "transpose({0}, {permutation})",
    params: ["permutation"],
    shape: unary((x, { permutation }) => {
      if (permutation === undefined) return "the permutation is missing";
      if (permutation.length !== x.shape.length || !areAxes(permutation, x.shape.length)) {
        return `[${permutation.join(", ")}] is not a permutation of the axes of ${show(x.shape)}`;
      }
      return { dtype: x.dtype, shape: permutation.map((axis) => sizeAt(x, axis)) };
    }),
    domain: movedDomain(
      shaped({ permutation: [1, 0] }, [2, 3]),
      shaped({ permutation: [2, 0, 1] }, [2, 3, 2]),
      shaped({ permutation: [] }, []),
    ),
    derivative: {
      kind: "linear",
      operands: "all",
      transpose: (o, cotangent, value) => {
        const permutation = value.params.permutation ?? [];
        return o.transpose(
          cotangent,
          permutation.map((_, axis) => permutation.indexOf(axis)),
        );
      },
    },
  },
  broadcast: {
    ...moves,
    doc: "The numbers repeated to fill a larger shape, trailing axes aligned.",
    symbol: "broadcast({0}, {shape})",
    params: ["shape"],
    shape: unary((x, { shape }) => {
      if (shape === undefined) return "the shape is missing";
      const lead = shape.length - x.shape.length;
      const fits = lead >= 0 && x.shape.every((dim, axis) => dim === 1 || dim === shape[axis + lead]);
      return fits ? { dtype: x.dtype, shape } : `${show(x.shape)} does not stretch to ${show(shape)}`;
    }),
    domain: movedDomain(
      shaped({ shape: [2, 3] }, [3]),
      shaped({ shape: [2, 3] }, []),
      shaped({ shape: [2, 4, 3] }, [2, 1, 3]),
    ),
    derivative: {
      kind: "linear",
      operands: "all",
      transpose: (o, cotangent, value) => o.sumToShape(cotangent, shapeOf(value, 0)),
    },
  },
  slice: {
    ...moves,
    doc: "The block beginning at starts with sizes; an axis of run-time size is taken whole.",
    symbol: "{0}[{starts} : +{sizes}]",
    params: ["starts", "sizes"],
    shape: unary((x, { starts, sizes }) => {
      if (starts === undefined || sizes === undefined) return "starts or sizes are missing";
      if (starts.length !== x.shape.length || sizes.length !== x.shape.length) return "one start and size per axis";
      const fits = sizes.every((size, axis) => {
        const [start, dim] = [starts[axis] ?? -1, sizeAt(x, axis)];
        if (typeof size === "string" || typeof dim === "string") return start === 0 && size === dim;
        return start >= 0 && size >= 0 && start + size <= dim;
      });
      return fits
        ? { dtype: x.dtype, shape: sizes }
        : `the block [${starts.join(", ")}] + ${show(sizes)} leaves ${show(x.shape)}`;
    }),
    domain: movedDomain(
      shaped({ starts: [1], sizes: [2] }, [4]),
      shaped({ starts: [0, 1], sizes: [2, 2] }, [3, 4]),
      shaped({ starts: [], sizes: [] }, []),
      shaped({ starts: [2], sizes: [0] }, [4]),
    ),
    derivative: {
      kind: "linear",
      operands: "all",
      transpose: (o, cotangent, value) => {
        const { starts = [], sizes = [] } = value.params;
        return o.pad(
          cotangent,
          starts,
          shapeOf(value, 0).map((dim, axis) => gap(dim, starts[axis], sizes[axis])),
        );
      },
    },
  },
  pad: {
    ...moves,
    doc: "The numbers with zeros before and after them on each axis; an axis of run-time size gets none.",
    symbol: "pad({0}, {before}, {after})",
    params: ["before", "after"],
    shape: unary((x, { before, after }) => {
      if (before === undefined || after === undefined) return "before or after are missing";
      if (x.dtype === "bool") return "the operand is bool";
      if (before.length !== x.shape.length || after.length !== x.shape.length) return "one count per axis and side";
      const shape: Dim[] = [];
      for (const [axis, dim] of x.shape.entries()) {
        const [first, last] = [before[axis] ?? 0, after[axis] ?? 0];
        if (first < 0 || last < 0) return "a count is negative";
        if (typeof dim === "string" && first + last > 0) return `axis ${axis} has the run-time size ${dim}`;
        shape.push(typeof dim === "string" ? dim : first + dim + last);
      }
      return { dtype: x.dtype, shape };
    }),
    domain: movedDomain(
      shaped({ before: [1], after: [2] }, [3]),
      shaped({ before: [0, 2], after: [1, 0] }, [2, 2]),
      shaped({ before: [], after: [] }, []),
    ),
    derivative: {
      kind: "linear",
      operands: "all",
      transpose: (o, cotangent, value) => o.slice(cotangent, value.params.before ?? [], shapeOf(value, 0)),
    },
  },
  concat: {
    doc: "The parts one after the other along an axis, which has no run-time size.",
    symbol: "concat_{axis}({*})",
    family: "movement",
    arity: "any",
    params: ["axis"],
    shape: (parts, { axis }) => {
      const [first] = parts;
      if (first === undefined || axis === undefined) return "the parts or the axis are missing";
      if (!areAxes([axis], first.shape.length)) return `axis ${axis} is not an axis of ${show(first.shape)}`;
      let size = 0;
      for (const part of parts) {
        const along = part.shape[axis];
        if (part.dtype !== first.dtype) return `the parts are ${first.dtype} and ${part.dtype}`;
        if (typeof along !== "number") return `axis ${axis} of ${show(part.shape)} has a run-time size`;
        const others = (shape: readonly Dim[]): Dim[] => shape.filter((_, place) => place !== axis);
        if (!equalShape(others(part.shape), others(first.shape))) return `${show(first.shape)} and ${show(part.shape)} differ beside axis ${axis}`; // prettier-ignore
        size += along;
      }
      return { dtype: first.dtype, shape: first.shape.map((dim, place) => (place === axis ? size : dim)) };
    },
    domain: movedDomain(
      shaped({ axis: 0 }, [2], [3], [1]),
      shaped({ axis: 1 }, [2, 1], [2, 3]),
      shaped({ axis: 0 }, [2, 2]),
    ),
    derivative: {
      kind: "linear",
      operands: "all",
      transpose: (o, cotangent, value, place) => {
        const axis = value.params.axis ?? 0;
        const before = value.inputs.slice(0, place).reduce((total, part) => total + Number(part.shape[axis]), 0);
        const shape = shapeOf(value, place);
        return o.slice(
          cotangent,
          shape.map((_, place) => (place === axis ? before : 0)),
          shape,
        );
      },
    },
  },
  reverse: {
    ...moves,
    doc: "The numbers in opposite order along axes.",
    symbol: "reverse_{axes}({0})",
    params: ["axes"],
    shape: unary((x, { axes }) => {
      if (axes === undefined) return "axes are missing";
      if (!areAxes(axes, x.shape.length)) return `[${axes.join(", ")}] are not distinct axes of ${show(x.shape)}`;
      return { dtype: x.dtype, shape: x.shape };
    }),
    domain: movedDomain(shaped({ axes: [0] }, [3]), shaped({ axes: [0, 1] }, [2, 3]), shaped({ axes: [1] }, [2, 3])),
    derivative: {
      kind: "linear",
      operands: "all",
      transpose: (o, cotangent, value) => o.reverse(cotangent, value.params.axes ?? []),
    },
  },
  gather: {
    doc: "Rows of a table picked by integer indices.",
    symbol: "{0}[{1}]",
    family: "indexing",
    arity: 2,
    params: [],
    shape: binary((table, indices) => {
      if (indices.dtype !== "int") return `the indices are ${indices.dtype}, expected int`;
      if (table.shape.length === 0) return "the table is a scalar";
      return { dtype: table.dtype, shape: [...indices.shape, ...table.shape.slice(1)] };
    }),
    domain: {
      operands: [real(-2, 2), integer(0, 2)],
      cases: [shapes([3], [4]), shapes([3, 2], [2, 2]), shapes([3, 2], [])],
      apart: 0,
      special: [],
    },
    derivative: {
      kind: "linear",
      operands: [0],
      transpose: (o, cotangent, value) => o.scatterAdd(operand(value, 1), cotangent, sizeAt(operand(value, 0), 0)),
    },
  },
  scatterAdd: {
    doc: "Rows added into zeros at integer indices; rows with the same index add up.",
    symbol: "scatterAdd({0}, {1}, {size})",
    family: "indexing",
    arity: 2,
    params: ["size"],
    shape: binary((indices, updates, { size }) => {
      if (size === undefined) return "the size is missing";
      if (indices.dtype !== "int" || updates.dtype !== "real") return "expected int indices and real updates";
      const rank = indices.shape.length;
      if (!equalShape(updates.shape.slice(0, rank), indices.shape)) {
        return `the updates ${show(updates.shape)} do not begin with the indices' shape ${show(indices.shape)}`;
      }
      return { dtype: "real", shape: [size, ...updates.shape.slice(rank)] };
    }),
    domain: {
      operands: [integer(0, 2), real(-2, 2)],
      cases: [shaped({ size: 3 }, [4], [4]), shaped({ size: 4 }, [2, 2], [2, 2, 3]), shaped({ size: 3 }, [], [2])],
      apart: 0,
      special: [],
    },
    derivative: {
      kind: "linear",
      operands: [1],
      transpose: (o, cotangent, value) => o.gather(cotangent, operand(value, 0)),
    },
  },
} satisfies Record<string, Row>;

function sizeAt(x: Operand | Value, axis: number): Dim {
  return x.shape[axis] ?? 1;
}

/** How many places lie behind a block. */
function gap(dim: Dim, start: number | undefined, size: Dim | undefined): number {
  return typeof dim === "number" ? dim - (start ?? 0) - Number(size) : 0;
}
