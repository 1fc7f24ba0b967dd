/** How is a value of the graph written as a call of the engine? The op table says what follows the operands. */
import { InternalError } from "../internal-error.js";
import { quotient, symbolOf } from "../ir/dims.js";
import { table } from "../ir/table.js";
import type { Dim, Params, Value } from "../ir/value.js";
import { engine, list, method, name, numeral } from "./build.js";
import { identifier, number } from "./safe.js";
import type { Identifier } from "./safe.js";
import type { Call, Code } from "./syntax.js";

/** What a call can mention besides its operands. */
export interface Calls {
  readonly sizes: ReadonlyMap<string, Identifier>;
  /** The name of a constant of the module that holds these numbers. */
  numbers(values: readonly number[]): Identifier;
}

export function callOf({ op }: Value, operands: readonly Code[], settings: readonly Code[]): Call {
  const shown = op === "concat" ? [list(operands)] : operands;
  return method(engine, identifier(op === "size" ? "scalar" : op), [...shown, ...settings]);
}

/** The static parameters, in the order of the op table. */
export function settingsOf({ op, params }: Value, around: Calls): readonly Code[] {
  return table[op].params.map((setting) => settingCode(setting, params, around));
}

/** A dim as code: `2`, `B`, `3 * B`. */
export function sizeCode(dim: Dim, sizes: ReadonlyMap<string, Identifier>): Code {
  if (typeof dim === "number") return numeral(dim);
  const symbol = symbolOf(dim) ?? dim;
  const size = sizes.get(symbol);
  const factor = Number(quotient(dim, symbol));
  if (size === undefined) throw new InternalError(`the size ${symbol} has no name`);
  return factor === 1 ? name(size) : { kind: "product", factor: number(factor), size };
}

/** Columns of code on one line. */
export function width(code: Code): number {
  switch (code.kind) {
    case "name":
      return code.name.length;
    case "string":
    case "number":
      return code.token.length;
    case "word":
      return code.word.length;
    case "product":
      return code.factor.length + 3 + code.size.length;
    case "member":
      return code.base.length + 1 + code.member.length;
    case "array":
      return code.items.reduce((sum, item) => sum + width(item) + 2, 0);
    case "call":
      return code.arguments.reduce((sum, item) => sum + width(item) + 2, 2 + code.callee.length);
    case "object":
    case "arrow":
      return Infinity;
  }
}

/** Longer lists of numbers become constants of the module. */
const longestList = 12;

function settingCode(setting: keyof Params, params: Params, around: Calls): Code {
  const value = params[setting];
  if (typeof value === "number" || typeof value === "string") return sizeCode(value, around.sizes);
  if (setting === "values" && params.values !== undefined && params.values.length > longestList) {
    return name(around.numbers(params.values));
  }
  if (value === undefined || !isSizes(value)) throw new InternalError(`the parameter ${setting} cannot be written`);
  return list(value.map((dim) => sizeCode(dim, around.sizes)));
}

function isSizes(value: NonNullable<Params[keyof Params]>): value is readonly Dim[] {
  return Array.isArray(value);
}
