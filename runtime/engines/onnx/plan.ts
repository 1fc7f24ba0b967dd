/** Which ONNX nodes compute a node of the tape? One step per node. */
import type { Shape } from "../../ops.js";
import { sizeOf } from "../engine.js";
import { at, sameShape } from "../shapes.js";
import { isElementwise } from "../tape.js";
import type { ElementwiseOp, Node } from "../tape.js";
import type { GraphBuilder } from "./builder.js";
import { planConvolve } from "./convolution.js";
import { single, step } from "./step.js";
import type { Step } from "./step.js";

export function planNode(node: Node): Step {
  switch (node.op) {
    case "input":
    case "pick":
    case "constant":
    case "scan":
    case "while":
      throw new TypeError(`${node.op} is no single ONNX node`);
    case "sum":
      return planSum(node, node.axes);
    case "reduceMax":
      return reduction("ReduceMax", node, node.axes);
    case "reverse":
      return planReverse(node, node.axes);
    case "reshape":
      return step(node.inputs, (graph, [x = ""], output) => graph.reshape(x, node.shape, [output]));
    case "broadcast":
      return step(node.inputs, (graph, [x = ""], output) =>
        graph.add("Expand", [x, graph.integers(node.shape)], { outputs: [output] }),
      );
    case "transpose":
      return single("Transpose", node.inputs, { attributes: { perm: { ints: node.permutation } } });
    case "slice":
      return planSlice(node, node.starts);
    case "pad":
      return step(node.inputs, (graph, [x = ""], output) =>
        graph.add("Pad", [x, graph.integers([...node.before, ...node.after])], { outputs: [output] }),
      );
    case "concat":
      return single("Concat", node.inputs, { attributes: { axis: { int: node.axis } } });
    case "gather":
      return single("Gather", node.inputs, { attributes: { axis: { int: 0 } } });
    case "scatterAdd":
      return planScatterAdd(node);
    case "matMul":
      return planMatMul(node, null);
    case "batchMatMul":
      return planBatchMatMul(node);
    case "convolve":
      return planConvolve(node, null);
    default:
      return isElementwise(node.op) ? elementwise(node) : unknownOp(node.op);
  }
}

const OPERATORS = {
  neg: "Neg",
  exp: "Exp",
  log: "Log",
  sqrt: "Sqrt",
  abs: "Abs",
  sign: "Sign",
  floor: "Floor",
  round: "Round",
  sin: "Sin",
  cos: "Cos",
  tan: "Tan",
  atan: "Atan",
  tanh: "Tanh",
  erf: "Erf",
  sigmoid: "Sigmoid",
  softplus: "Softplus",
  not: "Not",
  add: "Add",
  sub: "Sub",
  mul: "Mul",
  div: "Div",
  max: "Max",
  min: "Min",
  less: "Less",
  lessEqual: "LessOrEqual",
  equal: "Equal",
  and: "And",
  or: "Or",
} as const satisfies Partial<Record<ElementwiseOp, string>>;

const REAL_TYPE = 1;
const INT_TYPE = 6;

function elementwise(node: Node): Step {
  switch (node.op) {
    case "toReal":
      return single("Cast", node.inputs, { attributes: { to: { int: REAL_TYPE } } });
    case "toInt":
      return single("Cast", node.inputs, { attributes: { to: { int: INT_TYPE } } });
    case "pow":
      return planPower(node);
    case "atan2":
      return step(node.inputs, (graph, [y = "", x = ""], output) => atan2(graph, y, x, output));
    case "select":
      return node.dtype === "bool" ? planBooleanSelect(node) : single("Where", node.inputs);
    default:
      return node.op in OPERATORS
        ? single(OPERATORS[node.op as keyof typeof OPERATORS], node.inputs)
        : unknownOp(node.op);
  }
}

/** Powers with a small constant exponent are products and roots: the general operator calls `pow` for every element. */
function planPower(node: Node): Step {
  const [base, exponent] = [at(node.inputs, 0), at(node.inputs, 1)];
  const value = exponent.op === "constant" ? exponent.data[0] : undefined;
  const isUniform = exponent.op === "constant" && exponent.data.every((element) => element === value);
  if (isUniform && sameShape(base.shape, node.shape)) {
    if (value === 2) return step([base], (g, [x = ""], output) => g.add("Mul", [x, x], { outputs: [output] }));
    if (value === 0.5) return single("Sqrt", [base]);
    if (value === -1) return single("Reciprocal", [base]);
    if (value === 3) {
      return step([base], (g, [x = ""], output) => g.add("Mul", [g.add("Mul", [x, x]), x], { outputs: [output] }));
    }
  }
  if (sameShape(base.shape, node.shape) || base.shape.length === 0) return single("Pow", node.inputs);
  // ONNX Runtime's WebGPU operator fails on some operands that stretch each other.
  return step(node.inputs, (graph, operands, output) => {
    const whole = operands.map((operand) => graph.add("Expand", [operand, graph.integers(node.shape)]));
    graph.add("Pow", whole, { outputs: [output] });
  });
}

/** The angle of the point (x, y): arctan(y / x), half a turn away left of the vertical axis; 0 at the origin. */
function atan2(graph: GraphBuilder, y: string, x: string, output: string): void {
  const zero = graph.filled(0, []);
  const isOrigin = graph.add("And", [graph.add("Equal", [x, zero]), graph.add("Equal", [y, zero])]);
  const slope = graph.add("Div", [y, graph.add("Where", [isOrigin, graph.filled(1, []), x])]);
  const isLeft = graph.add("Less", [x, zero]);
  const turn = graph.add("Where", [
    graph.add("Less", [y, zero]),
    graph.filled(-Math.PI, []),
    graph.filled(Math.PI, []),
  ]);
  graph.add("Add", [graph.add("Atan", [slope]), graph.add("Where", [isLeft, turn, zero])], { outputs: [output] });
}

/** ONNX Runtime has no `Where` on booleans. */
function planBooleanSelect(node: Node): Step {
  return step(node.inputs, (graph, [condition = "", a = "", b = ""], output) => {
    const yes = graph.add("And", [condition, a]);
    const no = graph.add("And", [graph.add("Not", [condition]), b]);
    graph.add("Or", [yes, no], { outputs: [output] });
  });
}

/** Sums over leading axes are a product with a row of ones: matrix products use every core and vector unit, sums do not. */
function planSum(node: Node, axes: readonly number[]): Step {
  const [x] = node.inputs;
  const isLeading = axes.every((axis) => axis < axes.length) && node.shape.length > 0;
  if (x === undefined || !isLeading || node.dtype !== "real") return reduction("ReduceSum", node, axes);
  const columns = sizeOf(node.shape);
  const rows = sizeOf(x.shape) / columns;
  return step([x], (graph, [name = ""], output) => {
    const matrix = x.shape.length === 2 ? name : graph.reshape(name, [rows, columns]);
    const total = graph.add("MatMul", [graph.filled(1, [1, rows]), matrix]);
    graph.reshape(total, node.shape, [output]);
  });
}

function reduction(type: string, node: Node, axes: readonly number[]): Step {
  return step(node.inputs, (graph, [x = ""], output) =>
    graph.add(type, [x, graph.integers(axes)], { attributes: { keepdims: { int: 0 } }, outputs: [output] }),
  );
}

function planReverse(node: Node, axes: readonly number[]): Step {
  const lowest = axes.map(() => -(2 ** 31 - 1));
  const [starts, steps] = [axes.map(() => -1), axes.map(() => -1)];
  return step(node.inputs, (graph, [x = ""], output) => {
    const bounds = [starts, lowest, axes, steps].map((values) => graph.integers(values));
    graph.add("Slice", [x, ...bounds], { outputs: [output] });
  });
}

function planSlice(node: Node, starts: readonly number[]): Step {
  const whole = at(node.inputs, 0).shape;
  const axes = whole.flatMap((size, axis) => (size === node.shape[axis] ? [] : [axis]));
  const from = axes.map((axis) => at(starts, axis));
  const to = axes.map((axis) => at(starts, axis) + at(node.shape, axis));
  return step(node.inputs, (graph, [x = ""], output) =>
    graph.add("Slice", [x, graph.integers(from), graph.integers(to), graph.integers(axes)], { outputs: [output] }),
  );
}

/** Rows added to rows of zeros; each element carries the row it goes to. */
function planScatterAdd(node: Node): Step {
  const rowSize = sizeOf(node.shape.slice(1));
  const rows = sizeOf(at(node.inputs, 0).shape);
  return step(node.inputs, (graph, [indices = "", updates = ""], output) => {
    const places = graph.add("Expand", [graph.reshape(indices, [rows, 1]), graph.integers([rows, rowSize])]);
    const zeros = graph.filled(0, [at(node.shape, 0), rowSize]);
    const values = graph.reshape(updates, [rows, rowSize]);
    const total = graph.add("ScatterElements", [zeros, places, values], {
      attributes: { axis: { int: 0 }, reduction: { string: "add" } },
    });
    graph.reshape(total, node.shape, [output]);
  });
}

/** One row of numbers, with any number of axes. */
export function isRowShape(shape: Shape): boolean {
  return shape.slice(0, -1).every((size) => size === 1);
}

/** [..., k] × [k, n] as a product of two matrices, which reads transposed operands where they lie. */
export function planMatMul(node: Node, bias: Node | null): Step {
  const left = transposedMatrix(at(node.inputs, 0));
  const right = transposedMatrix(at(node.inputs, 1));
  const [inner, columns] = [at(at(node.inputs, 1).shape, 0), at(node.shape, node.shape.length - 1)];
  const rows = sizeOf(node.shape) / columns;
  const isMatrix = node.shape.length === 2;
  return step(
    bias === null ? [left.source, right.source] : [left.source, right.source, bias],
    (graph, names, output) => {
      const [a = "", b = "", row] = names;
      const matrix = isMatrix ? a : graph.reshape(a, [rows, inner]);
      const outputs = [isMatrix ? output : graph.fresh()];
      if (row === undefined && !left.isTransposed && !right.isTransposed) {
        graph.add("MatMul", [matrix, b], { outputs });
      } else {
        const attributes = { transA: { int: left.isTransposed ? 1 : 0 }, transB: { int: right.isTransposed ? 1 : 0 } };
        const needsReshape = bias !== null && bias.shape.length > 1;
        const addend = row === undefined ? [] : [needsReshape ? graph.reshape(row, [sizeOf(bias.shape)]) : row];
        graph.add("Gemm", [matrix, b, ...addend], { attributes, outputs });
      }
      if (!isMatrix) graph.reshape(at(outputs, 0), node.shape, [output]);
    },
  );
}

function transposedMatrix(x: Node): { readonly source: Node; readonly isTransposed: boolean } {
  const isTransposed = x.op === "transpose" && x.permutation.length === 2;
  return isTransposed ? { source: at(x.inputs, 0), isTransposed } : { source: x, isTransposed: false };
}

function planBatchMatMul(node: Node): Step {
  const [left, right] = node.inputs.map(transposedInBatch);
  if (left === undefined || right === undefined || !(left.isTransposed || right.isTransposed)) {
    return single("MatMul", node.inputs);
  }
  const attributes = { transA: { int: left.isTransposed ? 1 : 0 }, transB: { int: right.isTransposed ? 1 : 0 } };
  return single("FusedMatMul", [left.source, right.source], { domain: "com.microsoft", attributes });
}

/** Whether only the last two axes are exchanged. */
function transposedInBatch(x: Node): { readonly source: Node; readonly isTransposed: boolean } {
  if (x.op !== "transpose") return { source: x, isTransposed: false };
  const rank = x.permutation.length;
  const isTransposed = x.permutation.every((axis, i) => axis === (i < rank - 2 ? i : 2 * rank - 3 - i));
  return isTransposed ? { source: at(x.inputs, 0), isTransposed } : { source: x, isTransposed };
}

function unknownOp(op: string): never {
  throw new TypeError(`no ONNX node for ${op}`);
}
