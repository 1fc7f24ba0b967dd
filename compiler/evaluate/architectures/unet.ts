/** What do the image architectures compute? Residual blocks at falling resolutions, and back for `unet`. */
import { catalogue } from "../../diagnostics/catalogue.js";
import * as ir from "../../ir/build.js";
import type { Value } from "../../ir/value.js";
import { report } from "../context.js";
import { convolve, double, halve, normalise, sizes } from "./convolution.js";
import { dense, joined, lastOf, zero } from "./layers.js";
import type { Weights } from "./layers.js";
import { wholeNumber, widths } from "./options.js";
import type { ArchitectureCall, ArchitectureRow } from "./row.js";

/** The U-Net of diffusion models (Ho et al. 2020, appendix B) without attention: one residual block a level each way. */
export const unet: ArchitectureRow = {
  options: ["channels", "multipliers", "time"],
  apply(call) {
    const plan = planLevels(call);
    if (plan === null) return null;
    const { weights } = call;
    const { skips, bottom, condition } = descend(plan, weights);
    let h = bottom;
    for (const [level, skip] of [...skips.entries()].reverse()) {
      if (level < skips.length - 1) h = double(h);
      h = residual(ir.concat([h, skip], 2), lastOf(skip), condition, `up${level}`, weights);
    }
    const outputs = plan.channelsFirst ? (plan.images[0]?.shape[0] ?? 1) : 1;
    h = convolve(ir.silu(normalise(h, "out.norm", weights)), Number(outputs), "out", weights, 3, zero);
    return plan.channelsFirst ? ir.transpose(h, [2, 0, 1]) : h;
  },
};

/** The descending half of a U-Net, its channels averaged over the image, and a dense layer. */
export const unetEncoder: ArchitectureRow = {
  options: ["channels", "multipliers", "time", "outputs"],
  apply(call) {
    const plan = planLevels(call);
    const outputs = wholeNumber(call.architecture, "outputs", "The number of outputs", call.owner.outputs, call.c);
    if (plan === null || outputs === null) return null;
    const { bottom } = descend(plan, call.weights);
    const features = ir.mean(ir.silu(normalise(bottom, "out.norm", call.weights)), [0, 1]);
    return dense(features, outputs, "out", call.weights);
  },
};

interface Levels {
  readonly images: readonly Value[];
  /** [C, H, W], or [H, W] of one channel. */
  readonly channelsFirst: boolean;
  /** Times, labels, vectors: everything that is no image of the first one's size. */
  readonly others: readonly Value[];
  readonly widths: readonly number[];
}

/** Which inputs are images, and how wide each resolution is; null after reporting. */
function planLevels({ architecture, inputs, span, c }: ArchitectureCall): Levels | null {
  const [first] = inputs;
  const channels = wholeNumber(architecture, "channels", "The number of channels", 32, c);
  const multipliers = architecture.options.has("multipliers")
    ? widths(architecture, "multipliers", c, "[1, 2, 2]")
    : [1, 2, 2];
  if (channels === null || multipliers === null) return null;
  const side = (value: Value) => value.shape.slice(-2).join(" × ");
  if (first === undefined || first.shape.length < 2 || first.shape.length > 3) {
    report(c, catalogue.wrongShape, span, {
      what: `The first input of \`${architecture.name}\``,
      expected: "an image, [C, H, W] or [H, W]",
      found: `[${String(first?.shape.join(", ") ?? "")}]`,
    });
    return null;
  }
  const factor = 2 ** (multipliers.length - 1);
  if (first.shape.slice(-2).some((size) => Number(size) % factor !== 0)) {
    report(c, catalogue.wrongShape, span, {
      what: `The image given to \`${architecture.name}\`, which is halved ${multipliers.length - 1} times,`,
      expected: `sides divisible by ${factor}`,
      found: side(first),
    });
    return null;
  }
  const isImage = (value: Value) => value.shape.length === first.shape.length && side(value) === side(first);
  return {
    images: inputs.filter(isImage),
    channelsFirst: first.shape.length === 3,
    others: inputs.filter((value) => !isImage(value)),
    widths: multipliers.map((multiplier) => multiplier * channels),
  };
}

/** The blocks down to the smallest image, what each level hands to the way up, and the features of all other inputs. */
function descend({ images, channelsFirst, others, widths: levels }: Levels, weights: Weights) {
  const planes = images.map((image) =>
    channelsFirst ? ir.transpose(image, [1, 2, 0]) : ir.reshape(image, [...image.shape, 1]),
  );
  const base = levels[0] ?? 1;
  const condition = others.length === 0 ? null : embed(joined(others), 4 * base, weights);
  let h = convolve(
    planes.length === 1 && planes[0] !== undefined ? planes[0] : ir.concat(planes, 2),
    base,
    "in",
    weights,
  );
  const skips: Value[] = [];
  for (const [level, width] of levels.entries()) {
    if (level > 0) h = halve(h);
    h = residual(h, width, condition, `down${level}`, weights);
    skips.push(h);
  }
  return { skips, condition, bottom: residual(h, lastOf(h), condition, "middle", weights) };
}

function embed(features: Value, width: number, weights: Weights): Value {
  return ir.silu(dense(ir.silu(dense(features, width, "condition.0", weights)), width, "condition.1", weights));
}

/** x + convolutions of x, its channels shifted by the condition between them; the last layer starts at 0, so the block as the identity. */
function residual(x: Value, width: number, condition: Value | null, name: string, weights: Weights): Value {
  let h = convolve(ir.silu(normalise(x, `${name}.norm0`, weights)), width, `${name}.conv0`, weights);
  if (condition !== null) h = ir.add(h, dense(condition, width, `${name}.condition`, weights));
  h = convolve(ir.silu(normalise(h, `${name}.norm1`, weights)), width, `${name}.conv1`, weights, 3, zero);
  const [, , channels] = sizes(x);
  return ir.add(channels === width ? x : convolve(x, width, `${name}.skip`, weights, 1), h);
}
