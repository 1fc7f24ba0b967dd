/** What does a text say? The only public door of the grammar: any text in, a tree and what was wrong with it out. */
import { refuseChains } from "./chain.js";
import { diagnose, type Diagnostic } from "./diagnostic.js";
import { layOut } from "./layout.js";
import { lex, type Comment, type Lexed } from "./lexer.js";
import { limits } from "./limits.js";
import { SdeParser } from "./parser.js";
import type { Skipped } from "./recovery.js";
import { span, type Source } from "./source.js";
import { tooManyErrors } from "./syntax-catalogue.js";
import type { Expression, File } from "./tree.js";

export interface Parsed {
  readonly file: File;
  /** In the order of the text. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Never throws. What recovery could not read is left out of the tree or stands in it as `missing`. */
export function parse(source: Source): Parsed {
  const { file, diagnostics } = parseWithTrivia(source);
  return { file, diagnostics };
}

/** A parsed text with what the tree leaves out; for the formatter. */
export interface ParsedWithTrivia extends Parsed {
  readonly tokens: Lexed["tokens"];
  readonly comments: readonly Comment[];
  readonly parentheses: ReadonlyMap<Expression, number>;
}

export function parseWithTrivia(source: Source): ParsedWithTrivia {
  const lexed = lex(source);
  const { tokens, comments } = lexed;
  if (lexed.refused) {
    const file: File = { kind: "file", items: [], span: span(source, 0, source.text.length) };
    return { file, diagnostics: lexed.diagnostics, tokens, comments, parentheses: new Map() };
  }
  parser ??= new SdeParser({ hasValidation: false });
  const reading = parser.read(source, lexed, layOut(source, tokens));
  const { items, diagnostics: chains } = refuseChains(reading.file.items);
  const misspelt = lexed.diagnostics.filter((one) => !isSkipped(one.span.start, reading.skipped));
  const diagnostics = inOrder([...misspelt, ...reading.problems, ...chains]);
  return { file: { ...reading.file, items }, diagnostics, tokens, comments, parentheses: reading.parentheses };
}

/** Made at the first text: the analysis of the grammar costs milliseconds that other commands need not pay. */
let parser: SdeParser | null = null;

/** Text that was given up has had its error. */
function isSkipped(offset: number, skipped: readonly Skipped[]): boolean {
  return skipped.some(({ start, end }) => offset >= start && offset < end);
}

function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const sorted = [...diagnostics].sort((a, b) => a.span.start - b.span.start);
  const first = sorted.slice(0, limits.errors);
  const next = sorted[limits.errors];
  return next === undefined ? first : [...first, diagnose(tooManyErrors, next.span, {})];
}
