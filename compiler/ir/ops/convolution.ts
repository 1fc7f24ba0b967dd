/** What is a convolution, and what are its transposes? Convolutions. */
import { multiply, symbolOf } from "../dims.js";
import { movedDomain, shapes } from "../draws.js";
import type { Builder, Row } from "../row.js";
import { binary, show } from "../shapes.js";
import type { Dim, Value } from "../value.js";
import { outerSum } from "./linear.js";
import { operand } from "./rules.js";

export const convolution = {
  convolve: {
    doc: "At each place of an image where the kernels fit, the product of what they cover with them, all leading axes sharing the kernels.",
    symbol: "{0} ⋆ {1}",
    family: "linear algebra",
    arity: 2,
    params: [],
    shape: binary((x, kernels) => {
      if (x.dtype !== "real" || kernels.dtype !== "real")
        return `the operands are ${x.dtype} and ${kernels.dtype}, expected real`;
      const [height, width, channels] = x.shape.slice(-3);
      const [h, w, inner, outer] = kernels.shape;
      const isImage = x.shape.length >= 3 && kernels.shape.length === 4 && channels === inner && outer !== undefined;
      const sizes = [height, width, h, w].map((size) => (typeof size === "number" ? size : 0));
      const [rows = 0, columns = 0, tall = 0, wide = 0] = sizes;
      if (!isImage || tall < 1 || wide < 1 || rows < tall || columns < wide)
        return `kernels ${show(kernels.shape)} do not fit ${show(x.shape)}`;
      return { dtype: "real", shape: [...x.shape.slice(0, -3), rows - tall + 1, columns - wide + 1, outer] };
    }),
    domain: movedDomain(
      shapes([4, 3, 2], [3, 2, 2, 3]),
      shapes([2, 3, 4, 1], [1, 3, 1, 2]),
      shapes([2, 2, 3, 3, 2], [2, 2, 2, 1]),
      // Kernels that cover more than the result has places.
      shapes([2, 4, 5, 2], [3, 4, 2, 2]),
    ),
    derivative: {
      kind: "bilinear",
      commutes: false,
      transpose: (o, cotangent, value, place) =>
        place === 0 ? byImages(o, cotangent, operand(value, 1)) : byKernels(o, operand(value, 0), cotangent),
    },
  },
} satisfies Record<string, Row>;

/** Every number of the image meets the kernels turned around, wherever they covered it. */
function byImages(o: Builder, cotangent: Value, kernels: Value): Value {
  const [h, w] = kernels.shape;
  const border = [...cotangent.shape.slice(0, -3).map(() => 0), Number(h) - 1, Number(w) - 1, 0];
  return o.convolve(o.pad(cotangent, border, border), o.swapLast(o.reverse(kernels, [0, 1])));
}

/**
 * Σ x[a + i, b + j, c] g[a, b, n] over the places a, b and all images: a convolution once more, in which the channels are
 * the images, the images the channels, and g the kernels.
 */
function byKernels(o: Builder, x: Value, cotangent: Value): Value {
  const lead = x.shape.slice(0, -3);
  // Two run-time sizes do not merge into one axis.
  if (new Set(lead.map(symbolOf).filter((symbol) => symbol !== null)).size > 1) return offsetByOffset(o, x, cotangent);
  const images = lead.reduce<Dim>(multiply, 1);
  const channels = o.transpose(o.reshape(x, [images, ...x.shape.slice(-3)]), [3, 1, 2, 0]);
  const kernels = o.transpose(o.reshape(cotangent, [images, ...cotangent.shape.slice(-3)]), [1, 2, 0, 3]);
  return o.transpose(o.convolve(channels, kernels), [1, 2, 0, 3]);
}

/** The same with a product for each offset of the kernels. */
function offsetByOffset(o: Builder, x: Value, cotangent: Value): Value {
  const lead = x.shape.slice(0, -3);
  const [height, width, inner] = x.shape.slice(-3);
  const [rows, columns, outer] = cotangent.shape.slice(-3);
  const [h, w] = [Number(height) - Number(rows) + 1, Number(width) - Number(columns) + 1];
  const products = Array.from({ length: h * w }, (_, offset) => {
    const start = [...lead.map(() => 0), Math.floor(offset / w), offset % w, 0];
    return outerSum(o, o.slice(x, start, [...cotangent.shape.slice(0, -1), inner ?? 1]), cotangent);
  });
  return o.reshape(o.concat(products, 0), [h, w, inner ?? 1, outer ?? 1]);
}
