/** How is it said that a text does not fit the grammar? What was expected and what stands there make one sentence. */
import { EOF, type IToken, type TokenType } from "chevrotain";
import { diagnose, type Diagnostic } from "./diagnostic.js";
import { isOf } from "./layout.js";
import { endOf, startOf } from "./lexer.js";
import { span, type Source, type Span } from "./source.js";
import * as say from "./syntax-catalogue.js";
import { categories, table, tokens, type TokenRow } from "./tokens.js";

export interface Failure {
  /** The name of a token or category, or a phrase that a rule gave. */
  readonly expected: string;
  /** The rule that was being read. */
  readonly rule: string;
  readonly actual: IToken;
  readonly previous: IToken;
}

/** `isSameLine`: what stands there is on the line of what precedes it. */
export function explain(source: Source, failure: Failure, isSameLine: boolean): Diagnostic {
  const { actual, previous, expected, rule } = failure;
  const place = placeOf(source, actual, previous, isSameLine);
  const found = quoted(actual);
  const after = previous.tokenType === EOF ? null : quoted(previous);
  const wantsValue = expected === "an expression";
  switch (actual.tokenType) {
    case tokens.Arrow:
      if (rule !== "target" && !wantsValue) return diagnose(say.updateForComparison, place, {});
      break;
    case tokens.Equals:
      if (closers.has(expected) && isOf(previous, categories.Word))
        return diagnose(say.argumentWithEquals, place, { name: previous.image });
      if (closers.has(expected) || expected === "Then") return diagnose(say.definitionForComparison, place, {});
      break;
    case tokens.Same:
      if (rule === "relation" || rule === "equation")
        return diagnose(say.comparisonForDefinition, place, { name: `\`${previous.image}\`` });
  }
  if (isOf(actual, categories.ComparisonSign) && !wantsValue && expected !== "Ident")
    return diagnose(say.chainedComparison, place, { sign: actual.image });
  if (wantsValue && isSameLine && isOf(actual, categories.Kind))
    return diagnose(say.reservedWord, place, { word: actual.image });
  if (expected === "Equals" && after !== null) return diagnose(say.missingEquals, place, { after, found });
  const meant =
    rule === "relation" && previous.tokenType === tokens.Ident ? foreignStatements.get(previous.image) : undefined;
  return diagnose(say.expected, place, { expected: phrase(expected, rule), after, found, meant: meant ?? null });
}

/** A sentence for what can begin no statement (`isInBlock`) or no declaration. */
export function explainStray(
  source: Source,
  { actual, next, previous }: { readonly actual: IToken; readonly next: IToken; readonly previous: IToken },
  { isInBlock, startsLine }: { readonly isInBlock: boolean; readonly startsLine: boolean },
): Diagnostic {
  const place = span(source, startOf(actual), endOf(actual));
  if (closingTypes.has(actual.tokenType)) return diagnose(say.strayBracket, place, { close: actual.image });
  if (actual.tokenType === tokens.Same) return diagnose(say.comparisonForDefinition, place, { name: quoted(previous) });
  if (isOf(actual, categories.ComparisonSign)) return diagnose(say.chainedComparison, place, { sign: actual.image });
  if (actual.tokenType === tokens.Arrow && isInBlock) return diagnose(say.updateForComparison, place, {});
  if (isInBlock && isOf(actual, categories.Kind)) return explainKindInBlock(actual, next, place);
  if (!startsLine && isOperand(actual) && isOperandEnd(previous))
    return diagnose(say.sideBySide, span(source, startOf(previous), endOf(actual)), {
      left: quoted(previous),
      right: quoted(actual),
    });
  if (actual.tokenType === tokens.If) return diagnose(say.ifStatement, place, {});
  if (isInBlock)
    return diagnose(say.expected, place, { expected: "a statement", after: null, found: quoted(actual), meant: null });
  if (actual.tokenType === tokens.Ident && isOf(next, categories.Ident))
    return diagnose(say.unknownDeclaration, place, {
      word: actual.image,
      write: foreignWords.get(actual.image) ?? null,
    });
  return diagnose(say.statementOutside, place, { found: quoted(actual) });
}

function explainKindInBlock(actual: IToken, next: IToken, place: Span): Diagnostic {
  const isName = [tokens.Equals, tokens.Tilde, tokens.Arrow, tokens.Comma, tokens.OpenParenthesis].includes(
    next.tokenType,
  );
  return isName
    ? diagnose(say.reservedWord, place, { word: actual.image })
    : diagnose(say.nestedDeclaration, place, { word: actual.image });
}

/** Two values on one line with nothing between them, or null. */
export function explainSideBySide(source: Source, left: IToken, right: IToken): Diagnostic | null {
  if (!isOperandEnd(left)) return null;
  return diagnose(say.sideBySide, span(source, startOf(left), endOf(right)), {
    left: quoted(left),
    right: quoted(right),
  });
}

/** A bracket that nothing closes. */
export function explainOpen(
  source: Source,
  {
    open,
    close,
    actual,
    previous,
  }: { readonly open: IToken; readonly close: TokenType; readonly actual: IToken; readonly previous: IToken },
  isSameLine: boolean,
): Diagnostic {
  const sign = signOf(close.name);
  const found = actual.image === sign ? `the next ${quoted(actual)}` : quoted(actual);
  return diagnose(
    say.openBracket,
    placeOf(source, actual, previous, isSameLine),
    { open: open.image, close: sign, found },
    [{ message: `${quoted(open)} opens here`, span: span(source, startOf(open), endOf(open)) }],
  );
}

function quoted(token: IToken): string {
  if (token.tokenType === EOF) return say.END;
  const short = token.image.length > 40 ? `${[...token.image.slice(0, 40)].slice(0, -1).join("")}…` : token.image;
  return `\`${short}\``;
}

function phrase(expected: string, rule: string): string {
  if (expected === "CloseParenthesis" && rule === "declaration") return "`)`";
  const special = phrases.get(expected);
  if (special !== undefined) return special;
  // A token's name: what it looks like. Anything else is a phrase already.
  return expected in table ? `\`${signOf(expected)}\`` : expected;
}

/** The text of a keyword or sign by its token's name. */
function signOf(name: string): string {
  const row: TokenRow | undefined = (table as Readonly<Record<string, TokenRow>>)[name];
  return row?.text ?? name;
}

const phrases = new Map([
  ["Ident", "a name"],
  ["Word", "a name"],
  ["Kind", "a kind such as `process`"],
  ["Differential", "a differential such as `dx`"],
  ["String", "a path in quotes"],
  ["CloseParenthesis", "`,` or `)`"],
  ["CloseBracket", "`,` or `]`"],
  ["CloseBrace", "`,` or `}`"],
]);

/** Where the next thing is on a later line, the fault is at the end of what precedes it. */
function placeOf(source: Source, actual: IToken, previous: IToken, isSameLine: boolean): Span {
  const hasPrevious = previous.tokenType !== EOF;
  if (hasPrevious && (actual.tokenType === EOF || !isSameLine)) return span(source, startOf(previous), endOf(previous));
  if (actual.tokenType === EOF) return span(source, source.text.length, source.text.length);
  return span(source, startOf(actual), endOf(actual));
}

const closers = new Set(["CloseParenthesis", "CloseBracket", "CloseBrace"]);
const closingTypes = new Set([tokens.CloseParenthesis, tokens.CloseBracket, tokens.CloseBrace]);

const isOperand = (token: IToken): boolean => isOf(token, categories.Word) || operandStarts.has(token.tokenType);
const operandStarts = new Set([
  tokens.Number,
  tokens.String,
  tokens.OpenParenthesis,
  tokens.OpenBracket,
  tokens.OpenBrace,
]);
const isOperandEnd = (token: IToken): boolean =>
  isOf(token, categories.Ident) || token.tokenType === tokens.Differential || operandEnds.has(token.tokenType);
const operandEnds = new Set([tokens.Number, tokens.String, ...closingTypes]);

/** What begins a statement elsewhere, or in other spelling. */
const foreignStatements = new Map([
  ["minimise", "minimize"],
  ["maximise", "maximize"],
  ["const", "let"],
  ["var", "let"],
  ["val", "let"],
  ["foreach", "for"],
]);

/** What other languages begin a declaration with. */
// prettier-ignore
const foreignWords = new Map([
  ["const", "let"], ["var", "let"], ["val", "let"], ["def", "fn"], ["function", "fn"], ["func", "fn"], ["fun", "fn"],
  ["model", "process"], ["sde", "process"], ["diffusion", "process"], ["dataset", "data"], ["loss", "objective"],
  ["parameter", "param"], ["net", "network"], ["flow", "interpolant"], ["from", "import"], ["include", "import"],
]);
