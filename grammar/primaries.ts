/** What can stand between operators? The grammar's rules for names, numbers, brackets, calls, indices and fields. */
import type { IToken, ParserMethod } from "chevrotain";
import { endOf, startOf } from "./lexer.js";
import { RecoveringParser } from "./recovery.js";
import { span, type Span } from "./source.js";
import { categories, tokens } from "./tokens.js";
import type { Argument, Braces, Domain, Expression, Generator, Given, Index, Name } from "./tree.js";

export type Rule<T> = ParserMethod<[], T>;

export abstract class PrimaryParser extends RecoveringParser {
  /** How many pairs of parentheses stand around an expression; the tree itself does not say. */
  protected parentheses = new Map<Expression, number>();

  abstract readonly expression: Rule<Expression>;

  protected readonly postfix: Rule<Expression> = this.RULE("postfix", (): Expression => {
    const start = this.here();
    let base = this.SUBRULE(this.primary);
    this.MANY(() => {
      base = this.OR([
        { ALT: () => this.call(start, base) },
        { ALT: () => ({ kind: "indexed", base, indices: this.indexBrackets(), span: this.since(start) }) as const },
        {
          ALT: (): Expression => {
            this.CONSUME(tokens.Dot);
            const name = this.nameOf(this.CONSUME(categories.Word));
            return { kind: "access", base, name, span: this.since(start) };
          },
        },
      ]);
    });
    return base;
  });

  private call(start: number, callee: Expression): Expression {
    let given: Argument[] = [];
    const givens: Given[] = [];
    this.bracketed(tokens.OpenParenthesis, tokens.CloseParenthesis, () => {
      given = this.SUBRULE(this.args);
      this.OPTION(() => {
        this.CONSUME(tokens.Bar);
        this.AT_LEAST_ONE_SEP2({
          SEP: tokens.Comma,
          DEF: () => givens.push(this.SUBRULE(this.given)),
          ERR_MSG: "an expression",
        });
      });
    });
    return { kind: "call", callee, arguments: given, givens, span: this.since(start) };
  }

  /** `[indices]`; read in the rule that calls it. */
  protected indexBrackets(): Index[] {
    const indices: Index[] = [];
    this.bracketed(tokens.OpenBracket, tokens.CloseBracket, () => {
      this.AT_LEAST_ONE_SEP({
        SEP: tokens.Comma,
        DEF: () => indices.push(this.SUBRULE(this.indexItem)),
        ERR_MSG: "an index",
      });
    });
    return indices;
  }

  protected readonly args: Rule<Argument[]> = this.RULE("args", (): Argument[] => {
    const list: Argument[] = [];
    this.MANY_SEP({ SEP: tokens.Comma, DEF: () => list.push(this.SUBRULE(this.argument)) });
    return list;
  });

  private readonly argument: Rule<Argument> = this.RULE("argument", (): Argument => {
    const start = this.here();
    return this.OR({
      DEF: [
        {
          ALT: (): Argument => {
            const name = this.nameOf(this.CONSUME(categories.Word));
            this.CONSUME(tokens.Colon);
            const value = this.SUBRULE1(this.expression);
            return { kind: "argument", name, value, generators: [], span: this.since(start) };
          },
        },
        {
          ALT: (): Argument => {
            const value = this.SUBRULE2(this.expression);
            const generators: Generator[] = [];
            this.MANY(() => generators.push(this.SUBRULE(this.generator)));
            return { kind: "argument", name: null, value, generators, span: this.since(start) };
          },
        },
      ],
      ERR_MSG: "an expression",
    });
  });

  private readonly generator: Rule<Generator> = this.RULE("generator", (): Generator => {
    const start = this.here();
    this.CONSUME(tokens.For);
    const names = this.SUBRULE(this.names);
    this.CONSUME(tokens.In);
    const domain = this.SUBRULE(this.domain);
    return { kind: "generator", names, domain, span: this.since(start) };
  });

  private readonly given: Rule<Given> = this.RULE("given", (): Given => {
    const start = this.here();
    const subject = this.SUBRULE1(this.expression);
    let value: Expression | null = null;
    this.OPTION(() => {
      this.CONSUME(tokens.Equals);
      value = this.SUBRULE2(this.expression);
    });
    return { kind: "given", subject, value, span: this.since(start) };
  });

  private readonly indexItem: Rule<Index> = this.RULE("indexItem", (): Index => {
    const start = this.here();
    let to: Expression | null = null;
    return this.OR({
      DEF: [
        {
          ALT: (): Index => {
            this.CONSUME1(tokens.DotDot);
            this.OPTION1(() => {
              to = this.SUBRULE1(this.expression);
            });
            return { kind: "range", from: null, to, span: this.since(start) };
          },
        },
        {
          ALT: (): Index => {
            const argument = this.SUBRULE2(this.argument);
            let isRange = false;
            this.OPTION2(() => {
              this.CONSUME2(tokens.DotDot);
              isRange = true;
              this.OPTION3(() => {
                to = this.SUBRULE3(this.expression);
              });
            });
            if (!isRange) return { kind: "at", argument, span: this.since(start) };
            return { kind: "range", from: argument.value, to, span: this.since(start) };
          },
        },
      ],
      ERR_MSG: "an index",
    });
  });

  private readonly primary: Rule<Expression> = this.RULE("primary", (): Expression => {
    const start = this.here();
    this.expectOperand();
    return this.OR({
      DEF: [
        {
          ALT: (): Expression => {
            const text = this.CONSUME(tokens.Number).image;
            return { kind: "number", value: Number(text), text, span: this.since(start) };
          },
        },
        {
          ALT: (): Expression => {
            const value = unquoted(this.CONSUME(tokens.String).image);
            return { kind: "string", value, span: this.since(start) };
          },
        },
        {
          ALT: (): Expression => {
            const text = this.CONSUME(categories.Ident).image;
            return { kind: "reference", text, span: this.since(start) };
          },
        },
        {
          ALT: (): Expression => {
            const text = this.CONSUME(tokens.Differential).image;
            return { kind: "differential", text, span: this.since(start) };
          },
        },
        { ALT: () => this.inParentheses(start) },
        {
          ALT: (): Expression => {
            let items: Argument[] = [];
            this.bracketed(tokens.OpenBracket, tokens.CloseBracket, () => {
              items = this.SUBRULE1(this.args);
            });
            return { kind: "list", items, span: this.since(start) };
          },
        },
        { ALT: () => this.SUBRULE(this.braces) },
      ],
      ERR_MSG: "an expression",
    });
  });

  private inParentheses(start: number): Expression {
    const items: Expression[] = [];
    this.bracketed(tokens.OpenParenthesis, tokens.CloseParenthesis, () => {
      this.AT_LEAST_ONE_SEP({
        SEP: tokens.Comma,
        DEF: () => items.push(this.SUBRULE(this.expression)),
        ERR_MSG: "an expression",
      });
    });
    const [first] = items;
    if (first === undefined) return { ...this.missing(), span: this.since(start) };
    if (items.length > 1) return { kind: "tuple", items, span: this.since(start) };
    const whole = { ...first, span: this.since(start) };
    this.parentheses.set(whole, (this.parentheses.get(first) ?? 0) + 1);
    return whole;
  }

  /** A record or a finite set; the options of a `train`, too. */
  protected readonly braces: Rule<Braces> = this.RULE("braces", (): Braces => {
    const start = this.here();
    let items: Argument[] = [];
    this.bracketed(tokens.OpenBrace, tokens.CloseBrace, () => {
      items = this.SUBRULE(this.args);
    });
    return { kind: "braces", items, span: this.since(start) };
  });

  /** What follows `in`. */
  protected readonly domain: Rule<Domain> = this.RULE("domain", (): Domain => {
    const start = this.here();
    const value = this.SUBRULE1(this.expression);
    let to: Expression | null = null;
    this.OPTION(() => {
      this.CONSUME(tokens.DotDot);
      to = this.SUBRULE2(this.expression);
    });
    return { kind: "domain", value, to, span: this.since(start) };
  });

  /** A name that is declared here. */
  protected readonly newName: Rule<Name> = this.RULE("newName", (): Name => this.nameOf(this.name()));

  protected readonly names: Rule<Name[]> = this.RULE("names", (): Name[] => {
    const list: Name[] = [];
    list.push(this.SUBRULE1(this.newName));
    this.MANY(() => {
      this.CONSUME(tokens.Comma);
      list.push(this.SUBRULE2(this.newName));
    });
    return list;
  });

  protected nameOf(token: IToken): Name {
    return { kind: "name", text: token.image, span: this.spanOf(token) };
  }

  protected spanOf(token: IToken): Span {
    return span(this.source, startOf(token), endOf(token));
  }
}

/** The text that a string stands for. */
export function unquoted(image: string): string {
  return image.slice(1, -1).replace(/\\(.)/gs, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
}
