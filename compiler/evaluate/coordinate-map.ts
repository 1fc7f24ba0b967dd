/** Which invertible function of the state does a graph compute? Its links, each with its inverse and its log-determinant. */
import * as ir from "../ir/build.js";
import { numbersOfGraph } from "../ir/constant-value.js";
import { gradient, jvp, vjp } from "../ir/differentiate.js";
import { substitute } from "../ir/substitute.js";
import type { Value } from "../ir/value.js";
import { dependsOn } from "./formula.js";
import { determinantAndInverse, isOrthonormal } from "./matrix-inverse.js";

/** Numbers that a coordinate may take; an open end is not reached. */
export interface Extent {
  readonly low: number;
  readonly high: number;
}

/** One step of y = φ(x), from the state outward. */
interface Link {
  /** The op that it is. */
  readonly op: Value["op"];
  /** `elementwise` acts number by number; `rotation` keeps lengths; `linear` is any other matrix. */
  readonly kind: "elementwise" | "rotation" | "linear";
  readonly isAffine: boolean;
  readonly apply: (x: Value) => Value;
  readonly invert: (y: Value) => Value;
  /** log |det ∂y/∂x|, one number. */
  readonly logDeterminant: (x: Value) => Value;
  /** Numbers that the link can make of numbers in an extent. */
  readonly image: (extent: Extent) => Extent;
}

export interface CoordinateMap {
  /** The name of the coordinates in the text, or of the function that makes them. */
  readonly name: string;
  readonly links: readonly Link[];
  /** Shapes of the state and of the coordinates. */
  readonly from: readonly number[];
  readonly to: readonly number[];
  /** What the coordinates of all states of the space are. */
  readonly image: Extent;
}

/** Why a graph is no coordinate, at the value where it fails. */
export interface NotACoordinate {
  readonly why: string;
  readonly at: Value;
}

const everything: Extent = { low: -Infinity, high: Infinity };

/** Reads y = φ(x) from its graph; `extent` is where the numbers of x lie. */
export function readMap(name: string, y: Value, x: Value, extent: Extent): CoordinateMap | NotACoordinate {
  const links: Link[] = [];
  const chain: Value[] = [];
  const leaves = new Set([x]);
  for (let value = y; value !== x;) {
    chain.unshift(value);
    const inside =
      isOdds(value) || isSquare(value)
        ? value.inputs.slice(0, 1)
        : value.inputs.filter((input) => dependsOn(input, leaves));
    const [next, more] = inside;
    if (next === undefined) return { why: "it does not depend on the state", at: value };
    if (more !== undefined) return { why: "the state enters it more than once", at: value };
    value = next;
  }
  let reached = extent;
  for (const value of chain) {
    const before = chain[chain.indexOf(value) - 1] ?? x;
    const link = linkOf(value, before, reached);
    if ("why" in link) return link;
    links.push(link);
    reached = link.image(reached);
  }
  return { name, links, from: sizesOf(x), to: sizesOf(y), image: reached };
}

function linkOf(value: Value, x: Value, extent: Extent): Link | NotACoordinate {
  const failed = (why: string): NotACoordinate => ({ why, at: value });
  const known = isSquare(value) ? square : unary[value.op];
  if (known !== undefined) {
    if (extent.low < known.domain.low || extent.high > known.domain.high) return failed(known.outside);
    return elementwise({ ...known, op: value.op, isAffine: value.op === "neg" });
  }
  const other = value.inputs.find((input) => input !== x);
  switch (value.op) {
    case "add":
    case "sub":
    case "mul":
    case "div":
    case "pow":
      if (isOdds(value))
        return extent.low < 0 || extent.high > 1 ? failed("x / (1 - x) needs numbers between 0 and 1") : odds;
      if (other === undefined) return failed("the state enters it more than once");
      return withConstant(value, x, other, extent);
    case "matMul": {
      if (value.inputs[0] !== x || other === undefined)
        return failed("it is no product of the state with a constant matrix");
      return product(value, other);
    }
    case "transpose":
    case "reshape":
    case "reverse":
      return moved(value, x);
    default:
      return failed(words[value.op] ?? "it has no inverse that the compiler knows");
  }
}

const words: Partial<Record<Value["op"], string>> = {
  abs: "x and -x have the same absolute value",
  sum: "many states have the same sum",
  cos: "a cosine repeats itself",
  sin: "a sine repeats itself",
  floor: "rounding loses what it rounds",
  round: "rounding loses what it rounds",
  max: "many states have the same maximum",
  min: "many states have the same minimum",
  slice: "it keeps only a part of the state",
};

interface Unary {
  readonly apply: (x: Value) => Value;
  readonly invert: (y: Value) => Value;
  readonly numeric: (x: number) => number;
  readonly domain: Extent;
  readonly outside: string;
  /** log |slope|, where it has a shorter form than the derivative's. */
  readonly logSlope?: (x: Value) => Value;
}

const unary: Partial<Record<Value["op"], Unary>> = {
  neg: { apply: ir.neg, invert: ir.neg, numeric: (x) => -x, domain: everything, outside: "" },
  exp: { apply: ir.exp, invert: ir.log, numeric: Math.exp, domain: everything, outside: "", logSlope: (x) => x },
  log: {
    apply: ir.log,
    invert: ir.exp,
    numeric: Math.log,
    logSlope: (x) => ir.neg(ir.log(x)),
    domain: { low: 0, high: Infinity },
    outside: "a logarithm needs numbers above zero, and this state may be zero or negative",
  },
  sqrt: {
    apply: ir.sqrt,
    invert: (y) => ir.mul(y, y),
    numeric: Math.sqrt,
    domain: { low: 0, high: Infinity },
    outside: "a root needs numbers that are not negative, and this state may be negative",
  },
  sigmoid: {
    apply: ir.sigmoid,
    invert: (y) => ir.log(ir.div(y, ir.sub(ir.scalar(1), y))),
    numeric: (x) => 1 / (1 + Math.exp(-x)),
    domain: everything,
    outside: "",
  },
  tanh: {
    apply: ir.tanh,
    invert: (y) => ir.mul(ir.scalar(0.5), ir.log(ir.div(ir.add(ir.scalar(1), y), ir.sub(ir.scalar(1), y)))),
    numeric: Math.tanh,
    domain: everything,
    outside: "",
  },
};

const square: Unary = {
  apply: (x) => ir.mul(x, x),
  invert: ir.sqrt,
  numeric: (x) => x * x,
  domain: { low: 0, high: Infinity },
  outside: "x and -x have the same square",
};

function isSquare({ op, inputs: [left, right] }: Value): boolean {
  return op === "mul" && left === right;
}

/** A link from a monotone function of each number; its slope comes from the table of derivatives. */
function elementwise({
  op,
  apply,
  invert,
  numeric,
  isAffine,
  logSlope,
}: Omit<Unary, "domain" | "outside"> & Pick<Link, "op" | "isAffine">): Link {
  return {
    op,
    kind: "elementwise",
    isAffine,
    apply,
    invert,
    logDeterminant: (x) => ir.sumAll(logSlope === undefined ? ir.log(ir.abs(slopeOf(apply, x))) : logSlope(x)),
    image: ({ low, high }) => ordered(numeric(low), numeric(high)),
  };
}

/** x / (1 - x), the odds of a number between 0 and 1. */
const odds: Link = elementwise({
  op: "div",
  apply: (x) => ir.div(x, ir.sub(ir.scalar(1), x)),
  invert: (y) => ir.div(y, ir.add(ir.scalar(1), y)),
  numeric: (x) => (x >= 1 ? Infinity : x / (1 - x)),
  isAffine: false,
});

function isOdds({ op, inputs: [above, below] }: Value): boolean {
  if (op !== "div") return false;
  const one = below?.op === "sub" ? below.inputs[0] : undefined;
  return below?.op === "sub" && below.inputs[1] === above && one !== undefined && ir.uniform(one) === 1;
}

/** x + c, x - c, c - x, c x, x / c, c / x, x^c with a constant c that may differ from place to place. */
function withConstant(value: Value, x: Value, other: Value, extent: Extent): Link | NotACoordinate {
  const failed = (why: string): NotACoordinate => ({ why, at: value });
  const numbers = numbersOfGraph(other);
  if (numbers === null) return failed("a coordinate may depend on nothing but the state and constants");
  if (value.shape.join() !== x.shape.join()) return failed("it has another shape than the state");
  const isLeft = value.inputs[0] === x;
  const c = ir.broadcastTo(other, x.shape);
  const make = (
    apply: Link["apply"],
    invert: Link["invert"],
    isAffine: boolean,
    at: (x: number, c: number) => number,
  ): Link => ({
    ...elementwise({ op: value.op, apply, invert, numeric: (u) => u, isAffine }),
    image: ({ low, high }) => {
      const ends = numbers.flatMap((number) => [at(low, number), at(high, number)]);
      return { low: Math.min(...ends), high: Math.max(...ends) };
    },
  });
  const hasZero = numbers.some((number) => number === 0);
  const isPositive = extent.low >= 0;
  switch (value.op) {
    case "add":
      return make(
        (u) => ir.add(u, c),
        (y) => ir.sub(y, c),
        true,
        (u, k) => u + k,
      );
    case "sub":
      if (isLeft)
        return make(
          (u) => ir.sub(u, c),
          (y) => ir.add(y, c),
          true,
          (u, k) => u - k,
        );
      return make(
        (u) => ir.sub(c, u),
        (y) => ir.sub(c, y),
        true,
        (u, k) => k - u,
      );
    case "mul":
      if (hasZero) return failed("a factor is zero");
      return make(
        (u) => ir.mul(u, c),
        (y) => ir.div(y, c),
        true,
        (u, k) => u * k,
      );
    case "div":
      if (isLeft)
        return make(
          (u) => ir.div(u, c),
          (y) => ir.mul(y, c),
          true,
          (u, k) => u / k,
        );
      if (hasZero || !isPositive) return failed("a reciprocal needs a state that keeps its sign");
      return make(
        (u) => ir.div(c, u),
        (y) => ir.div(c, y),
        false,
        (u, k) => (u === 0 ? k * Infinity : k / u),
      );
    default:
      if (!isLeft) return failed("it has no inverse that the compiler knows");
      if (hasZero) return failed("every power 0 is one");
      if (!isPositive) return failed("a power has an inverse only for a state that is not negative");
      return make(
        (u) => ir.pow(u, c),
        (y) => ir.pow(y, ir.div(ir.scalar(1), c)),
        false,
        (u, k) => u ** k,
      );
  }
}

/** y = x M along the last axis. */
function product(value: Value, matrix: Value): Link | NotACoordinate {
  const failed = (why: string): NotACoordinate => ({ why, at: value });
  const [rows, columns] = matrix.shape;
  const numbers = numbersOfGraph(matrix);
  if (numbers === null) return failed("a coordinate may depend on nothing but the state and constants");
  if (typeof rows !== "number" || rows !== columns)
    return failed(`a matrix of shape [${matrix.shape.join(", ")}] is not square`);
  const times = (m: Value) => (x: Value) => ir.matMul(x, m);
  // An orthant turned is no orthant: what is whole stays whole, anything else stays something less.
  const linear = { op: value.op, isAffine: true, apply: times(matrix), image: (extent: Extent) => extent } as const;
  if (isOrthonormal(numbers, rows)) {
    return {
      ...linear,
      kind: "rotation",
      invert: times(ir.transpose(matrix, [1, 0])),
      logDeterminant: () => ir.scalar(0),
    };
  }
  const solved = determinantAndInverse(numbers, rows);
  if (solved === null) return failed("the matrix is singular");
  const copies = sizesOf(value)
    .slice(0, -1)
    .reduce((a, b) => a * b, 1);
  return {
    ...linear,
    kind: "linear",
    invert: times(ir.constant(solved.inverse, [rows, rows])),
    logDeterminant: () => ir.scalar(copies * solved.logDeterminant),
  };
}

/** The same numbers in other places. */
function moved(value: Value, x: Value): Link {
  const back = (y: Value): Value => {
    if (value.op === "reshape") return ir.reshape(y, x.shape);
    if (value.op === "reverse") return ir.reverse(y, value.params.axes ?? []);
    const permutation = value.params.permutation ?? [];
    return ir.transpose(
      y,
      permutation.map((_, axis) => permutation.indexOf(axis)),
    );
  };
  return {
    op: value.op,
    kind: "rotation",
    isAffine: true,
    apply: (u) => ir.apply(value.op, [u], value.params),
    invert: back,
    logDeterminant: () => ir.scalar(0),
    image: (extent) => extent,
  };
}

function sizesOf(value: Value): readonly number[] {
  return value.shape.flatMap((dim) => (typeof dim === "number" ? [dim] : []));
}

function ordered(a: number, b: number): Extent {
  return { low: Math.min(a, b), high: Math.max(a, b) };
}

/** dφ/dx of an elementwise function, number by number. */
function slopeOf(apply: (x: Value) => Value, x: Value): Value {
  const leaf = ir.input("x", "real", x.shape);
  const [slope] = jvp([apply(leaf)], [leaf], [ir.ones(x.shape)]);
  return substitute([slope ?? ir.zeros(x.shape)], new Map([[leaf, x]]))[0] ?? x;
}

// ── what a map does ──────────────────────────────────────────────────────────────────────────────────────────────────

export function isAffineMap(map: CoordinateMap): boolean {
  return map.links.every((link) => link.isAffine);
}
export function isElementwiseMap(map: CoordinateMap): boolean {
  return map.links.every((link) => link.kind === "elementwise");
}

/** φ(x) */
export function coordinatesOf(map: CoordinateMap, x: Value): Value {
  return map.links.reduce((value, link) => link.apply(value), x);
}
/** φ⁻¹(y) */
export function stateOf(map: CoordinateMap, y: Value): Value {
  return map.links.reduceRight((value, link) => link.invert(value), y);
}

/** log |det ∂φ/∂x| at x. */
export function logDeterminant(map: CoordinateMap, x: Value): Value {
  let total: Value = ir.scalar(0);
  let at = x;
  for (const link of map.links) {
    total = ir.add(total, link.logDeterminant(at));
    at = link.apply(at);
  }
  return total;
}

/** Rotations turn standard normal noise into standard normal noise; links that stretch numbers leave it as it is. */
export function rotateNoise(map: CoordinateMap, noise: Value): Value {
  return map.links.reduce((value, link) => (link.kind === "rotation" ? link.apply(value) : value), noise);
}
export function rotateNoiseBack(map: CoordinateMap, noise: Value): Value {
  return map.links.reduceRight((value, link) => (link.kind === "rotation" ? link.invert(value) : value), noise);
}

/** (∂φ/∂x) v at x: how the coordinates move when the state moves along v. */
export function pushForward(map: CoordinateMap, x: Value, v: Value): Value {
  return moveAlong((u) => coordinatesOf(map, u), x, v);
}
/** (∂φ⁻¹/∂y) w at y. */
export function pushBack(map: CoordinateMap, y: Value, w: Value): Value {
  return moveAlong((u) => stateOf(map, u), y, w);
}

/** ∇ log p of the state from that of the coordinates: (∂φ/∂x)ᵀ s + ∇ log |det ∂φ/∂x|. */
export function scoreOfState(map: CoordinateMap, x: Value, score: Value): Value {
  return covector(
    (u) => coordinatesOf(map, u),
    (u) => logDeterminant(map, u),
    x,
    score,
  );
}
/** ∇ log p of the coordinates from that of the state: (∂φ⁻¹/∂y)ᵀ s + ∇ log |det ∂φ⁻¹/∂y|. */
export function scoreOfCoordinates(map: CoordinateMap, y: Value, score: Value): Value {
  return covector(
    (u) => stateOf(map, u),
    (u) => ir.neg(logDeterminant(map, stateOf(map, u))),
    y,
    score,
  );
}

/** What Itô's lemma adds to a drift, ½ Σ_k ∂²[g e_k, g e_k], number by number; null where it is no sum of that kind. */
export function itoOfState(map: CoordinateMap, y: Value, diffusion: Value): Value | null {
  return bendOf(map, (u) => stateOf(map, u), y, diffusion);
}
export function itoOfCoordinates(map: CoordinateMap, x: Value, diffusion: Value): Value | null {
  return bendOf(map, (u) => coordinatesOf(map, u), x, diffusion);
}

function bendOf(map: CoordinateMap, f: (u: Value) => Value, at: Value, diffusion: Value): Value | null {
  if (isAffineMap(map)) return ir.zeros(at.shape);
  if (!isElementwiseMap(map)) return null;
  const g = ir.broadcastTo(diffusion, at.shape);
  return ir.mul(
    ir.scalar(0.5),
    moveAlong((u) => moveAlong(f, u, g), at, g),
  );
}

/** The derivative of f at `at` along v, by a fresh leaf: v and `at` may share parts. */
function moveAlong(f: (x: Value) => Value, at: Value, v: Value): Value {
  const leaf = ir.input("u", "real", at.shape);
  const value = f(leaf);
  const [tangent] = jvp([value], [leaf], [ir.broadcastTo(v, at.shape)]);
  return substitute([tangent ?? ir.zeros(value.shape)], new Map([[leaf, at]]))[0] ?? v;
}

function covector(f: (x: Value) => Value, logDet: (x: Value) => Value, at: Value, score: Value): Value {
  const leaf = ir.input("u", "real", at.shape);
  const value = f(leaf);
  const [pulled] = vjp([value], [leaf], [ir.broadcastTo(score, value.shape)]);
  const [extra] = gradient(logDet(leaf), [leaf]);
  const total = ir.add(pulled ?? ir.zeros(at.shape), extra ?? ir.zeros(at.shape));
  return substitute([total], new Map([[leaf, at]]))[0] ?? total;
}
