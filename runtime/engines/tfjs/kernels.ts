/** Which TensorFlow.js call computes each operation? */
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { sizeOf } from "../engine.js";
import { at } from "../shapes.js";
import type { ElementwiseOp, Node } from "../tape.js";
import type { TensorFlow } from "./backends.js";

/** The result is a new tensor that the caller disposes of; what is made on the way is disposed of here. */
export function compute(tf: TensorFlow, node: Node, inputs: readonly Tensor[]): Tensor {
  const x = at(inputs, 0);
  const shape = [...node.shape];
  switch (node.op) {
    case "input":
    case "pick":
    case "constant":
    case "scan":
    case "while":
      throw new TypeError(`${node.op} is no single TensorFlow.js call`);
    case "sum":
      return tf.sum(x, [...node.axes]);
    case "reduceMax":
      return tf.max(x, [...node.axes]);
    case "reverse":
      return tf.reverse(x, [...node.axes]);
    case "reshape":
      return tf.reshape(x, shape);
    case "broadcast":
      return tf.broadcastTo(x, shape);
    case "transpose":
      return tf.transpose(x, [...node.permutation]);
    case "slice":
      return tf.slice(x, [...node.starts], shape);
    case "pad":
      return tf.pad(x, node.before.map((count, axis) => [count, at(node.after, axis)]) as [number, number][]);
    case "concat":
      return tf.concat([...inputs], node.axis);
    case "gather":
      return tf.gather(x, at(inputs, 1), 0);
    case "scatterAdd":
      return tf.tidy(() => scatterAdd(tf, node, x, at(inputs, 1)));
    case "matMul":
    case "batchMatMul":
      return tf.tidy(() => product(tf, node, x, at(inputs, 1)));
    case "convolve":
      return tf.tidy(() => convolution(tf, node, x, at(inputs, 1)));
    default:
      return elementwise[node.op](tf, ...inputs);
  }
}

type Call = (tf: TensorFlow, ...inputs: Tensor[]) => Tensor;

const elementwise: Readonly<Record<ElementwiseOp, Call>> = {
  neg: (tf, x) => tf.neg(present(x)),
  exp: (tf, x) => tf.exp(present(x)),
  log: (tf, x) => tf.log(present(x)),
  sqrt: (tf, x) => tf.sqrt(present(x)),
  abs: (tf, x) => tf.abs(present(x)),
  sign: (tf, x) => tf.sign(present(x)),
  floor: (tf, x) => tf.floor(present(x)),
  round: (tf, x) => tf.round(present(x)),
  sin: (tf, x) => tf.sin(present(x)),
  cos: (tf, x) => tf.cos(present(x)),
  tan: (tf, x) => tf.tan(present(x)),
  atan: (tf, x) => tf.atan(present(x)),
  tanh: (tf, x) => tf.tanh(present(x)),
  erf: (tf, x) => tf.erf(present(x)),
  sigmoid: (tf, x) => tf.sigmoid(present(x)),
  softplus: (tf, x) => tf.softplus(present(x)),
  not: (tf, x) => tf.logicalNot(present(x)),
  toReal: (tf, x) => tf.cast(present(x), "float32"),
  toInt: (tf, x) => tf.cast(present(x), "int32"),
  add: (tf, a, b) => tf.add(present(a), present(b)),
  sub: (tf, a, b) => tf.sub(present(a), present(b)),
  mul: (tf, a, b) => tf.mul(present(a), present(b)),
  div: (tf, a, b) => tf.div(present(a), present(b)),
  pow: (tf, a, b) => tf.pow(present(a), present(b)),
  max: (tf, a, b) => tf.maximum(present(a), present(b)),
  min: (tf, a, b) => tf.minimum(present(a), present(b)),
  atan2: (tf, y, x) => tf.atan2(present(y), present(x)),
  less: (tf, a, b) => tf.less(present(a), present(b)),
  lessEqual: (tf, a, b) => tf.lessEqual(present(a), present(b)),
  equal: (tf, a, b) => tf.equal(present(a), present(b)),
  and: (tf, a, b) => tf.logicalAnd(present(a), present(b)),
  or: (tf, a, b) => tf.logicalOr(present(a), present(b)),
  select: (tf, condition, a, b) => select(tf, present(condition), present(a), present(b)),
};

/** The WebAssembly kernel of `where` reads booleans as wider numbers: on booleans it is written with logic. */
function select(tf: TensorFlow, condition: Tensor, a: Tensor, b: Tensor): Tensor {
  if (a.dtype !== "bool") return tf.where(condition, a, b);
  return tf.tidy(() => {
    const yes = tf.logicalAnd(condition, a);
    return tf.logicalOr(yes, tf.logicalAnd(tf.logicalNot(condition), b));
  });
}

/**
 * Operands are never given as "transposed": the WebAssembly kernel reads a transposed matrix column by column, 15 to 25
 * times slower than transposing it first.
 */
function product(tf: TensorFlow, node: Node, a: Tensor, b: Tensor): Tensor {
  const [inner, columns] = [at(b.shape, b.rank - 2), at(b.shape, b.rank - 1)];
  const batch = node.op === "batchMatMul" ? sizeOf(node.shape.slice(0, -2)) : 1;
  const rows = sizeOf(node.shape) / columns / batch;
  const leading = node.op === "batchMatMul" ? [batch] : [];
  const left = tf.reshape(a, [...leading, rows, inner]);
  const right = tf.reshape(b, [...leading, inner, columns]);
  return tf.reshape(tf.matMul(left, right), [...node.shape]);
}

/**
 * Kernels that cover more than the result has places, as in the derivative of another convolution by its kernels, are
 * multiplied place by place: the operators are made for small kernels.
 */
function convolution(tf: TensorFlow, node: Node, x: Tensor, kernels: Tensor): Tensor {
  const [h, w, inner, outer] = [at(kernels.shape, 0), at(kernels.shape, 1), at(kernels.shape, 2), at(kernels.shape, 3)];
  const [height, width] = [at(node.shape, node.shape.length - 3), at(node.shape, node.shape.length - 2)];
  const count = sizeOf(node.shape) / (height * width * outer);
  const images = tf.reshape(x, [count, height + h - 1, width + w - 1, inner]) as Tensor4D;
  if (height * width >= h * w) return tf.reshape(tf.conv2d(images, kernels as Tensor4D, 1, "valid"), [...node.shape]);
  const matrix = tf.reshape(kernels, [h * w * inner, outer]);
  const products = Array.from({ length: height * width }, (_, place) => {
    const under = tf.slice(images, [0, Math.floor(place / width), place % width, 0], [count, h, w, inner]);
    return tf.matMul(tf.reshape(under, [count, h * w * inner]), matrix);
  });
  return tf.reshape(tf.concat(products, 1), [...node.shape]);
}

function scatterAdd(tf: TensorFlow, node: Node, indices: Tensor, updates: Tensor): Tensor {
  const rows = sizeOf(indices.shape);
  const rowSize = sizeOf(node.shape.slice(1));
  const places = tf.reshape(indices, [rows, 1]);
  const total = tf.scatterND(places, tf.reshape(updates, [rows, rowSize]), [at(node.shape, 0), rowSize]);
  return tf.reshape(total, [...node.shape]);
}

/** An operation is called with as many operands as its tape node has. */
function present(x: Tensor | undefined): Tensor {
  if (x === undefined) throw new RangeError("an operand is missing");
  return x;
}
