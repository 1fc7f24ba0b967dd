/** What must emission know of a graph before it writes it? Who uses what, how often, and which run-time sizes. */
import { symbolOf } from "../ir/dims.js";
import { valuesInOrder } from "../ir/order.js";
import type { Dim, ScanBody, Value } from "../ir/value.js";

export interface Reachable {
  /** All that the results need, operands before users, without the inputs. */
  readonly values: readonly Value[];
  /** Those and the inputs that something reads. */
  readonly used: ReadonlySet<Value>;
}

export function reachable(results: readonly Value[], inputs: readonly Value[]): Reachable {
  const used = new Set(results);
  const values = valuesInOrder(results, new Set(inputs));
  for (const value of [...values].reverse())
    if (used.has(value)) operandsRead(value).forEach((operand) => used.add(operand));
  return { values: values.filter((value) => used.has(value)), used };
}

/** A loop does not read what it captures for nothing. */
function operandsRead({ inputs, params: { body } }: Value): readonly Value[] {
  if (body === undefined) return inputs;
  const { used } = reachable([...body.nextCarry, ...body.rows], bodyInputs(body));
  const from = body.carry.length + body.xs.length;
  return [
    ...inputs.slice(0, from),
    ...inputs.slice(from).filter((_, place) => used.has(body.captures[place] as Value)),
  ]; // as many captures
}

/** The value itself where it is an identity only for derivatives. */
export function behind(value: Value): Value {
  const [operand] = value.inputs;
  return value.op === "stopGradient" && operand !== undefined ? behind(operand) : value;
}

/** The op that alone reads a value, once; null where it is read more often or handed out. */
export function onlyReaders(values: readonly Value[], results: readonly Value[]): ReadonlyMap<Value, Value | null> {
  const readers = new Map<Value, Value | null>(results.map((result) => [behind(result), null]));
  for (const value of values) {
    if (value.op === "stopGradient") continue;
    for (const input of value.inputs) {
      const operand = behind(input);
      readers.set(operand, readers.has(operand) ? null : value);
    }
  }
  return readers;
}

export function runTimeSizes(values: readonly Value[], found = new Set<string>()): Set<string> {
  const add = (dim: Dim | undefined): void => {
    const symbol = dim === undefined ? null : symbolOf(dim);
    if (symbol !== null) found.add(symbol);
  };
  for (const { op, params } of values) {
    if (op === "input") continue;
    [params.size, params.length, ...(params.shape ?? []), ...(params.sizes ?? [])].forEach(add);
    if (params.body !== undefined) runTimeSizes(bodyValues(params.body), found);
  }
  return found;
}

export function bodyInputs(body: ScanBody): readonly Value[] {
  return [...body.carry, ...body.xs, ...body.captures];
}

function bodyValues(body: ScanBody): readonly Value[] {
  return valuesInOrder([...body.nextCarry, ...body.rows], new Set(bodyInputs(body)));
}
