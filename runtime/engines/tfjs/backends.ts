/** Which TensorFlow.js backends are there, which packages do they need, and how are they loaded? */
import type * as TensorFlowCore from "@tensorflow/tfjs-core";
import { EngineUnavailable, whyNotLoaded } from "../engine.js";

/** The functions of tfjs-core, from whichever package brought them. */
export type TensorFlow = typeof TensorFlowCore;

export type TfjsBackend = keyof typeof tfjsBackends;

interface Backend {
  /** As TensorFlow.js calls it. */
  readonly registered: string;
  /** Imported in this order; the first one brings the functions. */
  readonly packages: readonly [string, ...string[]];
  /** What Node needs beside them, where a browser has it. */
  readonly inNode?: string;
}

const core = "@tensorflow/tfjs-core";

export const tfjsBackends = {
  "tfjs-node-gpu": { registered: "tensorflow", packages: ["@tensorflow/tfjs-node-gpu"] },
  "tfjs-node": { registered: "tensorflow", packages: ["@tensorflow/tfjs-node"] },
  "tfjs-webgpu": { registered: "webgpu", packages: [core, "@tensorflow/tfjs-backend-webgpu"], inNode: "webgpu" },
  "tfjs-wasm": { registered: "wasm", packages: [core, "@tensorflow/tfjs-backend-wasm"] },
  "tfjs-cpu": { registered: "cpu", packages: [core, "@tensorflow/tfjs-backend-cpu"] },
} as const satisfies Record<string, Backend>;

/** Loads the packages and makes the backend ready to compute. */
export async function loadTfjs(name: TfjsBackend): Promise<TensorFlow> {
  const backend: Backend = tfjsBackends[name];
  if (backend.registered === "tensorflow") checkNodeVersion(name);
  // The package looks for a GPU while it loads.
  if (backend.inNode !== undefined && typeof process === "object") await findGpu(backend, name, backend.inNode);
  const modules = [];
  for (const specifier of backend.packages) modules.push(await importPackage(backend, name, specifier));
  if (name === "tfjs-wasm" && typeof process === "object") await findWebAssembly(modules[1]);
  // The types of every package that brings the functions are those of tfjs-core.
  const tf = modules[0] as TensorFlow;
  // Without this it advises other packages on the console, and checks every result for NaN.
  tf.env().set("PROD", true);
  const isReady = await tf.setBackend(backend.registered).catch(() => false);
  if (!isReady) {
    throw new EngineUnavailable(
      name,
      "the backend does not start here",
      "Another engine will do: sdec doctor lists them.",
    );
  }
  return tf;
}

/** The addon's JavaScript calls `util.isNullOrUndefined`, which Node 23 no longer has. */
function checkNodeVersion(name: string): void {
  const version = typeof process === "object" ? process.versions.node : undefined;
  if (version === undefined) throw new EngineUnavailable(name, "it runs in Node only", "Use tfjs-webgpu in a browser.");
  if (Number(version.split(".")[0]) >= 23) {
    throw new EngineUnavailable(
      name,
      `it calls util.isNullOrUndefined, gone from Node ${version}`,
      "Use Node 22 or 20.",
    );
  }
}

async function importPackage(backend: Backend, engine: string, specifier: string): Promise<unknown> {
  try {
    const module = (await import(/* @vite-ignore */ specifier)) as { readonly default?: unknown };
    // Packages in the older module format arrive as the default export.
    return module.default ?? module;
  } catch (cause) {
    if (/native addon module .* can not be found/s.test(String(cause))) {
      throw new EngineUnavailable(
        engine,
        `the native part of ${specifier} is missing: its install script has not run, or not to its end`,
        `Run: npm rebuild ${specifier}`,
      );
    }
    throw new EngineUnavailable(
      engine,
      whyNotLoaded(specifier, cause),
      `Run: npm install ${needed(backend).join(" ")}`,
    );
  }
}

function needed({ packages, inNode }: Backend): readonly string[] {
  return inNode === undefined || typeof process !== "object" ? packages : [...packages, inNode];
}

/** Node does not fetch: the .wasm files are read from beside the package's JavaScript. */
async function findWebAssembly(module: unknown): Promise<void> {
  const { createRequire } = await import("node:module");
  const { dirname, sep } = await import("node:path");
  const entry = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm");
  const { setWasmPaths } = module as { setWasmPaths(path: string, usePlatformFetch: boolean): void };
  if (!isPathSet) setWasmPaths(`${dirname(entry)}${sep}`, false);
  isPathSet = true;
}

/** Node has no WebGPU of its own; the package `webgpu` brings one, and the backend looks for it where a browser has it. */
async function findGpu(backend: Backend, engine: string, specifier: string): Promise<void> {
  const { navigator } = globalThis as { readonly navigator?: { readonly gpu?: unknown } };
  if (navigator?.gpu !== undefined) return;
  const { create, globals } = (await importPackage(backend, engine, specifier)) as {
    create(options: readonly string[]): unknown;
    readonly globals: object;
  };
  Object.assign(globalThis, globals);
  const value = { userAgent: "", ...navigator, gpu: create([]) };
  Object.defineProperty(globalThis, "navigator", { value, configurable: true });
}

/** The package refuses a second call once the backend has started. */
let isPathSet = false;
