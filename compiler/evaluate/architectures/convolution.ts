/**
 * How are images computed on? Channels last, as numbers of a layer are elsewhere: what holds for the last axis of a
 * vector holds for that of an image.
 */
import * as ir from "../../ir/build.js";
import type { Value } from "../../ir/value.js";
import { lastOf, leCun, one, zero } from "./layers.js";
import type { Weights } from "./layers.js";

/** [H, W, C] → [H, W, width]: each place sees its `side` × `side` neighbourhood, zeros beyond the border. */
export function convolve(
  x: Value,
  width: number,
  name: string,
  weights: Weights,
  side = 3,
  initial = leCun(side ** 2 * lastOf(x)),
): Value {
  const kernels = weights.take(
    `${name}.weight`,
    side === 1 ? [lastOf(x), width] : [side, side, lastOf(x), width],
    initial,
  );
  const border = [(side - 1) / 2, (side - 1) / 2, 0];
  const product = side === 1 ? ir.matMul(x, kernels) : ir.convolve(ir.pad(x, border, border), kernels);
  return ir.add(product, weights.take(`${name}.bias`, [width], zero));
}

/** [H, W, C] → [H/2, W/2, C]: means of 2 × 2 squares. */
export function halve(x: Value): Value {
  const [height, width, channels] = sizes(x);
  return ir.mean(ir.reshape(x, [height / 2, 2, width / 2, 2, channels]), [1, 3]);
}

/** [H, W, C] → [2H, 2W, C]: every number four times. */
export function double(x: Value): Value {
  const [height, width, channels] = sizes(x);
  const repeated = ir.broadcast(ir.reshape(x, [height, 1, width, 1, channels]), [height, 2, width, 2, channels]);
  return ir.reshape(repeated, [2 * height, 2 * width, channels]);
}

/** Group normalisation (Wu & He 2018): mean 0 and variance 1 over the places and channels of a group, then a learned scale and shift. */
export function normalise(x: Value, name: string, weights: Weights): Value {
  const [height, width, channels] = sizes(x);
  const groups = groupsOf(channels);
  const grouped = ir.reshape(x, [height * width, groups, channels / groups]);
  const centred = ir.sub(grouped, ir.keepAxes(ir.mean(grouped, [0, 2]), grouped, [0, 2]));
  const variance = ir.keepAxes(ir.mean(ir.mul(centred, centred), [0, 2]), grouped, [0, 2]);
  const normal = ir.div(centred, ir.sqrt(ir.add(variance, ir.scalar(1e-5))));
  const scale = weights.take(`${name}.scale`, [channels], one);
  const shift = weights.take(`${name}.shift`, [channels], zero);
  return ir.add(ir.mul(ir.reshape(normal, x.shape), scale), shift);
}

/** The most groups, up to 8, that share the channels evenly and have 2 or more of them each. */
function groupsOf(channels: number): number {
  return [8, 7, 6, 5, 4, 3, 2].find((groups) => channels % groups === 0 && channels / groups >= 2) ?? 1;
}

/** [H, W, C] of one sample. */
export function sizes(x: Value): readonly [number, number, number] {
  const [height, width, channels] = x.shape;
  if (typeof height === "number" && typeof width === "number" && typeof channels === "number")
    return [height, width, channels];
  throw new RangeError("an image of one sample has known sizes");
}
