/**
 * How does a value change when others change? Forward mode is one walk over the rules of the op table; reverse mode is
 * forward mode with unknown tangents, transposed. Both make ordinary values, so they apply to their own results.
 */
import { InternalError } from "../internal-error.js";
import * as build from "./build.js";
import { valuesInOrder } from "./order.js";
import type { Tangent } from "./row.js";
import { scanTangents } from "./scan-derivative.js";
import { eldestId } from "./substitute.js";
import { table } from "./table.js";
import { transposeLinear } from "./transpose.js";
import type { Value } from "./value.js";

const nothing: ReadonlySet<Value> = new Set();

/**
 * The tangents of `outputs` when `wrt` move along `tangents`. `wrt` may be any values, and count as independent;
 * `held` ones count as constants.
 */
export function jvp(
  outputs: readonly Value[],
  wrt: readonly Value[],
  tangents: readonly Value[],
  held: ReadonlySet<Value> = nothing,
): Value[] {
  return orZeros(tangentsOf(outputs, wrt, tangents, held), outputs);
}

/** The cotangents of `wrt` when those of `outputs` are `cotangents`: the transpose of `jvp`. */
export function vjp(
  outputs: readonly Value[],
  wrt: readonly Value[],
  cotangents: readonly Value[],
  held: ReadonlySet<Value> = nothing,
): Value[] {
  const moves = wrt.map((value) => build.input("tangent", "real", value.shape));
  const tangents = tangentsOf(outputs, wrt, moves, held);
  return orZeros(transposeLinear(tangents, moves, cotangents), wrt);
}

/** The derivative of a scalar with respect to each of `wrt`. */
export function gradient(scalar: Value, wrt: readonly Value[], held: ReadonlySet<Value> = nothing): Value[] {
  if (scalar.shape.length > 0) throw new InternalError(`the gradient of a value of shape [${scalar.shape.join(", ")}]`);
  return vjp([scalar], wrt, [build.scalar(1)], held);
}

/** Like `jvp`; null where a tangent is zero whatever the values are. */
export function tangentsOf(
  outputs: readonly Value[],
  wrt: readonly Value[],
  tangents: readonly Tangent[],
  held: ReadonlySet<Value>,
): Tangent[] {
  const known = new Map<Value, Tangent>(wrt.map((value, place) => [value, moving(value, tangents[place])]));
  const loops = new Map<Value, readonly Tangent[]>();
  const eldest = eldestId(wrt);
  const tangentOf = (value: Value): Tangent => known.get(value) ?? null;
  // Operands are older than their users: what is older than all of `wrt` does not depend on them.
  const isFixed = (value: Value): boolean => value.id < eldest || known.has(value) || held.has(value);
  for (const value of valuesInOrder(outputs, { has: isFixed })) {
    const moves = value.inputs.map(tangentOf);
    const [operand] = value.inputs;
    if (value.op === "scan") {
      if (moves.some((tangent) => tangent !== null)) {
        loops.set(
          value,
          build.withOrigin(value.origin, () => scanTangents(value, moves, held)),
        );
      }
    } else if (value.op === "while" || value.op === "across") {
      // A number of rounds that is not known cannot be run backwards: who makes such a loop gives its derivative.
      if (moves.some((tangent) => tangent !== null)) throw new InternalError(`a derivative through ${value.op}`);
    } else if (value.op === "pick" && operand !== undefined) {
      known.set(value, loops.get(operand)?.[value.params.index ?? 0] ?? null);
    } else if (moves.some((tangent) => tangent !== null) && value.dtype === "real") {
      known.set(
        value,
        build.withOrigin(value.origin, () => moving(value, tangentByRule(value, moves))),
      );
    }
  }
  return outputs.map(tangentOf);
}

function tangentByRule(value: Value, tangents: readonly Tangent[]): Tangent {
  const { derivative } = table[value.op];
  switch (derivative.kind) {
    case "zero":
      return null;
    case "nonlinear":
      return derivative.jvp(build, value, tangents);
    case "linear": {
      const moved = value.inputs.map((input, place) => {
        const isLinear = derivative.operands === "all" || derivative.operands.includes(place);
        return isLinear ? (tangents[place] ?? build.zeros(input.shape)) : input;
      });
      const moves = derivative.operands === "all" || derivative.operands.some((place) => tangents[place] !== null);
      return moves ? build.apply(value.op, moved, value.params) : null;
    }
    case "bilinear":
      return productTangent(value, tangents, derivative.commutes);
    case "control":
      throw new InternalError(`${value.op} has no rule of its own`);
  }
}

/** d(a·b) = da·b + a·db */
function productTangent(value: Value, tangents: readonly Tangent[], commutes: boolean): Tangent {
  const [a, b] = value.inputs;
  const [da = null, db = null] = tangents;
  if (a === undefined || b === undefined) throw new InternalError(`${value.op} lacks an operand`);
  const product = (left: Value, right: Value): Value => build.apply(value.op, [left, right], value.params);
  if (commutes && a === b && da !== null) return product(da, build.mul(build.scalar(2), a));
  if (da === null) return db && product(a, db);
  return db === null ? product(da, b) : build.add(product(da, b), product(a, db));
}

/** The tangent, or null where it is plainly zero or the value cannot move. */
function moving(value: Value, tangent: Tangent | undefined): Tangent {
  if (tangent === null || tangent === undefined || value.dtype !== "real") return null;
  return build.uniform(tangent) === 0 ? null : tangent;
}

function orZeros(tangents: readonly Tangent[], like: readonly Value[]): Value[] {
  return like.map((value, place) => tangents[place] ?? build.zeros(value.shape));
}
