/** From where are the operands of an op drawn? Shorthands for the `domain` column of the op table. */
import type { Case, Domain, Draw, Kink } from "./row.js";
import type { Params } from "./value.js";

export function real(low: number, high: number, ...avoid: readonly Kink[]): Draw {
  return { dtype: "real", low, high, avoid };
}

export function integer(low: number, high: number): Draw {
  return { dtype: "int", low, high };
}

export const boolean: Draw = { dtype: "bool" };

export function kink(at: number, margin = 0.05): Kink {
  return { at, margin };
}

export function shapes(...shapes: readonly (readonly number[])[]): Case {
  return { shapes, params: {} };
}

export function shaped(params: Params, ...shapes: readonly (readonly number[])[]): Case {
  return { shapes, params };
}

/** A scalar, a vector, a matrix and an empty tensor. */
export const oneOperand: readonly Case[] = [shapes([]), shapes([3]), shapes([2, 3]), shapes([0])];

/** Equal shapes, stretched axes, missing axes, both stretched. */
export const twoOperands: readonly Case[] = [
  shapes([], []),
  shapes([3], [3]),
  shapes([2, 3], [3]),
  shapes([], [2, 2]),
  shapes([2, 1], [1, 3]),
  shapes([2, 3], [2, 1]),
];

export function unaryDomain(draw: Draw, special: readonly number[]): Domain {
  return { operands: [draw], cases: oneOperand, apart: 0, special: special.map((value) => [value]) };
}

export function binaryDomain(left: Draw, right: Draw, special: readonly (readonly number[])[]): Domain {
  return { operands: [left, right], cases: twoOperands, apart: 0, special };
}

/** Cases of an op that only moves or adds numbers. */
export function movedDomain(...cases: readonly Case[]): Domain {
  return { operands: [real(-2, 2)], cases, apart: 0, special: [] };
}
