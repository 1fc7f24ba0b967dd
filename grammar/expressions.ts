/** How are operators, conditions and fn values written? The grammar's rules from `expression` down to `power`. */
import type { IToken } from "chevrotain";
import { diagnose } from "./diagnostic.js";
import { isOf } from "./layout.js";
import { PrimaryParser, type Rule } from "./primaries.js";
import { cover } from "./source.js";
import * as say from "./syntax-catalogue.js";
import { categories, tokens } from "./tokens.js";
import type { Annotation, BinaryOperator, Body, Expression, Parameter } from "./tree.js";

export abstract class ExpressionParser extends PrimaryParser {
  abstract readonly parameters: Rule<Parameter[]>;
  abstract readonly annotation: Rule<Annotation>;
  abstract readonly body: Rule<Body>;

  readonly expression: Rule<Expression> = this.RULE("expression", (): Expression => {
    const start = this.here();
    let base = this.SUBRULE1(this.choice);
    this.OPTION(() => {
      this.CONSUME(tokens.Using);
      const step = this.SUBRULE2(this.choice);
      base = { kind: "using", base, step, span: this.since(start) };
    });
    this.MANY(() => {
      this.CONSUME(tokens.With);
      const corrector = this.SUBRULE3(this.choice);
      base = { kind: "with", base, corrector, span: this.since(start) };
    });
    return base;
  });

  protected readonly choice: Rule<Expression> = this.RULE("choice", (): Expression => {
    const start = this.here();
    return this.OR({
      DEF: [
        { ALT: () => this.nested(() => this.conditional(start)) },
        { ALT: () => this.nested(() => this.functionValue(start)) },
        { ALT: () => this.SUBRULE(this.operation) },
      ],
      ERR_MSG: "an expression",
    });
  });

  private conditional(start: number): Expression {
    this.CONSUME(tokens.If);
    const condition = this.SUBRULE1(this.expression);
    this.CONSUME(tokens.Then);
    const then = this.SUBRULE2(this.expression);
    this.CONSUME(tokens.Else);
    const otherwise = this.SUBRULE3(this.choice);
    return { kind: "if", condition, then, else: otherwise, span: this.since(start) };
  }

  private functionValue(start: number): Expression {
    let parameters: Parameter[] = [];
    let annotation: Annotation | null = null;
    this.CONSUME(tokens.Fn);
    this.bracketed(tokens.OpenParenthesis, tokens.CloseParenthesis, () => {
      this.OPTION1(() => {
        parameters = this.SUBRULE(this.parameters);
      });
    });
    this.OPTION2(() => {
      annotation = this.SUBRULE(this.annotation);
    });
    const body = this.SUBRULE(this.body);
    return { kind: "fn", parameters, annotation, body, span: this.since(start) };
  }

  /** Everything between two-sided operators, `or` to `*`, with the differentials written after their coefficients. */
  private readonly operation: Rule<Expression> = this.RULE("operation", (): Expression => {
    const so: Operation = { operands: [], operators: [], isIncrement: false, hasComparison: false };
    so.operands.push(this.SUBRULE1(this.unary));
    this.MANY({
      GATE: () => this.continues(so),
      DEF: () =>
        this.OR([
          {
            ALT: () => {
              const operator = this.CONSUME(categories.Operator);
              this.join(so, levelOf(operator));
              so.operators.push(operator);
              so.operands.push(this.SUBRULE2(this.unary));
            },
          },
          { ALT: () => this.increment(so) },
        ]),
    });
    this.join(so, 0);
    // One operand is left when all are joined.
    return so.operands[0] ?? this.missing();
  });

  private increment(so: Operation): void {
    let stratonovich = false;
    this.OPTION(() => {
      this.CONSUME(tokens.Ring);
      stratonovich = true;
    });
    const differential = this.nameOf(this.CONSUME(tokens.Differential));
    this.join(so, levels.increment);
    so.isIncrement = true;
    const coefficient = so.operands.pop();
    if (coefficient === undefined || this.RECORDING_PHASE) return;
    so.operands.push({
      kind: "increment",
      coefficient,
      stratonovich,
      differential,
      span: this.since(coefficient.span.start),
    });
  }

  /** A differential that `=` or `~` follows opens the next equation; comparisons are not chained. */
  private continues(so: Operation): boolean {
    const next = this.LA(1);
    const level = levelOf(next);
    if (level === levels.increment) {
      const after = this.LA(2).tokenType;
      return !so.isIncrement && after !== tokens.Equals && after !== tokens.Tilde;
    }
    if (level === levels.product) return !so.isIncrement;
    return level !== levels.comparison || !so.hasComparison;
  }

  /** Joins the operands of all operators that bind as tightly as `level` or more. */
  private join(so: Operation, level: number): void {
    if (this.RECORDING_PHASE) return;
    for (let last = so.operators.at(-1); last !== undefined && levelOf(last) >= level; last = so.operators.at(-1)) {
      so.operators.pop();
      const [right, left] = [so.operands.pop(), so.operands.pop()];
      if (left === undefined || right === undefined) throw new Error("an operator without its operands");
      so.operands.push(this.binary(left, last, right));
    }
    so.isIncrement = false;
    if (level <= levels.conjunction) so.hasComparison = false;
    if (level === levels.comparison) so.hasComparison = true;
  }

  private readonly unary: Rule<Expression> = this.RULE("unary", (): Expression => {
    const start = this.here();
    return this.OR({
      DEF: [
        {
          ALT: (): Expression => {
            const sign = this.OR1([{ ALT: () => this.CONSUME(tokens.Minus) }, { ALT: () => this.CONSUME(tokens.Not) }]);
            const operand = this.nested(() => this.SUBRULE(this.unary));
            const operator = sign.tokenType === tokens.Not ? "not" : "-";
            return { kind: "unary", operator, operand, span: this.since(start) };
          },
        },
        { ALT: () => this.SUBRULE(this.power) },
      ],
      ERR_MSG: "an expression",
    });
  });

  private readonly power: Rule<Expression> = this.RULE("power", (): Expression => {
    let base = this.SUBRULE(this.postfix);
    this.OPTION(() => {
      const operator = this.CONSUME(tokens.Caret);
      const open = this.LA(1);
      const exponent = this.nested(() => this.SUBRULE(this.unary));
      if (open.tokenType === tokens.OpenBrace && !this.RECORDING_PHASE) this.refuseBraces(exponent);
      if (!this.RECORDING_PHASE) base = this.binary(base, operator, exponent);
    });
    return base;
  });

  private refuseBraces(exponent: Expression): void {
    const inside = this.source.text.slice(exponent.span.start + 1, exponent.span.end - 1).trim();
    const write = /^[\p{L}\p{M}\p{N}_.]+$/u.test(inside) ? `^${inside}` : `^(${inside.length > 30 ? "…" : inside})`;
    this.add(diagnose(say.bracesAfterCaret, exponent.span, { write }));
  }

  private binary(left: Expression, operator: IToken, right: Expression): Expression {
    return {
      kind: "binary",
      // The grammar consumes operators only where their text is one of these.
      operator: operator.image as BinaryOperator,
      left,
      right,
      operatorSpan: this.spanOf(operator),
      span: cover(left.span, right.span),
    };
  }
}

/** Operands and operators that wait until it is known how tightly the next operator binds. */
interface Operation {
  readonly operands: Expression[];
  readonly operators: IToken[];
  /** The last operand ends in a differential, so that no product continues it. */
  isIncrement: boolean;
  /** A comparison is open since the last `and` or `or`. */
  hasComparison: boolean;
}

const levels = { disjunction: 1, conjunction: 2, comparison: 3, sum: 4, increment: 5, product: 6 } as const;

function levelOf(token: IToken): number {
  if (isOf(token, categories.ProductSign)) return levels.product;
  if (isOf(token, categories.SumSign)) return levels.sum;
  if (isOf(token, categories.ComparisonSign)) return levels.comparison;
  if (token.tokenType === tokens.And) return levels.conjunction;
  return token.tokenType === tokens.Or ? levels.disjunction : levels.increment;
}
