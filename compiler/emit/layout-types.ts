/** Where do types break when they are too long for a line? */
import { concat, group, hardLine, indent, join, line, softLine } from "./document.js";
import type { Doc } from "./document.js";
import type { Item, Member, Type } from "./syntax.js";

export function type(shape: Type): Doc {
  switch (shape.kind) {
    case "reference":
      return concat(shape.name, typeArguments(shape.arguments));
    case "word":
      return shape.word;
    case "string":
      return shape.token;
    case "list":
      return concat("readonly ", type(shape.of), "[]");
    case "union":
      return union(shape.members);
    case "record":
      return record(shape.members);
  }
}

/** `<A, B>`; a single one never breaks. */
export function typeArguments(types: readonly Type[]): Doc {
  if (types.length === 0) return "";
  const printed = types.map(type);
  if (printed.length === 1) return concat("<", ...printed, ">");
  return group(concat("<", indent(softLine, join(concat(",", line), printed)), softLine, ">"));
}

/** `type name = …;`; a union that does not fit on the next line either stands with each member on its own. */
export function typeAlias(head: string, shape: Type): Doc {
  if (shape.kind !== "union") return concat(head, " = ", type(shape), ";");
  return group(concat(head, " =", group(indent(line, union(shape.members))), ";"));
}

/** The members of an interface, in braces. */
export function interfaceBody(members: readonly Member[]): Doc {
  if (members.length === 0) return "{}";
  return concat("{", indent(...members.map((item) => concat(hardLine, member(item), ";"))), hardLine, "}");
}

function record(members: readonly Member[]): Doc {
  if (members.length === 0) return "{}";
  const listed = join(concat(";", line), members.map(member));
  return group(concat("{", indent(line, listed), { kind: "when broken", text: ";", breaks: false }, line, "}"));
}

function member({ key, optional, type: shape }: Member): Doc {
  const value = shape.kind === "union" ? group(indent(softLine, union(shape.members))) : type(shape);
  return concat("readonly ", key, optional ? "?: " : ": ", value);
}

/** On one line, or each member on its own. */
function union(members: readonly Type[]): Doc {
  const listed = join(concat(line, "| "), members.map(type));
  return group(concat({ kind: "when broken", text: "| ", breaks: false }, listed));
}

/** The names that the types of an item mention. */
export function typeNames(item: Item): readonly string[] {
  switch (item.kind) {
    case "type":
      return namesIn(item.type);
    case "interface":
      return item.members.flatMap((one) => namesIn(one.type));
    case "function":
      return [...item.parameters.map((parameter) => parameter.type), item.result].flatMap(namesIn);
    case "constant":
      return [item.annotation, item.satisfies].flatMap((one) => (one === null ? [] : namesIn(one)));
  }
}

function namesIn(shape: Type): readonly string[] {
  switch (shape.kind) {
    case "reference":
      return [shape.name, ...shape.arguments.flatMap(namesIn)];
    case "union":
      return shape.members.flatMap(namesIn);
    case "list":
      return namesIn(shape.of);
    case "record":
      return shape.members.flatMap((one) => namesIn(one.type));
    case "word":
    case "string":
      return [];
  }
}
