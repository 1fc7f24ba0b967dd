/** How do a text's words reach the page? One after another as they were written, with every comment where it stood. */
import type { Doc } from "prettier";
import { builders } from "prettier/doc";
import { endOf, startOf, type Comment } from "./lexer.js";
import type { ParsedWithTrivia } from "./parse.js";
import type { Expression } from "./tree.js";

/** What stands between two tokens where no comment does. */
export type Gap = "none" | "space" | "softline" | "line" | "hardline";

/**
 * The tree says how a text is laid out, its tokens what is laid out: printing takes each token once, in order, and makes
 * none up. So the formatter cannot change what a text says, and a comment cannot get lost or move.
 */
export interface Pen {
  /** The space before the next token, or the comments that stand there, each ending its line. */
  readonly gap: (kind: Gap) => Doc;
  /** The same before a closing bracket: comments stand with what is inside. */
  readonly closingGap: (kind: Gap) => Doc;
  /** A statement's line end: an empty line stays one. */
  readonly lineEnd: () => Doc;
  /** The next token, which must be this one where one is given. */
  readonly take: (expected?: string) => Doc;
  readonly next: () => string | null;
  /** The next token begins on a later line than the one before it ended. */
  readonly startsLine: () => boolean;
  /** Comments at the end of the text. */
  readonly rest: () => Doc;
  readonly parentheses: (node: Expression) => number;
}

const { hardline, indent, lineSuffix, line, softline } = builders;
const gaps: Readonly<Record<Gap, Doc>> = { none: "", space: " ", softline, line, hardline };

export function penFor(text: string, { tokens, comments, parentheses }: ParsedWithTrivia): Pen {
  let nextToken = 0;
  let nextComment = 0;
  /** Where the last thing printed ended in the text. */
  let end = 0;

  const startOfNext = (): number => {
    const token = tokens[nextToken];
    return token === undefined ? text.length : startOf(token);
  };
  const lineEnds = (from: number, to: number): number => text.slice(from, to).match(/\r\n|\r|\n/g)?.length ?? 0;

  const takeComments = (keepsEmptyLines: boolean): Doc[] => {
    const docs: Doc[] = [];
    for (let comment = comments[nextComment]; comment !== undefined; comment = comments[nextComment]) {
      if (comment.start >= startOfNext()) break;
      docs.push(commentDoc(comment, keepsEmptyLines));
      end = comment.end;
      nextComment++;
    }
    return docs;
  };
  const commentDoc = (comment: Comment, keepsEmptyLines: boolean): Doc => {
    const above = lineEnds(end, comment.start);
    const written = comment.text.trimEnd();
    if (end === 0) return written;
    if (above === 0) return lineSuffix([" ", written]);
    return [hardline, keepsEmptyLines && above > 1 ? hardline : "", written];
  };
  const isFirst = (): boolean => nextToken === 0 && end === 0;

  return {
    gap: (kind) => {
      const written = takeComments(false);
      return written.length > 0 ? [...written, hardline] : gaps[kind];
    },
    closingGap: (kind) => {
      const written = takeComments(true);
      return written.length > 0 ? [indent(written), hardline] : gaps[kind];
    },
    lineEnd: () => {
      if (isFirst()) {
        const written = takeComments(true);
        if (written.length === 0) return "";
        return [...written, hardline, lineEnds(end, startOfNext()) > 1 ? hardline : ""];
      }
      const opensBlock = tokens[nextToken - 1]?.image === "{";
      const written = takeComments(true);
      const isTight = opensBlock && written.length === 0;
      return [...written, hardline, !isTight && lineEnds(end, startOfNext()) > 1 ? hardline : ""];
    },
    take: (expected) => {
      const token = tokens[nextToken++];
      if (token === undefined || (expected !== undefined && token.image !== expected))
        throw new Error(`the formatter expected ${expected ?? "a token"} and found ${token?.image ?? "the end"}`);
      const written = text.slice(startOf(token), endOf(token));
      end = endOf(token);
      return written;
    },
    next: () => tokens[nextToken]?.image ?? null,
    startsLine: () => lineEnds(end, startOfNext()) > 0,
    rest: () => takeComments(true),
    parentheses: (node) => parentheses.get(node) ?? 0,
  };
}
