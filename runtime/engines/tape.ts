/** What does an engine compile? A program unrolled to a list of operations with static shapes, loops as nested lists. */
import type { DType, Ops, Shape } from "../ops.js";

/** A traced program: `nodes` in an order in which operands come first; all of them are needed for `outputs`. */
export interface Tape {
  readonly name: string;
  readonly inputs: readonly Node[];
  readonly constants: readonly ConstantNode[];
  readonly nodes: readonly Node[];
  readonly outputs: readonly Node[];
}

/** One result of one operation. Nodes are shared by reference; `id` is unique in the whole program. */
export type Node = NodeBase & Operation;

export interface NodeBase {
  readonly id: number;
  readonly inputs: readonly Node[];
  readonly shape: Shape;
  readonly dtype: DType;
  /** How many loops enclose the node: what does not depend on a loop's values is outside of it. */
  readonly depth: number;
}

/** What is not said here is said by the node's own shape: the target of a reshape, the sizes of a slice … */
export type Operation =
  | { readonly op: "input" | "pick" }
  | { readonly op: "constant"; readonly data: Float64Array }
  | { readonly op: ElementwiseOp }
  | { readonly op: "sum" | "reduceMax" | "reverse"; readonly axes: readonly number[] }
  | { readonly op: "reshape" | "broadcast" | "gather" | "scatterAdd" | "matMul" | "batchMatMul" | "convolve" }
  | { readonly op: "transpose"; readonly permutation: readonly number[] }
  | { readonly op: "slice"; readonly starts: readonly number[] }
  | { readonly op: "pad"; readonly before: readonly number[]; readonly after: readonly number[] }
  | { readonly op: "concat"; readonly axis: number }
  | { readonly op: "scan"; readonly length: number; readonly body: ScanBody }
  | { readonly op: "while"; readonly most: number; readonly body: ScanBody };

export type ConstantNode = Extract<Node, { readonly op: "constant" }>;
export type ScanNode = Extract<Node, { readonly op: "scan" }>;
export type WhileNode = Extract<Node, { readonly op: "while" }>;
export type LoopNode = ScanNode | WhileNode;

export function isLoop(node: Node): node is LoopNode {
  return node.op === "scan" || node.op === "while";
}

/**
 * One round of a scan, whose own operands are the initial carry, then the xs. `results` are the scan's `pick` nodes in
 * the enclosing list: the final value of each of `nextCarry`, then the stack of each of `rows`. Nodes from outside are
 * used as they are; `captures` are those outside nodes, constants left out. A `while` has no xs; its only row is the
 * condition of another round, which is no result.
 */
export interface ScanBody {
  readonly carry: readonly Node[];
  readonly xs: readonly Node[];
  readonly nextCarry: readonly Node[];
  readonly rows: readonly Node[];
  readonly nodes: readonly Node[];
  readonly captures: readonly Node[];
  readonly results: readonly Node[];
}

/** Outside nodes a node reads: its operands, and for a loop what its body reads. */
export function operandsOf(node: Node): readonly Node[] {
  return isLoop(node) ? [...node.inputs, ...node.body.captures] : node.inputs;
}

export function capturesOf(body: Omit<ScanBody, "captures" | "results">): readonly Node[] {
  const inside = new Set([...body.nodes, ...body.carry, ...body.xs]);
  const used = new Set([...body.nodes.flatMap(operandsOf), ...body.nextCarry, ...body.rows]);
  return [...used].filter((node) => !inside.has(node) && node.op !== "constant");
}

const UNARY = [
  "neg",
  "exp",
  "log",
  "sqrt",
  "abs",
  "sign",
  "floor",
  "round",
  "sin",
  "cos",
  "tan",
  "atan",
  "tanh",
  "erf",
  "sigmoid",
  "softplus",
  "not",
  "toReal",
  "toInt",
] as const;
const ARITHMETIC = ["add", "sub", "mul", "div", "pow", "max", "min", "atan2"] as const;
const COMPARISONS = ["less", "lessEqual", "equal"] as const;
const LOGICAL = ["and", "or"] as const;

export type UnaryOp = (typeof UNARY)[number];
export type BinaryOp = (typeof ARITHMETIC | typeof COMPARISONS | typeof LOGICAL)[number];
export type ElementwiseOp = UnaryOp | BinaryOp | "select";

/** Every operation of `Ops` that leaves a node of its own name. */
export type TapeOp = Exclude<Operation["op"], "input" | "pick" | "constant">;

/** The others: constants, and silu, which is written with its sigmoid. */
type Covered = TapeOp | "scalar" | "constant" | "iota" | "shapeOf" | "silu";
type Difference<A, B> = Exclude<A, B> | Exclude<B, A>;
// A type error here: `Ops` and the tape no longer have the same operations.
true satisfies [Difference<Covered, keyof Ops<unknown>>] extends [never] ? true : never;

export function isElementwise(op: string): op is ElementwiseOp {
  return ELEMENTWISE.has(op);
}

const ELEMENTWISE: ReadonlySet<string> = new Set([...UNARY, ...ARITHMETIC, ...COMPARISONS, ...LOGICAL, "select"]);

/** One line per node, for tests and for looking at: `%3: real[2, 4] = add %1 %2`. */
export function printTape(tape: Tape): string {
  const lines: string[] = [];
  const names = (nodes: readonly Node[]) => nodes.map((node) => `%${node.id}`).join(" ");
  const print = (nodes: readonly Node[], indent: string): void => {
    for (const node of nodes) {
      lines.push(
        `${indent}%${node.id}: ${node.dtype}[${node.shape.join(", ")}] = ${node.op}${detail(node)} ${names(node.inputs)}`,
      );
      if (!isLoop(node)) continue;
      const { body } = node;
      lines.push(`${indent}  carry ${names(body.carry)} xs ${names(body.xs)} captures ${names(body.captures)}`);
      print(body.nodes, `${indent}  `);
      lines.push(`${indent}  next ${names(body.nextCarry)} rows ${names(body.rows)} results ${names(body.results)}`);
    }
  };
  print([...tape.inputs, ...tape.constants, ...tape.nodes], "");
  return [...lines, `return ${names(tape.outputs)}`].join("\n");
}

function detail(node: Node): string {
  switch (node.op) {
    case "constant":
      return node.data.length <= 8 ? ` {${node.data.join(", ")}}` : ` {${node.data.length} numbers}`;
    case "sum":
    case "reduceMax":
    case "reverse":
      return ` axes [${node.axes.join(", ")}]`;
    case "transpose":
      return ` [${node.permutation.join(", ")}]`;
    case "slice":
      return ` at [${node.starts.join(", ")}]`;
    case "pad":
      return ` [${node.before.join(", ")}] [${node.after.join(", ")}]`;
    case "concat":
      return ` axis ${node.axis}`;
    case "scan":
      return ` ${node.length} rounds`;
    case "while":
      return ` at most ${node.most} rounds`;
    default:
      return "";
  }
}
