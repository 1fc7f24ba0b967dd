/** Which shapes does a program have once its run-time sizes are known, and which numbers does it draw? */
import { elements } from "./ndarray.js";
import type { Shape } from "./ops.js";
import { fillNormals, fillUniforms, openStream } from "./random/stream.js";
import type { Stream } from "./random/stream.js";
import type { InputSpec, ProgramSpec, SizeSpec } from "./specification.js";
import type { TensorType } from "./engines/engine.js";

export type Sizes = Readonly<Record<string, number>>;

/** `"3*B"` with B = 4 is 12. */
export function evaluateSize(size: SizeSpec, sizes: Sizes): number {
  if (typeof size === "number") return size;
  const { factor, name } = parseSize(size);
  const value = sizes[name];
  if (value === undefined) throw new Error(`the size ${name} is not known here`);
  return factor * value;
}

export function inputType(input: InputSpec, sizes: Sizes): TensorType {
  return { name: input.name, shape: input.shape.map((size) => evaluateSize(size, sizes)), dtype: input.dtype };
}

/** How many leading rows each sample has: 1 for [B, …], 3 for ["3*B", …], null where the batch is not the first axis. */
export function rowsPerSample(input: InputSpec): number | null {
  const [first] = input.shape;
  if (typeof first !== "string") return null;
  const { factor, name } = parseSize(first);
  return name === "B" ? factor : null;
}

/** The inputs of a program by the kind of what feeds them. */
export function inputsFrom<K extends InputSpec["from"]["kind"]>(
  program: ProgramSpec,
  ...kinds: readonly K[]
): FedInput<K>[] {
  const wanted: readonly string[] = kinds;
  return program.inputs.filter((input): input is FedInput<K> => wanted.includes(input.from.kind));
}

export type FedInput<K extends InputSpec["from"]["kind"]> = InputSpec & {
  readonly from: Extract<InputSpec["from"], { readonly kind: K }>;
};

/** Fills one draw of an input: `out` holds its elements for the samples from `sample` on. */
export type Draw = (out: Float32Array, step: number, sample: number) => void;

/** `scope` keeps apart what may use the same site at once, such as two samplers. */
export function openDraw(input: FedInput<"normal" | "uniform">, seed: number, scope: string): Draw {
  const stream: Stream = openStream(seed, `${scope}/${input.from.site}`);
  const fill = input.from.kind === "normal" ? fillNormals : fillUniforms;
  const perSample = rowsPerSample(input);
  if (perSample === null) return (out, step) => fill(out, stream, step, 0);
  const width = perSample * elements(input.shape.slice(1).filter((size): size is number => typeof size === "number"));
  return (out, step, sample) => fill(out, stream, step, sample * width);
}

/** A value for each name, called for in order; the record a program's `run` takes. */
export function recordOf<V>(names: readonly string[], value: (name: string, index: number) => V): Record<string, V> {
  const entries = names.map((name, index): [string, V] => [name, value(name, index)]);
  return Object.fromEntries(entries);
}

/** What the record should hold; a missing name is a fault of the emitted module or of ours. */
export function need<V>(value: V | null | undefined, what: string): V {
  if (value === undefined || value === null) throw new Error(`${what} is missing`);
  return value;
}

export function stack(length: number, shape: Shape): Shape {
  return [length, ...shape];
}

function parseSize(size: string): { factor: number; name: string } {
  const parts = size.split("*");
  return parts.length === 1
    ? { factor: 1, name: size }
    : { factor: Number(parts[0]), name: need(parts[1], `the size in "${size}"`) };
}
