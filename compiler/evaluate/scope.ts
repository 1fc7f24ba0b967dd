/** Which thing a name denotes: chained scopes, filled as a body is evaluated. */
import type { Thing } from "./thing.js";

export interface Scope {
  readonly parent: Scope | null;
  readonly names: Map<string, Thing>;
  /** Called when a name is not in `names`: a file's declarations are evaluated when first asked for. */
  readonly demand: ((name: string) => Thing | null) | null;
}

export function childOf(parent: Scope): Scope {
  return { parent, names: new Map(), demand: null };
}

/** The thing `name` denotes, looked up outward; null if nothing does. */
export function lookUp(scope: Scope, name: string): Thing | null {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const found = at.names.get(name) ?? at.demand?.(name) ?? null;
    if (found !== null) return found;
  }
  return null;
}

/** The thing a name of a block denotes; null if no block around has it: names of files are no variables. */
export function blockName(scope: Scope, name: string): Thing | null {
  for (let at: Scope | null = scope; at !== null && at.demand === null; at = at.parent) {
    const found = at.names.get(name);
    if (found !== undefined) return found;
  }
  return null;
}

/** Replaces what a name of this or an enclosing block denotes; false if no block has it. */
export function update(scope: Scope, name: string, thing: Thing): boolean {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    if (!at.names.has(name)) continue;
    at.names.set(name, thing);
    return true;
  }
  return false;
}
