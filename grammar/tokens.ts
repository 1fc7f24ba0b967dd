/** Which words and signs has the language? The one table that the lexer, the editor's colours and messages read. */
import { createToken, Lexer, type TokenType } from "chevrotain";

/** Anything a name may continue with. Valid as a regular expression with flag `u` and in TextMate grammars alike. */
export const TAIL = "[\\p{L}\\p{Mn}\\p{Nd}_₀-₉]";

export interface TokenRow {
  /** Regular expression source without capturing groups. */
  readonly pattern: string;
  /** The exact text, where a token has only one: keywords and signs. */
  readonly text?: string;
  /** A reserved word; free as a field or argument name. */
  readonly keyword?: true;
  /** Broader classes that the grammar speaks of. */
  readonly categories?: readonly CategoryName[];
  /** TextMate scope, without the closing `.sde`; null where colours say nothing. */
  readonly scope: string | null;
}

/** Word: any name, keyword or differential. Kind: a keyword that opens a declaration. Operator: has two sides. */
export type CategoryName = "Word" | "Kind" | "Ident" | Operators;
type Operators = "Operator" | "SumSign" | "ProductSign" | "ComparisonSign";

const kind = (text: string) =>
  ({ pattern: text, text, keyword: true, categories: ["Word", "Kind"], scope: "storage.type" }) as const;
const word = (text: string, scope = "keyword.control", ...categories: CategoryName[]) =>
  ({ pattern: text, text, keyword: true, categories: ["Word", ...categories], scope }) as const;
const sign = (text: string, scope: string, ...categories: CategoryName[]) =>
  ({ pattern: text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), text, categories, scope }) as const;
const spoiled = (pattern: string) => ({ pattern, scope: "invalid.illegal" }) as const;

/** Other people's signs, and what this language writes for them. */
// prettier-ignore
export const spellings: ReadonlyMap<string, string> = new Map([
  ["**", "^"], [":=", "="], ["&&", "and"], ["||", "or"], ["=>", "="], ["->", ":"], ["!", "not"],
  ["−", "-"], ["–", "-"], ["×", "*"], ["·", "*"], ["⋅", "*"], ["÷", "/"],
  ["≤", "<="], ["≥", ">="], ["≠", "!="], ["∼", "~"], ["←", "<-"], ["∞", "infinity"], ["∈", "in"], ["¬", "not"],
]);

const otherSpellings = [...spellings.keys()]
  .map((text) => (text === "!" ? "!(?!=)" : text.replace(/[*|]/g, "\\$&")))
  .join("|");

/** Order decides between tokens that start alike; of signs the longer wins. */
export const table = {
  Space: { pattern: "[ \\t\\r\\n\\uFEFF]+", scope: null },
  Doc: { pattern: "\\/\\/\\/[^\\r\\n]*", scope: "comment.block.documentation" },
  Comment: { pattern: "\\/\\/[^\\r\\n]*", scope: "comment.line.double-slash" },
  ForeignComment: spoiled("#[^\\r\\n]*|\\/\\*(?:[^]*?\\*\\/|[^]*)"),

  Data: kind("data"),
  Network: kind("network"),
  Process: kind("process"),
  Reference: kind("reference"),
  Interpolant: kind("interpolant"),
  Coupling: kind("coupling"),
  Reward: kind("reward"),
  Objective: kind("objective"),
  Sampler: kind("sampler"),
  Fn: kind("fn"),
  Import: word("import"),
  Let: word("let", "storage.type"),
  Param: word("param", "storage.type"),
  Train: word("train", "storage.type"),
  On: word("on"),
  In: word("in"),
  Predicts: word("predicts"),
  Of: word("of"),
  Using: word("using"),
  With: word("with"),
  Minimize: word("minimize"),
  Maximize: word("maximize"),
  Over: word("over"),
  For: word("for"),
  Return: word("return"),
  If: word("if"),
  Then: word("then"),
  Else: word("else"),
  And: word("and", "keyword.operator.logical", "Operator"),
  Or: word("or", "keyword.operator.logical", "Operator"),
  Not: word("not", "keyword.operator.logical"),
  /** Special only after the names of an import. */
  From: { pattern: "from", text: "from", categories: ["Word", "Ident"], scope: "keyword.control" },

  /** `d` and one letter, with digits or a `_subscript`: `dx`, `dt`, `dθ`, `dW1`, `dW_A`. */
  Differential: {
    pattern: `d\\p{L}(?:[\\p{Nd}₀-₉]+|_${TAIL}*)?(?!${TAIL})`,
    categories: ["Word"],
    scope: "variable.language.differential",
  },
  /** Stratonovich's mark; the letter only where a differential follows on the line. */
  Ring: {
    pattern: `∘|o(?=[ \\t]+d\\p{L}(?:[\\p{Nd}₀-₉]+|_${TAIL}*)?(?!${TAIL}))`,
    scope: "keyword.operator.stratonovich",
  },
  Ident: { pattern: `[\\p{L}_]${TAIL}*`, categories: ["Word"], scope: "variable.other" },
  LooseNumber: spoiled("\\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+\\.(?![.0-9\\p{L}_])"),
  Number: { pattern: "[0-9]+(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?", scope: "constant.numeric" },
  String: { pattern: '"(?:[^"\\\\\\r\\n]|\\\\[^\\r\\n])*"', scope: "string.quoted.double" },
  OpenString: spoiled('"[^\\r\\n]*'),
  Superscript: spoiled("[⁺⁻]?[⁰¹²³⁴-⁹]+"),
  OtherSpelling: spoiled(otherSpellings),

  DotDot: sign("..", "keyword.operator.range"),
  Arrow: sign("<-", "keyword.operator.update"),
  Same: sign("==", "keyword.operator.comparison", "Operator", "ComparisonSign"),
  Different: sign("!=", "keyword.operator.comparison", "Operator", "ComparisonSign"),
  AtMost: sign("<=", "keyword.operator.comparison", "Operator", "ComparisonSign"),
  AtLeast: sign(">=", "keyword.operator.comparison", "Operator", "ComparisonSign"),
  Below: sign("<", "keyword.operator.comparison", "Operator", "ComparisonSign"),
  Above: sign(">", "keyword.operator.comparison", "Operator", "ComparisonSign"),
  Equals: sign("=", "keyword.operator.assignment"),
  Tilde: sign("~", "keyword.operator.distribution"),
  Colon: sign(":", "punctuation.separator.type"),
  Bar: sign("|", "keyword.operator.condition"),
  Caret: sign("^", "keyword.operator.arithmetic"),
  Plus: sign("+", "keyword.operator.arithmetic", "Operator", "SumSign"),
  Minus: sign("-", "keyword.operator.arithmetic", "Operator", "SumSign"),
  Star: sign("*", "keyword.operator.arithmetic", "Operator", "ProductSign"),
  Slash: sign("/", "keyword.operator.arithmetic", "Operator", "ProductSign"),
  At: sign("@", "keyword.operator.arithmetic", "Operator", "ProductSign"),
  Dot: sign(".", "punctuation.accessor"),
  Comma: sign(",", "punctuation.separator.comma"),
  OpenParenthesis: sign("(", "punctuation.bracket.round"),
  CloseParenthesis: sign(")", "punctuation.bracket.round"),
  OpenBracket: sign("[", "punctuation.bracket.square"),
  CloseBracket: sign("]", "punctuation.bracket.square"),
  OpenBrace: sign("{", "punctuation.bracket.curly"),
  CloseBrace: sign("}", "punctuation.bracket.curly"),
  Semicolon: spoiled(";"),
  Unknown: spoiled("[^]"),
} as const satisfies Record<string, TokenRow>;

export type TokenName = keyof typeof table;

const rows: readonly (readonly [TokenName, TokenRow])[] = (Object.keys(table) as TokenName[]).map(
  // Object.keys widens to string[]; these are exactly the keys of the table.
  (name) => [name, table[name]] as const,
);

const categoryTypes = new Map<CategoryName, TokenType>();
for (const name of ["Word", "Kind", "Operator", "SumSign", "ProductSign", "ComparisonSign"] as const)
  categoryTypes.set(name, createToken({ name, pattern: Lexer.NA }));
const category = (name: CategoryName): TokenType => {
  const found = categoryTypes.get(name);
  if (found === undefined) throw new Error(`token category ${name} is used before it is made`);
  return found;
};

const made = new Map<TokenName, TokenType>();
// Ident is a class of its own (`from` belongs to it), so it is made before the rest.
for (const [name, row] of [...rows].sort(([a], [b]) => Number(b === "Ident") - Number(a === "Ident"))) {
  const type = createToken({ name, pattern: Lexer.NA, categories: (row.categories ?? []).map(category) });
  made.set(name, type);
  if (name === "Ident") categoryTypes.set(name, type);
}

/** The token types of the parser, by name. */
export const tokens = Object.fromEntries(made) as Readonly<Record<TokenName, TokenType>>; // one entry a row, see above
export const categories = Object.fromEntries(categoryTypes) as Readonly<Record<CategoryName, TokenType>>;
export const vocabulary: TokenType[] = [...new Set([...made.values(), ...categoryTypes.values()])];

/** Reserved words, in the order of the table. */
export const keywords: readonly string[] = rows.flatMap(([, row]) => (row.keyword ? [row.pattern] : []));

/** Token names by their exact text. */
export const byText: ReadonlyMap<string, TokenName> = new Map(
  rows.flatMap(([name, row]) => (row.text === undefined ? [] : [[row.text, name] as const])),
);
