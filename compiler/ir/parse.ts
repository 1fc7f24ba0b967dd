/** Which program does a text written by `print.ts` describe? */
import type { DType } from "../../runtime/ops.js";
import { make } from "./build.js";
import { printType } from "./print.js";
import { table } from "./table.js";
import type { Dim, OpName, Output, Params, Program, ScanBody, SymbolicShape, Value } from "./value.js";

/** The program of the text. Throws, naming the line, where the text is none: it is a tool of tests and developers. */
export function parse(text: string): Program {
  const reader = readerOf(text);
  reader.take("program");
  const name = reader.string();
  reader.take("{");
  const names = new Map<string, Value>();
  const values = parseValues(reader, names);
  const outputs: Output[] = [];
  while (reader.takes("return")) {
    const output = reader.string();
    reader.take("=");
    outputs.push({ name: output, value: lookUp(reader, names) });
  }
  reader.take("}");
  return { name, inputs: values.filter((value) => value.op === "input"), outputs };
}

/** Lines `%3 = add(%1, %2) : real[B, 2]` up to one that is something else. */
function parseValues(reader: Reader, names: Map<string, Value>): Value[] {
  const values: Value[] = [];
  while (reader.peek().startsWith("%")) {
    const name = reader.next();
    reader.take("=");
    const value = parseValue(reader, names);
    names.set(name, value);
    values.push(value);
  }
  return values;
}

function parseValue(reader: Reader, names: Map<string, Value>): Value {
  const op = opName(reader);
  reader.take("(");
  const operands = parseList(reader, ")", () => lookUp(reader, names));
  const params = reader.takes("{") ? parseParams(reader) : {};
  reader.take(":");
  const dtype = parseDType(reader);
  reader.take("[");
  const shape = parseList(reader, "]", () => parseDim(reader));
  const value = make(op, operands, { ...params, ...unwritten(op, dtype, shape, reader) });
  const written = printType({ dtype, shape });
  if (printType(value) !== written) reader.fail(`${op} is ${printType(value)} here, not ${written}`);
  return value;
}

/** The parameters that are not between the braces. */
function unwritten(op: OpName, dtype: DType, shape: SymbolicShape, reader: Reader): Params {
  if (op === "input") return { dtype, shape };
  return table[op].params.includes("body") ? { body: parseBody(reader) } : {};
}

function parseBody(reader: Reader): ScanBody {
  reader.take("{");
  const nCarry = parseCount(reader, "carry");
  const nXs = parseCount(reader, "xs");
  const nCaptures = parseCount(reader, "captures");
  const names = new Map<string, Value>();
  const inputs = parseValues(reader, names).slice(0, nCarry + nXs + nCaptures);
  reader.take("next");
  reader.take("(");
  const nextCarry = parseList(reader, ")", () => lookUp(reader, names));
  reader.take("rows");
  reader.take("(");
  const rows = parseList(reader, ")", () => lookUp(reader, names));
  reader.take("}");
  return {
    carry: inputs.slice(0, nCarry),
    xs: inputs.slice(nCarry, nCarry + nXs),
    captures: inputs.slice(nCarry + nXs),
    nextCarry,
    rows,
  };
}

function parseCount(reader: Reader, word: string): number {
  reader.take(word);
  reader.take("(");
  const count = Number(reader.next());
  reader.take(")");
  return count;
}

function parseParams(reader: Reader): Params {
  const entries = parseList(reader, "}", () => {
    const key = reader.next();
    reader.take(":");
    if (key === "name") return [key, reader.string()];
    if (reader.takes("[")) return [key, parseList(reader, "]", () => parseDim(reader))];
    return [key, parseDim(reader)];
  });
  return Object.fromEntries(entries) as Params; // the verifier compares keys and types with the op table
}

function parseList<X>(reader: Reader, end: string, item: () => X): X[] {
  const items: X[] = [];
  while (!reader.takes(end)) {
    if (items.length > 0) reader.take(",");
    items.push(item());
  }
  return items;
}

/** A number, `NaN`, `-Infinity`, a size such as `3*B`, or a word. */
function parseDim(reader: Reader): Dim {
  const word = reader.next();
  return /^-?(\d|\.\d|NaN$|Infinity$)/.test(word) && !word.includes("*") ? Number(word) : word;
}

function parseDType(reader: Reader): DType {
  const word = reader.next();
  if (word !== "real" && word !== "int" && word !== "bool") reader.fail(`${word} is not a kind of number`);
  return word;
}

function opName(reader: Reader): OpName {
  const word = reader.next();
  if (!Object.hasOwn(table, word)) reader.fail(`there is no op ${word}`);
  return word as OpName; // it is a key of the table by the line above
}

function lookUp(reader: Reader, names: ReadonlyMap<string, Value>): Value {
  const name = reader.next();
  return names.get(name) ?? reader.fail(`${name} is not defined above`);
}

interface Reader {
  /** The next token without taking it; empty at the end. */
  peek(): string;
  next(): string;
  take(expected: string): void;
  /** Takes the token if it is next. */
  takes(expected: string): boolean;
  string(): string;
  fail(problem: string): never;
}

/** Strings, names `%3`, punctuation, and words: everything between these. */
const token = /"(?:[^"\\]|\\.)*"|%\d+|[=(){}[\]:,]|[^\s=(){}[\]:,"]+|\n/g;

function readerOf(text: string): Reader {
  const tokens: { readonly text: string; readonly line: number }[] = [];
  let line = 1;
  for (const [found] of text.matchAll(token)) {
    if (found === "\n") line += 1;
    else tokens.push({ text: found, line });
  }
  let place = 0;
  const fail = (problem: string): never => {
    throw new Error(`line ${tokens[Math.min(place, tokens.length) - 1]?.line ?? 1}: ${problem}`);
  };
  const peek = (): string => tokens[place]?.text ?? "";
  const next = (): string => {
    place += 1;
    return tokens[place - 1]?.text ?? fail("the text ends too early");
  };
  const takes = (expected: string): boolean => {
    if (peek() !== expected) return false;
    place += 1;
    return true;
  };
  const take = (expected: string): void => {
    const found = next();
    if (found !== expected) fail(`${expected} expected, found ${found}`);
  };
  return { peek, next, take, takes, string: () => JSON.parse(next()) as string, fail };
}
