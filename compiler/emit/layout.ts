/** Where does code break when it is too long for a line? Expressions and statements, as Prettier would break them. */
import {
  breakAround,
  breaks,
  choice,
  columns,
  concat,
  fill,
  group,
  hardLine,
  indent,
  indentWith,
  join,
  line,
  softLine,
  trailingComma,
} from "./document.js";
import type { Doc } from "./document.js";
import { typeArguments } from "./layout-types.js";
import type { Call, Code, Key, ListPattern, Pattern, Property, Statement } from "./syntax.js";

/** `const pattern = value;` and the like, each on its own line. */
export function statements(body: readonly Statement[]): Doc {
  return join(hardLine, body.map(statement));
}

/** `{`, the statements, `}`. */
export function block(body: readonly Statement[]): Doc {
  return body.length === 0 ? "{}" : concat("{", indent(hardLine, statements(body)), hardLine, "}");
}

/** The value beside the operator, or on the next line where nothing else helps. */
export function assignment(
  left: Doc,
  operator: string,
  value: Code,
  style: "declaration" | "property",
  after: Doc = "",
): Doc {
  const right = concat(expression(value), after);
  const isShortKey = style === "property" && typeof left === "string" && columns(left) < shortKey;
  const head = concat(group(left), operator);
  if (!isShortKey && (value.kind === "string" || isPoorlyBreakable(value))) {
    return group(concat(head, group(indent(line, right))));
  }
  if (isShortKey || isPlain(value)) return group(concat(head, " ", right));
  const gap = group(indent(line));
  return group(concat(head, gap, indentWith(gap, right)));
}

export function expression(code: Code): Doc {
  switch (code.kind) {
    case "name":
      return code.name;
    case "string":
    case "number":
      return code.token;
    case "word":
      return code.word;
    case "product":
      return `${code.factor} * ${code.size}`;
    case "member":
      return `${code.base}.${code.member}`;
    case "array":
      return array(code.items);
    case "object":
      return braces(code.properties.map(property));
    case "call":
      return call(code);
    case "arrow":
      return arrow(parameterList(code.parameters.map((one) => pattern(one))), code.body);
  }
}

/** `annotation` is the type of a record taken apart, which breaks together with it. */
export function pattern(bound: Pattern, annotation: Doc = ""): Doc {
  switch (bound.kind) {
    case "name":
      return bound.name;
    case "elements":
      return brackets(bound.names.map((name) => name ?? ""));
    case "fields":
      return braces(
        bound.fields.map(({ key, name }) => property({ key, value: { kind: "name", name } })),
        annotation,
      );
  }
}

/** Parameters in parentheses, all on one line or each on its own. */
export function parameterList(parameters: readonly Doc[]): Doc {
  if (parameters.length === 0) return "()";
  return concat("(", indent(softLine, join(concat(",", line), parameters)), trailingComma, softLine, ")");
}

/** Keys shorter than this keep their value beside them. */
const shortKey = 5;
/** A lone argument up to this length is not worth a line of its own. */
const shortArgument = 20;

function statement(item: Statement): Doc {
  switch (item.kind) {
    case "comment":
      return `// ${item.text}`;
    case "const":
      return concat(assignment(concat("const ", pattern(item.pattern)), " =", item.value, "declaration"), ";");
    case "return":
      return concat("return ", expression(item.value), ";");
  }
}

function property({ key, value }: Property): Doc {
  if (value.kind === "name" && isSame(key, value.name)) return key;
  return assignment(key, ":", value, "property");
}

function isSame(key: Key, name: string): boolean {
  return key === name;
}

function braces(items: readonly Doc[], annotation: Doc = ""): Doc {
  if (items.length === 0) return concat("{}", annotation);
  return group(concat("{", indent(line, join(concat(",", line), items)), trailingComma, line, "}", annotation));
}

function brackets(items: readonly Doc[], broken = false): Doc {
  if (items.length === 0) return "[]";
  const listed = join(
    concat(",", line),
    items.map((item) => (item === "" ? "" : group(item))),
  );
  return group(concat("[", indent(softLine, listed), trailingComma, softLine, "]"), broken);
}

function array(items: readonly Code[]): Doc {
  if (isNumeric(items)) {
    const numbers = items.map((item) => item.token);
    return group(concat("[", indent(softLine, fill(numbers)), softLine, "]"));
  }
  return brackets(items.map(expression), isTable(items));
}

type Numeric = Extract<Code, { kind: "number" }>;

function isNumeric(items: readonly Code[]): items is readonly Numeric[] {
  return items.length > 0 && items.every((item) => item.kind === "number");
}

/** Several objects, or several arrays, each with more than one entry: one a line. */
function isTable(items: readonly Code[]): boolean {
  return (
    items.length > 1 &&
    (items.every((item) => item.kind === "array" && item.items.length > 1) ||
      items.every((item) => item.kind === "object" && item.properties.length > 1))
  );
}

function call(code: Call): Doc {
  const callee = code.base === null ? code.callee : `${code.base}.${code.callee}`;
  return group(concat(callee, typeArguments(code.types), callArguments(code.arguments)));
}

function callArguments(items: readonly Code[]): Doc {
  const printed = items.map(expression);
  const eachOnItsLine = group(
    concat("(", indent(line, join(concat(",", line), printed)), trailingComma, line, ")"),
    true,
  );
  const last = items[items.length - 1];
  if (last === undefined) return "()";
  if (!canHang(last, items)) {
    const listed = concat("(", indent(softLine, join(concat(",", line), printed)), trailingComma, softLine, ")");
    return group(listed, printed.some(breaks));
  }
  const head = concat(...printed.slice(0, -1).flatMap((argument) => [argument, ", "]));
  if (breaks(head)) return eachOnItsLine;
  const hanging = last.kind === "arrow" ? arrow(hangingParameters(last.parameters), last.body) : expression(last);
  const hung = concat("(", head, group(hanging, true), ")");
  if (breaks(hanging)) return concat(breakAround, choice(hung, eachOnItsLine));
  return choice(concat("(", head, hanging, ")"), hung, eachOnItsLine);
}

/** Whether the last argument may open on the line of the call and close it. */
function canHang(last: Code, items: readonly Code[]): boolean {
  const before = items[items.length - 2];
  if (before !== undefined && before.kind === last.kind) return false;
  switch (last.kind) {
    case "object":
      return last.properties.length > 0;
    case "array":
      return last.items.length > 0 && (items.length === 1 || !isNumeric(last.items));
    case "arrow":
      return true;
    default:
      return false;
  }
}

function arrow(parameters: Doc, body: readonly Statement[]): Doc {
  return group(concat(group(parameters), " => ", block(body)));
}

/** Parameters that must stay on the line of the call. */
function hangingParameters(parameters: readonly ListPattern[]): string {
  const flat = parameters.map((bound) =>
    bound.kind === "name" ? bound.name : `[${bound.names.map((name) => name ?? "").join(", ")}]`,
  );
  return `(${flat.join(", ")})`;
}

/** Numbers and words stay beside the operator; a signed number is not a literal to Prettier. */
function isPlain(value: Code): boolean {
  return (value.kind === "number" && !value.token.startsWith("-")) || (value.kind === "word" && value.word !== "null");
}

/** A call that gains nothing from breaking inside. */
function isPoorlyBreakable(value: Code): boolean {
  if (value.kind === "member") return true;
  if (value.kind !== "call" || value.types.length > 1) return false;
  const [only, second] = value.arguments;
  if (second !== undefined) return false;
  if (only === undefined || only.kind === "number" || only.kind === "word") return true;
  if (only.kind === "name") return only.name.length <= shortArgument;
  return only.kind === "string" && only.token.length <= shortArgument;
}
