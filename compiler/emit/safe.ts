/** How does text of a model reach the emitted file without ever becoming code? Only through these functions. */
import { InternalError } from "../internal-error.js";

declare const mark: unique symbol;
/** Text that has passed one of the functions below. The syntax builders take nothing else. */
type Passed<Kind extends string> = string & { readonly [mark]: Kind };
export type Identifier = Passed<"identifier">;
export type StringToken = Passed<"string">;
export type KeyToken = Passed<"key">;
export type NumberToken = Passed<"number">;
export type CommentText = Passed<"comment">;

/** A name of the target language: ASCII, so that no two only look alike. names.ts keeps off the reserved words. */
export function identifier(text: string): Identifier {
  if (!/^[A-Za-z_$][A-Za-z0-9_$]*$/.test(text)) throw new InternalError(`${JSON.stringify(text)} cannot be a name`);
  // The check above is what the mark stands for.
  return text as Identifier;
}

/**
 * A string literal in double quotes. Letters that people read in formulas stay as they are; quotes and everything that
 * could end the literal, hide or reorder text is an escape.
 */
export function string(text: string): StringToken {
  const escaped = text.replace(notPlain, escape);
  // Only plain characters and escapes are left between the quotes.
  return `"${escaped}"` as StringToken;
}

/** The name of an entry of a record: bare where all letters are plain ones, else as a string. */
export function key(text: string): KeyToken {
  const literal = string(text);
  if (text === "__proto__") throw new InternalError("__proto__ would set the prototype");
  // A bare one is letters, digits, marks, _ and $ only: a name wherever an entry is named.
  const isBare = literal.length === text.length + 2 && /^[\p{L}$_][\p{L}\p{Mn}0-9$_]*$/u.test(text);
  return (isBare ? text : literal) as string as KeyToken;
}

/** The shortest literal that reads back as the same number. */
export function number(value: number): NumberToken {
  if (!Number.isFinite(value)) throw new InternalError(`${value} has no literal`);
  const text = Object.is(value, -0) ? "-0" : String(value).replace("e+", "e");
  // A finite number's decimal notation.
  return text as NumberToken;
}

/**
 * One line of a comment: no line ends of any kind, no end or start of a comment, no invisible or reordering characters,
 * no tag at the beginning, at most `longest` characters.
 */
export function comment(text: string, longest = 100): CommentText {
  const visible = text
    .replace(/\p{White_Space}+/gu, " ")
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu, "")
    .replace(/ +/g, " ")
    .replace(/\*(?=\/)/g, "* ")
    .replace(/\/(?=\*)/g, "/ ")
    .replace(/\{(?=@)/g, "{ ")
    .trim()
    .replace(/^[@#!*\/\s]+/, "");
  const points = Array.from(visible);
  const short =
    points.length <= longest
      ? visible
      : `${points
          .slice(0, longest - 1)
          .join("")
          .trimEnd()}…`;
  // Nothing is left that could end a line or a comment.
  return short as CommentText;
}

/** All but printable ASCII without quotes and backslash; Latin and Greek letters, marks, subscripts (x̂₀, σ); ∂, ∇. */
const notPlain = new RegExp(
  "[^ !#-&(-[\\]-~\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u017f\\u0300-\\u033f\\u0391-\\u03a9\\u03b1-\\u03c9" +
    "\\u2080-\\u2089\\u2202\\u2207]",
  "g",
);

function escape(unit: string): string {
  if (unit === "\\") return "\\\\";
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
