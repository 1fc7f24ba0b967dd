/** Which ops are there? One row per op; a missing or superfluous row is a type error. */
import { comparisons } from "./ops/comparison.js";
import { controls } from "./ops/control.js";
import { convolution } from "./ops/convolution.js";
import { elementwise } from "./ops/elementwise.js";
import { linear } from "./ops/linear.js";
import { movement } from "./ops/movement.js";
import { reduce } from "./ops/reduce.js";
import type { Row } from "./row.js";
import type { OpName } from "./value.js";

export const table: Readonly<Record<OpName, Row>> = {
  ...controls,
  ...elementwise,
  ...comparisons,
  ...reduce,
  ...movement,
  ...linear,
  ...convolution,
} satisfies Record<OpName, Row>;

/** In the order of the table. */
export const opNames: readonly OpName[] = Object.keys(table) as OpName[]; // The keys of the table are the op names.
