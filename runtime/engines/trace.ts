/** How does a program become a tape? By calling it with tracing values: each operation leaves a node. */
import type { DType, Ops, Shape } from "../ops.js";
import { sizeOf } from "./engine.js";
import type { TensorProgram } from "./engine.js";
import { foldConstants, simplify } from "./fold.js";
import { liveTape } from "./live.js";
import {
  at,
  batchMatMulShape,
  broadcastShapes,
  broadcastToShape,
  concatenatedShape,
  convolvedShape,
  gatheredShape,
  matMulShape,
  paddedShape,
  reducedShape,
  reshapedShape,
  reversedShape,
  sameShape,
  scatteredShape,
  slicedShape,
  transposedShape,
} from "./shapes.js";
import { capturesOf } from "./tape.js";
import type { BinaryOp, ElementwiseOp, Node, Operation, ScanBody, Tape, UnaryOp } from "./tape.js";

/**
 * Traces a program. On the way, equal nodes are merged, what is all constant is computed, and what inside a loop does
 * not depend on the loop moves out of it; at the end, what no output needs is left out.
 */
export function trace(program: TensorProgram): Tape {
  const recorder = new Recorder();
  const inputs = program.inputs.map(({ shape, dtype }) => recorder.input(shape, dtype, 0));
  const outputs = program.build(tracingOps(recorder), inputs);
  return liveTape(program.name, inputs, recorder.listAt(0), outputs);
}

/** The operations, each giving its node to the recorder. */
function tracingOps(recorder: Recorder): Ops<Node> {
  const unary =
    (op: UnaryOp, from: DType, to: DType = from) =>
    (x: Node) =>
      elementwise(recorder, op, [expect(op, from, x)], to);
  const binary = (op: BinaryOp, operands: readonly DType[], to?: DType) => (a: Node, b: Node) => {
    if (a.dtype !== b.dtype || !operands.includes(a.dtype)) throw new TypeError(`${op} of ${a.dtype} and ${b.dtype}`);
    return elementwise(recorder, op, [a, b], to ?? a.dtype);
  };
  const numbers: readonly DType[] = ["real", "int"];
  const o: Ops<Node> = {
    scalar: (value) => recorder.constant([value], [], "real"),
    constant: (values, shape) => recorder.constant(values, shape, "real"),
    iota: (length) => recorder.constant([...Array(length).keys()], [length], "int"),

    neg: (x) => elementwise(recorder, "neg", [expectOneOf("neg", numbers, x)], x.dtype),
    exp: unary("exp", "real"),
    log: unary("log", "real"),
    sqrt: unary("sqrt", "real"),
    abs: (x) => elementwise(recorder, "abs", [expectOneOf("abs", numbers, x)], x.dtype),
    sign: (x) => elementwise(recorder, "sign", [expectOneOf("sign", numbers, x)], x.dtype),
    floor: unary("floor", "real"),
    round: unary("round", "real"),
    sin: unary("sin", "real"),
    cos: unary("cos", "real"),
    tan: unary("tan", "real"),
    atan: unary("atan", "real"),
    tanh: unary("tanh", "real"),
    erf: unary("erf", "real"),
    sigmoid: unary("sigmoid", "real"),
    softplus: unary("softplus", "real"),
    // Written out, so that a gradient's sigmoid of the same value is computed once.
    silu: (x) => o.mul(x, o.sigmoid(x)),
    not: unary("not", "bool"),
    toReal: (x) => (x.dtype === "real" ? x : elementwise(recorder, "toReal", [x], "real")),
    toInt: (x) => (x.dtype === "int" ? x : elementwise(recorder, "toInt", [x], "int")),

    add: binary("add", numbers),
    sub: binary("sub", numbers),
    mul: binary("mul", numbers),
    div: binary("div", ["real"]),
    pow: binary("pow", ["real"]),
    max: binary("max", numbers),
    min: binary("min", numbers),
    atan2: binary("atan2", ["real"]),
    less: binary("less", numbers, "bool"),
    lessEqual: binary("lessEqual", numbers, "bool"),
    equal: binary("equal", ["real", "int", "bool"], "bool"),
    and: binary("and", ["bool"]),
    or: binary("or", ["bool"]),
    select(condition, a, b) {
      if (a.dtype !== b.dtype) throw new TypeError(`select of ${a.dtype} and ${b.dtype}`);
      return elementwise(recorder, "select", [expect("select", "bool", condition), a, b], a.dtype);
    },

    sum: (x, axes) =>
      recorder.add({ op: "sum", axes }, [expectOneOf("sum", numbers, x)], reducedShape(x.shape, axes), x.dtype),
    reduceMax: (x, axes) =>
      recorder.add(
        { op: "reduceMax", axes },
        [expectOneOf("reduceMax", numbers, x)],
        reducedShape(x.shape, axes),
        x.dtype,
      ),

    reshape: (x, shape) => recorder.add({ op: "reshape" }, [x], reshapedShape(x.shape, shape), x.dtype),
    transpose: (x, permutation) =>
      recorder.add({ op: "transpose", permutation }, [x], transposedShape(x.shape, permutation), x.dtype),
    broadcast: (x, shape) => recorder.add({ op: "broadcast" }, [x], broadcastToShape(x.shape, shape), x.dtype),
    slice: (x, starts, sizes) =>
      recorder.add({ op: "slice", starts }, [x], slicedShape(x.shape, starts, sizes), x.dtype),
    pad: (x, before, after) =>
      recorder.add({ op: "pad", before, after }, [x], paddedShape(x.shape, before, after), x.dtype),
    concat: (parts, axis) =>
      recorder.add({ op: "concat", axis }, parts, concatenatedShape(parts.map(shapeOf), axis), at(parts, 0).dtype),
    reverse: (x, axes) => recorder.add({ op: "reverse", axes }, [x], reversedShape(x.shape, axes), x.dtype),
    gather: (table, indices) =>
      recorder.add(
        { op: "gather" },
        [table, expect("gather", "int", indices)],
        gatheredShape(table.shape, indices.shape),
        table.dtype,
      ),
    scatterAdd: (indices, updates, size) =>
      recorder.add(
        { op: "scatterAdd" },
        [expect("scatterAdd", "int", indices), expect("scatterAdd", "real", updates)],
        scatteredShape(indices.shape, updates.shape, size),
        "real",
      ),

    matMul: (a, b) => recorder.add({ op: "matMul" }, reals("matMul", [a, b]), matMulShape(a.shape, b.shape), "real"),
    batchMatMul: (a, b) =>
      recorder.add({ op: "batchMatMul" }, reals("batchMatMul", [a, b]), batchMatMulShape(a.shape, b.shape), "real"),
    convolve: (x, kernels) =>
      recorder.add({ op: "convolve" }, reals("convolve", [x, kernels]), convolvedShape(x.shape, kernels.shape), "real"),

    scan: (length, carry, xs, body) => recorder.scan(length, carry, xs, (state, x) => body(o, state, x)),
    while: (most, carry, body) => recorder.while(most, carry, (state) => body(o, state)),
    shapeOf,
  };
  return o;
}

/**
 * Broadcasts sink below elementwise operations: those stretch their operands themselves, and computing before
 * stretching is less work.
 */
function elementwise(recorder: Recorder, op: ElementwiseOp, operands: readonly Node[], dtype: DType): Node {
  const shape = operands.map(shapeOf).reduce(broadcastShapes);
  const sources = operands.map((operand) => (operand.op === "broadcast" ? at(operand.inputs, 0) : operand));
  const small = sources.map(shapeOf).reduce(broadcastShapes);
  const result = recorder.add({ op }, sources, small, dtype);
  return sameShape(small, shape) ? result : recorder.add({ op: "broadcast" }, [result], shape, dtype);
}

/** Collects nodes: one list per open loop, the outermost first. */
class Recorder {
  private nextId = 0;
  private readonly lists: Node[][] = [[]];
  /** Nodes already recorded, by what they compute, one table per open loop. */
  private readonly known: Map<string, Node>[] = [new Map()];

  listAt(depth: number): Node[] {
    return at(this.lists, depth);
  }

  input(shape: Shape, dtype: DType, depth: number): Node {
    return { op: "input", id: this.nextId++, inputs: [], shape, dtype, depth };
  }

  constant(values: ArrayLike<number>, shape: Shape, dtype: DType): Node {
    const data = Float64Array.from(values);
    if (data.length !== sizeOf(shape)) throw new RangeError(`${data.length} numbers for shape [${shape.join(", ")}]`);
    return this.record({ op: "constant", data }, [], shape, dtype);
  }

  add(operation: Operation, inputs: readonly Node[], shape: Shape, dtype: DType): Node {
    if (sizeOf(shape) === 0) return this.constant([], shape, dtype);
    const simple = simplify(operation, inputs, shape);
    if (simple.kind === "node") return simple.node;
    const values = foldConstants(simple.operation, simple.inputs, shape, dtype);
    if (values !== null) return this.constant(values, shape, dtype);
    return this.record(simple.operation, simple.inputs, shape, dtype);
  }

  scan(
    length: number,
    carry: readonly Node[],
    xs: readonly Node[],
    trace: (carry: readonly Node[], x: readonly Node[]) => { carry: readonly Node[]; rows: readonly Node[] },
  ): { carry: readonly Node[]; rows: readonly Node[] } {
    for (const x of xs) {
      if (x.shape[0] !== length) throw new RangeError(`scan of ${length} rounds over shape [${x.shape.join(", ")}]`);
    }
    const depth = this.lists.length;
    this.lists.push([]);
    this.known.push(new Map());
    const state = carry.map((value) => this.input(value.shape, value.dtype, depth));
    const x = xs.map((value) => this.input(value.shape.slice(1), value.dtype, depth));
    const next = trace(state, x);
    const nodes = at(this.lists, depth);
    this.lists.pop();
    this.known.pop();
    next.carry.forEach((value, i) => checkCarry(value, at(carry, i)));
    if (next.carry.length !== carry.length) throw new RangeError("a scan's body must return every carried value");
    if (length === 0) {
      return { carry, rows: next.rows.map((row) => this.constant([], [0, ...row.shape], row.dtype)) };
    }
    const round = { carry: state, xs: x, nextCarry: next.carry, rows: next.rows, nodes };
    const types = [...carry, ...next.rows.map((row) => ({ shape: [length, ...row.shape], dtype: row.dtype }))];
    const results = this.closeLoop([...carry, ...xs], round, (body) => ({ op: "scan", length, body }), types);
    return { carry: results.slice(0, carry.length), rows: results.slice(carry.length) };
  }

  while(
    most: number,
    carry: readonly Node[],
    trace: (carry: readonly Node[]) => { carry: readonly Node[]; again: Node },
  ): readonly Node[] {
    const depth = this.lists.length;
    this.lists.push([]);
    this.known.push(new Map());
    const state = carry.map((value) => this.input(value.shape, value.dtype, depth));
    const next = trace(state);
    const nodes = at(this.lists, depth);
    this.lists.pop();
    this.known.pop();
    if (next.carry.length !== carry.length) throw new RangeError("a loop's body must return every carried value");
    next.carry.forEach((value, i) => checkCarry(value, at(carry, i)));
    if (expect("while", "bool", next.again).shape.length > 0) throw new RangeError("a loop's condition is a scalar");
    const round = { carry: state, xs: [], nextCarry: next.carry, rows: [next.again], nodes };
    return this.closeLoop(carry, round, (body) => ({ op: "while", most, body }), carry);
  }

  /** The loop's node and its picks, which have the given types. */
  private closeLoop(
    inputs: readonly Node[],
    round: Omit<ScanBody, "captures" | "results">,
    operation: (body: ScanBody) => Operation,
    types: readonly { readonly shape: Shape; readonly dtype: DType }[],
  ): readonly Node[] {
    const captures = capturesOf(round);
    const depth = Math.max(0, ...inputs.map(depthOf), ...captures.map(depthOf));
    const results: Node[] = [];
    const own = operation({ ...round, captures, results });
    const loop: Node = { ...own, id: this.nextId++, inputs, shape: [], dtype: "real", depth };
    for (const { shape, dtype } of types) {
      results.push({ op: "pick", id: this.nextId++, inputs: [loop], shape, dtype, depth });
    }
    at(this.lists, depth).push(loop, ...results);
    return results;
  }

  private record(operation: Operation, inputs: readonly Node[], shape: Shape, dtype: DType): Node {
    const depth = Math.max(0, ...inputs.map(depthOf));
    if (depth >= this.lists.length) throw new RangeError(`${operation.op} uses a value of a loop that has ended`);
    const key = keyOf(operation, inputs, shape, dtype);
    const known = at(this.known, depth).get(key);
    if (known !== undefined) return known;
    const node: Node = { ...operation, id: this.nextId++, inputs, shape, dtype, depth };
    at(this.lists, depth).push(node);
    at(this.known, depth).set(key, node);
    return node;
  }
}

/** Two nodes with the same key compute the same. Long constants are compared by content too: they are rare. */
function keyOf(operation: Operation, inputs: readonly Node[], shape: Shape, dtype: DType): string {
  const parameters = Object.entries(operation).map(([name, value]) => `${name}=${String(value)}`);
  return [...parameters, inputs.map((node) => node.id).join(","), shape.join(","), dtype].join(";");
}

function checkCarry(value: Node, initial: Node): void {
  if (!sameShape(value.shape, initial.shape) || value.dtype !== initial.dtype) {
    throw new TypeError(
      `a scan carries ${initial.dtype}[${initial.shape.join(", ")}] in and ${value.dtype}[${value.shape.join(", ")}] out`,
    );
  }
}

function expect(op: string, dtype: DType, x: Node): Node {
  return expectOneOf(op, [dtype], x);
}

function expectOneOf(op: string, dtypes: readonly DType[], x: Node): Node {
  if (!dtypes.includes(x.dtype)) throw new TypeError(`${op} takes ${dtypes.join(" or ")}, not ${x.dtype}`);
  return x;
}

function reals(op: string, operands: readonly Node[]): readonly Node[] {
  return operands.map((operand) => expect(op, "real", operand));
}

function shapeOf(node: Node): Shape {
  return node.shape;
}

function depthOf(node: Node): number {
  return node.depth;
}
