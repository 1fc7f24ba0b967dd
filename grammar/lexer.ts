/** Which words and signs is a text made of? What is misspelt is reported and read as what it stands for. */
import { createTokenInstance, type IToken } from "chevrotain";
import { diagnose, type Diagnostic } from "./diagnostic.js";
import { limits } from "./limits.js";
import { span, type Source, type Span } from "./source.js";
import * as say from "./syntax-catalogue.js";
import { byText, spellings, table, tokens, type TokenName, type TokenRow } from "./tokens.js";

/** A `//` or `///` comment, without its line end. */
export interface Comment {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly isDoc: boolean;
}

export interface Lexed {
  /** Chevrotain tokens with offsets only; names in normalisation form C. */
  readonly tokens: IToken[];
  readonly comments: readonly Comment[];
  readonly diagnostics: readonly Diagnostic[];
  /** True: the text is over a limit and was not read to its end. */
  readonly refused: boolean;
}

export function lex(source: Source): Lexed {
  const { text } = source;
  if (text.length > limits.text) {
    const report = diagnose(say.textTooLong, span(source, limits.text, text.length), { length: text.length });
    return { tokens: [], comments: [], diagnostics: [report], refused: true };
  }
  const reading: Reading = { source, tokens: [], comments: [], diagnostics: [] };
  let offset = 0;
  while (offset < text.length) {
    master.lastIndex = offset;
    const match = master.exec(text);
    // The last alternative takes any character, so there always is a match.
    if (match === null) throw new Error(`the token table does not cover offset ${offset} of ${source.name}`);
    const name = nameOf(match);
    const written = name === "Unknown" ? unknownRun(text, offset, match[0]) : match[0];
    read(reading, written, name, offset);
    offset += written.length;
    if (reading.tokens.length > limits.tokens) {
      const report = diagnose(say.tooManyTokens, span(source, offset - written.length, offset), {});
      return { tokens: [], comments: [], diagnostics: [report], refused: true };
    }
  }
  return { ...reading, refused: false };
}

/** Half-open range of a token. */
export const startOf = (token: IToken): number => token.startOffset;
export const endOf = (token: IToken): number => (token.endOffset ?? token.startOffset - 1) + 1;

// ── the table as one expression ──────────────────────────────────────────────────────────────────────────────────────
/** Keywords are found among the names, signs among the signs; every other row is a group of its own. */
const groups: { readonly name: TokenName | "Sign"; readonly pattern: string }[] = [];
for (const [name, row] of Object.entries(table) as [TokenName, TokenRow][]) {
  if (row.text === undefined) groups.push({ name, pattern: row.pattern });
}
const signs = (Object.values(table) as TokenRow[])
  .filter((row) => row.text !== undefined && !/^\p{L}/u.test(row.text))
  .sort((a, b) => (b.text ?? "").length - (a.text ?? "").length);
groups.splice(-2, 0, { name: "Sign", pattern: signs.map((row) => row.pattern).join("|") });
const master = new RegExp(groups.map((group) => `(${group.pattern})`).join("|"), "uy");

function nameOf(match: RegExpExecArray): TokenName | "Sign" {
  for (let group = 1; group < match.length; group++) {
    const found = groups[group - 1];
    if (match[group] !== undefined && found !== undefined) return found.name;
  }
  throw new Error("a match without a group");
}

/** A run of strange characters, binary data for instance, is one mistake. */
function unknownRun(text: string, start: number, first: string): string {
  let end = start + first.length;
  for (;;) {
    master.lastIndex = end;
    const next = master.exec(text);
    if (next === null || nameOf(next) !== "Unknown") return text.slice(start, end);
    end += next[0].length;
  }
}

// ── one token ────────────────────────────────────────────────────────────────────────────────────────────────────────
interface Reading {
  readonly source: Source;
  readonly tokens: IToken[];
  readonly comments: Comment[];
  readonly diagnostics: Diagnostic[];
}

function read(reading: Reading, written: string, name: TokenName | "Sign", start: number): void {
  const { source } = reading;
  const end = start + written.length;
  const add = (type: TokenName, image: string) => reading.tokens.push(token(type, image, start, end));
  const report = (diagnostic: Diagnostic) => record(reading, diagnostic);
  const here = span(source, start, end);
  switch (name) {
    case "Space":
      return;
    case "Doc":
    case "Comment":
      reading.comments.push({ text: written, start, end, isDoc: name === "Doc" });
      return;
    case "ForeignComment":
      report(diagnose(say.foreignComment, here, { opening: written.startsWith("#") ? "#" : "/*" }));
      return;
    case "Sign":
      add(byText.get(written) ?? "Unknown", written);
      return;
    case "Ident":
    case "Differential":
      readName(reading, written, name, start);
      return;
    case "Ring":
      add("Ring", written);
      return;
    case "Number":
      if (!Number.isFinite(Number(written))) report(diagnose(say.numberOutOfRange, here, { written }));
      add("Number", written);
      return;
    case "LooseNumber": {
      const last = reading.tokens.at(-1);
      if (written.startsWith(".") && last !== undefined && endOf(last) === start && last.tokenType !== tokens.DotDot) {
        // `x.2` is a field that cannot be, not a number.
        reading.tokens.push(token("Dot", ".", start, start + 1));
        reading.tokens.push(token("Number", written.slice(1), start + 1, end));
        return;
      }
      const write = written.startsWith(".") ? `0${written}` : `${written}0`;
      report(diagnose(say.looseNumber, here, { written, write }));
      add("Number", write);
      return;
    }
    case "String":
      for (const escape of written.matchAll(/\\[^"\\n]|\\./gu)) {
        if (/^\\["\\n]$/.test(escape[0])) continue;
        const at = start + escape.index;
        report(diagnose(say.unknownEscape, span(source, at, at + escape[0].length), { written: escape[0] }));
      }
      if (written.length - 2 > limits.string) report(diagnose(say.stringTooLong, here, { length: written.length - 2 }));
      add("String", written);
      return;
    case "OpenString":
      report(diagnose(say.openString, here, {}));
      add("String", `${written}"`);
      return;
    case "Superscript":
      readSuperscript(reading, written, start);
      return;
    case "OtherSpelling": {
      const write = spellings.get(written) ?? written;
      report(diagnose(say.otherSpelling, here, { written, write }));
      add(byText.get(write) ?? "Ident", write);
      return;
    }
    case "Semicolon":
      report(
        diagnose(say.semicolon, here, {
          atLineEnd: /^[ \t]*(?:\/\/|[\r\n]|$)/.test(source.text.slice(end, end + 200)),
        }),
      );
      return;
    default:
      record(reading, explainUnknown(written, here));
  }
}

/** No more than will be shown, so that a text of nothing but mistakes costs no more than another. */
function record({ diagnostics }: Reading, diagnostic: Diagnostic): void {
  if (diagnostics.length <= limits.errors) diagnostics.push(diagnostic);
}

function readName(reading: Reading, written: string, name: "Ident" | "Differential", start: number): void {
  const end = start + written.length;
  const image = written.normalize("NFC");
  // A letter and its mark may compose to one letter, which makes `d` and them a differential.
  const type = image === written ? (byText.get(image) ?? name) : differential.test(image) ? "Differential" : "Ident";
  if (written.length > limits.name)
    record(reading, diagnose(say.nameTooLong, span(reading.source, start, end), { length: written.length }));
  const last = reading.tokens.at(-1);
  if (last?.tokenType === tokens.Number && endOf(last) === start && type !== "Differential")
    record(
      reading,
      diagnose(say.gluedNumber, span(reading.source, startOf(last), end), { number: last.image, name: image }),
    );
  reading.tokens.push(token(type, image, start, end));
}
const differential = new RegExp(`^(?:${table.Differential.pattern})$`, "u");

function readSuperscript(reading: Reading, written: string, start: number): void {
  const end = start + written.length;
  const plain = [...written].map((character) => superscripts.get(character) ?? "").join("");
  const last = reading.tokens.at(-1);
  const base = last !== undefined && endOf(last) === start ? last.image : "x";
  record(reading, diagnose(say.superscript, span(reading.source, start, end), { written, write: `${base}^${plain}` }));
  reading.tokens.push(token("Caret", "^", start, end));
  if (plain.startsWith("-")) reading.tokens.push(token("Minus", "-", start, end));
  reading.tokens.push(token("Number", plain.replace(/^[+-]/, ""), start, end));
}
const superscripts = new Map([..."⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻"].map((character, index) => [character, "0123456789+-"[index] ?? ""]));

function explainUnknown(written: string, place: Span): Diagnostic {
  const first = String.fromCodePoint(written.codePointAt(0) ?? 0);
  const isVisible = /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(first);
  const codePoint = `U+${(first.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  return diagnose(say.unknownCharacter, place, {
    written: isVisible ? first : "",
    codePoint: /^[!-~]$/.test(first) ? null : codePoint,
  });
}

function token(name: TokenName, image: string, start: number, end: number): IToken {
  return createTokenInstance(tokens[name], image, start, end - 1, NaN, NaN, NaN, NaN);
}
