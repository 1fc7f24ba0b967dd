/** How does ONNX Runtime open in a browser? From onnxruntime-web, which computes in WebAssembly or on WebGPU. */
import { EngineUnavailable } from "../engine.js";
import { openDirectHost } from "./host.js";
import { failToLoad } from "./platform.js";
import type { OnnxPlatform, OnnxProvider } from "./platform.js";

export async function openPlatform(provider: OnnxProvider): Promise<OnnxPlatform> {
  if (provider === "cuda") {
    throw new EngineUnavailable("onnx-cuda", "CUDA is for Node only", "In a browser, use onnx-webgpu.");
  }
  const load = provider === "webgpu" ? import("onnxruntime-web/webgpu") : import("onnxruntime-web");
  const runtime = await load.catch((cause: unknown) => failToLoad("onnxruntime-web", cause));
  // What goes wrong is thrown; ONNX Runtime would print it as well.
  runtime.env.logLevel = "fatal";
  return { host: openDirectHost(runtime), place: "browser", threads: null };
}
