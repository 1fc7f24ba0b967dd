/** What does the parser do where a text does not fit? It reports once, skips to the next start, and goes on. */
import { EOF, type IToken, type TokenType } from "chevrotain";
import { diagnose, type Diagnostic } from "./diagnostic.js";
import { explain, explainOpen, explainSideBySide, explainStray, type Failure } from "./explain.js";
import { isOf, type Layout } from "./layout.js";
import { endOf } from "./lexer.js";
import { limits } from "./limits.js";
import { PlacedParser } from "./places.js";
import type { Source } from "./source.js";
import * as say from "./syntax-catalogue.js";
import { categories, tokens } from "./tokens.js";

/** Thrown in place of Chevrotain's errors where the parser itself knows what is wrong; never leaves the parser. */
class Refusal extends Error {
  constructor(readonly diagnostic: Diagnostic) {
    super(diagnostic.message);
  }
}

export interface Skipped {
  readonly start: number;
  readonly end: number;
}

/**
 * A region is a statement or an item of the file; one error is reported in each. Errors inside brackets that close give
 * up the contents of the brackets, all others the rest of the region.
 */
export abstract class RecoveringParser extends PlacedParser {
  private spellingMistakes: readonly Diagnostic[] = [];
  private problems: Diagnostic[] = [];
  private skipped: Skipped[] = [];
  private regionStart = 0;
  /** What spoilt the region, if anything did: the parser reported it, or the lexer had done so before. */
  private spoiledBy: "nothing" | "parser" | "lexer" = "nothing";
  private depth = 0;
  /** Indices of the round, square and curly brackets that are open in the statement that is being read. */
  private brackets: number[] = [];
  /** Indices of the braces of the blocks that are being read. */
  private blocks: number[] = [];

  protected begin(source: Source, all: IToken[], layout: Layout, spellingMistakes: readonly Diagnostic[]): void {
    this.beginAt(source, all, layout);
    this.spellingMistakes = spellingMistakes;
    this.problems = [];
    this.skipped = [];
    this.regionStart = 0;
    this.spoiledBy = "nothing";
    this.depth = 0;
    this.brackets = [];
    this.blocks = [];
  }

  /** What was found wrong, and which text was given up. */
  protected findings(): { problems: readonly Diagnostic[]; skipped: readonly Skipped[] } {
    return { problems: this.problems, skipped: this.skipped };
  }

  // ── levels ─────────────────────────────────────────────────────────────────────────────────────────────────────────
  /** Everything that may contain itself is read through here, so that the stack is bounded. */
  protected nested<T>(read: () => T): T {
    this.depth++;
    try {
      if (this.depth > limits.nesting) throw new Refusal(diagnose(say.tooDeeplyNested, this.spanOfNext(), {}));
      return read();
    } finally {
      this.depth--;
    }
  }

  /** Reads `open contents close`; contents that do not fit are given up alone if the bracket is closed. */
  protected bracketed(open: TokenType, close: TokenType, contents: () => void): void {
    const opener = this.index();
    this.consume(0, open);
    this.brackets.push(opener);
    try {
      this.nested(contents);
      this.consume(1, close);
    } catch (error) {
      const failure = this.failureOf(error);
      const closer = this.layout.partner(opener);
      if (closer >= this.index() && this.isWithinBrackets(opener, closer)) {
        this.report(failure);
        this.skipWhile(() => this.index() <= closer);
        return;
      }
      if (closer === -1 && !(failure instanceof Refusal) && failure.expected === close.name)
        throw this.neverClosed(opener, close, failure);
      throw error;
    } finally {
      this.brackets.pop();
    }
  }

  /** Reads `{ statements }`; a brace that is not closed is reported and the block kept. */
  protected braced(statements: () => void): void {
    if (this.RECORDING_PHASE) {
      this.consume(0, tokens.OpenBrace);
      statements();
      this.consume(1, tokens.CloseBrace);
      return;
    }
    let opener = this.index();
    const before = { spoiledBy: this.spoiledBy, brackets: this.brackets };
    this.consume(0, tokens.OpenBrace);
    this.blocks.push(opener);
    this.brackets = [];
    try {
      this.nested(() => {
        statements();
        while (!this.isAtEndOf(opener)) {
          const isDoubled = this.isAt(tokens.OpenBrace) && this.layout.partner(opener) === -1;
          if (isDoubled) this.blocks[this.blocks.length - 1] = opener = this.index();
          this.stray();
          statements();
        }
      });
    } finally {
      this.blocks.pop();
      this.brackets = before.brackets;
    }
    if (this.isAt(tokens.CloseBrace) && this.closesThis(opener)) {
      this.consume(1, tokens.CloseBrace);
      this.spoiledBy = before.spoiledBy;
    } else {
      this.report(this.neverClosed(opener, tokens.CloseBrace, { actual: this.LA(1) }));
    }
  }

  /** Reads one statement or item, and whatever becomes of it leaves the parser where the next may begin. */
  protected region(read: () => void): void {
    if (this.RECORDING_PHASE) return read();
    const before = this.regionStart;
    this.spoiledBy = "nothing";
    this.regionStart = this.here();
    this.attempt(read, () => this.skipToStart());
    this.regionStart = before;
  }

  /** Reads items up to the end of the text. */
  protected regions(read: () => void): void {
    read();
    while (!this.RECORDING_PHASE && !this.isAt(EOF)) {
      this.stray();
      read();
    }
  }

  /** Reads what the rest of the region depends on; without it the region goes on with what it has. */
  protected slot<T>(read: () => T, instead: () => T): T {
    if (this.RECORDING_PHASE) return read();
    let result: T | undefined;
    this.attempt(
      () => {
        result = read();
      },
      () => {
        this.skipToStart();
        result = instead();
      },
    );
    return result ?? instead();
  }

  /** Reads the head of a declaration; a spoiled one is given up as far as its body. */
  protected head(read: () => void): void {
    if (this.RECORDING_PHASE) return read();
    this.attempt(
      () => {
        read();
        this.expectBody();
      },
      () => this.skipWhile(() => !this.isAtBody() && !this.isAtStart()),
    );
  }

  /** After a head comes a body or the next item; anything else belongs to a head that went wrong. */
  private expectBody(): void {
    const next = this.LA(1);
    if (afterHead.has(next.tokenType) || isItemStart(next) || this.layout.isAtMargin(this.index())) return;
    throw new Refusal(
      this.explained({ expected: "a comma or the declaration's body", rule: "declaration", actual: next }),
    );
  }

  /** Reads a name; a word that cannot be one but clearly is meant as one is reported and taken. */
  protected name(): IToken {
    const next = this.LA(1);
    const isMeant = !this.RECORDING_PHASE && !isOf(next, categories.Ident) && isOf(next, categories.Word);
    // `for in D` lacks a name; `let in = 3` has a wrong one.
    const ends = next.tokenType === tokens.In ? definitionSigns : nameEnds;
    if (isMeant && !this.layout.startsLine(this.index()) && ends.has(this.LA(2).tokenType)) {
      const kind = next.tokenType === tokens.Differential ? say.differentialAsName : say.reservedWord;
      this.add(diagnose(kind, this.spanOfNext(), { word: next.image }));
      this.SKIP_TOKEN();
      return next;
    }
    return this.consume(9, categories.Ident);
  }

  /** Reads the `=` of a definition; `==` is reported and taken. */
  protected definition(name: string): void {
    if (!this.RECORDING_PHASE && this.isAt(tokens.Same)) {
      this.add(diagnose(say.comparisonForDefinition, this.spanOfNext(), { name: `\`${name}\`` }));
      this.SKIP_TOKEN();
      return;
    }
    this.consume(8, tokens.Equals);
  }

  /** Refuses to read the next statement as the value that is missing at the end of this one. */
  protected expectOperand(): void {
    if (this.RECORDING_PHASE) return;
    const innermost = this.brackets.at(-1);
    // What a law is conditioned on, `x(1) = a`, looks like a definition; in a bracket that never closes it is one.
    if (innermost !== undefined && this.layout.partner(innermost) !== -1) return;
    const index = this.index();
    if (!this.layout.startsLine(index) || !this.isRelation(index)) return;
    throw new Refusal(this.explained({ expected: "an expression", rule: "primary", actual: this.LA(1) }));
  }

  /** Reads the beginning of a statement; one that runs on from a value lacks an operator between the two. */
  protected orBeside<T>(read: () => T): T {
    if (this.RECORDING_PHASE || this.layout.startsLine(this.index())) return read();
    const [left, right] = [this.LA(0), this.LA(1)];
    try {
      return read();
    } catch (error) {
      const instead = this.failureOf(error) instanceof Refusal ? null : explainSideBySide(this.source, left, right);
      throw instead === null ? error : new Refusal(instead);
    }
  }

  protected add(diagnostic: Diagnostic): void {
    if (this.spoiledBy !== "nothing") return;
    this.problems.push(diagnostic);
    // Enough is enough: the rest of the text is skipped in silence.
    if (this.problems.length > limits.errors) this.skipWhile(() => true);
  }

  // ── errors ─────────────────────────────────────────────────────────────────────────────────────────────────────────
  private attempt(read: () => void, recover: () => void): void {
    try {
      read();
    } catch (error) {
      this.report(this.failureOf(error));
      recover();
    }
  }

  /** Chevrotain's exceptions and our refusals are the text's fault, everything else is ours and passes through. */
  private failureOf(error: unknown): Refusal | Omit<Failure, "previous"> {
    if (error instanceof Refusal) return error;
    if (error instanceof Error && "token" in error && "context" in error) {
      // Both belong to Chevrotain's recognition exceptions, which its types do not let us test for by class.
      const { token, context, message } = error as Error & { token: IToken; context: { ruleStack: string[] } };
      return { expected: message, rule: context.ruleStack.at(-1) ?? "file", actual: token };
    }
    throw error;
  }

  private explained(failure: Omit<Failure, "previous">): Diagnostic {
    return explain(this.source, { ...failure, previous: this.LA(0) }, this.isSameLine());
  }

  private report(failure: Refusal | Omit<Failure, "previous">): void {
    if (this.spoiledBy !== "nothing") return;
    this.spoil(() => (failure instanceof Refusal ? failure.diagnostic : this.explained(failure)));
  }

  private spoil(diagnostic: () => Diagnostic): void {
    const isMisspelt = this.isMisspelt();
    if (!isMisspelt) this.add(diagnostic());
    this.spoiledBy = isMisspelt ? "lexer" : "parser";
  }

  /** A sign that was reported already is what spoils this region. */
  private isMisspelt(): boolean {
    const end = this.isAt(EOF) ? this.source.text.length : endOf(this.LA(1));
    return this.spellingMistakes.some(({ span }) => span.end > this.regionStart && span.start <= end);
  }

  private neverClosed(opener: number, close: TokenType, failure: { readonly actual: IToken }): Refusal {
    const open = this.all[opener];
    if (open === undefined) throw new Error("a bracket without a token");
    return new Refusal(
      explainOpen(this.source, { open, close, actual: failure.actual, previous: this.LA(0) }, this.isSameLine()),
    );
  }

  /** Reports and skips what can begin nothing. */
  private stray(): void {
    const index = this.index();
    const next = this.LA(1);
    // A closer whose opener was given up belongs to what was given up.
    const isLeftOver = this.layout.partner(index) >= 0 && this.layout.partner(index) < index;
    const previous = this.LA(0);
    if (this.spoiledBy === "nothing" && !isLeftOver)
      this.spoil(() =>
        explainStray(
          this.source,
          { actual: next, next: this.LA(2), previous },
          {
            isInBlock: this.blocks.length > 0,
            startsLine: this.layout.startsLine(index),
          },
        ),
      );
    let isFirst = true;
    this.skipWhile(() => {
      const goesOn = isFirst || !this.isAtStart();
      isFirst = false;
      return goesOn;
    });
  }

  // ── skipping ───────────────────────────────────────────────────────────────────────────────────────────────────────
  private skipToStart(): void {
    this.skipWhile(() => !this.isAtStart());
  }

  private skipWhile(goesOn: () => boolean): void {
    const start = this.here();
    while (!this.isAt(EOF) && goesOn()) this.SKIP_TOKEN();
    if (this.spoiledBy === "parser") this.skipped.push({ start, end: this.here() });
  }

  private isAtStart(): boolean {
    const index = this.index();
    const next = this.LA(1);
    if (this.blocks.length === 0) return this.layout.isAtMargin(index) && isItemStart(next);
    if (next.tokenType === tokens.CloseBrace) return this.blocks.includes(this.layout.partner(index));
    if (!this.layout.startsLine(index)) return false;
    if (this.layout.opensDeclaration(index)) return true;
    const around = this.layout.enclosing(index);
    const isOpen = around === -1 || this.blocks.includes(around);
    // These begin a statement wherever they stand; in round or square brackets a closing one is missing.
    if (firmStarts.has(next.tokenType)) return isOpen || this.all[around]?.tokenType !== tokens.OpenBrace;
    if (!isOpen) return false;
    if (next.tokenType === tokens.For) return true;
    if (isOf(next, categories.Kind)) return isOf(this.LA(2), categories.Word);
    return this.isRelation(index);
  }

  /** No statement begins between the brackets, other than in blocks of their own. */
  private isWithinBrackets(opener: number, closer: number): boolean {
    for (let index = this.index(); index < closer; index++) {
      const token = this.all[index];
      if (token === undefined || !firmStarts.has(token.tokenType)) continue;
      if (this.layout.startsLine(index) && this.layout.enclosing(index) === opener) return false;
    }
    return true;
  }

  private isAtEndOf(opener: number): boolean {
    if (this.isAt(EOF) || this.layout.opensDeclaration(this.index())) return true;
    return this.isAt(tokens.CloseBrace) && (this.closesThis(opener) || this.closesOuter());
  }

  private closesThis(opener: number): boolean {
    const partner = this.layout.partner(this.index());
    if (partner === -1) return this.layout.partner(opener) === -1;
    return partner === opener || !this.blocks.includes(partner);
  }

  private closesOuter(): boolean {
    return this.blocks.includes(this.layout.partner(this.index()));
  }
}

const firmStarts = new Set([tokens.Let, tokens.Param, tokens.Minimize, tokens.Maximize, tokens.Return, tokens.Train]);
const afterHead = new Set([EOF, tokens.Equals, tokens.OpenBrace]);
const itemStarts = new Set([tokens.Import, tokens.Let, tokens.Param, tokens.Train]);
const isItemStart = (token: IToken): boolean => itemStarts.has(token.tokenType) || isOf(token, categories.Kind);
const definitionSigns = new Set([tokens.Equals, tokens.Colon]);
/** What may follow a name that is being declared. */
const nameEnds = new Set([
  tokens.Equals,
  tokens.Same,
  tokens.Colon,
  tokens.Comma,
  tokens.Tilde,
  tokens.Arrow,
  tokens.OpenParenthesis,
  tokens.CloseParenthesis,
  tokens.OpenBrace,
  tokens.On,
  tokens.In,
  tokens.Predicts,
]);
