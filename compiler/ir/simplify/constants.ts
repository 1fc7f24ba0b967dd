/** Which values are the same in every run, and when are they written as numbers? */
import { referenceOps } from "../../../runtime/engines/reference.js";
import type { Array64 } from "../../../runtime/engines/reference.js";
import { constant, fill } from "../build.js";
import { elements } from "../dims.js";
import { evaluate } from "../evaluate.js";
import type { OpName, Value } from "../value.js";

/** The constants met in one walk over a graph. */
export interface ConstantKnowledge {
  of(value: Value): Array64 | null;
  /** To be called with values whose operands it has seen. The value as a constant, or null where that is not simpler. */
  fold(value: Value): Value | null;
}

/** More numbers than this are not computed at compile time. */
const mostNumbers = 4096;
/** As many numbers are always fine to write down; more only where they replace as many. */
const fewNumbers = 16;

/** These stay as they are: leaves, loops, and the stretched scalar, which is the form that rules look for. */
const kept: ReadonlySet<OpName> = new Set<OpName>([
  "input",
  "size",
  "scan",
  "while",
  "across",
  "pick",
  "scalar",
  "constant",
  "broadcast",
]);

/** Ops whose numbers are not those of their operands alone. */
const leaves: ReadonlySet<OpName> = new Set<OpName>(["input", "size", "scan", "while", "across", "pick"]);

export function constantKnowledge(): ConstantKnowledge {
  const known = new Map<Value, Array64>();
  const of = (value: Value): Array64 | null => known.get(value) ?? null;
  return {
    of,
    fold(value) {
      const numbers = compute(value, known);
      if (numbers === null) return null;
      known.set(value, numbers);
      if (kept.has(value.op) || value.dtype !== "real" || !isWritable(numbers)) return null;
      const [first] = numbers.data;
      if (first !== undefined && numbers.data.every((number) => Object.is(number, first))) {
        return fill(first, value.shape);
      }
      const replaced = value.inputs.reduce((count, input) => count + numbersWritten(input), 0);
      const isSmall = numbers.data.length <= Math.max(fewNumbers, replaced);
      return isSmall ? constant([...numbers.data], numbers.shape) : null;
    },
  };
}

function compute(value: Value, known: ReadonlyMap<Value, Array64>): Array64 | null {
  const isKnownSize = value.shape.every((dim) => typeof dim === "number");
  if (leaves.has(value.op) || !isKnownSize || Number(elements(value.shape)) > mostNumbers) return null;
  if (!value.inputs.every((input) => known.has(input))) return null;
  return evaluate([value], known, referenceOps, {})[0] ?? null;
}

/** What is not finite is left to run time, where the engine says what it is. */
function isWritable(numbers: Array64): boolean {
  return numbers.data.every(Number.isFinite);
}

function numbersWritten(value: Value): number {
  return value.op === "constant" ? (value.params.values?.length ?? 0) : 0;
}
