/** How does a program read as text? `parse.ts` reads it back: printing, parsing and printing again gives the same text. */
import { valuesInOrder } from "./order.js";
import type { Program, ScanBody, Value } from "./value.js";

/**
 * One line a value, operands before users, numbered in that order; scan bodies are indented under their scan.
 * Floats are exact. Origins are not part of the text.
 */
export function print(program: Program): string {
  const numbering: Numbering = { next: 0 };
  const names = new Map<Value, string>();
  const outputs = program.outputs.map((output) => output.value);
  const lines = [`program ${JSON.stringify(program.name)} {`];
  lines.push(...printValues(program.inputs, names, numbering, "  "));
  lines.push(...printValues(valuesInOrder(outputs, new Set(program.inputs)), names, numbering, "  "));
  for (const output of program.outputs) {
    lines.push(`  return ${JSON.stringify(output.name)} = ${nameOf(output.value, names)}`);
  }
  return [...lines, "}", ""].join("\n");
}

/** A scan body by itself; equal texts are equal bodies. */
export function printBody(body: ScanBody): string[] {
  return printRound(body, { next: 0 }, "");
}

/** `real[B, 2]` */
export function printType(value: Pick<Value, "dtype" | "shape">): string {
  return `${value.dtype}[${value.shape.join(", ")}]`;
}

/** The text of one parameter's number or dim; -0 keeps its sign. */
export function printNumber(number: number | string): string {
  return Object.is(number, -0) ? "-0" : String(number);
}

/** The next number to give out; one count for a program and all bodies in it. */
interface Numbering {
  next: number;
}

function printValues(
  values: readonly Value[],
  names: Map<Value, string>,
  numbering: Numbering,
  indent: string,
): string[] {
  return values.flatMap((value) => {
    const operands = value.inputs.map((input) => nameOf(input, names)).join(", ");
    const parameters = printParams(value);
    const body = value.params.body;
    const name = `%${numbering.next++}`;
    names.set(value, name);
    const head = `${indent}${name} = ${value.op}(${operands})${parameters} : ${printType(value)}`;
    return body === undefined ? [head] : [`${head} {`, ...printRound(body, numbering, `${indent}  `), `${indent}}`];
  });
}

/** A body is closed and may be shared by several scans, so each printing of it has names of its own. */
function printRound(body: ScanBody, numbering: Numbering, indent: string): string[] {
  const names = new Map<Value, string>();
  const list = (values: readonly Value[]): string => values.map((value) => nameOf(value, names)).join(", ");
  const inputs = [...body.carry, ...body.xs, ...body.captures];
  const outputs = [...body.nextCarry, ...body.rows];
  const lines = [
    ...printValues(inputs, names, numbering, indent),
    ...printValues(valuesInOrder(outputs, new Set(inputs)), names, numbering, indent),
  ];
  return [
    `${indent}carry (${body.carry.length}) xs (${body.xs.length}) captures (${body.captures.length})`,
    ...lines,
    `${indent}next (${list(body.nextCarry)}) rows (${list(body.rows)})`,
  ];
}

/** Bodies follow on lines of their own; the type of an input stands behind the colon. */
function printParams({ op, params }: Value): string {
  const hidden: readonly string[] = op === "input" ? ["dtype", "shape"] : ["body"];
  const entries = Object.entries(params).filter(([key]) => !hidden.includes(key));
  if (entries.length === 0) return "";
  return ` {${entries.map(([key, value]) => `${key}: ${printParam(key, value as ParamData)}`).join(", ")}}`;
}

/** What a parameter other than the body is. */
type ParamData = string | number | readonly (string | number)[];

function printParam(key: string, value: ParamData): string {
  if (key === "name") return JSON.stringify(value);
  if (typeof value === "string" || typeof value === "number") return printNumber(value);
  return `[${value.map(printNumber).join(", ")}]`;
}

function nameOf(value: Value, names: ReadonlyMap<Value, string>): string {
  const name = names.get(value);
  if (name === undefined) throw new Error(`value ${value.id} (${value.op}) is used but not defined in its program`);
  return name;
}
