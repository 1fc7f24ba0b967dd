/** What does a loop carry, capture, compute and return for nothing? */
import { broadcastTo, fill, input, make, reshape, uniform, withOrigin } from "../build.js";
import { elements } from "../dims.js";
import { valuesInOrder } from "../order.js";
import { substitute } from "../substitute.js";
import type { Value } from "../value.js";
import { isWhole, openLoop, outputsOf, rebuiltLoop, setOutputs } from "./loop.js";
import type { Argument, Loop } from "./loop.js";

/** `outputs` with better loops; `simplify` is for the graph of a round. Unchanged loops stay the same values. */
export function simplifyLoops(outputs: readonly Value[], simplify: (outputs: readonly Value[]) => Value[]): Value[] {
  const order = valuesInOrder(outputs);
  const used = new Map<Value, Set<number>>();
  for (const value of order) {
    const [loop] = value.inputs;
    if (value.op !== "pick" || loop === undefined) continue;
    used.set(loop, (used.get(loop) ?? new Set()).add(value.params.index ?? 0));
  }
  if (used.size === 0) return [...outputs];

  const replaced = new Map<Value, Value>();
  const results = new Map<Value, ReadonlyMap<number, Value>>();
  for (const value of order) {
    const inputs = value.inputs.map((operand) => replaced.get(operand) ?? operand);
    const isSame = inputs.every((operand, i) => operand === value.inputs[i]);
    const [loop] = value.inputs;
    const known = loop === undefined ? undefined : results.get(loop)?.get(value.params.index ?? 0);
    if (value.op === "pick" && known !== undefined) replaced.set(value, known);
    else if (!isSame) replaced.set(value, make(value.op, inputs, value.params, value.origin));
    if (value.op !== "scan" && value.op !== "while") continue;
    const better = withOrigin(value.origin, () =>
      betterResults(replaced.get(value) ?? value, used.get(value), simplify),
    );
    if (better !== null) results.set(value, better);
  }
  return outputs.map((value) => replaced.get(value) ?? value);
}

/** The results of a better loop by their places in this one, or null where there is none. */
function betterResults(
  scan: Value,
  used: ReadonlySet<number> = new Set(),
  simplify: (outputs: readonly Value[]) => Value[],
): ReadonlyMap<number, Value> | null {
  const loop = openLoop(scan);
  dropUnused(loop, used);
  fixCarries(loop);
  shareRows(loop);
  shareCaptures(loop);
  simplifyRound(loop, simplify);
  takeRowsOut(loop);
  takeInvariantsOut(loop);
  return isWhole(loop, scan) ? null : rebuiltLoop(loop);
}

/** A carry lives if its result is used or something that lives depends on it. */
function dropUnused(loop: Loop, used: ReadonlySet<number>): void {
  loop.rows = loop.rows.filter((row) => used.has(row.place));
  let live = loop.carry.filter((carry) => used.has(carry.place));
  for (;;) {
    const reached = new Set(valuesInOrder(outputsOf({ ...loop, carry: live })));
    const grown = loop.carry.filter((carry) => live.includes(carry) || reached.has(carry.argument));
    if (grown.length === live.length) {
      loop.carry = live;
      loop.xs = loop.xs.filter(({ argument }) => reached.has(argument));
      loop.captures = loop.captures.filter(({ argument }) => reached.has(argument));
      return;
    }
    live = grown;
  }
}

/** A carry that no round changes is a capture. */
function fixCarries(loop: Loop): void {
  const isFixed = (carry: Loop["carry"][number]): boolean => carry.next === carry.argument;
  for (const { place, argument, operand } of loop.carry.filter(isFixed)) {
    loop.captures.push({ argument, operand });
    loop.known.set(place, operand);
  }
  loop.carry = loop.carry.filter((carry) => !isFixed(carry));
}

/** Equal operands need only one argument, and rows that are all alike are captured. */
function shareRows(loop: Loop): void {
  const { kept, map } = onePerOperand(loop.xs);
  loop.xs = kept;
  replaceInRound(loop, map);

  const whole = new Map<Value, Value>();
  loop.xs = loop.xs.filter(({ argument, operand }) => {
    const shared = sharedRow(operand);
    if (shared === null) return true;
    const captured = input(argument.params.name ?? "", shared.dtype, shared.shape);
    loop.captures.push({ argument: captured, operand: shared });
    whole.set(argument, broadcastTo(captured, argument.shape));
    return false;
  });
  replaceInRound(loop, whole);
}

/** Equal operands need only one argument, and constants none. */
function shareCaptures(loop: Loop): void {
  const { kept, map } = onePerOperand(loop.captures);
  loop.captures = kept;
  replaceInRound(loop, map);

  const constants = new Map<Value, Value>();
  loop.captures = loop.captures.filter(({ argument, operand }) => {
    const number = uniform(operand);
    const isLeaf = operand.inputs.length === 0 && operand.op !== "input";
    if (number !== null) constants.set(argument, fill(number, operand.shape));
    else if (isLeaf) constants.set(argument, operand);
    return number === null && !isLeaf;
  });
  replaceInRound(loop, constants);
}

/** The first entry of each operand, and which arguments the other ones become. */
function onePerOperand(entries: readonly Argument[]): { kept: Argument[]; map: Map<Value, Value> } {
  const first = new Map<Value, Argument>();
  const map = new Map<Value, Value>();
  for (const entry of entries) {
    const earlier = first.get(entry.operand);
    if (earlier === undefined) first.set(entry.operand, entry);
    else map.set(entry.argument, earlier.argument);
  }
  return { kept: [...first.values()], map };
}

/** What each row of a value that was stretched along axis 0 is, before it was stretched along other axes. */
function sharedRow(xs: Value): Value | null {
  const [source] = xs.inputs;
  if (xs.op !== "broadcast" || source === undefined) return null;
  if (source.shape.length < xs.shape.length) return source;
  return source.shape[0] === 1 && xs.shape[0] !== 1 ? reshape(source, source.shape.slice(1)) : null;
}

function simplifyRound(loop: Loop, simplify: (outputs: readonly Value[]) => Value[]): void {
  setOutputs(loop, simplify(outputsOf(loop)));
}

/** A row that is the same in every round, or a row of the xs, is known outside. */
function takeRowsOut(loop: Loop): void {
  const varying = varyingValues(loop);
  const outside = new Map(loop.captures.map(({ argument, operand }) => [argument, operand]));
  const whole = new Map(loop.xs.map(({ argument, operand }) => [argument, operand]));
  const isKnown = (value: Value): boolean => whole.has(value) || !varying.has(value);
  for (const { place, value } of loop.rows.filter((row) => isKnown(row.value))) {
    const [row] = substitute([value], outside);
    const result = whole.get(value) ?? broadcastTo(row ?? value, [loop.length, ...value.shape]);
    loop.known.set(place, result);
  }
  loop.rows = loop.rows.filter((row) => !isKnown(row.value));
}

/** What depends on captures only is computed once, before the loop, and captured. */
function takeInvariantsOut(loop: Loop): void {
  const outputs = outputsOf(loop);
  const order = valuesInOrder(outputs);
  const varying = varyingValues(loop);
  const users = [...outputs, ...order.filter((value) => varying.has(value)).flatMap((value) => value.inputs)];
  const hanging = dependentOn(order, loop.captures);
  const isWorthwhile = (value: Value): boolean =>
    value.inputs.length > 0 &&
    value.params.body === undefined &&
    uniform(value) === null &&
    (hanging.has(value) || isLarge(value));
  const invariants = [...new Set(users)].filter((value) => !varying.has(value) && isWorthwhile(value));

  const outside = substitute(invariants, new Map(loop.captures.map(({ argument, operand }) => [argument, operand])));
  const map = new Map<Value, Value>();
  invariants.forEach((value, i) => {
    const argument = input(`invariant${loop.captures.length}`, value.dtype, value.shape);
    map.set(value, argument);
    loop.captures.push({ argument, operand: outside[i] ?? value });
  });
  replaceInRound(loop, map);
}

/** Constants of a few numbers are recomputed rather than carried around. */
function isLarge(value: Value): boolean {
  const count = elements(value.shape);
  return typeof count === "string" || count > 16;
}

/** What may differ from round to round. */
function varyingValues(loop: Loop): ReadonlySet<Value> {
  return dependentOn(valuesInOrder(outputsOf(loop)), [...loop.carry, ...loop.xs]);
}

function dependentOn(order: readonly Value[], entries: readonly { readonly argument: Value }[]): ReadonlySet<Value> {
  const found = new Set(entries.map((entry) => entry.argument));
  for (const value of order) {
    if (value.inputs.some((operand) => found.has(operand))) found.add(value);
  }
  return found;
}

function replaceInRound(loop: Loop, map: ReadonlyMap<Value, Value>): void {
  if (map.size > 0) setOutputs(loop, substitute(outputsOf(loop), map));
}
