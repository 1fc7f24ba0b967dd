/** How does the onnx engine compile and run? One ONNX Runtime session per program and set of shapes. */
import type * as Ort from "onnxruntime-node";
import type { Engine, Executable, HeldTensor, Tensor, TensorProgram, TensorType } from "../engine.js";
import { at } from "../shapes.js";
import { trace } from "../trace.js";
import { withExactTrigonometry } from "../trigonometry.js";
import { lowerTape } from "./lower.js";
import { encodeModel } from "./model.js";
import { openOnnxPlatform } from "./platform.js";
import type { OnnxPlatform, OnnxProvider } from "./platform.js";

export async function openOnnxEngine(provider: OnnxProvider): Promise<Engine> {
  const platform = await openOnnxPlatform(provider);
  const open = new Set<Executable>();
  return {
    name: provider === "cpu" ? "onnx" : `onnx-${provider}`,
    precision: "float32",
    hold: (tensor) => platform.host.hold(tensor),
    async compile(program) {
      const executable = await compile(platform, provider, program, () => open.delete(executable));
      open.add(executable);
      return executable;
    },
    async dispose() {
      await Promise.all([...open].map((executable) => executable.dispose()));
      await platform.host.close();
    },
  };
}

async function compile(
  platform: OnnxPlatform,
  provider: OnnxProvider,
  program: TensorProgram,
  onDispose: () => void,
): Promise<Executable> {
  const tape = trace(provider === "webgpu" ? withExactTrigonometry(program) : program);
  if (tape.outputs.length === 0) return nothing(onDispose);
  const model = encodeModel(lowerTape(tape));
  const session = await platform.host.open(model, sessionOptions(platform, provider));
  const outputs = tape.outputs.map(({ shape, dtype }, i): TensorType => ({ name: `output${i}`, shape, dtype }));
  return {
    outputs,
    async run(inputs) {
      inputs.forEach((input, i) => checkInput(input, at(program.inputs, i)));
      return session.run(inputs, outputs);
    },
    async dispose() {
      onDispose();
      await session.close();
    },
  };
}

/** A program without results, such as the schedule of a step that needs none: ONNX Runtime opens no empty graph. */
function nothing(onDispose: () => void): Executable {
  const dispose = (): Promise<void> => {
    onDispose();
    return Promise.resolve();
  };
  return { outputs: [], run: () => Promise.resolve([]), dispose };
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
    // Threads that wait by spinning make steps of many small nodes a third faster on an idle machine, and two to four
    // times slower where other processes, or this one, want the processor. 50 microseconds keep nearly all of the gain.
    extra: { session: { force_spinning_stop: "1", intra_op: { spin_duration_us: "50" } } },
  };
}

function checkInput(input: Tensor | HeldTensor, type: TensorType): void {
  if (input.dtype === type.dtype && input.shape.join() === type.shape.join()) return;
  throw new RangeError(
    `${type.name} takes ${type.dtype}[${type.shape.join(", ")}], not ${input.dtype}[${input.shape.join(", ")}]`,
  );
}
