/** How does a module read as TypeScript, as JavaScript, and as declarations for it? */
import { columns, concat, group, indent, join, line, render, trailingComma } from "./document.js";
import type { Doc } from "./document.js";
import { assignment, block, parameterList, pattern } from "./layout.js";
import { interfaceBody, type, typeAlias, typeNames } from "./layout-types.js";
import type { CommentText, Identifier } from "./safe.js";
import type { FunctionItem, Item, Module, Parameter } from "./syntax.js";

/** TypeScript; JavaScript, which is the same without types; or the types without the code. */
export type Target = "typescript" | "javascript" | "declarations";

export function layoutModule(module: Module, target: Target): string {
  const items = module.items.flatMap((one) => itemText(one, target));
  return `${[docComment(module.header), importLines(module, target), ...items].join("\n\n")}\n`;
}

/** The functions that the code calls; the types that what is shown mentions. */
function importLines({ runtime, values, types, items }: Module, target: Target): string {
  const shown = items.filter((item) => target === "typescript" || item.exported);
  const mentioned = new Set(shown.flatMap(typeNames));
  const lines = [
    ...(target === "declarations" ? [] : [concat("import ", nameList(values))]),
    ...(target === "javascript" ? [] : [concat("import type ", nameList(types.filter((one) => mentioned.has(one))))]),
  ];
  return lines.map((line) => render(concat(line, ` from ${runtime};`))).join("\n");
}

function nameList(names: readonly Identifier[]): Doc {
  if (names.length === 1) return `{ ${names.join("")} }`;
  return group(concat("{", indent(line, join(concat(",", line), names)), trailingComma, line, "}"));
}

function itemText(item: Item, target: Target): string[] {
  const body = itemLayout(item, target);
  if (body === null) return [];
  const doc = docComment(item.doc);
  return [`${doc === "" ? "" : `${doc}\n`}${render(body)}`];
}

/** Null for what this target does not show. */
function itemLayout(item: Item, target: Target): Doc | null {
  const isDeclaration = target === "declarations";
  if (isDeclaration && !item.exported) return null;
  const head = `${item.exported ? "export " : ""}${isDeclaration ? "declare " : ""}`;
  switch (item.kind) {
    case "type":
      return target === "javascript"
        ? null
        : typeAlias(`${item.exported ? "export " : ""}type ${item.name}`, item.type);
    case "interface":
      return target === "javascript" ? null : concat(`export interface ${item.name} `, interfaceBody(item.members));
    case "function":
      return functionLayout(item, head, target);
    case "constant": {
      const annotation = item.annotation;
      if (isDeclaration)
        return annotation === null ? null : concat(`${head}const ${item.name}: `, type(annotation), ";");
      const isTyped = target === "typescript";
      const left = concat(
        `${head}const ${item.name}`,
        isTyped && annotation !== null ? concat(": ", type(annotation)) : "",
      );
      const after = isTyped && item.satisfies !== null ? concat(" satisfies ", type(item.satisfies)) : "";
      const value = item.value.kind === "call" && !isTyped ? { ...item.value, types: [] } : item.value;
      return concat(assignment(left, " =", value, "declaration", after), ";");
    }
  }
}

function functionLayout(item: FunctionItem, head: string, target: Target): Doc {
  const parameters = item.parameters.map((one, place) => parameterLayout(one, place, target));
  const result = target === "javascript" ? "" : concat(": ", type(item.result));
  const typeParameters = target === "javascript" ? "" : `<${item.typeParameter}>`;
  const signature = group(concat(parameterList(parameters), result));
  const end = target === "declarations" ? ";" : concat(" ", block(item.body));
  return concat(`${head}function ${item.name}${typeParameters}`, signature, end);
}

/** Declarations cannot take a record apart, so its parameter gets a name. */
function parameterLayout({ pattern: bound, type: shape }: Parameter, place: number, target: Target): Doc {
  if (target === "javascript") return pattern(bound);
  const annotation = concat(": ", type(shape));
  if (target === "declarations") return concat(declaredNames[place] ?? "rest", annotation);
  return bound.kind === "fields" ? pattern(bound, annotation) : concat(pattern(bound), annotation);
}

const declaredNames = ["o", "inputs", "sizes"];

/** A doc comment, one line where it fits. */
function docComment(paragraphs: readonly CommentText[]): string {
  const filled = paragraphs.filter((paragraph) => paragraph.length > 0);
  const [only] = filled;
  if (only === undefined) return "";
  if (filled.length === 1 && columns(only) <= commentWidth - "/** */".length) return `/** ${only} */`;
  const lines = filled.flatMap((paragraph, place) => [...(place === 0 ? [] : [""]), ...wrap(paragraph)]);
  return ["/**", ...lines.map((text) => ` * ${text}`.trimEnd()), " */"].join("\n");
}

const commentWidth = 80;

function wrap(text: string): string[] {
  const lines: string[] = [];
  let current = "";
  for (const word of text.split(" ")) {
    if (current !== "" && columns(current) + 1 + columns(word) > commentWidth - " * ".length) {
      lines.push(current);
      current = word;
    } else current = current === "" ? word : `${current} ${word}`;
  }
  return [...lines, current];
}
