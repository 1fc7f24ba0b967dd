/** Which operation made the non-finite number that a program ends in, and on which line of the model does it stand? */
import { referenceOps } from "./engines/reference.js";
import type { Array64 } from "./engines/reference.js";
import type { Ops } from "./ops.js";
import type { Sizes } from "./programs.js";
import type { ProgramSpec } from "./specification.js";

export interface Culprit {
  /** The name of the operation, as in `Ops`. */
  readonly op: string;
  readonly line: number | null;
}

export interface CheckedRun {
  readonly outputs: Readonly<Record<string, Array64>>;
  /** Null where every output is finite. */
  readonly culprit: Culprit | null;
}

/** "The first operation that …" as a sentence for a message. */
export function describeCulprit({ op, line }: Culprit, source: string): string {
  const place = line === null ? "" : `, ${source} line ${line}`;
  return `The first operation that makes a non-finite number of finite ones is \`${op}\`${place}.`;
}

/**
 * Runs the program on the reference engine, looking at every result, and follows what is not finite from the operation that
 * made it of finite numbers to the program's outputs; what a `select` leaves out on the way is no fault. With "float32"
 * each result is rounded as the fast engines do, so that what overflows there overflows here. Calls are counted as
 * `ProgramSpec.lines` counts them: in the order they are made, a scan before the calls of its body, the body once.
 */
export function runChecked(
  program: ProgramSpec,
  inputs: Readonly<Record<string, Array64>>,
  sizes: Sizes,
  precision: "float32" | "float64",
): CheckedRun {
  const origins = new WeakMap<Array64, Culprit>();
  let latest: Culprit | null = null;
  let calls = 0;

  const follow = (op: string, call: number, operands: readonly unknown[], result: Array64): Array64 => {
    const kept =
      precision === "float32" && result.dtype === "real" ? { ...result, data: result.data.map(Math.fround) } : result;
    if (isFinite64(kept)) return kept;
    const guilty = operands.flat().find((operand): operand is Array64 => isArray64(operand) && !isFinite64(operand));
    // Slices of a scan's rows have lost their origin: it is the latest seen.
    const origin = guilty === undefined ? { op, line: lineOf(program, call) } : (origins.get(guilty) ?? latest);
    if (origin !== null) {
      origins.set(kept, origin);
      latest = origin;
    }
    return kept;
  };

  const watching: Ops<Array64> = {
    ...watchEach(referenceOps, (op, operands, result) => follow(op, calls++, operands, result())),
    shapeOf: (x) => referenceOps.shapeOf(x),
    scan(length, carry, xs, body) {
      calls++;
      const start = calls;
      return referenceOps.scan(length, carry, xs, (_o, state, row) => {
        calls = start; // every round makes the same calls
        return body(watching, state, row);
      });
    },
    while(most, carry, body) {
      calls++;
      const start = calls;
      return referenceOps.while(most, carry, (_o, state) => {
        calls = start;
        return body(watching, state);
      });
    },
  };
  const outputs = program.run(watching, inputs, sizes);
  const guilty = Object.values(outputs).find((output) => !isFinite64(output));
  return { outputs, culprit: guilty === undefined ? null : (origins.get(guilty) ?? latest) };
}

/** Operations that give more than one array, or none. */
const unwatched: ReadonlySet<string> = new Set(["scan", "while", "shapeOf"]);

/** The same operations, each going through `watch`. */
function watchEach(
  o: Ops<Array64>,
  watch: (op: keyof Ops<Array64>, operands: readonly unknown[], result: () => Array64) => Array64,
): Ops<Array64> {
  const names = Object.keys(o).filter((name): name is keyof Ops<Array64> => !unwatched.has(name));
  const watched = names.map((name) => {
    const operation = o[name] as (...operands: readonly unknown[]) => Array64; // all but those left out return one array
    return [name, (...operands: readonly unknown[]) => watch(name, operands, () => operation(...operands))] as const;
  });
  return { ...o, ...Object.fromEntries(watched) };
}

function lineOf(program: ProgramSpec, call: number): number | null {
  let seen = 0;
  for (const [count, line] of program.lines) {
    seen += count;
    if (call < seen) return line === 0 ? null : line;
  }
  return null;
}

function isArray64(value: unknown): value is Array64 {
  return typeof value === "object" && value !== null && "data" in value && value.data instanceof Float64Array;
}

function isFinite64(x: Array64): boolean {
  return x.data.every(Number.isFinite);
}
