/** What can be wrong with a text before its meaning is looked at, and how is it said? */
import { row } from "./diagnostic.js";
import { limits } from "./limits.js";

const count = (n: number): string => n.toLocaleString("en-US");

// ── limits ───────────────────────────────────────────────────────────────────────────────────────────────────────────
export const textTooLong = row<{ length: number }>({
  code: "SDE0101",
  name: "text-too-long",
  severity: "error",
  message: ({ length }) => `This file has ${count(length)} characters; at most ${count(limits.text)} are read.`,
  help: () => "Move declarations into files of their own and import them.",
});

export const tooManyTokens = row({
  code: "SDE0102",
  name: "too-many-tokens",
  severity: "error",
  message: () => `This file has more than ${count(limits.tokens)} words and signs.`,
  help: () => "Move declarations into files of their own and import them; large tables belong in a data set.",
});

export const tooDeeplyNested = row({
  code: "SDE0103",
  name: "too-deeply-nested",
  severity: "error",
  message: () => `More than ${limits.nesting} levels are nested in one another here.`,
  help: () => "Name an inner part with `let` and use the name.",
});

export const nameTooLong = row<{ length: number }>({
  code: "SDE0104",
  name: "name-too-long",
  severity: "error",
  message: ({ length }) => `This name has ${count(length)} characters; a name has at most ${limits.name}.`,
});

export const stringTooLong = row<{ length: number }>({
  code: "SDE0105",
  name: "string-too-long",
  severity: "error",
  message: ({ length }) =>
    `This text has ${count(length)} characters; a quoted text has at most ${count(limits.string)}.`,
});

export const chainTooLong = row({
  code: "SDE0106",
  name: "chain-too-long",
  severity: "error",
  message: () => `More than ${count(limits.chain)} operators follow one another in this expression.`,
  help: () => "Write a sum over an index, or name parts with `let`.",
});

export const tooManyErrors = row({
  code: "SDE0107",
  name: "too-many-errors",
  severity: "information",
  message: () => `There are more than ${limits.errors} errors; I stopped reading here.`,
  help: () => "Mend the first ones; many of the others may follow from them.",
});

// ── words and signs ──────────────────────────────────────────────────────────────────────────────────────────────────
export const unknownCharacter = row<{ written: string; codePoint: string | null }>({
  code: "SDE0110",
  name: "unknown-character",
  severity: "error",
  message: ({ written, codePoint }) =>
    codePoint === null
      ? `\`${written}\` has no meaning in a formula.`
      : `${codePoint} is a character without a meaning in a formula${written === "" ? "" : `: \`${written}\``}.`,
});

export const openString = row({
  code: "SDE0111",
  name: "open-string",
  severity: "error",
  message: () => 'This quoted text has no closing `"` on its line.',
});

export const unknownEscape = row<{ written: string }>({
  code: "SDE0112",
  name: "unknown-escape",
  severity: "error",
  message: ({ written }) => `\`${written}\` stands for nothing in a quoted text.`,
  help: () => 'Only `\\"`, `\\\\` and `\\n` do.',
});

export const looseNumber = row<{ written: string; write: string }>({
  code: "SDE0113",
  name: "loose-number",
  severity: "error",
  message: ({ written }) => `The number \`${written}\` needs digits on both sides of its point.`,
  help: ({ write }) => `Write \`${write}\`.`,
});

export const otherSpelling = row<{ written: string; write: string }>({
  code: "SDE0114",
  name: "other-spelling",
  severity: "error",
  message: ({ written, write }) => `\`${written}\` is written \`${write}\` in this language.`,
});

export const superscript = row<{ written: string; write: string }>({
  code: "SDE0115",
  name: "superscript",
  severity: "error",
  message: ({ written }) => `\`${written}\` is set as a superscript, which is not part of the language.`,
  help: ({ write }) => `Write the power with a caret: \`${write}\`.`,
});

export const semicolon = row<{ atLineEnd: boolean }>({
  code: "SDE0116",
  name: "semicolon",
  severity: "error",
  message: ({ atLineEnd }) =>
    atLineEnd
      ? "`;` is not needed: a statement ends where the next begins."
      : "`;` separates nothing in this language.",
  help: ({ atLineEnd }) =>
    atLineEnd
      ? "Leave it out."
      : "Put the next statement on its own line; write the rows of a matrix as `[[1, 2], [3, 4]]`.",
});

export const foreignComment = row<{ opening: string }>({
  code: "SDE0117",
  name: "foreign-comment",
  severity: "error",
  message: ({ opening }) => `\`${opening}\` does not begin a comment here.`,
  help: () => "Write `//` in front of each line of the comment.",
});

export const gluedNumber = row<{ number: string; name: string }>({
  code: "SDE0118",
  name: "glued-number",
  severity: "error",
  message: ({ number, name }) => `The number \`${number}\` runs into \`${name}\`.`,
  help: ({ number, name }) => `Write \`${number} * ${name}\` for the product, or a space between the two.`,
});

export const numberOutOfRange = row<{ written: string }>({
  code: "SDE0119",
  name: "number-out-of-range",
  severity: "error",
  message: ({ written }) => `The number \`${written}\` is larger than any that can be computed with.`,
  help: () => "The largest is about 1.8e308; write `infinity` for what has no bound.",
});

// ── phrases ──────────────────────────────────────────────────────────────────────────────────────────────────────────
/** `after` and `found` come quoted, as in "`=`" or "the end of the text". */
export interface Expectation {
  readonly expected: string;
  readonly after: string | null;
  readonly found: string;
  /** The word of the language that stands for the one before. */
  readonly meant: string | null;
}

export const expected = row<Expectation>({
  code: "SDE0120",
  name: "expected",
  severity: "error",
  message: ({ expected, after, found }) =>
    `I expected ${expected}${after === null ? "" : ` after ${after}`}, but ${found === END ? "the text ends there" : `the next thing is ${found}`}.`,
  help: ({ meant }) => (meant === null ? null : `Did you mean \`${meant}\`?`),
});

/** What `found` says at the end of a text. */
export const END = "the end of the text";

export const openBracket = row<{ open: string; close: string; found: string }>({
  code: "SDE0121",
  name: "open-bracket",
  severity: "error",
  message: ({ open, close, found }) => `\`${open}\` is never closed: I expected \`${close}\` before ${found}.`,
});

export const strayBracket = row<{ close: string }>({
  code: "SDE0122",
  name: "stray-bracket",
  severity: "error",
  message: ({ close }) => `This \`${close}\` closes nothing.`,
  help: () => "Leave it out, or open the bracket it should close.",
});

export const reservedWord = row<{ word: string }>({
  code: "SDE0123",
  name: "reserved-word",
  severity: "error",
  message: ({ word }) => `\`${word}\` is a word of the language and cannot be a name here.`,
  help: ({ word }) => `Choose another, such as \`${word}_\`; as a field or argument name \`${word}\` is free.`,
});

export const differentialAsName = row<{ word: string }>({
  code: "SDE0124",
  name: "differential-as-name",
  severity: "error",
  message: ({ word }) => `\`${word}\` is a differential, the increment of \`${word.slice(1)}\`, and cannot be a name.`,
  help: ({ word }) =>
    word === "dt" ? "A time step is usually called `h`." : "`d` and one letter always is one; use a longer name.",
});

export const comparisonForDefinition = row<{ name: string }>({
  code: "SDE0125",
  name: "comparison-for-definition",
  severity: "error",
  message: ({ name }) => `\`==\` compares; ${name} is defined with \`=\`.`,
  help: () => "Write one `=`.",
});

export const missingEquals = row<{ after: string; found: string }>({
  code: "SDE0126",
  name: "missing-equals",
  severity: "error",
  message: ({ after, found }) =>
    `I expected \`=\` and a value after ${after}, but ${found === END ? "the text ends there" : `the next thing is ${found}`}.`,
});

export const bracesAfterCaret = row<{ write: string }>({
  code: "SDE0127",
  name: "braces-after-caret",
  severity: "error",
  message: () => "Braces make a set, and a set is no exponent.",
  help: ({ write }) => `Write \`${write}\`; an exponent of several terms goes in parentheses.`,
});

export const updateForComparison = row({
  code: "SDE0128",
  name: "update-for-comparison",
  severity: "error",
  message: () => "`<-` updates a name, and no update can stand here.",
  help: () => "To compare with a negative number put a space between: `a < -1`.",
});

export const nestedDeclaration = row<{ word: string }>({
  code: "SDE0129",
  name: "nested-declaration",
  severity: "error",
  message: ({ word }) => `A ${word} is declared at the top of a file, not inside a block.`,
  help: ({ word }) => (word === "fn" ? "Write `let f = fn(x) = …` for a function inside a block." : null),
});

export const statementOutside = row<{ found: string }>({
  code: "SDE0130",
  name: "statement-outside",
  severity: "error",
  message: ({ found }) => `I expected a declaration, but the next thing is ${found}.`,
  help: () => "Draws, equations, updates, goals and loops stand in the block of a declaration, between `{` and `}`.",
});

export const chainedComparison = row<{ sign: string }>({
  code: "SDE0131",
  name: "chained-comparison",
  severity: "error",
  message: ({ sign }) => `A comparison cannot be continued with \`${sign}\`.`,
  help: () => "Write two comparisons: `0 < x and x < 1`.",
});

export const unknownDeclaration = row<{ word: string; write: string | null }>({
  code: "SDE0132",
  name: "unknown-declaration",
  severity: "error",
  message: ({ word }) => `\`${word}\` does not begin a declaration.`,
  help: ({ write }) =>
    write === null
      ? "A file declares with data, network, process, reference, interpolant, coupling, reward, objective, sampler, fn, let, param, train and import."
      : `Write \`${write}\`.`,
});

export const definitionForComparison = row({
  code: "SDE0133",
  name: "definition-for-comparison",
  severity: "error",
  message: () => "`=` defines, and nothing can be defined here.",
  help: () => "Write `==` to compare.",
});

export const sideBySide = row<{ left: string; right: string }>({
  code: "SDE0134",
  name: "side-by-side",
  severity: "error",
  message: ({ left, right }) => `${left} and ${right} stand side by side with nothing between them.`,
  help: () => "A product is written with `*`; the next statement begins on its own line.",
});

export const argumentWithEquals = row<{ name: string }>({
  code: "SDE0135",
  name: "argument-with-equals",
  severity: "error",
  message: () => "A named argument is given with a colon, not with `=`.",
  help: ({ name }) => `Write \`${name}: …\`.`,
});

export const ifStatement = row({
  code: "SDE0136",
  name: "if-statement",
  severity: "error",
  message: () => "`if` chooses between two values; it does not choose between statements.",
  help: () => "Write `x <- if a then b else c`.",
});
