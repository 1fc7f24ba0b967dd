/** What do `linear` and `mlp` compute? All inputs in one vector, through dense layers. */
import { activations } from "../activations.js";
import { joined, dense, zero } from "./layers.js";
import { wholeNumber, widths, wordOf } from "./options.js";
import type { ArchitectureRow } from "./row.js";

export const linear: ArchitectureRow = {
  options: ["outputs", "initial"],
  apply: (call) => layers([], call),
};

export const mlp: ArchitectureRow = {
  options: ["hidden", "activation", "time", "output", "outputs", "initial"],
  apply(call) {
    const hidden = widths(call.architecture, "hidden", call.c, "[128, 128]");
    return hidden === null ? null : layers(hidden, call);
  },
};

function layers(
  hidden: readonly number[],
  { architecture, inputs, owner, weights, c }: Parameters<ArchitectureRow["apply"]>[0],
): ReturnType<ArchitectureRow["apply"]> {
  const count = wholeNumber(architecture, "outputs", "The number of outputs", owner.outputs, c);
  if (count === null) return null;
  const activate = activations.get(wordOf(architecture, "activation") ?? "silu");
  const finish = activations.get(wordOf(architecture, "output") ?? "");
  let h = joined(inputs);
  for (const [layer, width] of hidden.entries()) {
    h = dense(h, width, String(layer), weights);
    if (activate !== undefined) h = activate(h);
  }
  const last = dense(
    h,
    count,
    String(hidden.length),
    weights,
    wordOf(architecture, "initial") === "zero" ? zero : undefined,
  );
  return finish === undefined ? last : finish(last);
}
