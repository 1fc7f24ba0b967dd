/** How does the onnx engine compile and run? One ONNX Runtime session per program and set of shapes. */
import type * as Ort from "onnxruntime-node";
import { dataAs, isHeld } from "../engine.js";
import type { Engine, Executable, HeldTensor, Tensor, TensorProgram, TensorType } from "../engine.js";
import { at } from "../shapes.js";
import { trace } from "../trace.js";
import { lowerTape } from "./lower.js";
import { ELEMENT_TYPE, encodeModel } from "./model.js";
import { loadOnnxRuntime } from "./platform.js";
import type { OnnxPlatform, OnnxProvider } from "./platform.js";

export async function openOnnxEngine(provider: OnnxProvider): Promise<Engine> {
  const platform = await loadOnnxRuntime(provider);
  const open = new Set<Executable>();
  return {
    name: provider === "cpu" ? "onnx" : `onnx-${provider}`,
    precision: "float32",
    hold: (tensor) => new HeldOrtTensor(toOrt(platform, tensor), tensor),
    async compile(program) {
      const executable = await compile(platform, provider, program, () => open.delete(executable));
      open.add(executable);
      return executable;
    },
    async dispose() {
      await Promise.all([...open].map((executable) => executable.dispose()));
    },
  };
}

async function compile(
  platform: OnnxPlatform,
  provider: OnnxProvider,
  program: TensorProgram,
  onDispose: () => void,
): Promise<Executable> {
  const tape = trace(program);
  const model = encodeModel(lowerTape(tape));
  const session = await platform.runtime.InferenceSession.create(model, sessionOptions(platform, provider));
  const outputs = tape.outputs.map(({ shape, dtype }, i): TensorType => ({ name: `output${i}`, shape, dtype }));
  return {
    outputs,
    async run(inputs) {
      const feeds = inputs.map((input, i) => [`input${i}`, feed(platform, input, at(program.inputs, i))] as const);
      const results = await session.run(Object.fromEntries(feeds));
      return outputs.map((output) => {
        const result = results[output.name];
        if (result === undefined) throw new Error(`ONNX Runtime returned no ${output.name}`);
        return new HeldOrtTensor(result, output);
      });
    },
    async dispose() {
      onDispose();
      await session.release();
    },
  };
}

function sessionOptions(platform: OnnxPlatform, provider: OnnxProvider): Ort.InferenceSession.SessionOptions {
  const executionProviders = platform.place === "browser" && provider === "cpu" ? ["wasm"] : [provider];
  return {
    executionProviders,
    graphOptimizationLevel: "all",
    logSeverityLevel: 4,
    ...(platform.threads === null ? {} : { intraOpNumThreads: platform.threads, interOpNumThreads: 1 }),
    // Outputs stay on the device where the package can: onnxruntime-node ends the process when asked to.
    ...(platform.place === "browser" && provider === "webgpu"
      ? { preferredOutputLocation: "gpu-buffer" as const }
      : {}),
    // Threads that wait by spinning make a step of many small nodes a fifth faster; between runs they would starve
    // the application and other sessions.
    extra: { session: { force_spinning_stop: "1" } },
  };
}

function feed(platform: OnnxPlatform, input: Tensor | HeldTensor, type: TensorType): Ort.Tensor {
  if (input.dtype !== type.dtype || input.shape.join() !== type.shape.join()) {
    throw new RangeError(
      `${type.name} takes ${type.dtype}[${type.shape.join(", ")}], not ${input.dtype}[${input.shape.join(", ")}]`,
    );
  }
  if (input instanceof HeldOrtTensor) return input.tensor;
  if (isHeld(input)) throw new TypeError(`${type.name} is held by another engine`);
  return toOrt(platform, input);
}

function toOrt(platform: OnnxPlatform, tensor: Tensor): Ort.Tensor {
  const type = ELEMENT_TYPE[tensor.dtype];
  const data = dataAs(tensor, "float32");
  if (data instanceof Float64Array) throw new TypeError("the onnx engine computes in float32");
  const { Tensor: OrtTensor } = platform.runtime;
  return type === "float"
    ? new OrtTensor("float32", data as Float32Array, tensor.shape)
    : new OrtTensor(type, data, tensor.shape);
}

class HeldOrtTensor implements HeldTensor {
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
    return { data: data as Tensor["data"], shape: this.shape, dtype: this.dtype };
  }

  release(): void {
    this.tensor.dispose();
  }
}
