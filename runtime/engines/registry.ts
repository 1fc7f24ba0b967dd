/** Which engines are there, which are usable here, and which one is taken? */
import { EngineUnavailable } from "./engine.js";
import type { Engine } from "./engine.js";
import { openOnnxEngine } from "./onnx/session.js";
import { openReferenceEngine } from "./reference.js";
import { openTfjsEngine } from "./tfjs/session.js";

interface EngineEntry {
  readonly name: string;
  /** What computes, in a few words. */
  readonly summary: string;
  /** Whether "auto" may take it: not what is only for checking, nor what may turn out to be a simulated device. */
  readonly isAutomatic: boolean;
  open(): Promise<Engine>;
}

/**
 * The fastest first; an engine that is not here is passed over. The order of those that compute on the processor is
 * measured (training a score network); that of the GPU ones is judgement, and tfjs-node-gpu may be built without CUDA.
 */
const engines = [
  { name: "onnx-cuda", summary: "ONNX Runtime on CUDA", isAutomatic: true, open: () => openOnnxEngine("cuda") },
  {
    name: "onnx",
    summary: "ONNX Runtime on the processor's cores",
    isAutomatic: true,
    open: () => openOnnxEngine("cpu"),
  },
  {
    name: "tfjs-node-gpu",
    summary: "TensorFlow.js on CUDA",
    isAutomatic: true,
    open: () => openTfjsEngine("tfjs-node-gpu"),
  },
  { name: "onnx-webgpu", summary: "ONNX Runtime on WebGPU", isAutomatic: false, open: () => openOnnxEngine("webgpu") },
  {
    name: "tfjs-webgpu",
    summary: "TensorFlow.js on WebGPU",
    isAutomatic: false,
    open: () => openTfjsEngine("tfjs-webgpu"),
  },
  {
    name: "tfjs-node",
    summary: "TensorFlow.js on the processor's cores",
    isAutomatic: true,
    open: () => openTfjsEngine("tfjs-node"),
  },
  {
    name: "tfjs-wasm",
    summary: "TensorFlow.js in WebAssembly",
    isAutomatic: true,
    open: () => openTfjsEngine("tfjs-wasm"),
  },
  {
    name: "tfjs-cpu",
    summary: "TensorFlow.js in plain JavaScript",
    isAutomatic: true,
    open: () => openTfjsEngine("tfjs-cpu"),
  },
  {
    name: "reference",
    summary: "plain loops in float64, for checking",
    isAutomatic: true,
    open: () => Promise.resolve(openReferenceEngine()),
  },
] as const satisfies readonly EngineEntry[];

export type EngineName = (typeof engines)[number]["name"];

export const engineNames: readonly EngineName[] = engines.map(({ name }) => name);

export interface OpenedEngine {
  readonly engine: Engine;
  /** Why this one, in words for the user. */
  readonly reason: string;
}

/** "auto" takes the fastest that works here. A name that does not work here throws `EngineUnavailable`. */
export async function openEngine(name: EngineName | "auto"): Promise<OpenedEngine> {
  if (name !== "auto") {
    const entry = engines.find((candidate) => candidate.name === name);
    if (entry === undefined)
      throw new EngineUnavailable(name, "there is none of this name", `Use one of ${engineNames.join(", ")}.`);
    return { engine: await openWorking(entry), reason: `${entry.summary}, as asked` };
  }
  const passed: string[] = [];
  for (const entry of engines.filter(({ isAutomatic }) => isAutomatic)) {
    try {
      const engine = await openWorking(entry);
      const before = passed.length === 0 ? "" : `; not here: ${passed.join(", ")}`;
      return { engine, reason: `${entry.summary}, the fastest engine present${before}` };
    } catch (cause) {
      if (!(cause instanceof EngineUnavailable)) throw cause;
      passed.push(entry.name);
    }
  }
  throw new Error("the reference engine needs nothing and must open");
}

export interface EngineStatus {
  readonly name: EngineName;
  readonly summary: string;
  /** Null: it works here. */
  readonly lacks: string | null;
  readonly remedy: string | null;
}

/** Tries every engine on a small program. */
export async function listEngines(): Promise<EngineStatus[]> {
  const statuses: EngineStatus[] = [];
  for (const entry of engines) {
    const { name, summary } = entry;
    try {
      const engine = await openWorking(entry);
      await engine.dispose();
      statuses.push({ name, summary, lacks: null, remedy: null });
    } catch (cause) {
      if (!(cause instanceof EngineUnavailable)) throw cause;
      statuses.push({ name, summary, lacks: cause.lacks, remedy: cause.remedy });
    }
  }
  return statuses;
}

/** An engine that has computed something: packages load where their device is missing, so only a result is proof. */
async function openWorking(entry: EngineEntry): Promise<Engine> {
  const engine = await entry.open();
  try {
    const type = { name: "x", shape: [2], dtype: "real" } as const;
    const probe = await engine.compile({
      name: "probe",
      inputs: [type],
      build: (o, [x]) => (x === undefined ? [] : [o.exp(x)]),
    });
    const [result] = await probe.run([{ ...type, data: Float32Array.of(0, 1) }]);
    const data = (await result?.read())?.data;
    result?.release();
    await probe.dispose();
    if (data?.[0] === 1 && Math.abs((data[1] ?? 0) - Math.E) < 1e-4) return engine;
    throw new Error(`exp of [0, 1] gave [${String(data)}]`);
  } catch (cause) {
    await engine.dispose();
    if (cause instanceof EngineUnavailable) throw cause;
    const words = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause);
    // Dawn's message begins with its own source lines.
    if (/Failed to get a WebGPU adapter/.test(words)) throw new EngineUnavailable(entry.name, noAdapter, webgpuRemedy);
    throw new EngineUnavailable(entry.name, words, "It needs a device and driver that are not present here.");
  }
}

const noAdapter = "no WebGPU adapter was found";

const webgpuRemedy =
  typeof process === "object" && process.platform === "linux"
    ? "It needs a GPU with a Vulkan driver, and libvulkan1. Without one, the SwiftShader of the package chromium simulates it: VK_ICD_FILENAMES=/usr/lib/chromium/vk_swiftshader_icd.json"
    : "It needs a GPU whose driver has WebGPU.";
