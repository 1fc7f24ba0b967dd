/** Which ONNX Runtime is here? The npm package with native code in Node, the WebAssembly one elsewhere. */
import type * as Ort from "onnxruntime-node";
import { EngineUnavailable } from "../engine.js";

export type OnnxRuntime = Pick<typeof Ort, "InferenceSession" | "Tensor" | "env">;

export interface OnnxPlatform {
  readonly runtime: OnnxRuntime;
  readonly place: "node" | "browser";
  /** Threads of one session; null leaves it to the runtime. */
  readonly threads: number | null;
}

/** Where ONNX Runtime computes. */
export type OnnxProvider = "cpu" | "webgpu" | "cuda";

export async function loadOnnxRuntime(provider: OnnxProvider): Promise<OnnxPlatform> {
  const platform = isNode() ? await loadNative(provider) : await loadWeb(provider);
  // What goes wrong is thrown; ONNX Runtime would print it as well.
  platform.runtime.env.logLevel = "fatal";
  return platform;
}

export function isNode(): boolean {
  return typeof process === "object" && process.versions?.node !== undefined;
}

async function loadNative(provider: OnnxProvider): Promise<OnnxPlatform> {
  const { availableParallelism } = await import("node:os");
  const runtime = await import("onnxruntime-node").catch((cause: unknown) => failToLoad("onnxruntime-node", cause));
  if (provider === "cuda") await requireCuda();
  return { runtime, place: "node", threads: availableParallelism() };
}

async function loadWeb(provider: OnnxProvider): Promise<OnnxPlatform> {
  if (provider === "cuda") {
    throw new EngineUnavailable("onnx-cuda", "CUDA is for Node only", "In a browser, use onnx-webgpu.");
  }
  const load = provider === "webgpu" ? import("onnxruntime-web/webgpu") : import("onnxruntime-web");
  const runtime = await load.catch((cause: unknown) => failToLoad("onnxruntime-web", cause));
  return { runtime, place: "browser", threads: null };
}

/** CUDA's part of onnxruntime-node is not in its npm package: an install script downloads it. */
async function requireCuda(): Promise<void> {
  const { existsSync } = await import("node:fs");
  const { createRequire } = await import("node:module");
  const { dirname, join } = await import("node:path");
  const root = join(dirname(createRequire(import.meta.url).resolve("onnxruntime-node")), "..");
  const library = "libonnxruntime_providers_cuda.so";
  if (existsSync(join(root, "bin", "napi-v6", process.platform, process.arch, library))) return;
  throw new EngineUnavailable(
    "onnx-cuda",
    `${library} is not installed`,
    "With CUDA 12 and cuDNN 9 present, run: node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install=cuda12",
  );
}

function failToLoad(name: string, cause: unknown): never {
  const reason = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause);
  throw new EngineUnavailable("onnx", `${name} does not load: ${reason}`, `Run: npm install ${name}`);
}
