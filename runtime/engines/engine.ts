/** What is an engine: who compiles and runs programs written against `Ops`, and how tensors go in and come out. */
import type { DType, Ops, Shape } from "../ops.js";

export interface Engine {
  /** As in `openEngine(name)`: "onnx", "tfjs-wasm", "reference" … */
  readonly name: string;
  /** Precision of real numbers. Real data of the other precision is converted on the way in. */
  readonly precision: "float32" | "float64";
  /**
   * Puts a tensor where the engine computes, to be used by any number of runs without another copy: data sets, weights.
   * The caller no longer writes into `tensor.data`: the engine may use it as it is.
   */
  hold(tensor: Tensor): HeldTensor;
  /** Makes a program ready to run. Done once per set of shapes; it is the expensive part. */
  compile(program: TensorProgram): Promise<Executable>;
  /** Frees every executable of this engine. */
  dispose(): Promise<void>;
}

/** A pure function of tensors with static shapes, written against any engine's operations. */
export interface TensorProgram {
  readonly name: string;
  readonly inputs: readonly TensorType[];
  build<T>(o: Ops<T>, inputs: readonly T[]): readonly T[];
}

export interface TensorType {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
}

export interface Executable {
  /** Types of the outputs, named output0, output1 … */
  readonly outputs: readonly TensorType[];
  /**
   * One evaluation. Inputs in the order of the program; an output held from an earlier run is an input as it is.
   * Inputs stay the caller's, outputs become the caller's: `release` what is not needed any more.
   */
  run(inputs: readonly (Tensor | HeldTensor)[]): Promise<HeldTensor[]>;
  dispose(): Promise<void>;
}

/** A tensor in the application's memory, row-major: reals are floats, integers Int32Array, booleans 0 or 1. */
export interface Tensor {
  readonly data: TensorData;
  readonly shape: Shape;
  readonly dtype: DType;
}

export type TensorData = Float32Array | Float64Array | Int32Array | Uint8Array;

/** A tensor in the engine's memory. */
export interface HeldTensor {
  readonly shape: Shape;
  readonly dtype: DType;
  /** A view where engine and application share memory, else a copy; not to be written into. */
  read(): Promise<Tensor>;
  release(): void;
}

/** Why a package cannot be imported: it is not there, or its first words. */
export function whyNotLoaded(name: string, cause: unknown): string {
  if (typeof cause === "object" && cause !== null && "code" in cause && cause.code === "ERR_MODULE_NOT_FOUND") {
    return `${name} is not installed`;
  }
  return `${name} does not load: ${cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause)}`;
}

/** An engine that cannot be opened here, and what would help. The words are for the user. */
export class EngineUnavailable extends Error {
  override readonly name = "EngineUnavailable";
  constructor(
    readonly engine: string,
    readonly lacks: string,
    readonly remedy: string,
  ) {
    super(`The ${engine} engine cannot be used here: ${lacks}. ${remedy}`);
  }
}

export function isHeld(value: Tensor | HeldTensor): value is HeldTensor {
  return "read" in value;
}

export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** The data as an engine of the given precision keeps it; the same array where it already fits. */
export function dataAs(tensor: Tensor, precision: Engine["precision"]): TensorData {
  const { data, dtype, shape } = tensor;
  if (data.length !== sizeOf(shape)) {
    throw new RangeError(`A tensor of shape [${shape.join(", ")}] has ${sizeOf(shape)} numbers, not ${data.length}`);
  }
  if (dtype === "int") return data instanceof Int32Array ? data : Int32Array.from(data);
  if (dtype === "bool") return data instanceof Uint8Array ? data : Uint8Array.from(data);
  if (precision === "float32") return data instanceof Float32Array ? data : Float32Array.from(data);
  return data instanceof Float64Array ? data : Float64Array.from(data);
}
