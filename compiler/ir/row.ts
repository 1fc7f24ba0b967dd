/** What must the op table say about an op? One type, whose variants make a missing derivative a type error. */
import type { DType } from "../../runtime/ops.js";
import type { Params, SymbolicShape, Value } from "./value.js";

/** The builder as a rule sees it. Rules receive it, so that the table does not import what is built upon the table. */
export type Builder = typeof import("./build.js");

export type Family =
  "constant" | "elementwise" | "comparison" | "reduction" | "movement" | "indexing" | "linear algebra" | "control";

/** What a shape rule must know of an operand. `scan` values carry their body in `params`. */
export type Operand = Pick<Value, "op" | "dtype" | "shape" | "params">;

export interface Typed {
  readonly dtype: DType;
  readonly shape: SymbolicShape;
}

/** The type of the result, or one sentence saying what does not fit. */
export type ShapeRule = (inputs: readonly Operand[], params: Params) => Typed | string;

/** How to draw the numbers of an operand so that the op is smooth around them. */
export type Draw =
  | { readonly dtype: "real"; readonly low: number; readonly high: number; readonly avoid: readonly Kink[] }
  | { readonly dtype: "int"; readonly low: number; readonly high: number }
  | { readonly dtype: "bool" };

/** Drawn numbers keep more than `margin` away from `at`. */
export interface Kink {
  readonly at: number;
  readonly margin: number;
}

export interface Case {
  readonly shapes: readonly (readonly number[])[];
  readonly params: Params;
}

/** Where the op is defined, for gradient checks, fuzzing and the comparison of engines. */
export interface Domain {
  /** One per operand; the last one also draws the operands beyond. */
  readonly operands: readonly Draw[];
  readonly cases: readonly Case[];
  /** Any two drawn reals of a case differ by at least this (kinks where operands meet). */
  readonly apart: number;
  /** Operand values, as scalars, at which engines must agree though derivatives may not exist. */
  readonly special: readonly (readonly number[])[];
}

/** Null stands for a tangent or cotangent that is zero. */
export type Tangent = Value | null;

export type Derivative =
  /** The tangent of the result, given the value and at least one tangent that is not zero. */
  | {
      readonly kind: "nonlinear";
      readonly jvp: (o: Builder, value: Value, tangents: readonly Tangent[]) => Tangent;
    }
  /**
   * Linear in `operands` taken together, the others being fixed, so the tangent is the op itself applied to the tangents.
   * `transpose` gives the cotangent of operand `place` of `value`.
   */
  | {
      readonly kind: "linear";
      readonly operands: readonly number[] | "all";
      readonly transpose: (o: Builder, cotangent: Value, value: Value, place: number) => Value;
    }
  /**
   * Linear in each of two operands: d(a·b) = da·b + a·db, the op applied twice. In a tangent program one operand is the
   * tangent, and only its transpose is used: place 0 is the left operand. `commutes` allows d(a·a) = 2·(da·a).
   */
  | {
      readonly kind: "bilinear";
      readonly commutes: boolean;
      readonly transpose: (o: Builder, cotangent: Value, value: Value, place: 0 | 1) => Value;
    }
  /** Piecewise constant, of integers or booleans, or without operands: every tangent is zero. */
  | { readonly kind: "zero" }
  /** Results with bodies; differentiated by scan-derivative.ts. */
  | { readonly kind: "control" };

export interface Row {
  /** One sentence. */
  readonly doc: string;
  /** Mathematical notation; `{0}` is the first operand, `{axes}` the parameter, `{*}` all operands. */
  readonly symbol: string;
  readonly family: Family;
  readonly arity: number | "any";
  readonly params: readonly (keyof Params)[];
  readonly shape: ShapeRule;
  readonly domain: Domain;
  readonly derivative: Derivative;
}
