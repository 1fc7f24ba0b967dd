/** Which ONNX Runtime is here? The npm package with native code in Node, the WebAssembly one elsewhere. */
import { EngineUnavailable, whyNotLoaded } from "../engine.js";
import type { OnnxHost } from "./host.js";

export interface OnnxPlatform {
  readonly host: OnnxHost;
  readonly place: "node" | "browser";
  /** Threads of one session; null leaves it to the runtime. */
  readonly threads: number | null;
}

/** Where ONNX Runtime computes. */
export type OnnxProvider = "cpu" | "webgpu" | "cuda";

export async function openOnnxPlatform(provider: OnnxProvider): Promise<OnnxPlatform> {
  const isNode = typeof process === "object" && process.versions?.node !== undefined;
  // Two modules, so that a bundler for browsers can leave the first out.
  const { openPlatform } = isNode ? await import("./platform-node.js") : await import("./platform-web.js");
  return openPlatform(provider);
}

export function failToLoad(name: string, cause: unknown): never {
  throw new EngineUnavailable("onnx", whyNotLoaded(name, cause), `Run: npm install ${name}`);
}
