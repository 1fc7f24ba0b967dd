/** Where is the parser, and what stands there? Chevrotain's parser with the places that nodes and messages need. */
import { EmbeddedActionsParser, EOF, type IToken, type TokenType } from "chevrotain";
import { isOf, type Layout } from "./layout.js";
import { endOf, startOf } from "./lexer.js";
import { limits } from "./limits.js";
import { span, type Source, type Span } from "./source.js";
import { categories, tokens, vocabulary } from "./tokens.js";
import type { Missing } from "./tree.js";

export abstract class PlacedParser extends EmbeddedActionsParser {
  protected source = nowhere;
  protected layout = flat;
  protected all: readonly IToken[] = [];
  /** Chevrotain appends to the list while it reads it. */
  private count = 0;
  /** Chevrotain's, undeclared in its types: takes one token whatever it is. */
  declare protected SKIP_TOKEN: () => IToken;

  constructor(hasValidation: boolean) {
    super(vocabulary, {
      maxLookahead: 2,
      recoveryEnabled: false,
      skipValidations: !hasValidation,
      // The parser's own messages carry what was expected; `explain` makes the sentence.
      errorMessageProvider: {
        buildMismatchTokenMessage: ({ expected }) => expected.name,
        buildNotAllInputParsedMessage: () => "a declaration",
        buildNoViableAltMessage: ({ customUserDescription }) => customUserDescription ?? "something else",
        buildEarlyExitMessage: ({ customUserDescription }) => customUserDescription ?? "something else",
      },
    });
  }

  protected beginAt(source: Source, all: IToken[], layout: Layout): void {
    this.source = source;
    this.layout = layout;
    this.all = all;
    this.count = all.length;
    for (const [index, token] of all.entries()) token.payload = index;
    this.input = all;
  }

  protected here(): number {
    return this.isAt(EOF) ? this.source.text.length : startOf(this.LA(1));
  }

  protected since(start: number): Span {
    return span(this.source, start, Math.max(start, this.previousEnd()));
  }

  protected missing(): Missing {
    const end = this.previousEnd();
    return { kind: "missing", span: span(this.source, end, end) };
  }

  protected isAt(type: TokenType): boolean {
    return isOf(this.LA(1), type);
  }

  private previousEnd(): number {
    const previous = this.LA(0);
    return previous.tokenType === EOF ? 0 : endOf(previous);
  }

  /** Index of the next token. */
  protected index(): number {
    const payload: unknown = this.LA(1).payload;
    return typeof payload === "number" ? payload : this.count;
  }

  protected spanOfNext(): Span {
    const start = this.here();
    return span(this.source, start, this.isAt(EOF) ? start : endOf(this.LA(1)));
  }

  protected isSameLine(): boolean {
    return !this.isAt(EOF) && !this.layout.startsLine(this.index());
  }

  protected isAtBody(): boolean {
    if (!this.isAt(tokens.OpenBrace)) return false;
    // `{ name :` begins a record, not a block.
    return this.LA(2).tokenType === tokens.CloseBrace || this.LA(3).tokenType !== tokens.Colon;
  }

  /** `x, y[i] ~`, `x(1) =`, `dx =`: names with their indices up to the sign of a statement. */
  protected isRelation(index: number): boolean {
    const { all } = this;
    if (all[index]?.tokenType === tokens.Differential) return relationSigns.has(all[index + 1]?.tokenType ?? EOF);
    let at = index;
    for (let names = 0; names < limits.nesting; names++) {
      const name = all[at];
      if (name === undefined || !isOf(name, categories.Ident)) return false;
      at++;
      for (;;) {
        const type = all[at]?.tokenType;
        if (type === tokens.Dot) at += 2;
        else if (type === tokens.OpenParenthesis || type === tokens.OpenBracket) {
          const closer = this.layout.partner(at);
          if (closer === -1) return false;
          at = closer + 1;
        } else break;
      }
      const sign = all[at]?.tokenType;
      if (sign !== tokens.Comma) return sign !== undefined && relationSigns.has(sign);
      at++;
    }
    return false;
  }
}

const relationSigns = new Set([tokens.Tilde, tokens.Arrow, tokens.Equals]);

const nowhere: Source = { name: "", text: "" };
const flat: Layout = {
  startsLine: () => false,
  partner: () => -1,
  enclosing: () => -1,
  opensDeclaration: () => false,
  isAtMargin: () => false,
};
