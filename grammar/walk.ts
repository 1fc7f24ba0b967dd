/** Which nodes lie directly inside a node? One answer for every kind, so that walks need no case for each. */
import type { Span } from "./source.js";

/** What every node of the tree has. */
export interface AnyNode {
  readonly kind: string;
  readonly span: Span;
}

/** In the order of their fields, which is the order of the text except where a field says otherwise by its meaning. */
export function childrenOf(node: AnyNode): AnyNode[] {
  const children: AnyNode[] = [];
  for (const value of Object.values(node)) collect(value, children);
  return children;
}

function collect(value: unknown, into: AnyNode[]): void {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) for (const item of value) collect(item, into);
  else if (isNode(value)) into.push(value);
  // A span names a source; everything else without a kind groups nodes, as `run` of a `train` does.
  else if (!("source" in value)) for (const item of Object.values(value)) collect(item, into);
}

function isNode(value: object): value is AnyNode {
  return "kind" in value && "span" in value;
}
