/** What stands in a declaration? The grammar's rules for parameters, types, blocks and statements. */
import type { TokenType } from "chevrotain";
import { ExpressionParser } from "./expressions.js";
import { startOf, type Comment } from "./lexer.js";
import type { Rule } from "./primaries.js";
import { categories, tokens } from "./tokens.js";
import type {
  Access,
  Annotation,
  Argument,
  Block,
  Body,
  DeclarationKind,
  Domain,
  Equation,
  Expression,
  Field,
  Goal,
  Let,
  Loop,
  Name,
  Named,
  Param,
  Parameter,
  Relation,
  Return,
  Statement,
  Target,
  Train,
  TypeExpression,
} from "./tree.js";

export abstract class StatementParser extends ExpressionParser {
  protected comments: readonly Comment[] = [];
  protected nextComment = 0;
  /** Where the `=` of a parameter's default stands. */
  protected defaultStarts = new Map<Parameter, number>();

  readonly parameters: Rule<Parameter[]> = this.RULE("parameters", (): Parameter[] => {
    const list: Parameter[] = [];
    this.SUBRULE(this.parameterList, { ARGS: [list] });
    return list;
  });

  /** Fills a list, so that what was read is kept where the rest is spoiled. */
  protected readonly parameterList = this.RULE("parameterList", (list: Parameter[] = []): void => {
    list.push(this.SUBRULE1(this.parameter));
    this.MANY(() => {
      this.CONSUME(tokens.Comma);
      list.push(this.SUBRULE2(this.parameter));
    });
  });

  private readonly parameter: Rule<Parameter> = this.RULE("parameter", (): Parameter => {
    const start = this.here();
    const name = this.SUBRULE(this.newName);
    let type: TypeExpression | null = null;
    let domain: Domain | null = null;
    let value: Expression | null = null;
    this.OPTION1(() => {
      this.CONSUME(tokens.Colon);
      type = this.SUBRULE(this.type);
    });
    this.OPTION2(() => {
      this.CONSUME(tokens.In);
      domain = this.SUBRULE(this.domain);
    });
    const equals = this.here();
    this.OPTION3(() => {
      this.CONSUME(tokens.Equals);
      value = this.SUBRULE(this.expression);
    });
    const parameter: Parameter = { kind: "parameter", name, type, domain, default: value, span: this.since(start) };
    if (value !== null) this.defaultStarts.set(parameter, equals);
    return parameter;
  });

  readonly annotation: Rule<Annotation> = this.RULE("annotation", (): Annotation => {
    const start = this.here();
    return this.OR([
      {
        ALT: (): Annotation => {
          let domain: Domain | null = null;
          this.CONSUME(tokens.Colon);
          const type = this.SUBRULE(this.type);
          this.OPTION(() => {
            this.CONSUME(tokens.In);
            domain = this.SUBRULE(this.domain);
          });
          return { kind: "of type", type, domain, span: this.since(start) };
        },
      },
      {
        ALT: (): Annotation => {
          this.CONSUME(tokens.Predicts);
          const head = this.nameOf(this.CONSUME(categories.Ident));
          this.CONSUME(tokens.Of);
          const of = this.SUBRULE(this.named);
          return { kind: "predicts", head, of, span: this.since(start) };
        },
      },
    ]);
  });

  readonly body: Rule<Body> = this.RULE("body", (): Body => {
    const start = this.here();
    return this.OR({
      DEF: [
        {
          ALT: (): Body => {
            this.CONSUME(tokens.Equals);
            const value = this.value();
            return { kind: "value", value, span: this.since(start) };
          },
        },
        { ALT: (): Body => this.SUBRULE(this.block) },
      ],
      ERR_MSG: "`=` and an expression, or a block in braces",
    });
  });

  // ── types ──────────────────────────────────────────────────────────────────────────────────────────────────────────
  private readonly type: Rule<TypeExpression> = this.RULE("type", (): TypeExpression => {
    const start = this.here();
    return this.OR({
      DEF: [
        {
          ALT: (): TypeExpression => {
            // A kind's text is its keyword.
            const keyword = this.CONSUME(categories.Kind).image as DeclarationKind;
            return { kind: "kind type", keyword, span: this.since(start) };
          },
        },
        { ALT: (): TypeExpression => this.space(start) },
        {
          ALT: (): TypeExpression => {
            const fields: Field[] = [];
            this.bracketed(tokens.OpenBrace, tokens.CloseBrace, () => {
              this.AT_LEAST_ONE_SEP({
                SEP: tokens.Comma,
                DEF: () => fields.push(this.SUBRULE(this.field)),
                ERR_MSG: "Ident",
              });
            });
            return { kind: "record type", fields, span: this.since(start) };
          },
        },
      ],
      ERR_MSG: "a type",
    });
  });

  private space(start: number): TypeExpression {
    const path = [this.nameOf(this.CONSUME1(categories.Ident))];
    let given: Argument[] = [];
    this.MANY(() => {
      this.CONSUME(tokens.Dot);
      path.push(this.nameOf(this.CONSUME2(categories.Ident)));
    });
    this.OPTION(() =>
      this.bracketed(tokens.OpenBracket, tokens.CloseBracket, () => {
        given = this.SUBRULE(this.args);
      }),
    );
    return { kind: "space", path, arguments: given, span: this.since(start) };
  }

  private readonly field: Rule<Field> = this.RULE("field", (): Field => {
    const start = this.here();
    const name = this.nameOf(this.CONSUME(categories.Word));
    let domain: Domain | null = null;
    this.CONSUME(tokens.Colon);
    const type = this.SUBRULE(this.type);
    this.OPTION(() => {
      this.CONSUME(tokens.In);
      domain = this.SUBRULE(this.domain);
    });
    return { kind: "field", name, type, domain, span: this.since(start) };
  });

  // ── statements ─────────────────────────────────────────────────────────────────────────────────────────────────────
  private readonly block: Rule<Block> = this.RULE("block", (): Block => {
    const start = this.here();
    const statements: Statement[] = [];
    this.braced(() => this.MANY(() => this.region(() => statements.push(this.SUBRULE(this.statement)))));
    return { kind: "block", statements, span: this.since(start) };
  });

  private readonly statement: Rule<Statement> = this.RULE("statement", (): Statement => {
    const doc = this.docAbove();
    return this.OR({
      DEF: [
        { ALT: (): Statement => ({ ...this.SUBRULE(this.letting), doc }) },
        { ALT: (): Statement => ({ ...this.SUBRULE(this.learnable), doc }) },
        { ALT: (): Statement => this.SUBRULE(this.relation) },
        { ALT: (): Statement => this.SUBRULE(this.equation) },
        { ALT: (): Statement => this.SUBRULE(this.goal) },
        { ALT: (): Statement => this.SUBRULE(this.loop) },
        { ALT: (): Statement => this.SUBRULE(this.training) },
        { ALT: (): Statement => this.SUBRULE(this.returning) },
      ],
      ERR_MSG: "a statement",
    });
  });

  private readonly values: Rule<Expression[]> = this.RULE("values", (): Expression[] => {
    const list: Expression[] = [];
    this.AT_LEAST_ONE_SEP({
      SEP: tokens.Comma,
      DEF: () => list.push(this.SUBRULE(this.expression)),
      ERR_MSG: "an expression",
    });
    return list;
  });

  protected readonly letting: Rule<Let> = this.RULE("letting", (): Let => {
    const start = this.here();
    let type: TypeExpression | null = null;
    this.CONSUME(tokens.Let);
    const names = this.SUBRULE(this.names);
    this.OPTION(() => {
      this.CONSUME(tokens.Colon);
      type = this.SUBRULE(this.type);
    });
    const values = this.slot(
      () => {
        this.definition(this.LA(0).image);
        return this.SUBRULE(this.values);
      },
      () => [this.missing()],
    );
    return { kind: "let", names, type, values, doc: null, span: this.since(start) };
  });

  protected readonly learnable: Rule<Param> = this.RULE("learnable", (): Param => {
    const start = this.here();
    let type: TypeExpression | null = null;
    let domain: Domain | null = null;
    let value: Expression | null = null;
    this.CONSUME(tokens.Param);
    const names = this.SUBRULE(this.names);
    this.OPTION1(() => {
      this.CONSUME(tokens.Colon);
      type = this.SUBRULE(this.type);
    });
    this.OPTION2(() => {
      this.CONSUME(tokens.In);
      domain = this.SUBRULE(this.domain);
    });
    this.OPTION3(() => {
      this.CONSUME(tokens.Equals);
      value = this.value();
    });
    return { kind: "param", names, type, domain, default: value, doc: null, span: this.since(start) };
  });

  private readonly relation: Rule<Relation> = this.RULE("relation", (): Relation => {
    const start = this.here();
    const targets: Target[] = [];
    const sign = this.orBeside((): Relation["sign"] => {
      this.AT_LEAST_ONE_SEP({
        SEP: tokens.Comma,
        DEF: () => targets.push(this.SUBRULE(this.target)),
        ERR_MSG: "Ident",
      });
      return this.OR({
        DEF: [
          { ALT: () => this.consumeSign(tokens.Tilde, "~") },
          { ALT: () => this.consumeSign(tokens.Arrow, "<-") },
          { ALT: () => this.consumeSign(tokens.Equals, "=") },
        ],
        ERR_MSG: "`~`, `<-` or `=`",
      });
    });
    const values = this.slot(
      () => this.SUBRULE(this.values),
      () => [this.missing()],
    );
    return { kind: "relation", sign, targets, values, span: this.since(start) };
  });

  private readonly target: Rule<Target> = this.RULE("target", (): Target => {
    const start = this.here();
    const name = this.nameOf(this.CONSUME(categories.Ident));
    const access: Access[] = [];
    this.MANY(() => {
      const place = this.here();
      this.OR([
        { ALT: () => access.push({ kind: "at index", indices: this.indexBrackets(), span: this.since(place) }) },
        {
          ALT: () => {
            let time: Expression = this.missing();
            this.bracketed(tokens.OpenParenthesis, tokens.CloseParenthesis, () => {
              time = this.SUBRULE(this.expression);
            });
            access.push({ kind: "at time", time, span: this.since(place) });
          },
        },
        {
          ALT: () => {
            this.CONSUME(tokens.Dot);
            const field = this.nameOf(this.CONSUME(categories.Word));
            access.push({ kind: "at field", name: field, span: this.since(place) });
          },
        },
      ]);
    });
    return { kind: "target", name, access, span: this.since(start) };
  });

  private readonly equation: Rule<Equation> = this.RULE("equation", (): Equation => {
    const start = this.here();
    const differential = this.nameOf(this.CONSUME(tokens.Differential));
    const sign = this.OR({
      DEF: [{ ALT: () => this.consumeSign(tokens.Equals, "=") }, { ALT: () => this.consumeSign(tokens.Tilde, "~") }],
      ERR_MSG: "`=` or `~`",
    });
    return { kind: "equation", differential, sign, value: this.value(), span: this.since(start) };
  });

  private readonly goal: Rule<Goal> = this.RULE("goal", (): Goal => {
    const start = this.here();
    let over: Name[] | null = null;
    const direction = this.OR([
      { ALT: () => this.consumeSign(tokens.Minimize, "minimize") },
      { ALT: () => this.consumeSign(tokens.Maximize, "maximize") },
    ]);
    const value = this.value();
    this.OPTION(() => {
      this.CONSUME(tokens.Over);
      over = this.SUBRULE(this.names);
    });
    return { kind: "goal", direction, value, over, span: this.since(start) };
  });

  private readonly loop: Rule<Loop> = this.RULE("loop", (): Loop => {
    const start = this.here();
    this.CONSUME(tokens.For);
    const names = this.SUBRULE(this.names);
    this.CONSUME(tokens.In);
    const domain = this.SUBRULE(this.domain);
    const body = this.SUBRULE(this.block);
    return { kind: "loop", names, domain, body, span: this.since(start) };
  });

  protected readonly training: Rule<Train> = this.RULE("training", (): Train => {
    const start = this.here();
    this.CONSUME(tokens.Train);
    return this.OR({
      DEF: [
        {
          ALT: (): Train => {
            const schedule = this.SUBRULE(this.block);
            return { kind: "train", run: null, schedule, span: this.since(start) };
          },
        },
        {
          ALT: (): Train => {
            const objective = this.SUBRULE(this.named);
            const options = this.SUBRULE(this.braces);
            return { kind: "train", run: { objective, options }, schedule: null, span: this.since(start) };
          },
        },
      ],
      ERR_MSG: "an objective or a block in braces",
    });
  });

  private readonly returning: Rule<Return> = this.RULE("returning", (): Return => {
    const start = this.here();
    this.CONSUME(tokens.Return);
    const values = this.slot(
      () => this.SUBRULE(this.values),
      () => [this.missing()],
    );
    return { kind: "return", values, span: this.since(start) };
  });

  private readonly named: Rule<Named> = this.RULE("named", (): Named => {
    const start = this.here();
    const path = [this.nameOf(this.CONSUME1(categories.Ident))];
    let given: Argument[] | null = null;
    this.MANY(() => {
      this.CONSUME(tokens.Dot);
      path.push(this.nameOf(this.CONSUME2(categories.Ident)));
    });
    this.OPTION(() =>
      this.bracketed(tokens.OpenParenthesis, tokens.CloseParenthesis, () => {
        given = this.SUBRULE(this.args);
      }),
    );
    return { kind: "named", path, arguments: given, span: this.since(start) };
  });

  /** One expression of a statement; read in the rule that calls it. */
  private value(): Expression {
    return this.slot(
      () => this.SUBRULE9(this.expression),
      () => this.missing(),
    );
  }

  private consumeSign<S extends string>(type: TokenType, sign: S): S {
    this.CONSUME(type);
    return sign;
  }

  /** The text of the `///` lines directly above the next token. */
  protected docAbove(): string | null {
    if (this.RECORDING_PHASE) return null;
    const start = startOf(this.LA(1));
    const { comments, source } = this;
    while ((comments[this.nextComment]?.start ?? Infinity) < start) this.nextComment++;
    const lines: string[] = [];
    let below = start;
    for (let at = this.nextComment - 1; at >= 0; at--) {
      const comment = comments[at];
      if (comment === undefined || !comment.isDoc || !standsAbove(source.text, comment, below)) break;
      lines.push(comment.text.slice(3).replace(/^ /, "").trimEnd());
      below = comment.start;
    }
    return lines.length === 0 ? null : lines.reverse().join("\n");
  }
}

/** On a line of its own, with nothing but one line end between it and what begins at `below`. */
function standsAbove(text: string, comment: Comment, below: number): boolean {
  if (!/^[ \t]*(?:\r\n|\r|\n)[ \t]*$/.test(text.slice(comment.end, below))) return false;
  const before = text.slice(Math.max(0, comment.start - 200), comment.start);
  return /(?:^|[\r\n])[ \t\uFEFF]*$/.test(before);
}
