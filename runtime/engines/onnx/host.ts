/** Who holds ONNX Runtime's sessions and tensors? In the browser this thread does; thread.ts does it in Node. */
import type * as Ort from "onnxruntime-node";
import { dataAs, isHeld } from "../engine.js";
import type { HeldTensor, Tensor, TensorType } from "../engine.js";
import { ELEMENT_TYPE } from "./model.js";

export interface OnnxHost {
  hold(tensor: Tensor): HeldTensor;
  /** Inputs are named input0, input1 …, outputs output0, output1 … */
  open(model: Uint8Array, options: Ort.InferenceSession.SessionOptions): Promise<OnnxSession>;
  close(): Promise<void>;
}

export interface OnnxSession {
  run(inputs: readonly (Tensor | HeldTensor)[], outputs: readonly TensorType[]): Promise<HeldTensor[]>;
  close(): Promise<void>;
}

/** A tensor as ONNX Runtime takes it. */
export interface OrtData {
  readonly type: "float32" | "int32" | "bool";
  readonly data: Float32Array | Int32Array | Uint8Array;
  readonly dims: readonly number[];
}

export function ortData(tensor: Tensor): OrtData {
  const data = dataAs(tensor, "float32");
  if (data instanceof Float64Array) throw new TypeError("the onnx engine computes in float32");
  const type = ELEMENT_TYPE[tensor.dtype];
  return { type: type === "float" ? "float32" : type, data, dims: tensor.shape };
}

type Runtime = Pick<typeof Ort, "InferenceSession" | "Tensor">;

export function openDirectHost(runtime: Runtime): OnnxHost {
  const upload = (tensor: Tensor): Ort.Tensor => {
    const { type, data, dims } = ortData(tensor);
    return type === "float32"
      ? new runtime.Tensor(type, data as Float32Array, dims)
      : new runtime.Tensor(type, data, dims);
  };
  const feed = (input: Tensor | HeldTensor): Ort.Tensor => {
    if (input instanceof OrtTensorHere) return input.tensor;
    if (isHeld(input)) throw new TypeError("a tensor held by another engine");
    return upload(input);
  };
  return {
    hold: (tensor) => new OrtTensorHere(upload(tensor), tensor),
    async open(model, options) {
      const session = await runtime.InferenceSession.create(model, options);
      return {
        async run(inputs, outputs) {
          const results = await session.run(Object.fromEntries(inputs.map((input, i) => [`input${i}`, feed(input)])));
          return outputs.map((output) => {
            const result = results[output.name];
            if (result === undefined) throw new Error(`ONNX Runtime returned no ${output.name}`);
            return new OrtTensorHere(result, output);
          });
        },
        close: () => session.release(),
      };
    },
    close: () => Promise.resolve(),
  };
}

class OrtTensorHere implements HeldTensor {
  readonly shape;
  readonly dtype;
  constructor(
    readonly tensor: Ort.Tensor,
    { shape, dtype }: Pick<TensorType, "shape" | "dtype">,
  ) {
    this.shape = shape;
    this.dtype = dtype;
  }

  async read(): Promise<Tensor> {
    const data = await this.tensor.getData();
    // Programs have no other element types than those of `OrtData`.
    return { data: data as OrtData["data"], shape: this.shape, dtype: this.dtype };
  }

  release(): void {
    this.tensor.dispose();
  }
}
