/**
 * Which loops run the same rounds? The transpose of a loop runs its rounds again to stack what it multiplies with; here
 * the two become one loop with the rows of both. Bodies are compared by identity, so this comes right after derivatives.
 */
import { make, pick, uniform, withOrigin } from "./build.js";
import { argumentsOf } from "./dependents.js";
import { valuesInOrder } from "./order.js";
import { loopOf } from "./scan-derivative.js";
import { substitute } from "./substitute.js";
import type { ScanBody, Value } from "./value.js";

/** `outputs` computed with as few loops, and in bodies likewise. */
export function mergeScans(outputs: readonly Value[]): Value[] {
  let merged = [...outputs];
  for (;;) {
    const scans = valuesInOrder(merged).filter(({ op }) => op === "scan");
    const group = firstGroup(scans);
    if (group === null) return mergeInBodies(merged, scans);
    merged = substitute(merged, joined(group, merged));
  }
}

/** Loops that differ in their rows alone. */
function firstGroup(scans: readonly Value[]): readonly Value[] | null {
  const groups = new Map<string, Value[]>();
  for (const value of scans) {
    const { body, length } = loopOf(value);
    const ids = [...argumentsOf(body), ...body.nextCarry].map(({ id }) => id);
    const key = JSON.stringify([length, ids, value.inputs.map(operandKey)]);
    groups.set(key, [...(groups.get(key) ?? []), value]);
  }
  return [...groups.values()].find((group) => group.length > 1) ?? null;
}

/** Constants made twice are one operand. */
function operandKey(operand: Value): string {
  const number = uniform(operand);
  return number === null ? String(operand.id) : `${number} ${operand.shape.join(" ")}`;
}

/** The results of each loop of the group, as results of one loop with all their rows. */
function joined(group: readonly Value[], outputs: readonly Value[]): ReadonlyMap<Value, Value> {
  const [first] = group;
  if (first === undefined) return new Map();
  const { body, length } = loopOf(first);
  const rows = [...new Set(group.flatMap((loop) => loopOf(loop).body.rows))];
  const whole = make("scan", first.inputs, { length, body: { ...body, rows } }, first.origin);
  const map = new Map<Value, Value>();
  for (const value of valuesInOrder(outputs)) {
    const [loop] = value.inputs;
    if (value.op !== "pick" || loop === undefined || !group.includes(loop)) continue;
    const index = value.params.index ?? 0;
    const row = loopOf(loop).body.rows[index - body.carry.length];
    const place = row === undefined ? index : body.carry.length + rows.indexOf(row);
    map.set(
      value,
      withOrigin(value.origin, () => pick(whole, place)),
    );
  }
  return map;
}

function mergeInBodies(outputs: readonly Value[], scans: readonly Value[]): Value[] {
  const map = new Map<Value, Value>();
  for (const value of scans) {
    const { body, length } = loopOf(value);
    const results = [...body.nextCarry, ...body.rows];
    const own = mergeScans(results);
    if (own.every((result, place) => result === results[place])) continue;
    const nCarry = body.carry.length;
    const next: ScanBody = { ...body, nextCarry: own.slice(0, nCarry), rows: own.slice(nCarry) };
    map.set(value, make("scan", substitute(value.inputs, map), { length, body: next }, value.origin));
  }
  return substitute(outputs, map);
}
