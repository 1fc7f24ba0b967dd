/** Is a program well formed? Asked after every pass in tests; a problem is a bug of the pass, said in one sentence. */
import { equalShape, symbolOf } from "./dims.js";
import { valuesInOrder } from "./order.js";
import { printType } from "./print.js";
import { table } from "./table.js";
import type { Dim, Params, Program, ScanBody, SymbolicShape, Value } from "./value.js";

/**
 * The problems of a program; none for a good one. Sizes known only at run time are those in the shapes of its inputs,
 * and `sizes`, the ones its caller is asked for beyond these.
 */
export function verify(program: Program, sizes: readonly string[] = []): readonly string[] {
  const known = new Set([...sizes, ...program.inputs.flatMap((input) => input.shape.flatMap(symbolsOf))]);
  const outputs = program.outputs.map((output) => output.value);
  return [
    ...repeated(program.inputs.map((input) => input.params.name ?? "")).map((name) => `two inputs are named ${name}`),
    ...repeated(program.outputs.map((output) => output.name)).map((name) => `two outputs are named ${name}`),
    ...program.inputs.filter((input) => input.op !== "input").map((value) => `${show(value)} is declared as an input`),
    ...verifyClosed(outputs, program.inputs, known),
  ];
}

function verifyClosed(outputs: readonly Value[], inputs: readonly Value[], known: ReadonlySet<string>): string[] {
  const declared = new Set(inputs);
  const values = valuesInOrder([...outputs, ...inputs]);
  return values.flatMap((value) => [
    ...(value.op === "input" && !declared.has(value) ? [`${show(value)} (${value.params.name}) is not declared`] : []),
    ...value.inputs
      .filter((operand) => operand.id >= value.id)
      .map((operand) => `${show(value)} uses ${show(operand)}, which was made later`),
    ...verifyType(value),
    ...[...new Set(dimsOf(value).flatMap(symbolsOf))]
      .filter((symbol) => !known.has(symbol))
      .map((symbol) => `${show(value)} has a size ${symbol} that nothing gives`),
    ...(value.params.body === undefined ? [] : verifyBody(value.params.body, known)),
  ]);
}

function verifyType(value: Value): string[] {
  const row = table[value.op];
  const foreign = Object.keys(value.params).filter((key) => !row.params.includes(key as keyof Params));
  const missing = row.params.filter((key) => value.params[key] === undefined);
  const problems = [
    ...foreign.map((key) => `${show(value)} has a parameter ${key} which its op does not have`),
    ...missing.map((key) => `${show(value)} lacks its parameter ${key}`),
  ];
  if (row.arity !== "any" && row.arity !== value.inputs.length) {
    problems.push(`${show(value)} has ${value.inputs.length} operands`);
  }
  if (problems.length > 0) return problems;
  const derived = row.shape(value.inputs, value.params);
  if (typeof derived === "string") return [`${show(value)}: ${derived}`];
  const agrees = derived.dtype === value.dtype && equalShape(derived.shape, value.shape);
  return agrees ? [] : [`${show(value)} says it is ${printType(value)} where its op gives ${printType(derived)}`];
}

/** That operands and carries fit the body is part of the shape rules of loops. */
function verifyBody(body: ScanBody, known: ReadonlySet<string>): string[] {
  return verifyClosed([...body.nextCarry, ...body.rows], [...body.carry, ...body.xs, ...body.captures], known);
}

/** Every size a value speaks of: those of its result and those in its parameters. */
function dimsOf({ shape, params }: Value): Dim[] {
  const single = [params.size, params.length].filter((dim) => dim !== undefined);
  const several: SymbolicShape = [...shape, ...(params.shape ?? []), ...(params.sizes ?? [])];
  return [...several, ...single];
}

function symbolsOf(dim: Dim): string[] {
  const symbol = symbolOf(dim);
  return symbol === null ? [] : [symbol];
}

function repeated(names: readonly string[]): string[] {
  return names.filter((name, i) => names.indexOf(name) !== i);
}

function show(value: Value): string {
  return `value ${value.id}, ${value.op} : ${printType(value)},`;
}
