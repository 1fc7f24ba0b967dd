/**
 * Where does a step of Newton's method end? At θ - H⁻¹ g of what a goal moves, in its own space: of a goal that is quadratic
 * in it (a drift linear in its params along observed paths: the normal equations) that is the optimum of the batch.
 */
import * as ir from "../ir/build.js";
import { gradient, jvp } from "../ir/differentiate.js";
import { loop } from "../ir/loop.js";
import { vectorise } from "../ir/vectorise.js";
import type { Value } from "../ir/value.js";
import type { SpaceSpec } from "../../runtime/specification.js";

/** What is moved: as it is stored, as it enters formulas, and the space that it stays in. */
export interface Moved {
  readonly stored: Value;
  readonly value: Value;
  readonly space: Pick<SpaceSpec, "low" | "high"> | null;
}

/** More numbers than this are not solved for at once: the Hessian costs as many gradients. */
export const newtonLimit = 64;

/** Of the diagonal, added to it: float32 tells no smaller curvature from none, and what has none stays where it is. */
const damping = 1e-6;

/** A step that would leave the space goes this part of the way to its end. */
const boldness = 0.9;

export function numbersOf(moved: readonly Moved[]): number {
  return moved.reduce((count, { value }) => count + sizeOf(value), 0);
}

/** For each of `moved`, what a descent of rate 1 subtracts from the stored numbers to make the step. */
export function newtonSteps(loss: Value, moved: readonly Moved[]): readonly Value[] {
  const values = moved.map(({ value }) => value);
  const count = numbersOf(moved);
  const gradients = gradient(loss, values);
  const along = ir.input("direction", "real", [count]);
  const column = flat(jvp(gradients, values, parts(along, values)));
  const lifted = vectorise([column], new Map([[along, identity(count)]]), count);
  const [rows = column] = lifted.values;
  const hessian = lifted.batched[0] === true ? rows : ir.broadcast(rows, [count, count]);
  const steps = parts(solved(hessian, flat(gradients), count), values);
  return moved.map(({ stored, value, space }, place) => {
    const target = within(space, value, ir.sub(value, steps[place] ?? value));
    return ir.sub(stored, fromSpace(space, target));
  });
}

function sizeOf({ shape }: Value): number {
  return shape.reduce<number>((product, dim) => product * (typeof dim === "number" ? dim : 1), 1);
}

function flat(values: readonly Value[]): Value {
  const rows = values.map((value) => ir.reshape(value, [sizeOf(value)]));
  return rows.length === 1 && rows[0] !== undefined ? rows[0] : ir.concat(rows, 0);
}

/** The parts of a vector that belong to each value, in its shape. */
function parts(vector: Value, values: readonly Value[]): readonly Value[] {
  let before = 0;
  return values.map((value) => {
    const size = sizeOf(value);
    const part = ir.slice(vector, [before], [size]);
    before += size;
    return ir.reshape(part, value.shape);
  });
}

function identity(count: number): Value {
  return ir.constant(
    Array.from({ length: count * count }, (_, i) => (i % (count + 1) === 0 ? 1 : 0)),
    [count, count],
  );
}

/** H⁻¹ g by Gauss and Jordan, of the matrix scaled to a diagonal of ones: where a minimum is near it needs no other pivots. */
function solved(hessian: Value, g: Value, count: number): Value {
  const unit = identity(count);
  const diagonal = ir.abs(ir.sum(ir.mul(hessian, unit), [1]));
  const isFlat = ir.lessEqual(diagonal, ir.scalar(0));
  const scale = ir.select(
    isFlat,
    ir.zeros([count]),
    ir.div(ir.scalar(1), ir.sqrt(ir.select(isFlat, ir.ones([count]), diagonal))),
  );
  const asColumn = (vector: Value): Value => ir.reshape(vector, [count, 1]);
  const scaled = ir.add(
    ir.mul(ir.mul(asColumn(scale), hessian), scale),
    ir.mul(unit, ir.add(ir.scalar(damping), ir.toReal(isFlat))),
  );
  const system = ir.concat([scaled, asColumn(ir.mul(scale, g))], 1);
  const { carry } = loop(count, [system], [unit], ([rows = system], [pick = unit]) => {
    const pivotRow = ir.sum(ir.mul(asColumn(pick), rows), [0]);
    const pivot = ir.sum(ir.mul(pick, ir.slice(pivotRow, [0], [count])), [0]);
    const own = ir.sum(ir.mul(ir.slice(rows, [0, 0], [count, count]), pick), [1]);
    const next = ir.sub(rows, ir.mul(asColumn(ir.sub(own, pick)), ir.div(pivotRow, pivot)));
    return { carry: [next], rows: [] };
  });
  const [reduced = system] = carry;
  return ir.mul(scale, ir.reshape(ir.slice(reduced, [0, count], [count, 1]), [count]));
}

/** The target, or a point on the way to the end of the space beyond which it lies. */
function within(space: Moved["space"], value: Value, target: Value): Value {
  const towards = (end: number): Value => ir.add(value, ir.mul(ir.scalar(boldness), ir.sub(ir.scalar(end), value)));
  const above = space?.low == null ? target : ir.max(target, towards(space.low));
  return space?.high == null ? above : ir.min(above, towards(space.high));
}

/** runtime/bijection.ts as a graph. */
function fromSpace(space: Moved["space"], value: Value): Value {
  if (space?.low == null) return value;
  const above = ir.sub(value, ir.scalar(space.low));
  if (space.high === null) return ir.add(above, ir.log(ir.sub(ir.scalar(1), ir.exp(ir.neg(above)))));
  return ir.log(ir.div(above, ir.sub(ir.scalar(space.high), value)));
}
