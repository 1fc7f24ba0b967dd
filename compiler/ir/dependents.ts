/** Which values of a graph change when some of its values do? Exactly so for each result of a loop. */
import { eldestId } from "./substitute.js";
import { valuesInOrder } from "./order.js";
import type { ScanBody, Value } from "./value.js";

/** The values that `outputs` need and that depend on `sources`, operands first. */
export function dependents(outputs: readonly Value[], sources: readonly Value[]): ReadonlySet<Value> {
  const eldest = eldestId(sources);
  const found = new Set<Value>();
  const isSource = new Set(sources);
  const loops = new Map<Value, readonly boolean[]>();
  for (const value of valuesInOrder(outputs, { has: (value) => value.id < eldest })) {
    const [operand] = value.inputs;
    if (isSource.has(value)) {
      found.add(value);
    } else if (value.op === "pick" && operand !== undefined) {
      if (loops.get(operand)?.[value.params.index ?? 0] === true) found.add(value);
    } else if (value.inputs.some((input) => found.has(input))) {
      found.add(value);
      const { body } = value.params;
      if (body !== undefined) loops.set(value, dependentResults(value, body, value.inputs.map((input) => found.has(input)))); // prettier-ignore
    }
  }
  return found;
}

/** Whether `outputs` depend on `sources` through what looks across samples; what is `held` does not move. */
export function crossesSamples(
  outputs: readonly Value[],
  sources: readonly Value[],
  held: ReadonlySet<Value>,
): boolean {
  const moving = new Set(sources);
  let crosses = false;
  for (const value of valuesInOrder(outputs, { has: (value) => held.has(value) || moving.has(value) })) {
    if (!value.inputs.some((input) => moving.has(input))) continue;
    moving.add(value);
    crosses ||= value.op === "across";
  }
  return crosses;
}

/** Which arguments of a round depend on the operands so marked: a carry also through what a round makes of it. */
export function dependentArguments(body: ScanBody, isMarked: readonly boolean[]): readonly boolean[] {
  const given = argumentsOf(body);
  let marked = given.map((_, place) => isMarked[place] === true);
  for (;;) {
    const sources = given.filter((_, place) => marked[place]);
    const found = dependents(body.nextCarry, sources);
    const grown = marked.map((is, place) => {
      const next = body.nextCarry[place];
      return is || (next !== undefined && found.has(next));
    });
    if (grown.every((is, place) => is === marked[place])) return marked;
    marked = grown;
  }
}

/** The arguments of a body in the order of a scan's operands. */
export function argumentsOf(body: ScanBody): readonly Value[] {
  return [...body.carry, ...body.xs, ...body.captures];
}

/** The same for the results of a loop: final carry, then rows. All change with how many rounds there are. */
function dependentResults({ op }: Value, body: ScanBody, isMarked: readonly boolean[]): readonly boolean[] {
  const marked = dependentArguments(body, isMarked);
  const sources = argumentsOf(body).filter((_, place) => marked[place]);
  const found = dependents(body.rows, sources);
  const isAll = op === "while" && body.rows.some((again) => found.has(again));
  return [...body.carry.map((_, place) => isAll || marked[place] === true), ...body.rows.map((row) => found.has(row))];
}
