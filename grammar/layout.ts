/** Which tokens begin a line, and which brackets belong together? Recovery and messages ask, correct text never. */
import type { IToken } from "chevrotain";
import { endOf, startOf } from "./lexer.js";
import { limits } from "./limits.js";
import type { Source } from "./source.js";
import { categories, tokens } from "./tokens.js";

export interface Layout {
  readonly startsLine: (index: number) => boolean;
  /** Index of the bracket that opens or closes with this one; -1 for a bracket without one and for other tokens. */
  readonly partner: (index: number) => number;
  /** Index of the innermost closed bracket around this token; -1 outside of all. */
  readonly enclosing: (index: number) => number;
  /** A kind and a name at the left margin: no bracket reaches across. */
  readonly opensDeclaration: (index: number) => boolean;
  /** First of its line, in the leftmost column of the text. */
  readonly isAtMargin: (index: number) => boolean;
}

export function layOut(source: Source, all: readonly IToken[]): Layout {
  const columns = columnsOf(source.text, all);
  const margin = columns.reduce((least, column) => (column >= 0 && column < least ? column : least), Infinity);
  const opensDeclaration = (index: number): boolean => {
    const [first, second] = [all[index], all[index + 1]];
    if (first === undefined || second === undefined || columns[index] !== margin) return false;
    if (first.tokenType === tokens.Import) return true;
    return isOf(first, categories.Kind) && isOf(second, categories.Word);
  };
  const plain = match(all, columns, opensDeclaration, () => true);
  // Where a brace is missing, indentation says better than nesting which one it was.
  const partners = plain.isComplete
    ? plain.partners
    : match(all, columns, opensDeclaration, alignedIn(all, columns)).partners;
  const around = enclosings(all.length, partners);
  return {
    startsLine: (index) => (columns[index] ?? -1) >= 0,
    partner: (index) => partners[index] ?? -1,
    enclosing: (index) => around[index] ?? -1,
    opensDeclaration,
    isAtMargin: (index) => columns[index] === margin,
  };
}

export function isOf(
  token: IToken,
  type: { readonly categoryMatchesMap?: object; readonly tokenTypeIdx?: number },
): boolean {
  if (token.tokenTypeIdx === type.tokenTypeIdx) return true;
  return type.categoryMatchesMap !== undefined && token.tokenTypeIdx in type.categoryMatchesMap;
}

/** The column of each token that is the first of its line, -1 for all others. */
function columnsOf(text: string, all: readonly IToken[]): Int32Array {
  const columns = new Int32Array(all.length).fill(-1);
  let previousEnd = 0;
  for (const [index, token] of all.entries()) {
    const start = startOf(token);
    const gap = text.slice(previousEnd, start);
    const lineEnd = Math.max(gap.lastIndexOf("\n"), gap.lastIndexOf("\r"));
    if (lineEnd >= 0) columns[index] = gap.length - lineEnd - 1;
    else if (index === 0) columns[index] = start;
    previousEnd = endOf(token);
  }
  return columns;
}

const closerOf = new Map([
  [tokens.OpenParenthesis, tokens.CloseParenthesis],
  [tokens.OpenBracket, tokens.CloseBracket],
  [tokens.OpenBrace, tokens.CloseBrace],
]);
const openerOf = new Map([...closerOf].map(([open, close]) => [close, open]));

/** Pairs brackets. A closer looks past a few unclosed openers, round and square ones not past a brace. */
function match(
  all: readonly IToken[],
  columns: Int32Array,
  isBarrier: (index: number) => boolean,
  mayPair: (open: number, close: number) => boolean,
): { partners: Int32Array; isComplete: boolean } {
  const partners = new Int32Array(all.length).fill(-1);
  const open: number[] = [];
  let isComplete = true;
  for (const [index, token] of all.entries()) {
    if (closerOf.has(token.tokenType)) open.push(index);
    else if (openerOf.has(token.tokenType)) {
      const wanted = openerOf.get(token.tokenType);
      const best = findOpener(all, open, wanted, (opener) => mayPair(opener, index));
      const at = best === -1 && columns[index] !== -1 ? findOpener(all, open, wanted, () => true) : best;
      if (at === -1 || at < open.length - 1) isComplete = false;
      if (at === -1) continue;
      const opener = open[at] ?? -1;
      open.length = at;
      partners[index] = opener;
      partners[opener] = index;
    } else if (open.length > 0 && isBarrier(index)) {
      open.length = 0;
      isComplete = false;
    }
  }
  return { partners, isComplete: isComplete && open.length === 0 };
}

function findOpener(
  all: readonly IToken[],
  open: readonly number[],
  wanted: IToken["tokenType"] | undefined,
  mayPair: (opener: number) => boolean,
): number {
  for (let at = open.length - 1; at >= Math.max(0, open.length - limits.nesting); at--) {
    const opener = open[at] ?? -1;
    const type = all[opener]?.tokenType;
    if (type === wanted && mayPair(opener)) return at;
    if (type === tokens.OpenBrace && wanted !== tokens.OpenBrace) return -1;
  }
  return -1;
}

/** A brace that begins a line closes one whose line begins in the same column, any other one of its own line. */
function alignedIn(all: readonly IToken[], columns: Int32Array): (open: number, close: number) => boolean {
  const lineStart = new Int32Array(all.length);
  for (let index = 1; index < all.length; index++)
    lineStart[index] = columns[index] === -1 ? (lineStart[index - 1] ?? 0) : index;
  return (open, close) => {
    if (all[close]?.tokenType !== tokens.CloseBrace) return true;
    if (columns[close] === -1) return lineStart[open] === lineStart[close];
    return columns[lineStart[open] ?? 0] === columns[close];
  };
}

function enclosings(length: number, partners: Int32Array): Int32Array {
  const around = new Int32Array(length).fill(-1);
  const open: number[] = [];
  for (let index = 0; index < length; index++) {
    const partner = partners[index] ?? -1;
    if (partner >= 0 && partner < index) open.pop();
    around[index] = open.at(-1) ?? -1;
    if (partner > index) open.push(index);
  }
  return around;
}
