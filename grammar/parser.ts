/** What is a `.sde` file? The grammar's rules for files, imports and declarations. */
import type { Diagnostic } from "./diagnostic.js";
import type { Layout } from "./layout.js";
import type { Lexed } from "./lexer.js";
import { unquoted, type Rule } from "./primaries.js";
import type { Skipped } from "./recovery.js";
import { span, type Source } from "./source.js";
import { StatementParser } from "./statements.js";
import { categories, tokens } from "./tokens.js";
import type {
  Annotation,
  Body,
  Declaration,
  DeclarationKind,
  Expression,
  File,
  Import,
  Item,
  Name,
  Parameter,
} from "./tree.js";

export interface Reading {
  readonly file: File;
  readonly problems: readonly Diagnostic[];
  /** Text that was given up after a problem. */
  readonly skipped: readonly Skipped[];
  readonly parentheses: ReadonlyMap<Expression, number>;
}

export class SdeParser extends StatementParser {
  constructor({ hasValidation }: { readonly hasValidation: boolean }) {
    super(hasValidation);
    this.performSelfAnalysis();
  }

  read(source: Source, lexed: Lexed, layout: Layout): Reading {
    this.comments = lexed.comments;
    this.nextComment = 0;
    this.parentheses = new Map();
    this.defaultStarts = new Map();
    this.begin(source, lexed.tokens, layout, lexed.diagnostics);
    const file = this.file();
    return { file, ...this.findings(), parentheses: this.parentheses };
  }

  private readonly file: Rule<File> = this.RULE("file", (): File => {
    const items: Item[] = [];
    this.regions(() => this.MANY(() => this.region(() => items.push(this.SUBRULE(this.item)))));
    return { kind: "file", items, span: span(this.source, 0, this.source.text.length) };
  });

  private readonly item: Rule<Item> = this.RULE("item", (): Item => {
    const doc = this.docAbove();
    return this.OR({
      DEF: [
        { ALT: (): Item => this.SUBRULE(this.importing) },
        { ALT: (): Item => ({ ...this.SUBRULE(this.letting), doc }) },
        { ALT: (): Item => ({ ...this.SUBRULE(this.learnable), doc }) },
        { ALT: (): Item => this.SUBRULE(this.training) },
        { ALT: (): Item => ({ ...this.SUBRULE(this.declaration), doc }) },
      ],
      ERR_MSG: "a declaration",
    });
  });

  private readonly importing: Rule<Import> = this.RULE("importing", (): Import => {
    const start = this.here();
    const names: Name[] = [];
    let module: Name | null = null;
    this.CONSUME(tokens.Import);
    this.OR({
      DEF: [
        {
          ALT: () =>
            this.bracketed(tokens.OpenBrace, tokens.CloseBrace, () => {
              this.AT_LEAST_ONE_SEP({
                SEP: tokens.Comma,
                DEF: () => names.push(this.nameOf(this.CONSUME1(categories.Ident))),
                ERR_MSG: "Ident",
              });
            }),
        },
        {
          ALT: () => {
            module = this.nameOf(this.CONSUME2(categories.Ident));
          },
        },
      ],
      ERR_MSG: "a name or names in braces",
    });
    this.CONSUME(tokens.From);
    const place = this.here();
    const value = unquoted(this.CONSUME(tokens.String).image);
    return {
      kind: "import",
      names,
      module,
      path: { kind: "string", value, span: this.since(place) },
      span: this.since(start),
    };
  });

  private readonly declaration: Rule<Declaration> = this.RULE("declaration", (): Declaration => {
    const start = this.here();
    // A kind's text is its keyword.
    const keyword = this.CONSUME(categories.Kind).image as DeclarationKind;
    const name = this.SUBRULE(this.newName);
    let parameters: Parameter[] | null = null;
    let states: Parameter[] | null = null;
    let annotation: Annotation | null = null;
    let body: Body | null = null;
    this.head(() => {
      this.OPTION1(() => {
        const list: Parameter[] = [];
        parameters = list;
        this.bracketed(tokens.OpenParenthesis, tokens.CloseParenthesis, () => {
          this.OPTION2(() => this.SUBRULE1(this.parameterList, { ARGS: [list] }));
        });
      });
      this.OPTION3(() => {
        const list: Parameter[] = [];
        states = list;
        this.CONSUME(tokens.On);
        this.SUBRULE2(this.parameterList, { ARGS: [list] });
      });
      this.OPTION4(() => {
        annotation = this.SUBRULE(this.annotation);
      });
    });
    this.OPTION5(() => {
      body = this.SUBRULE(this.body);
    });
    const head = body === null ? this.bodyFromLastState(states) : { states, body };
    const rest = { states: head.states, annotation, body: head.body, doc: null, span: this.since(start) };
    return { kind: "declaration", keyword, name, parameters, ...rest };
  });

  /** In `on x, t, s = e` the `= e` reads as a default of `s`; without another body it is meant as the body. */
  private bodyFromLastState(states: readonly Parameter[] | null): Pick<Declaration, "states" | "body"> {
    const last = states?.at(-1);
    if (states === null || last === undefined || last.default === null) return { states, body: null };
    const value = last.default;
    const end = (last.domain ?? last.type ?? last.name).span.end;
    const bare: Parameter = { ...last, default: null, span: span(this.source, last.span.start, end) };
    const start = this.defaultStarts.get(last) ?? value.span.start;
    const body: Body = { kind: "value", value, span: span(this.source, start, value.span.end) };
    return { states: [...states.slice(0, -1), bare], body };
  }
}
