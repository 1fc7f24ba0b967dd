/**
 * What does `transformer` compute? An image cut into patches, each a vector that looks at all others and at the context;
 * times and labels scale and shift every block (the diffusion transformer of Peebles & Xie 2023, section 3.2, adaLN-Zero).
 */
import { catalogue } from "../../diagnostics/catalogue.js";
import * as ir from "../../ir/build.js";
import type { Value } from "../../ir/value.js";
import { real } from "../arithmetic.js";
import { report } from "../context.js";
import type { Architecture } from "../thing.js";
import { attention, normalised } from "./attention.js";
import { dense, joined, lastOf, zero } from "./layers.js";
import type { Weights } from "./layers.js";
import { wholeNumber } from "./options.js";
import type { ArchitectureCall, ArchitectureRow } from "./row.js";

export const transformer: ArchitectureRow = {
  options: ["depth", "width", "heads", "patch", "time", "context"],
  apply(call) {
    const { weights } = call;
    const plan = planPatches(call);
    if (plan === null) return null;
    const { image, patch, depth, width, heads } = plan;
    const patches = cut(image, patch);
    const count = Number(patches.shape[0]);
    const condition =
      plan.others.length === 0 ? null : ir.silu(dense(joined(plan.others), width, "condition", weights));
    const context = contextOf(call.architecture, width, weights);
    let h = ir.add(dense(patches, width, "in", weights), weights.take("places", [count, width], small));
    for (let layer = 0; layer < depth; layer += 1) h = block(h, context, condition, heads, `block${layer}`, weights);
    const out = dense(modulated(h, condition, "out", weights), lastOf(patches), "out", weights, zero);
    return join(out, image, patch);
  },
};

interface Patches {
  /** [C, H, W] */
  readonly image: Value;
  /** Times and labels: what is no image. */
  readonly others: readonly Value[];
  readonly patch: number;
  readonly depth: number;
  readonly width: number;
  readonly heads: number;
}

/** Null after reporting. */
function planPatches({ architecture, inputs, span, c }: ArchitectureCall): Patches | null {
  const [first, ...others] = inputs;
  const depth = wholeNumber(architecture, "depth", "The number of blocks", 2, c);
  const width = wholeNumber(architecture, "width", "The width of a block", 64, c);
  if (depth === null || width === null) return null;
  const heads = wholeNumber(architecture, "heads", "The number of heads", width % 64 === 0 ? width / 64 : 1, c);
  const patch = wholeNumber(architecture, "patch", "The side of a patch", 1, c);
  if (heads === null || patch === null) return null;
  const wrong = (what: string, expected: string, found: string): null => {
    report(c, catalogue.wrongShape, span, { what, expected, found });
    return null;
  };
  if (first === undefined || first.shape.length < 2 || first.shape.length > 3) {
    return wrong(
      "The first input of `transformer`",
      "an image, [C, H, W] or [H, W]",
      `[${first?.shape.join(", ") ?? ""}]`,
    );
  }
  const sides = first.shape.slice(-2);
  if (sides.some((side) => Number(side) % patch !== 0)) {
    return wrong(
      `The image given to \`transformer\`, cut into patches of side ${patch},`,
      `sides divisible by ${patch}`,
      sides.join(" × "),
    );
  }
  if (width % heads !== 0)
    return wrong(`The width of \`transformer\`, shared by ${heads} heads,`, `a multiple of ${heads}`, String(width));
  const image = first.shape.length === 3 ? first : ir.reshape(first, [1, ...first.shape]);
  return { image, others, patch, depth, width, heads };
}

/** [C, H, W] → [H/p · W/p, C p²] */
function cut(image: Value, patch: number): Value {
  const [channels, height, width] = image.shape.map(Number) as [number, number, number];
  const [rows, columns] = [height / patch, width / patch];
  const tiles = ir.transpose(ir.reshape(image, [channels, rows, patch, columns, patch]), [1, 3, 0, 2, 4]);
  return ir.reshape(tiles, [rows * columns, channels * patch ** 2]);
}

/** The inverse of `cut`. */
function join(patches: Value, image: Value, patch: number): Value {
  const [channels, height, width] = image.shape.map(Number) as [number, number, number];
  const tiles = ir.reshape(patches, [height / patch, width / patch, channels, patch, patch]);
  return ir.reshape(ir.transpose(tiles, [2, 0, 3, 1, 4]), image.shape);
}

/** A vector for each token by its class and its place; numbers as they are, in one vector; null without a context. */
function contextOf({ options }: Architecture, width: number, weights: Weights): Value | null {
  const thing = options.get("context");
  if (thing?.kind !== "tensor") return null;
  const { label, value } = thing;
  if (label === undefined) return ir.reshape(dense(joined([real(value)]), width, "context", weights), [1, width]);
  const count = value.shape.reduce<number>((product, dim) => product * Number(dim), 1);
  const vectors = weights.take("context.classes", [label.classes + (label.optional ? 1 : 0), width], small);
  const chosen = ir.gather(vectors, ir.toInt(ir.reshape(real(value), [count])));
  return ir.add(chosen, weights.take("context.places", [count, width], small));
}

/** The usual small start of vectors that are looked up. */
const small = { kind: "normal", scale: 0.02 } as const;

function block(
  x: Value,
  context: Value | null,
  condition: Value | null,
  heads: number,
  name: string,
  weights: Weights,
): Value {
  const [self, cross, mlp] = [`${name}.self`, `${name}.cross`, `${name}.mlp`];
  const own = modulated(x, condition, self, weights);
  let h = ir.add(x, gated(attention(own, own, heads, self, weights), condition, self, weights));
  if (context !== null) h = ir.add(h, attention(normalised(h), context, heads, cross, weights));
  const hidden = ir.silu(dense(modulated(h, condition, mlp, weights), 4 * lastOf(x), `${mlp}.0`, weights));
  return ir.add(h, gated(dense(hidden, lastOf(x), `${mlp}.1`, weights), condition, mlp, weights));
}

/** Normalised vectors, scaled and shifted as the condition says. */
function modulated(x: Value, condition: Value | null, name: string, weights: Weights): Value {
  if (condition === null) return normalised(x);
  const width = lastOf(x);
  const [scale, shift] = [0, width].map((start) =>
    ir.slice(dense(condition, 2 * width, `${name}.modulation`, weights, zero), [start], [width]),
  );
  return scale === undefined || shift === undefined
    ? x
    : ir.add(ir.mul(normalised(x), ir.add(ir.scalar(1), scale)), shift);
}

/** What the condition lets through of a block's change: at first nothing, so that the block begins as the identity. */
function gated(change: Value, condition: Value | null, name: string, weights: Weights): Value {
  return condition === null ? change : ir.mul(change, dense(condition, lastOf(change), `${name}.gate`, weights, zero));
}
