/**
 * Which cotangents reach the operands of a loop that is linear in some of them? The part that is not linear runs first
 * and stacks what the linear part multiplies with; then a loop over the rounds in opposite order carries cotangents.
 */
import { InternalError } from "../internal-error.js";
import * as build from "./build.js";
import { argumentsOf, dependentArguments } from "./dependents.js";
import { isConstant } from "./loop.js";
import { valuesInOrder } from "./order.js";
import type { Tangent } from "./row.js";
import { loopOf } from "./scan-derivative.js";
import { substitute } from "./substitute.js";
import { transposeLinear } from "./transpose.js";
import type { Dim, ScanBody, Value } from "./value.js";

/** The cotangents of the operands, null for those the loop is not linear in, given those of its results. */
export function transposeScan(
  loop: Value,
  isLinearOperand: readonly boolean[],
  cotangents: readonly Tangent[],
): Tangent[] {
  const { body, length } = loopOf(loop);
  const nCarry = body.carry.length;
  const linear = dependentArguments(body, isLinearOperand);
  const outer = [...body.nextCarry, ...body.rows].map((_, place) => cotangents[place] ?? null);
  let arriving = outer.map((cotangent) => cotangent !== null);
  for (;;) {
    const back = roundBackwards(body, linear, arriving);
    // What a round sends to a linear carry, the round before it receives.
    const grown = arriving.map((arrives, place) => arrives || (place < nCarry && isThere(back.sent[place])));
    if (grown.every((arrives, place) => arrives === arriving[place])) {
      return reverseScan(loop, body, length, linear, outer, back);
    }
    arriving = grown;
  }
}

interface RoundBackwards {
  /** The cotangent argument of each result of the round (next carry, rows), where one arrives. */
  readonly arriving: readonly Tangent[];
  /** The cotangent of each argument of the round. */
  readonly sent: readonly Tangent[];
}

function roundBackwards(body: ScanBody, linear: readonly boolean[], arrives: readonly boolean[]): RoundBackwards {
  const results = [...body.nextCarry, ...body.rows];
  const arriving = results.map((result, place) =>
    arrives[place] === true ? build.input(`cotangent${place}`, "real", result.shape) : null,
  );
  const given = argumentsOf(body);
  const places = [...given.keys()].filter((place) => linear[place]);
  const moves = places.map((place) => given[place] as Value); // Places of `given` itself.
  const found = transposeLinear(results, moves, arriving);
  const sent: Tangent[] = given.map(() => null);
  for (const [at, place] of places.entries()) sent[place] = found[at] ?? null;
  return { arriving, sent };
}

function reverseScan(
  loop: Value,
  body: ScanBody,
  length: Dim,
  linear: readonly boolean[],
  outer: readonly Tangent[],
  { arriving, sent }: RoundBackwards,
): Tangent[] {
  const nCarry = body.carry.length;
  const nRows = nCarry + body.xs.length;
  const carried = [...body.carry.keys()].filter((place) => isThere(arriving[place]));
  const stacked = [...body.rows.keys()].filter((place) => isThere(arriving[nCarry + place]));
  const rowsOut = [...sent.keys()].filter((place) => place >= nCarry && place < nRows && isThere(sent[place]));
  const summed = [...sent.keys()].filter((place) => place >= nRows && isThere(sent[place]));

  const sums = summed.map((place) => build.input(`sum${place}`, "real", shapeOf(sent[place])));
  const outputs = [
    ...carried.map((place) => sent[place] ?? build.zeros(body.carry[place]?.shape ?? [])),
    ...summed.map((place, at) => build.add(there(sums[at]), there(sent[place]))),
    ...rowsOut.map((place) => there(sent[place])),
  ];
  const own = [...arriving.filter((value) => value !== null), ...sums];
  const { saved, fixed, replaced } = residuals(loop, body, length, linear, outputs, new Set(own));
  const closed = substitute(outputs, replaced);
  const nNext = carried.length + summed.length;
  const back: ScanBody = {
    carry: [...carried.map((place) => there(arriving[place])), ...sums],
    xs: [...stacked.map((place) => there(arriving[nCarry + place])), ...saved.map(({ argument }) => argument)],
    captures: fixed.map(({ argument }) => argument),
    nextCarry: closed.slice(0, nNext),
    rows: closed.slice(nNext),
  };
  const found = build.scan(length, back, [
    ...carried.map((place) => outer[place] ?? build.zeros(body.carry[place]?.shape ?? [])),
    ...sums.map((sum) => build.zeros(sum.shape)),
    ...stacked.map((place) => build.reverse(outer[nCarry + place] ?? build.zeros([length, ...shapeOf(body.rows[place])]), [0])), // prettier-ignore
    ...saved.map(({ operand }) => build.reverse(operand, [0])),
    ...fixed.map(({ operand }) => operand),
  ]);
  const all: Tangent[] = sent.map(() => null);
  for (const [at, place] of carried.entries()) all[place] = linear[place] === true ? there(found.carry[at]) : null;
  for (const [at, place] of summed.entries()) all[place] = there(found.carry[carried.length + at]);
  for (const [at, place] of rowsOut.entries()) all[place] = build.reverse(there(found.rows[at]), [0]);
  return all;
}

interface Passed {
  readonly argument: Value;
  readonly operand: Value;
}

interface Residuals {
  /** One row a round. */
  readonly saved: readonly Passed[];
  /** The same in every round. */
  readonly fixed: readonly Passed[];
  /** Values of the forward round, and what stands for them in the backward round. */
  readonly replaced: ReadonlyMap<Value, Value>;
}

/** What the backward round needs of the forward one, and where it comes from. */
function residuals(
  loop: Value,
  body: ScanBody,
  length: Dim,
  linear: readonly boolean[],
  outputs: readonly Value[],
  own: ReadonlySet<Value>,
): Residuals {
  const given = argumentsOf(body);
  const operandOf = new Map(given.map((argument, place) => [argument, there(loop.inputs[place])]));
  const forward = new Set(valuesInOrder([...body.nextCarry, ...body.rows, ...given]));
  const varying = hanging(forward, [...body.carry, ...body.xs]);
  const isKept = (value: Value): boolean => forward.has(value) && !isConstant(value) && !isCheap(value);
  const kept = needed(outputs, own, isKept);

  const rows = kept.filter((value) => varying.has(value) && !body.xs.includes(value));
  const stacked = rows.length > 0 ? knownScan(loop, body, length, linear, rows) : [];
  const pass = (value: Value, place: number): Passed => {
    const argument = build.input(`saved${place}`, value.dtype, value.shape);
    if (operandOf.has(value) && !body.carry.includes(value)) return { argument, operand: there(operandOf.get(value)) };
    const row = rows.indexOf(value);
    // What depends on captures alone is computed once, outside of the loop.
    return { argument, operand: row >= 0 ? there(stacked[row]) : there(substitute([value], operandOf)[0]) };
  };
  const passed = new Map(kept.map((value, place) => [value, pass(value, place)]));
  const isVarying = ([value]: readonly [Value, Passed]): boolean => varying.has(value);
  return {
    saved: [...passed].filter(isVarying).map(([, how]) => how),
    fixed: [...passed].filter((entry) => !isVarying(entry)).map(([, how]) => how),
    replaced: new Map([...passed].map(([value, { argument }]) => [value, argument])),
  };
}

/** The values at which the walk from `outputs` first meets one that is kept. */
function needed(outputs: readonly Value[], own: ReadonlySet<Value>, isKept: (value: Value) => boolean): Value[] {
  const frontier = { has: (value: Value): boolean => own.has(value) || isKept(value) };
  const inside = valuesInOrder(outputs, frontier);
  return [...new Set([...outputs, ...inside.flatMap((value) => value.inputs)])].filter((value) => !own.has(value) && isKept(value)); // prettier-ignore
}

/** Cheaper to do again than to store: the operand is kept in its place. */
function isCheap(value: Value): boolean {
  return value.op === "broadcast" || value.op === "reshape" || value.op === "toReal";
}

/** The loop without its linear part, stacking `rows`. */
function knownScan(
  loop: Value,
  body: ScanBody,
  length: Dim,
  linear: readonly boolean[],
  rows: readonly Value[],
): readonly Value[] {
  // prettier-ignore
  const nCarry = body.carry.length;
  const nRows = nCarry + body.xs.length;
  const isKnown = (_: Value, place: number): boolean => linear[place] !== true;
  const known: ScanBody = {
    carry: body.carry.filter(isKnown),
    xs: body.xs.filter((value, place) => isKnown(value, nCarry + place)),
    captures: body.captures.filter((value, place) => isKnown(value, nRows + place)),
    nextCarry: body.nextCarry.filter(isKnown),
    rows,
  };
  return build.scan(length, known, loop.inputs.filter(isKnown)).rows;
}

function shapeOf(value: Tangent | undefined): Value["shape"] {
  return there(value).shape;
}

function isThere(value: Tangent | undefined): boolean {
  return value !== null && value !== undefined;
}

/** A value whose place was found by looking for it. */
function there(value: Tangent | undefined): Value {
  if (value === null || value === undefined) throw new InternalError("a value is missing from a loop");
  return value;
}

/**
 * What can only be computed inside of a round. Unlike `dependents`, a result of an inner loop hangs on all operands of
 * that loop, whether it depends on them or not: to compute it elsewhere is to repeat the whole loop.
 */
function hanging(values: ReadonlySet<Value>, sources: readonly Value[]): ReadonlySet<Value> {
  const found = new Set(sources);
  for (const value of [...values].sort((a, b) => a.id - b.id)) {
    if (value.inputs.some((input) => found.has(input))) found.add(value);
  }
  return found;
}
