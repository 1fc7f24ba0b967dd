/** Does an expression nest so far to the left that walking it would exhaust the stack? */
import { diagnose, type Diagnostic } from "./diagnostic.js";
import { limits } from "./limits.js";
import { chainTooLong } from "./syntax-catalogue.js";
import type { Item } from "./tree.js";
import { childrenOf, type AnyNode } from "./walk.js";

/** Items without a chain over the limit, and a diagnostic for each that has one. Walks without recursion. */
export function refuseChains(items: readonly Item[]): { items: readonly Item[]; diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const kept = items.filter((item) => {
    // A link needs a sign and an operand, so that a short text has no long chain.
    if (item.span.end - item.span.start <= limits.chain) return true;
    const chain = longChain(item);
    if (chain !== null) diagnostics.push(diagnose(chainTooLong, chain.span, {}));
    return chain === null;
  });
  return { items: kept, diagnostics };
}

const links: ReadonlySet<string> = new Set(["binary", "call", "indexed", "access", "with"]);

/** The outermost expression on the way to a node with more than `limits.chain` links above it. */
function longChain(item: AnyNode): AnyNode | null {
  const open: { node: AnyNode; depth: number; outermost: AnyNode | null }[] = [
    { node: item, depth: 0, outermost: null },
  ];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const isLink = links.has(next.node.kind);
    const depth = next.depth + (isLink ? 1 : 0);
    const outermost = next.outermost ?? (isLink ? next.node : null);
    // As many operators as the limit join one operand more.
    if (depth >= limits.chain) return outermost;
    for (const node of childrenOf(next.node)) open.push({ node, depth, outermost });
  }
  return null;
}
