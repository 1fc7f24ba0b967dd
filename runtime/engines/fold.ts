/** Which nodes need not exist: those that change nothing, and those whose value is known while tracing. */
import type { DType, Ops, Shape } from "../ops.js";
import { sizeOf } from "./engine.js";
import { referenceOps } from "./reference.js";
import type { Array64 } from "./reference.js";
import { at, sameShape } from "./shapes.js";
import type { ConstantNode, Node, Operation } from "./tape.js";

/** An existing node with the value of the operation, or the operation itself, perhaps on earlier operands. */
export type Simplified =
  | { readonly kind: "node"; readonly node: Node }
  | { readonly kind: "operation"; readonly operation: Operation; readonly inputs: readonly Node[] };

export function simplify(operation: Operation, inputs: readonly Node[], shape: Shape): Simplified {
  const [first, second] = inputs;
  const same = (node: Node | undefined): Simplified | null =>
    node !== undefined && sameShape(node.shape, shape) ? { kind: "node", node } : null;
  const unchanged: Simplified = { kind: "operation", operation, inputs };
  switch (operation.op) {
    case "add":
      return (isNumber(second, 0) ? same(first) : null) ?? (isNumber(first, 0) ? same(second) : null) ?? unchanged;
    case "mul":
      return (isNumber(second, 1) ? same(first) : null) ?? (isNumber(first, 1) ? same(second) : null) ?? unchanged;
    case "sub":
      return (isNumber(second, 0) ? same(first) : null) ?? unchanged;
    case "div":
    case "pow":
      return (isNumber(second, 1) ? same(first) : null) ?? unchanged;
    case "sum":
    case "reduceMax":
    case "reverse":
      return (operation.axes.length === 0 ? same(first) : null) ?? unchanged;
    case "reshape": {
      const source = first?.op === "reshape" ? at(first.inputs, 0) : at(inputs, 0);
      return same(source) ?? { kind: "operation", operation, inputs: [source] };
    }
    case "broadcast": {
      const source = first?.op === "broadcast" ? at(first.inputs, 0) : at(inputs, 0);
      return same(source) ?? { kind: "operation", operation, inputs: [source] };
    }
    case "slice":
      return same(first) ?? unchanged;
    case "pad":
      return [...operation.before, ...operation.after].every((count) => count === 0)
        ? (same(first) ?? unchanged)
        : unchanged;
    case "transpose":
      return operation.permutation.every((axis, i) => axis === i) ? (same(first) ?? unchanged) : unchanged;
    case "concat": {
      const filled = inputs.filter((part) => at(part.shape, operation.axis) > 0);
      if (filled.length === 0) return same(first) ?? unchanged;
      return (filled.length === 1 ? same(filled[0]) : null) ?? { kind: "operation", operation, inputs: filled };
    }
    default:
      return unchanged;
  }
}

/** The value of an operation whose operands are constants, unless it would be large: then it is cheaper to run it. */
export function foldConstants(
  operation: Operation,
  inputs: readonly Node[],
  shape: Shape,
  dtype: DType,
): Float64Array | null {
  if (sizeOf(shape) > LARGEST_FOLDED || !inputs.every(isConstant)) return null;
  const operands = inputs.map(({ data, shape, dtype }): Array64 => ({ data, shape, dtype }));
  const result = evaluate(referenceOps, operation, operands, shape);
  return result !== null && result.dtype === dtype ? result.data : null;
}

/** Numbers in the largest folded constant: below this a constant in the compiled program costs less than the node. */
const LARGEST_FOLDED = 65536;

/** Calls the method of `o` that the operation names. Null for those that are no function of operands alone. */
export function evaluate<T>(o: Ops<T>, operation: Operation, inputs: readonly T[], shape: Shape): T | null {
  const operand = (i: number) => at(inputs, i);
  switch (operation.op) {
    case "input":
    case "pick":
    case "constant":
    case "scan":
    case "while":
      return null;
    case "sum":
    case "reduceMax":
    case "reverse":
      return o[operation.op](operand(0), operation.axes);
    case "reshape":
    case "broadcast":
      return o[operation.op](operand(0), shape);
    case "transpose":
      return o.transpose(operand(0), operation.permutation);
    case "slice":
      return o.slice(operand(0), operation.starts, shape);
    case "pad":
      return o.pad(operand(0), operation.before, operation.after);
    case "concat":
      return o.concat(inputs, operation.axis);
    case "scatterAdd":
      return o.scatterAdd(operand(0), operand(1), at(shape, 0));
    case "select":
      return o.select(operand(0), operand(1), operand(2));
    case "gather":
    case "matMul":
    case "batchMatMul":
    case "convolve":
    case "add":
    case "sub":
    case "mul":
    case "div":
    case "pow":
    case "max":
    case "min":
    case "atan2":
    case "less":
    case "lessEqual":
    case "equal":
    case "and":
    case "or":
      return o[operation.op](operand(0), operand(1));
    default:
      return o[operation.op](operand(0));
  }
}

function isConstant(node: Node): node is ConstantNode {
  return node.op === "constant";
}

function isNumber(node: Node | undefined, value: number): boolean {
  return node?.op === "constant" && node.data.length > 0 && node.data.every((element) => element === value);
}
