/** Which tensors do the parameters of a call become: a number or one value for all samples, or a value per sample? */
import { checkSpace } from "./data/check.js";
import { isShaped } from "./data/rows.js";
import type { Rows, ShapedNumbers } from "./data/rows.js";
import { isRows } from "./data/sets.js";
import { SdecError } from "./errors.js";
import { describeShape, elements } from "./ndarray.js";
import type { NdArray } from "./ndarray.js";
import { rowsPerSample } from "./programs.js";
import type { FedInput } from "./programs.js";
import type { ParameterSpec } from "./specification.js";
import type { Tensor, TensorType } from "./engines/engine.js";

/** A value as the caller gave it: `perSample` has a leading axis of samples. */
export interface Parameter {
  readonly array: NdArray;
  readonly perSample: boolean;
}

export type Parameters = ReadonlyMap<string, Parameter>;

/**
 * Reads the values of `specs` out of the options of a call. `count` is the number of samples, null where there are no
 * samples to have a value each. `known` names the call's other options, for the message about a name that is neither.
 */
export async function gatherParameters(
  options: object,
  specs: readonly ParameterSpec[],
  count: number | null,
  known: readonly string[],
): Promise<Parameters> {
  const given = new Map<string, unknown>(Object.entries(options));
  const names = specs.map((spec) => spec.name);
  for (const name of given.keys()) {
    if (names.includes(name) || known.includes(name)) continue;
    throw new SdecError(
      "option",
      `"${name}" is neither an option nor a parameter here; there is ${[...names, ...known].join(", ")}`,
    );
  }
  const result = new Map<string, Parameter>();
  for (const spec of specs) {
    const value = given.get(spec.name);
    const parameter = value === undefined ? byDefault(spec) : await read(value, spec, count);
    checkSpace(parameter.array, spec.space, `The parameter ${spec.name}`);
    result.set(spec.name, parameter);
  }
  return result;
}

/** The tensor for an input of a program on `count` samples from `first` on; beyond the last, the last is repeated. */
export function parameterTensor(
  parameter: Parameter,
  input: FedInput<"parameter">,
  type: TensorType,
  first: number,
): Tensor {
  const { array, perSample } = parameter;
  const batched = rowsPerSample(input);
  if (perSample && batched === null) {
    throw new SdecError(
      "parameter",
      `The parameter ${input.from.parameter} has one value for all samples, not one each`,
    );
  }
  const out = type.dtype === "real" ? new Float32Array(elements(type.shape)) : new Int32Array(elements(type.shape));
  if (batched === null) {
    out.set(array.data);
  } else {
    const samples = (type.shape[0] ?? 0) / batched;
    const width = out.length / samples;
    const last = perSample ? (array.shape[0] ?? 1) - 1 : 0;
    for (let i = 0; i < samples; i++) {
      const row = Math.min(first + i, last);
      out.set(perSample ? array.data.subarray(row * width, (row + 1) * width) : array.data, i * width);
    }
  }
  return type.dtype === "bool"
    ? { data: Uint8Array.from(out), shape: type.shape, dtype: "bool" }
    : { data: out, shape: type.shape, dtype: type.dtype };
}

function byDefault(spec: ParameterSpec): Parameter {
  if (spec.default === null)
    throw new SdecError("parameter", `The parameter ${spec.name} must be given: it has no default`);
  return { array: { data: Float32Array.from(spec.default), shape: spec.space.shape }, perSample: false };
}

async function read(value: unknown, spec: ParameterSpec, count: number | null): Promise<Parameter> {
  const what = `The parameter ${spec.name}`;
  const { shape } = spec.space;
  if (typeof value === "number") {
    return { array: { data: new Float32Array(elements(shape)).fill(value), shape }, perSample: false };
  }
  if (!isRows(value)) throw new SdecError("parameter", `${what} must be a number or rows of numbers`);
  const data = isShaped(value) ? value.data : await flatten(value);
  const size = elements(shape);
  if (data.length === size) return { array: { data: Float32Array.from(data), shape }, perSample: false };
  if (count === null || data.length !== count * size) {
    const each = count === null ? "" : `, or ${describeShape([count, ...shape])} for a value per sample`;
    throw new SdecError(
      "parameter",
      `${what} has ${data.length} numbers; expected the shape ${describeShape(shape)}${each}`,
    );
  }
  return { array: { data: Float32Array.from(data), shape: [count, ...shape] }, perSample: true };
}

/** All numbers of nested lists in order; what is no number becomes NaN, which no space contains. */
async function flatten(rows: Exclude<Rows, ShapedNumbers>): Promise<number[]> {
  const data: number[] = [];
  const visit = (value: unknown): void => {
    if (typeof value === "object" && value !== null && isIterable(value)) for (const part of value) visit(part);
    else data.push(typeof value === "number" ? value : Number.NaN);
  };
  for await (const row of rows) visit(row);
  return data;
}

function isIterable(value: object): value is Iterable<unknown> {
  return Symbol.iterator in value;
}
