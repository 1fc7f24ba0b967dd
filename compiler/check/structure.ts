/** Structure: does every statement stand where it has a meaning, and does a body that hands something out do so, once, at its end? */
import type { Diagnostic } from "../../grammar/diagnostic.js";
import { diagnose } from "../../grammar/diagnostic.js";
import type { AnyNode } from "../../grammar/walk.js";
import { childrenOf } from "../../grammar/walk.js";
import type { Span } from "../../grammar/source.js";
import type { Body, Declaration, DeclarationKind, File, FunctionExpression, Statement } from "../../grammar/tree.js";
import { catalogue } from "../diagnostics/catalogue.js";

type Form = "let" | "param" | "draw" | "update" | "definition" | "equation" | "goal" | "loop" | "train" | "return";

/** What may stand in the block of each kind. `return` is asked of those that have it. */
const forms: Readonly<Record<DeclarationKind, readonly Form[]>> = {
  data: [],
  network: ["let", "param", "update", "loop", "return"],
  process: ["let", "param", "draw", "definition", "equation"],
  reference: ["let", "param", "draw", "definition", "equation"],
  interpolant: ["let", "param", "draw", "definition"],
  coupling: ["let", "draw", "update", "loop", "return"],
  // A fn that draws has a message of its own, and what it solves is written as a draw.
  reward: ["let", "draw", "update", "loop", "return"],
  objective: ["let", "draw", "update", "loop", "goal"],
  sampler: ["let", "draw", "update", "loop", "return"],
  fn: ["let", "draw", "update", "loop", "return"],
};

const constructs: Readonly<Record<Form, string>> = {
  let: "A `let`",
  param: "A `param`",
  draw: "A draw",
  update: "An update",
  definition: "`=` without `let`",
  equation: "An equation",
  goal: "A goal",
  loop: "A loop",
  train: "A `train` statement",
  return: "A `return`",
};

const instead: Readonly<Partial<Record<Form, string>>> = {
  param: "A `param` stands in a file, a process, a reference or a network.",
  definition: "Name a value with `let`.",
  equation: "Equations stand in a `process`.",
  goal: "Goals stand in an `objective`.",
  train: "Runs stand at the top of the file.",
  return: "Samplers, networks, couplings, rewards and fns hand something out.",
};

export interface Structure {
  readonly diagnostics: readonly Diagnostic[];
  /** Those that are wrong within: what else would be said of them follows from that. */
  readonly misshapen: ReadonlySet<Declaration>;
}

export function checkStructure(file: File): Structure {
  const diagnostics: Diagnostic[] = [];
  const misshapen = new Set<Declaration>();
  for (const item of file.items) {
    const before = diagnostics.length;
    if (item.kind === "declaration") inDeclaration(item, diagnostics);
    for (const fn of fnsWithin(item)) inBody(fn.body, "fn", { what: "This function", span: fn.span }, diagnostics);
    if (item.kind === "declaration" && diagnostics.length > before) misshapen.add(item);
  }
  return { diagnostics, misshapen };
}

function inDeclaration(declaration: Declaration, diagnostics: Diagnostic[]): void {
  const { keyword, name, body } = declaration;
  inBody(body, keyword, { what: `The ${keyword} \`${name.text}\``, span: name.span }, diagnostics);
}

function fnsWithin(node: AnyNode): readonly FunctionExpression[] {
  const own = isFn(node) ? [node] : [];
  return [...own, ...childrenOf(node).flatMap(fnsWithin)];
}

function isFn(node: AnyNode): node is FunctionExpression {
  return node.kind === "fn";
}

function inBody(
  body: Body | null,
  keyword: DeclarationKind,
  owner: { readonly what: string; readonly span: Span },
  diagnostics: Diagnostic[],
): void {
  if (body?.kind !== "block" || keyword === "data") return;
  const before = diagnostics.length;
  inStatements(body.statements, keyword, false, diagnostics);
  const isOpen = forms[keyword].includes("return") && !body.statements.some(({ kind }) => kind === "return");
  if (isOpen && diagnostics.length === before) {
    diagnostics.push(
      diagnose(catalogue.missingPart, owner.span, {
        owner: owner.what,
        part: "a `return`",
        instead: "End it with `return …`.",
      }),
    );
  }
}

function inStatements(
  statements: readonly Statement[],
  keyword: DeclarationKind,
  inLoop: boolean,
  diagnostics: Diagnostic[],
): void {
  let returned = false;
  for (const statement of statements) {
    const form = formOf(statement);
    const misplaced = (construct: string, place: string, way: string | null): void => {
      diagnostics.push(diagnose(catalogue.misplaced, statement.span, { construct, place, instead: way }));
    };
    if (returned) return misplaced("A statement", "a block after its `return`", "Put it before, or leave it out.");
    // A name without its `let` has a message of its own.
    if (form !== "definition" && !forms[keyword].includes(form))
      misplaced(constructs[form], `a ${keyword}`, instead[form] ?? null);
    else if (form === "return" && inLoop)
      misplaced(constructs.return, "a loop", "A block ends once: update a name in the loop and return it after.");
    returned ||= form === "return";
    if (statement.kind === "loop") inStatements(statement.body.statements, keyword, true, diagnostics);
  }
}

function formOf(statement: Statement): Form {
  if (statement.kind !== "relation") return statement.kind;
  return statement.sign === "~" ? "draw" : statement.sign === "<-" ? "update" : "definition";
}
