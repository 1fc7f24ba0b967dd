/** Do the image networks compute what their layers say, and learn? */
import { describe, expect, it } from "vitest";
import { convolve, double, halve, normalise } from "../../compiler/evaluate/architectures/convolution.js";
import type { Weights } from "../../compiler/evaluate/architectures/layers.js";
import * as ir from "../../compiler/ir/build.js";
import { evaluate } from "../../compiler/ir/evaluate.js";
import type { Value } from "../../compiler/ir/value.js";
import { referenceOps } from "../../runtime/engines/reference.js";
import { lowered, openText } from "../support/model.js";

describe("a convolution", () => {
  const [height, width, channels, outputs] = [4, 6, 2, 3];
  const image = numbers(height * width * channels, 1);

  it.each([1, 3, 5])("of side %i sums its neighbourhood, zeros beyond the border", (side) => {
    const kernel = numbers(side * side * channels * outputs, 2);
    const bias = numbers(outputs, 3);
    const x = ir.constant(image, [height, width, channels]);
    const result = computed(convolve(x, outputs, "c", given({ "c.weight": kernel, "c.bias": bias }), side));
    const reach = (side - 1) / 2;
    const at = (row: number, column: number, channel: number): number =>
      row < 0 || column < 0 || row >= height || column >= width
        ? 0
        : image[(row * width + column) * channels + channel]!;
    const expected = indices([height, width, outputs]).map(([row, column, output]) => {
      const terms = indices([side, side, channels]).map(
        ([i, j, k]) =>
          at(row! + i! - reach, column! + j! - reach, k!) *
          kernel[((i! * side + j!) * channels + k!) * outputs + output!]!,
      );
      return terms.reduce((a, b) => a + b, bias[output!]!);
    });
    expect(result.map((value, i) => Math.abs(value - expected[i]!)).filter((error) => error > 1e-13)).toEqual([]);
  });

  it("halves by means and doubles by repetition", () => {
    const x = ir.constant([1, 2, 3, 4, 5, 6, 7, 8], [2, 4, 1]);
    expect(computed(halve(x))).toEqual([3.5, 5.5]);
    expect(computed(double(ir.constant([1, 2], [1, 2, 1])))).toEqual([1, 1, 2, 2, 1, 1, 2, 2]);
  });

  it("is normalised group by group", () => {
    const x = ir.constant(numbers(3 * 3 * 4, 4), [3, 3, 4]);
    const result = computed(normalise(x, "n", given({ "n.scale": [1, 1, 1, 1], "n.shift": [0, 0, 0, 0] })));
    for (const group of [0, 1]) {
      const own = result.filter((_, i) => Math.floor((i % 4) / 2) === group);
      const mean = own.reduce((a, b) => a + b, 0) / own.length;
      expect(Math.abs(mean)).toBeLessThan(1e-13);
      // The variance is 1 but for the 1e-5 that guards the division.
      expect(Math.abs(own.reduce((a, b) => a + b ** 2, 0) / own.length - 1)).toBeLessThan(1e-4);
    }
  });
});

const model = (shape: string) => `
data images : ${shape}
process p = vp(images)
network net(x, t) predicts noise of p = unet(channels: 8, multipliers: [1, 2], time: fourier(4))
objective loss = noise_prediction(images, p, net)
sampler draw = reverse(p, net) using euler_maruyama(steps: 4)
train loss { optimizer: adam(3e-3), batch: 16, steps: 60 }
`;

describe("a U-Net", () => {
  it.each(["Image[1, 8, 8, range: [-1, 1]]", "Real[8, 8]", "Real[3, 4, 8]"])(
    "of %s learns and is sampled",
    async (shape) => {
      const opened = await openText(model(shape), "onnx", 3);
      const sizes = lowered(model(shape)).data[0]!.fields[0]!.space.shape;
      const each = sizes.reduce((a, b) => a * b, 1);
      // One image, bright on the left: its noise is told from x alone.
      const data = Float32Array.from({ length: 64 * each }, (_, i) =>
        i % sizes.at(-1)! < sizes.at(-1)! / 2 ? 0.8 : -0.8,
      );
      const { curves } = await opened.train({ images: { data, shape: [64, ...sizes] } }, {});
      const { x } = await opened.sample["draw"]!({ count: 2, seed: 1 });
      await opened.dispose();
      expect(x!.shape).toEqual([2, ...sizes]);
      // A network that does not see x stays at 1.
      expect(mean(curves[0]!.losses.slice(0, 5)) / each).toBeGreaterThan(0.8);
      expect(mean(curves[0]!.losses.slice(-10)) / each).toBeLessThan(0.5);
    },
  );
});

function given(values: Readonly<Record<string, readonly number[]>>): Weights {
  return { take: (name, shape) => ir.constant(values[name]!, shape), hasMisfit: () => false };
}

function computed(value: Value): number[] {
  const [result] = evaluate([value], new Map(), referenceOps, {});
  return [...result!.data];
}

/** Some numbers between -1 and 1, the same every time. */
function numbers(count: number, seed: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * seed));
}

function indices(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (all, size) => all.flatMap((index) => Array.from({ length: size }, (_, i) => [...index, i])),
    [[]],
  );
}

function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((a, b) => a + b, 0) / values.length;
}
