/** When are two values equal because they are made alike? When their keys are equal. */
import { printBody, printNumber } from "../print.js";
import type { OpName, Params, Value } from "../value.js";

/** Equal for equal ops with the same parameters on the same operands, in any order where the order does not matter. */
export function keyOf(value: Value): string {
  const known = keys.get(value);
  if (known !== undefined) return known;
  const key = madeKey(value);
  keys.set(value, key);
  return key;
}

/** Values do not change, and every walk asks for their keys again. */
const keys = new WeakMap<Value, string>();

function madeKey(value: Value): string {
  if (value.op === "input") return `input ${value.id}`;
  const ids = value.inputs.map((input) => input.id);
  if (commuting.has(value.op)) ids.sort((a, b) => a - b);
  return `${value.op} ${ids.join(" ")}${keyOfParams(value.params)}`;
}

const commuting: ReadonlySet<OpName> = new Set<OpName>(["add", "mul", "max", "min", "equal", "and", "or"]);

function keyOfParams(params: Params): string {
  let key = "";
  for (const name in params) {
    const value = params[name as keyof Params];
    if (value === undefined) continue;
    if (typeof value === "string" || typeof value === "number") key += ` ${name}=${printNumber(value)}`;
    else if ("carry" in value) key += ` ${name}=${printBody(value).join("\n")}`;
    else key += ` ${name}=${value.map(printNumber).join(",")}`;
  }
  return key;
}
