/** What is emitted code made of? A small syntax tree whose leaves are the marked texts of safe.ts and nothing else. */
import type { CommentText, Identifier, KeyToken, NumberToken, StringToken } from "./safe.js";

export type Code =
  | { readonly kind: "name"; readonly name: Identifier }
  | { readonly kind: "string"; readonly token: StringToken }
  | { readonly kind: "number"; readonly token: NumberToken }
  | { readonly kind: "word"; readonly word: "null" | "true" | "false" }
  | { readonly kind: "array"; readonly items: readonly Code[] }
  | { readonly kind: "object"; readonly properties: readonly Property[] }
  | Call
  /** `factor * size` */
  | { readonly kind: "product"; readonly factor: NumberToken; readonly size: Identifier }
  /** `base.member` */
  | { readonly kind: "member"; readonly base: Identifier; readonly member: Identifier }
  | { readonly kind: "arrow"; readonly parameters: readonly ListPattern[]; readonly body: readonly Statement[] };

/** `base.callee<types>(…)`, or `callee(…)` without a base. */
export interface Call {
  readonly kind: "call";
  readonly base: Identifier | null;
  readonly callee: Identifier;
  readonly types: readonly Type[];
  readonly arguments: readonly Code[];
}

export type Key = Identifier | KeyToken;

export interface Property {
  readonly key: Key;
  readonly value: Code;
}

/** What a value is bound to: a name, or names for the elements of a list, of which null ones are skipped. */
export type ListPattern =
  | { readonly kind: "name"; readonly name: Identifier }
  | { readonly kind: "elements"; readonly names: readonly (Identifier | null)[] };

/** The same, or names for the entries of a record. */
export type Pattern =
  | ListPattern
  | { readonly kind: "fields"; readonly fields: readonly { readonly key: Key; readonly name: Identifier }[] };

export type Type =
  | { readonly kind: "reference"; readonly name: Identifier; readonly arguments: readonly Type[] }
  | { readonly kind: "word"; readonly word: "number" | "never" }
  | { readonly kind: "string"; readonly token: StringToken }
  | { readonly kind: "union"; readonly members: readonly Type[] }
  /** `readonly of[]` */
  | { readonly kind: "list"; readonly of: Type }
  | { readonly kind: "record"; readonly members: readonly Member[] };

export interface Member {
  readonly key: Key;
  readonly optional: boolean;
  readonly type: Type;
}

export interface Parameter {
  readonly pattern: Pattern;
  readonly type: Type;
}

export type Statement =
  | { readonly kind: "comment"; readonly text: CommentText }
  | { readonly kind: "const"; readonly pattern: Pattern; readonly value: Code }
  | { readonly kind: "return"; readonly value: Code };

export interface FunctionItem {
  readonly kind: "function";
  readonly name: Identifier;
  readonly typeParameter: Identifier;
  readonly parameters: readonly Parameter[];
  readonly result: Type;
  readonly body: readonly Statement[];
}

/** A top-level item; `doc` is the comment above it, one entry a paragraph. */
export type Item = { readonly doc: readonly CommentText[]; readonly exported: boolean } & (
  | FunctionItem
  | { readonly kind: "type"; readonly name: Identifier; readonly type: Type }
  | { readonly kind: "interface"; readonly name: Identifier; readonly members: readonly Member[] }
  /** `annotation` is written after the name, `satisfies` after the value. */
  | {
      readonly kind: "constant";
      readonly name: Identifier;
      readonly annotation: Type | null;
      readonly satisfies: Type | null;
      readonly value: Code;
    }
);

export interface Module {
  readonly header: readonly CommentText[];
  /** Where the runtime is imported from, the functions taken from there, and the types that may be. */
  readonly runtime: StringToken;
  readonly values: readonly Identifier[];
  readonly types: readonly Identifier[];
  readonly items: readonly Item[];
}
