/** What is a simplification of one op, and what may it ask? */
import type { Array64 } from "../../../runtime/engines/reference.js";
import type { OpName, Value } from "../value.js";

/** What is known about values beyond their operands. */
export interface Facts {
  /** The numbers of a value that is the same in every run, of any dtype, unless there are too many of them. */
  constantOf(value: Value): Array64 | null;
  /** Whether a value disappears when its only user no longer needs it. */
  isUsedOnce(value: Value): boolean;
}

/** An equal value with the same derivatives that is cheaper or puts later rules in place; null where there is none. */
export type Rule = (value: Value, facts: Facts) => Value | null;

/** The rules of some ops, tried in order. */
export type RuleTable = { readonly [Name in OpName]?: readonly Rule[] };

/** An operand: the shape rule has checked how many there are. */
export function operand(value: Value, place: number): Value {
  return value.inputs[place] as Value;
}
