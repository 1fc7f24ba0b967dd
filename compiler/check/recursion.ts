/** Recursion: which declarations are defined through themselves, though nothing that is evaluated comes to them? */
import type { Diagnostic } from "../../grammar/diagnostic.js";
import { diagnose } from "../../grammar/diagnostic.js";
import type { Declaration, File, NameReference } from "../../grammar/tree.js";
import type { AnyNode } from "../../grammar/walk.js";
import { childrenOf } from "../../grammar/walk.js";
import { catalogue } from "../diagnostics/catalogue.js";

export function checkRecursion(file: File): readonly Diagnostic[] {
  const declarations = new Map(
    file.items.flatMap((item) => (item.kind === "declaration" ? [[item.name.text, item] as const] : [])),
  );
  const done = new Set<string>();
  const open: string[] = [];
  const diagnostics: Diagnostic[] = [];
  const visit = (declaration: Declaration): void => {
    open.push(declaration.name.text);
    for (const { text: name, span } of referencesIn(declaration)) {
      const next = declarations.get(name);
      if (open.includes(name)) diagnostics.push(diagnose(catalogue.recursion, span, { name }));
      else if (next !== undefined && !done.has(name)) visit(next);
    }
    open.pop();
    done.add(declaration.name.text);
  };
  for (const declaration of declarations.values()) if (!done.has(declaration.name.text)) visit(declaration);
  return diagnostics;
}

/** The names in expressions of a declaration, without those that a name of its own may hide. */
function referencesIn(declaration: Declaration): readonly NameReference[] {
  const own = new Set<string>();
  const found: NameReference[] = [];
  const visit = (node: AnyNode): void => {
    if (isReference(node)) found.push(node);
    else if (isName(node) && node !== declaration.name) own.add(node.text);
    childrenOf(node).forEach(visit);
  };
  visit(declaration);
  return found.filter(({ text }) => !own.has(text));
}

function isReference(node: AnyNode): node is NameReference {
  return node.kind === "reference";
}

/** A name that is declared here, or one of an argument, a field or a head. */
function isName(node: AnyNode): node is AnyNode & { readonly text: string } {
  return node.kind === "name";
}
