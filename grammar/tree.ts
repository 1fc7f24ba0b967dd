/** The syntax tree: what the parser makes and every later stage reads. Plain readonly data; each node knows its span. */
import type { Span } from "./source.js";

export type DeclarationKind =
  "data" | "network" | "process" | "reference" | "interpolant" | "coupling" | "reward" | "objective" | "sampler" | "fn";

/** A name as written, in Unicode normalisation form C. */
export interface Name {
  readonly kind: "name";
  readonly text: string;
  readonly span: Span;
}

// ── file ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
export interface File {
  readonly kind: "file";
  readonly items: readonly Item[];
  readonly span: Span;
}

export type Item = Import | Declaration | Let | Param | Train;

/** `import { a, b } from "./x.sde"` or `import m from "./x.sde"`. */
export interface Import {
  readonly kind: "import";
  readonly names: readonly Name[];
  readonly module: Name | null;
  readonly path: StringLiteral;
  readonly span: Span;
}

/** `KIND name (parameters) on states annotation body` */
export interface Declaration {
  readonly kind: "declaration";
  readonly keyword: DeclarationKind;
  readonly name: Name;
  /** null: no parentheses were written. */
  readonly parameters: readonly Parameter[] | null;
  /** null: no `on` was written. */
  readonly states: readonly Parameter[] | null;
  readonly annotation: Annotation | null;
  readonly body: Body | null;
  /** Text of the `///` lines above, without the slashes, joined by line ends. */
  readonly doc: string | null;
  readonly span: Span;
}

/** `= expression` is kind "value"; a block is a list of statements. */
export type Body = ValueBody | Block;
export interface ValueBody {
  readonly kind: "value";
  readonly value: Expression;
  readonly span: Span;
}
export interface Block {
  readonly kind: "block";
  readonly statements: readonly Statement[];
  readonly span: Span;
}

export interface Parameter {
  readonly kind: "parameter";
  readonly name: Name;
  readonly type: TypeExpression | null;
  readonly domain: Domain | null;
  readonly default: Expression | null;
  readonly span: Span;
}

export type Annotation = TypeAnnotation | PredictsAnnotation;
export interface TypeAnnotation {
  readonly kind: "of type";
  readonly type: TypeExpression;
  readonly domain: Domain | null;
  readonly span: Span;
}
export interface PredictsAnnotation {
  readonly kind: "predicts";
  readonly head: Name;
  readonly of: Named;
  readonly span: Span;
}

export type TypeExpression = KindType | SpaceType | RecordType;
/** A declaration kind as a parameter's type: `P: process`. */
export interface KindType {
  readonly kind: "kind type";
  readonly keyword: DeclarationKind;
  readonly span: Span;
}
/** `Real[2]`, `Image[3, 32, 32, range: [-1, 1]]`, `cifar.x`. */
export interface SpaceType {
  readonly kind: "space";
  readonly path: readonly Name[];
  readonly arguments: readonly Argument[];
  readonly span: Span;
}
export interface RecordType {
  readonly kind: "record type";
  readonly fields: readonly Field[];
  readonly span: Span;
}
export interface Field {
  readonly kind: "field";
  readonly name: Name;
  readonly type: TypeExpression;
  readonly domain: Domain | null;
  readonly span: Span;
}

/** What follows `in`: an expression (`[a, b]` the interval, `{a, b}` the set, a name), or the integers `from..to`. */
export interface Domain {
  readonly kind: "domain";
  readonly value: Expression;
  /** Present for `value..to`. */
  readonly to: Expression | null;
  readonly span: Span;
}

// ── statements ───────────────────────────────────────────────────────────────────────────────────────────────────────
export type Statement = Let | Param | Relation | Equation | Goal | Loop | Train | Return;

export interface Let {
  readonly kind: "let";
  readonly names: readonly Name[];
  readonly type: TypeExpression | null;
  readonly values: readonly Expression[];
  readonly doc: string | null;
  readonly span: Span;
}
export interface Param {
  readonly kind: "param";
  readonly names: readonly Name[];
  readonly type: TypeExpression | null;
  readonly domain: Domain | null;
  readonly default: Expression | null;
  readonly doc: string | null;
  readonly span: Span;
}
/** `targets ~ values` (a draw or a claimed law), `targets <- values` (an update), `targets = values` (a definition). */
export interface Relation {
  readonly kind: "relation";
  readonly sign: "~" | "<-" | "=";
  readonly targets: readonly Target[];
  readonly values: readonly Expression[];
  readonly span: Span;
}
/** `x`, `x(1)`, `x[i]`, `x.field`. */
export interface Target {
  readonly kind: "target";
  readonly name: Name;
  readonly access: readonly Access[];
  readonly span: Span;
}
export type Access =
  | { readonly kind: "at index"; readonly indices: readonly Index[]; readonly span: Span }
  | { readonly kind: "at time"; readonly time: Expression; readonly span: Span }
  | { readonly kind: "at field"; readonly name: Name; readonly span: Span };
/** `dx = …` or `dx ~ …`. */
export interface Equation {
  readonly kind: "equation";
  readonly differential: Name;
  readonly sign: "=" | "~";
  readonly value: Expression;
  readonly span: Span;
}
export interface Goal {
  readonly kind: "goal";
  readonly direction: "minimize" | "maximize";
  readonly value: Expression;
  readonly over: readonly Name[] | null;
  readonly span: Span;
}
export interface Loop {
  readonly kind: "loop";
  readonly names: readonly Name[];
  readonly domain: Domain;
  readonly body: Block;
  readonly span: Span;
}
/** `train objective(arguments) { options }` or `train { schedule }`. */
export interface Train {
  readonly kind: "train";
  readonly run: { readonly objective: Named; readonly options: Braces } | null;
  readonly schedule: Block | null;
  readonly span: Span;
}
export interface Return {
  readonly kind: "return";
  readonly values: readonly Expression[];
  readonly span: Span;
}

/** `a.b(arguments)`; `arguments` is null where no parentheses were written. */
export interface Named {
  readonly kind: "named";
  readonly path: readonly Name[];
  readonly arguments: readonly Argument[] | null;
  readonly span: Span;
}

// ── expressions ──────────────────────────────────────────────────────────────────────────────────────────────────────
export type Expression =
  | NumberLiteral
  | StringLiteral
  | NameReference
  | DifferentialReference
  | Tuple
  | List
  | Braces
  | Call
  | Indexed
  | FieldAccess
  | Unary
  | Binary
  | Increment
  | Conditional
  | FunctionExpression
  | Using
  | With
  | Missing;

export interface NumberLiteral {
  readonly kind: "number";
  readonly value: number;
  readonly text: string;
  readonly span: Span;
}
export interface StringLiteral {
  readonly kind: "string";
  readonly value: string;
  readonly span: Span;
}
export interface NameReference {
  readonly kind: "reference";
  readonly text: string;
  readonly span: Span;
}
export interface DifferentialReference {
  readonly kind: "differential";
  readonly text: string;
  readonly span: Span;
}
/** Two or more expressions in parentheses; one in parentheses is itself. */
export interface Tuple {
  readonly kind: "tuple";
  readonly items: readonly Expression[];
  readonly span: Span;
}
/** `[a, b]` or `[e for i in D]`. */
export interface List {
  readonly kind: "list";
  readonly items: readonly Argument[];
  readonly span: Span;
}
/** `{k: v}` a record, `{a, b}` a finite set. */
export interface Braces {
  readonly kind: "braces";
  readonly items: readonly Argument[];
  readonly span: Span;
}
export interface Call {
  readonly kind: "call";
  readonly callee: Expression;
  readonly arguments: readonly Argument[];
  /** What stands after `|`. */
  readonly givens: readonly Given[];
  readonly span: Span;
}
export interface Argument {
  readonly kind: "argument";
  readonly name: Name | null;
  readonly value: Expression;
  readonly generators: readonly Generator[];
  readonly span: Span;
}
export interface Generator {
  readonly kind: "generator";
  readonly names: readonly Name[];
  readonly domain: Domain;
  readonly span: Span;
}
/** `x0` or `x(t) = a`. */
export interface Given {
  readonly kind: "given";
  readonly subject: Expression;
  readonly value: Expression | null;
  readonly span: Span;
}
export interface Indexed {
  readonly kind: "indexed";
  readonly base: Expression;
  readonly indices: readonly Index[];
  readonly span: Span;
}
export type Index =
  | { readonly kind: "at"; readonly argument: Argument; readonly span: Span }
  | { readonly kind: "range"; readonly from: Expression | null; readonly to: Expression | null; readonly span: Span };
export interface FieldAccess {
  readonly kind: "access";
  readonly base: Expression;
  readonly name: Name;
  readonly span: Span;
}
export interface Unary {
  readonly kind: "unary";
  readonly operator: "-" | "not";
  readonly operand: Expression;
  readonly span: Span;
}
export type BinaryOperator = "+" | "-" | "*" | "/" | "@" | "^" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "and" | "or";
export interface Binary {
  readonly kind: "binary";
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
  /** Of the operator alone. */
  readonly operatorSpan: Span;
  readonly span: Span;
}
/** A coefficient and the differential it multiplies: `-x dt`, `s(x) o dW`; a bare `dW` is a `differential`. */
export interface Increment {
  readonly kind: "increment";
  readonly coefficient: Expression;
  readonly stratonovich: boolean;
  readonly differential: Name;
  readonly span: Span;
}
export interface Conditional {
  readonly kind: "if";
  readonly condition: Expression;
  readonly then: Expression;
  readonly else: Expression;
  readonly span: Span;
}
export interface FunctionExpression {
  readonly kind: "fn";
  readonly parameters: readonly Parameter[];
  readonly annotation: Annotation | null;
  readonly body: Body;
  readonly span: Span;
}
export interface Using {
  readonly kind: "using";
  readonly base: Expression;
  readonly step: Expression;
  readonly span: Span;
}
export interface With {
  readonly kind: "with";
  readonly base: Expression;
  readonly corrector: Expression;
  readonly span: Span;
}
/** Stands where recovery found nothing; a diagnostic was reported there already, so later stages stay silent about it. */
export interface Missing {
  readonly kind: "missing";
  readonly span: Span;
}
