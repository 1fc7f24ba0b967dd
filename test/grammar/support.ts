/** What do the tests of the grammar share? Reading texts, comparing trees, checking spans. */
import { readdirSync, readFileSync } from "node:fs";
import { packageRoot } from "../../compiler/cli/package.js";
import type { Diagnostic } from "../../grammar/diagnostic.js";
import { parse, parseWithTrivia } from "../../grammar/parse.js";
import type { Source } from "../../grammar/source.js";
import type { File } from "../../grammar/tree.js";
import { childrenOf, type AnyNode } from "../../grammar/walk.js";

export const source = (text: string, name = "test.sde"): Source => ({ name, text });

const languageFolder = `${packageRoot()}/test/language/`;

/** The library's and the models' files. */
export const examples: readonly Source[] = ["std", "models"].flatMap((folder) =>
  readdirSync(`${languageFolder}${folder}`)
    .filter((name) => name.endsWith(".sde"))
    .sort()
    .map((name) => source(readFileSync(`${languageFolder}${folder}/${name}`, "utf8"), `${folder}/${name}`)),
);

export const textAt = ({ source, start, end }: Diagnostic["span"]): string => source.text.slice(start, end);

export const codesOf = (text: string): string[] => parse(source(text)).diagnostics.map(({ code }) => code);

/** The tree without places, as text that two trees can be compared by. */
export function shapeOf(file: File): string {
  return JSON.stringify(file, (key, value: unknown) => (key === "span" || key === "operatorSpan" ? undefined : value));
}

/** A tree as a short line: `(+ a (* b c))`. */
export function outline(node: AnyNode): string {
  const words: string[] = [];
  for (const [key, value] of Object.entries(node)) {
    if (["text", "operator", "sign", "keyword", "direction"].includes(key) && typeof value === "string")
      words.push(value);
  }
  if (node.kind === "increment")
    words.push("stratonovich" in node && node.stratonovich === true ? "increment o" : "increment");
  const children = childrenOf(node).map(outline);
  const leaf = ["name", "number", "reference", "differential"].includes(node.kind);
  if (leaf) return words.join(" ");
  const head = words.length > 0 ? words.join(" ") : node.kind;
  return `(${[head, ...children].join(" ")})`;
}

/** Every token and comment as written; a formatter may change nothing but the space between them. */
export function wordsOf(text: string): string[] {
  const { tokens, comments } = parseWithTrivia(source(text));
  const words = [
    ...tokens.map((token) => ({ at: token.startOffset, text: token.image })),
    ...comments.map((comment) => ({ at: comment.start, text: comment.text.trimEnd() })),
  ];
  return words.sort((a, b) => a.at - b.at).map((word) => word.text);
}

/** Sentences about spans that lie outside of their text or of their parent's span. */
export function misplaced(file: File): string[] {
  const faults: string[] = [];
  const open: AnyNode[] = [file];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const { start, end, source } = node.span;
    if (!(start >= 0 && start <= end && end <= source.text.length)) faults.push(`${node.kind} at ${start}-${end}`);
    for (const child of childrenOf(node)) {
      if (child.span.start < start || child.span.end > end)
        faults.push(`${child.kind} ${child.span.start}-${child.span.end} outside ${node.kind} ${start}-${end}`);
      open.push(child);
    }
  }
  return faults;
}
