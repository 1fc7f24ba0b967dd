/** How does ONNX Runtime open in Node? From onnxruntime-node, in a thread of its own. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { EngineUnavailable } from "../engine.js";
import { failToLoad } from "./platform.js";
import type { OnnxPlatform, OnnxProvider } from "./platform.js";
import { openThreadHost } from "./thread.js";

export async function openPlatform(provider: OnnxProvider): Promise<OnnxPlatform> {
  const name = "onnxruntime-node";
  try {
    const path = createRequire(import.meta.url).resolve(name);
    if (provider === "cuda") requireCuda(path);
    return { host: await openThreadHost(path), place: "node", threads: availableParallelism() };
  } catch (cause) {
    if (cause instanceof EngineUnavailable) throw cause;
    return failToLoad(name, cause);
  }
}

/** CUDA's part of onnxruntime-node is not in its npm package: an install script downloads it. */
function requireCuda(path: string): void {
  const library = "libonnxruntime_providers_cuda.so";
  if (existsSync(join(dirname(path), "..", "bin", "napi-v6", process.platform, process.arch, library))) return;
  throw new EngineUnavailable(
    "onnx-cuda",
    `${library} is not installed`,
    "With CUDA 12 and cuDNN 9 present, run: node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install=cuda12",
  );
}
