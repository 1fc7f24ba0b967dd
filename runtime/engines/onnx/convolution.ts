/** How does ONNX Runtime compute a convolution? By its operator, or, where the result has few places, by a product for each. */
import { sizeOf } from "../engine.js";
import { at } from "../shapes.js";
import type { Node } from "../tape.js";
import type { GraphBuilder } from "./builder.js";
import { step } from "./step.js";
import type { Step } from "./step.js";

/** [..., H, W, c] with kernels [h, w, c, n], and a row [n] added to each place of the result. */
export function planConvolve(node: Node, bias: Node | null): Step {
  return hasFewPlaces(node) ? planPlaces(node) : planOperator(node, bias);
}

/**
 * Whether the kernels cover more than the result has places, as in the derivative by the kernels of another convolution:
 * the operator would copy every kernel once for each image.
 */
export function hasFewPlaces(node: Node): boolean {
  return sizeOf(node.shape.slice(-3, -1)) < sizeOf(at(node.inputs, 1).shape.slice(0, 2));
}

/** The operator wants channels before places, and pads by itself. */
function planOperator(node: Node, bias: Node | null): Step {
  const [x, kernels] = [at(node.inputs, 0), at(node.inputs, 1)];
  const { source, pads } = unpadded(x);
  return step([source, kernels, ...(bias === null ? [] : [bias])], (graph, [image = "", weights = "", row], output) => {
    const first = graph.add("Transpose", [asImages(graph, image, source)], {
      attributes: { perm: { ints: [0, 3, 1, 2] } },
    });
    const filters = graph.add("Transpose", [weights], { attributes: { perm: { ints: [3, 2, 0, 1] } } });
    const addend = row === undefined ? [] : [graph.reshape(row, [at(node.shape, node.shape.length - 1)])];
    const result = graph.add("Conv", [first, filters, ...addend], { attributes: { pads: { ints: pads } } });
    const outputs = [node.shape.length === 4 ? output : graph.fresh()];
    graph.add("Transpose", [result], { attributes: { perm: { ints: [0, 2, 3, 1] } }, outputs });
    if (node.shape.length !== 4) graph.reshape(at(outputs, 0), node.shape, [output]);
  });
}

/** What the zeros around an image were put around, and how many there are: above, left, below, right. */
function unpadded(x: Node): { readonly source: Node; readonly pads: readonly number[] } {
  if (x.op !== "pad") return { source: x, pads: [0, 0, 0, 0] };
  const sides = [...x.before.slice(-3, -1), ...x.after.slice(-3, -1)];
  const total = [...x.before, ...x.after].reduce((a, b) => a + b, 0);
  const onlyPlaces = total === sides.reduce((a, b) => a + b, 0);
  return onlyPlaces ? { source: at(x.inputs, 0), pads: sides } : { source: x, pads: [0, 0, 0, 0] };
}

/**
 * For each place the part of x under the kernels, times the kernels. Operands that were transposed so that the images
 * are summed over are read where they lie.
 */
function planPlaces(node: Node): Step {
  const [x, kernels] = [at(node.inputs, 0), at(node.inputs, 1)];
  const [h, w, , outer] = [at(kernels.shape, 0), at(kernels.shape, 1), at(kernels.shape, 2), at(kernels.shape, 3)];
  const [height, width] = [at(node.shape, node.shape.length - 3), at(node.shape, node.shape.length - 2)];
  const rows = sizeOf(node.shape) / (height * width * outer);
  const isSummed = isTransposed(x, [3, 1, 2, 0]) && isTransposed(kernels, [1, 2, 0, 3]);
  const [left, right] = isSummed ? [at(x.inputs, 0), at(kernels.inputs, 0)] : [x, kernels];
  const inner = sizeOf(kernels.shape) / outer;
  return step([left, right], (graph, [image = "", weights = ""], output) => {
    const images = asImages(graph, image, left);
    const matrix = graph.reshape(weights, [inner, outer]);
    const products = Array.from({ length: height * width }, (_, place) => {
      const [top, side] = [Math.floor(place / width), place % width];
      const under = graph.add("Slice", [
        images,
        graph.integers([top, side]),
        graph.integers([top + h, side + w]),
        graph.integers([1, 2]),
      ]);
      const flat = graph.reshape(under, isSummed ? [inner, rows] : [rows, inner]);
      return graph.add("Gemm", [flat, matrix], { attributes: { transA: { int: isSummed ? 1 : 0 } } });
    });
    graph.reshape(graph.add("Concat", products, { attributes: { axis: { int: 1 } } }), node.shape, [output]);
  });
}

function isTransposed(x: Node, permutation: readonly number[]): boolean {
  return (
    x.op === "transpose" && x.permutation.length === 4 && x.permutation.every((axis, i) => axis === permutation[i])
  );
}

/** All leading axes as one. */
function asImages(graph: GraphBuilder, name: string, { shape }: Node): string {
  return shape.length === 4 ? name : graph.reshape(name, [sizeOf(shape.slice(0, -3)), ...shape.slice(-3)]);
}
