/** Which simplifications are there? The tables by family, and those that apply already while a graph is built. */
import * as build from "../build.js";
import { shortcut } from "../shortcuts.js";
import type { OpName, Value } from "../value.js";
import { arithmetic } from "./arithmetic.js";
import { association } from "./association.js";
import { logic } from "./logic.js";
import { movement } from "./movement.js";
import { operands } from "./operands.js";
import { products } from "./products.js";
import { reductions } from "./reductions.js";
import type { Facts, Rule, RuleTable } from "./rule.js";

/** An equal value by the first rule that applies, or null. */
export function rewrite(value: Value, facts: Facts): Value | null {
  for (const rule of rulesOf.get(value.op) ?? []) {
    const result = rule(value, facts);
    if (result !== null) return result;
  }
  return shortcut(build, value.op, value.inputs, value.params);
}

const tables: readonly RuleTable[] = [operands, arithmetic, association, logic, movement, reductions, products];

const rulesOf = new Map<OpName, readonly Rule[]>();
for (const table of tables) {
  for (const [name, rules] of Object.entries(table)) {
    const op = name as OpName; // RuleTable has no other keys
    rulesOf.set(op, [...(rulesOf.get(op) ?? []), ...rules]);
  }
}
