/** How are pieces of emitted code written? Short makers of syntax; text of a model passes safe.ts on its way in. */
import { recordKey } from "./names.js";
import { identifier, key as keyToken, number, string } from "./safe.js";
import type { Identifier } from "./safe.js";
import type { Call, Code, Key, ListPattern, Type } from "./syntax.js";

/** What every emitted function calls the engine. */
export const engine = identifier("o");

export function name(text: Identifier): Code & ListPattern {
  return { kind: "name", name: text };
}

export function text(value: string): Code {
  return { kind: "string", token: string(value) };
}

/** A name of the model in a place where it is or may become the key of a record. */
export function keyText(value: string): Code {
  return text(recordKey(value));
}

export function key(value: string): Key {
  return keyToken(recordKey(value));
}

export function numeral(value: number): Code {
  return { kind: "number", token: number(value) };
}

export function flag(value: boolean): Code {
  return { kind: "word", word: value ? "true" : "false" };
}

export const nothing: Code = { kind: "word", word: "null" };

export function list(items: readonly Code[]): Code {
  return { kind: "array", items };
}

export function call(callee: Identifier, items: readonly Code[], types: readonly Type[] = []): Call {
  return { kind: "call", base: null, callee, types, arguments: items };
}

export function method(base: Identifier, callee: Identifier, items: readonly Code[]): Call {
  return { kind: "call", base, callee, types: [], arguments: items };
}

export function reference(type: Identifier, ...items: readonly Type[]): Type {
  return { kind: "reference", name: type, arguments: items };
}

/** One of these names of the model; never, where there is none. */
export function oneOf(names: readonly string[]): Type {
  const members = names.map((member): Type => ({ kind: "string", token: string(recordKey(member)) }));
  const [only] = members;
  if (only === undefined) return { kind: "word", word: "never" };
  return members.length === 1 ? only : { kind: "union", members };
}

/** `Readonly<Record<names, values>>` */
export function recordType(names: Type, values: Type): Type {
  return reference(identifier("Readonly"), reference(identifier("Record"), names, values));
}
