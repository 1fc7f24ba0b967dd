/** How does a loop change when its operands change? One loop that carries tangents beside the values. */
import { InternalError } from "../internal-error.js";
import * as build from "./build.js";
import { argumentsOf } from "./dependents.js";
import { tangentsOf } from "./differentiate.js";
import type { Tangent } from "./row.js";
import type { Dim, ScanBody, Value } from "./value.js";

/** The tangents of all results of a scan, final carry first, given those of its operands. */
export function scanTangents(loop: Value, tangents: readonly Tangent[], held: ReadonlySet<Value>): Tangent[] {
  const { body, length } = loopOf(loop);
  const nCarry = body.carry.length;
  const outer = argumentsOf(body).map((_, place) => tangents[place] ?? null);
  let moves = outer.map((tangent) => tangent !== null);
  for (;;) {
    const round = roundTangents(body, moves, held);
    const grown = moves.map((moved, place) => moved || (place < nCarry && isMoving(round.results[place])));
    if (grown.every((moved, place) => moved === moves[place])) return dualScan(loop, body, length, outer, round);
    moves = grown;
  }
}

/** The parts of a scan that `make` has checked to be there. */
export function loopOf(loop: Value): { readonly body: ScanBody; readonly length: Dim } {
  const { body, length } = loop.params;
  if (body === undefined || length === undefined) throw new InternalError(`${loop.op} is not a scan`);
  return { body, length };
}

interface RoundTangents {
  /** The tangent argument beside each argument, where it moves. */
  readonly moves: readonly Tangent[];
  /** Of nextCarry, then of rows. */
  readonly results: readonly Tangent[];
}

/** One round forward, given which arguments move. */
function roundTangents(body: ScanBody, moves: readonly boolean[], held: ReadonlySet<Value>): RoundTangents {
  const given = argumentsOf(body);
  const beside = given.map((argument, place) =>
    moves[place] === true ? build.input(`d_${argument.params.name ?? ""}`, "real", argument.shape) : null,
  );
  return { moves: beside, results: tangentsOf([...body.nextCarry, ...body.rows], given, beside, held) };
}

function dualScan(
  loop: Value,
  body: ScanBody,
  length: Dim,
  outer: readonly Tangent[],
  { moves, results }: RoundTangents,
): Tangent[] {
  const nCarry = body.carry.length;
  const nArguments = nCarry + body.xs.length;
  const part = <T>(items: readonly T[], which: "carry" | "xs" | "captures"): readonly T[] =>
    which === "carry"
      ? items.slice(0, nCarry)
      : which === "xs"
        ? items.slice(nCarry, nArguments)
        : items.slice(nArguments);
  const isThere = (value: Tangent): value is Value => value !== null;
  const start = (place: number): Value => outer[place] ?? build.zeros(body.carry[place]?.shape ?? []);
  const carried = [...body.carry.keys()].filter((place) => isMoving(moves[place]));
  const stacked = [...body.rows.keys()].filter((place) => isMoving(results[nCarry + place]));
  const dual: ScanBody = {
    carry: [...body.carry, ...part(moves, "carry").filter(isThere)],
    xs: [...body.xs, ...part(moves, "xs").filter(isThere)],
    captures: [...body.captures, ...part(moves, "captures").filter(isThere)],
    nextCarry: [...body.nextCarry, ...carried.map((place) => results[place] ?? build.zeros(body.carry[place]?.shape ?? []))], // prettier-ignore
    rows: stacked.map((place) => results[nCarry + place]).filter((row) => row !== null && row !== undefined),
  };
  const operands = [
    ...part(loop.inputs, "carry"),
    ...carried.map(start),
    ...part(loop.inputs, "xs"),
    ...part(outer, "xs").filter(isThere),
    ...part(loop.inputs, "captures"),
    ...part(outer, "captures").filter(isThere),
  ];
  const found = build.scan(length, dual, operands);
  const all: Tangent[] = [...body.nextCarry, ...body.rows].map(() => null);
  for (const [at, place] of carried.entries()) all[place] = found.carry[nCarry + at] ?? null;
  for (const [at, place] of stacked.entries()) all[nCarry + place] = found.rows[at] ?? null;
  return all;
}

function isMoving(tangent: Tangent | undefined): boolean {
  return tangent !== null && tangent !== undefined;
}
