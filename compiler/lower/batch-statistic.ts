/** Does a step or corrector look at the other samples of its batch? */
import type { Declaration } from "../../grammar/tree.js";
import type { AnyNode } from "../../grammar/walk.js";
import { childrenOf } from "../../grammar/walk.js";
import { catalogue } from "../diagnostics/catalogue.js";
import type { Context } from "../evaluate/context.js";
import { report } from "../evaluate/context.js";

/** The one word of a formula that crosses samples. */
const acrossSamples = "expectation";

/** A step moves one sample: its law may not depend on the batch. False after reporting. */
export function movesOneSample(declaration: Declaration, c: Context): boolean {
  const isStep =
    declaration.keyword === "sampler" &&
    declaration.states !== null &&
    declaration.states.every((state) => state.type === null);
  const found = isStep ? crossing(declaration) : null;
  if (found === null) return true;
  report(c, catalogue.batchStatistic, found.span, { step: declaration.name.text });
  return false;
}

function crossing(node: AnyNode): AnyNode | null {
  if (node.kind === "reference" && "text" in node && node.text === acrossSamples) return node;
  for (const child of childrenOf(node)) {
    const found = crossing(child);
    if (found !== null) return found;
  }
  return null;
}
