/** Which small expressions are one operator of ONNX Runtime? A table by the operation that gives the result. */
import { sizeOf } from "../engine.js";
import { at, sameShape } from "../shapes.js";
import type { Node } from "../tape.js";
import { hasFewPlaces, planConvolve } from "./convolution.js";
import { isRowShape, planMatMul } from "./plan.js";
import { single } from "./step.js";
import type { Step } from "./step.js";

/** How often each node is read: what has one reader may be computed together with it. */
export type Uses = ReadonlyMap<Node, number>;

/** The step for a whole expression that ends in `node`, or null where it is none of the table's. */
export function planFused(node: Node, uses: Uses): Step | null {
  for (const pattern of patterns[node.op] ?? []) {
    const step = pattern(node, uses);
    if (step !== null) return step;
  }
  return null;
}

type Pattern = (node: Node, uses: Uses) => Step | null;

const patterns: Partial<Record<Node["op"], readonly Pattern[]>> = {
  add: [biasedMatMul, biasedConvolution, jump],
  mul: [silu],
  max: [relu],
  sum: [sumOfSquares],
};

/** A matrix product with a row added to each row of the result. */
function biasedMatMul(node: Node, uses: Uses): Step | null {
  for (const [product, bias] of bothWays(node)) {
    if (product.op !== "matMul" || node.dtype !== "real") continue;
    const isAlone = uses.get(product) === 1 && product.depth === node.depth;
    const isRow = sizeOf(bias.shape) === 1 || (bias.shape.at(-1) === node.shape.at(-1) && isRowShape(bias.shape));
    if (isAlone && isRow && sameShape(product.shape, node.shape)) return planMatMul(product, bias);
  }
  return null;
}

/** A convolution with a row added to each place of the result. */
function biasedConvolution(node: Node, uses: Uses): Step | null {
  for (const [image, bias] of bothWays(node)) {
    if (image.op !== "convolve" || hasFewPlaces(image) || uses.get(image) !== 1 || image.depth !== node.depth) continue;
    const isRow = bias.shape.at(-1) === node.shape.at(-1) && isRowShape(bias.shape);
    if (isRow && sameShape(image.shape, node.shape)) return planConvolve(image, bias);
  }
  return null;
}

/**
 * 1/2 + sign(x)/2, as the derivative of a maximum has it: 0, 1/2 and 1 below, at and above zero. It is a line cut off at
 * 0 and 1, steep enough that nothing but x = 0 itself lies on it; `Sign` alone takes three times as long.
 */
function jump(node: Node, uses: Uses): Step | null {
  for (const [product, half] of bothWays(node)) {
    if (!isNumber(half, 0.5) || product.op !== "mul" || uses.get(product) !== 1) continue;
    for (const [sign, side] of bothWays(product)) {
      if (sign.op !== "sign" || sign.dtype !== "real" || uses.get(sign) !== 1) continue;
      const slope = isNumber(side, 0.5) ? STEEP : isNumber(side, -0.5) ? -STEEP : null;
      if (slope === null || !sameShape(sign.shape, node.shape)) continue;
      return single("HardSigmoid", sign.inputs, { attributes: { alpha: { float: slope }, beta: { float: 0.5 } } });
    }
  }
  return null;
}

/** 2^100: with it numbers up to 2^27 stay finite, and those from 2^-101 on come out at the ends. */
const STEEP = 2 ** 100;

/**
 * x · sigmoid(x) is one operator of ONNX Runtime, under the name of the approximation of GELU it was made for. Where
 * the sigmoid is wanted for itself too, a product is cheaper than computing it twice.
 */
function silu(node: Node, uses: Uses): Step | null {
  for (const [x, gate] of bothWays(node)) {
    if (gate.op !== "sigmoid" || gate.inputs[0] !== x || uses.get(gate) !== 1) continue;
    return single("QuickGelu", [x], { domain: "com.microsoft", attributes: { alpha: { float: 1 } } });
  }
  return null;
}

function relu(node: Node): Step | null {
  for (const [x, zero] of bothWays(node)) {
    if (isNumber(zero, 0) && node.dtype === "real" && sameShape(x.shape, node.shape)) return single("Relu", [x]);
  }
  return null;
}

/** The sum of the squares of all numbers. */
function sumOfSquares(node: Node, uses: Uses): Step | null {
  const square = at(node.inputs, 0);
  const [x, other] = square.inputs;
  if (square.op !== "mul" || x === undefined || x !== other || uses.get(square) !== 1) return null;
  if (node.shape.length > 0 || node.dtype !== "real") return null;
  return single("ReduceSumSquare", [x], { attributes: { keepdims: { int: 0 } } });
}

/** The operands of an operation that does not care for their order, in both orders. */
function bothWays(node: Node): readonly (readonly [Node, Node])[] {
  const [a, b] = [at(node.inputs, 0), at(node.inputs, 1)];
  return [
    [a, b],
    [b, a],
  ];
}

function isNumber(node: Node, value: number): boolean {
  return node.op === "constant" && node.data.length > 0 && node.data.every((element) => element === value);
}
