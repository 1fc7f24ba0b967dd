/** The intermediate representation: what a value, a program and a scan body are. Plain data; build.ts makes them. */
import type { Span } from "../../grammar/source.js";
import type { DType, Ops } from "../../runtime/ops.js";

/**
 * Size of an axis: a number, or `"B"` / `"3*B"`, a multiple of a size known only at run time. Equal dims are equal under
 * `===`; dims.ts multiplies and divides them.
 */
export type Dim = number | string;
export type SymbolicShape = readonly Dim[];

/**
 * Everything an engine can do, and what only exists at compile time: `input` (a program's or a body's argument),
 * `pick` (one result of a loop or of `across`), `size` (a run-time size as a real scalar), `stopGradient` (identity,
 * derivative zero), `across` (what looks at all samples of the batch; gone once the graph is over the batch).
 */
export type OpName = Exclude<keyof Ops<unknown>, "shapeOf"> | "input" | "pick" | "size" | "stopGradient" | "across";

/**
 * Static parameters of an op; each row of the op table says which it has.
 * axes, shape, starts … are numbers and dims.
 */
export interface Params {
  readonly name?: string;
  /** What an `input` holds; every other op derives it. */
  readonly dtype?: DType;
  readonly value?: number;
  readonly values?: readonly number[];
  readonly shape?: SymbolicShape;
  readonly axes?: readonly number[];
  readonly axis?: number;
  readonly permutation?: readonly number[];
  readonly starts?: readonly number[];
  readonly sizes?: SymbolicShape;
  readonly before?: readonly number[];
  readonly after?: readonly number[];
  readonly size?: Dim;
  readonly length?: Dim;
  readonly index?: number;
  /** Of a scan, a while, or across. */
  readonly body?: ScanBody;
}

/** A node of the graph: one result of one op. Values are immutable and shared by reference. */
export interface Value {
  /** Rises with creation, so operands have smaller ids than what uses them. */
  readonly id: number;
  readonly op: OpName;
  readonly inputs: readonly Value[];
  readonly params: Params;
  readonly dtype: DType;
  readonly shape: SymbolicShape;
  /** The place in the `.sde` text this value computes, for comments and run-time messages. */
  readonly origin: Span | null;
  /** Of a scalar that was computed when it was made: from what, so that a formula can show `√(2 log 5000)` instead of digits. */
  readonly computed?: Computed;
}

export interface Computed {
  readonly op: OpName;
  readonly inputs: readonly Value[];
  /** How many computations lie behind it. */
  readonly depth: number;
}

/**
 * One round of a scan, closed: it reads only its own `input` values. A `scan` value's operands are, in order, the initial
 * carry, the xs (with a leading axis of `length`) and the captured values (`captures`, the same in every round).
 * `pick` i < carry.length is the final carry; later ones are the stacked rows.
 *
 * The body of a `while` has no xs, and one row, the condition of another round, which is not picked. The body of `across`
 * carries nothing: its xs are values of all samples, `[B, ...]`, where the operands are those of one; so are its rows.
 */
export interface ScanBody {
  readonly carry: readonly Value[];
  readonly xs: readonly Value[];
  readonly captures: readonly Value[];
  readonly nextCarry: readonly Value[];
  readonly rows: readonly Value[];
}

export interface Output {
  readonly name: string;
  readonly value: Value;
}

/** A pure function from named tensors to named tensors. `inputs` are `input` values in the order of the signature. */
export interface Program {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Output[];
}
