/** Which peers are installed, and how are they started? */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";

export type PeerName = "pytorch" | "jax" | "tfjs-wasm";

export interface PeerEntry {
  readonly name: PeerName;
  readonly title: string;
  /** How to start it, or what is missing. */
  readonly command: readonly string[] | { readonly lacks: string };
}

/** SDEC_PYTHON names a Python that has torch and jax. */
export function findPeers(root: string): readonly PeerEntry[] {
  const folder = join(root, "test", "bench", "peers");
  const python = process.env["SDEC_PYTHON"] ?? "python3";
  const threads = String(availableParallelism());
  const inPython = (name: PeerName, title: string, module: string, script: string): PeerEntry => {
    const { status } = spawnSync(python, ["-c", `import importlib.util as u; exit(u.find_spec("${module}") is None)`]);
    const lacks = `no Python with ${module}: set SDEC_PYTHON to one that has it`;
    return { name, title, command: status === 0 ? [python, join(folder, script), threads] : { lacks } };
  };
  const tfjs = join(root, "node_modules", "@tensorflow", "tfjs-backend-wasm");
  return [
    inPython("pytorch", "PyTorch eager", "torch", "pytorch.py"),
    inPython("jax", "JAX scan", "jax", "jax_mlp.py"),
    {
      name: "tfjs-wasm",
      title: "hand-written tfjs, wasm",
      command: existsSync(tfjs)
        ? [process.execPath, join(root, "test", "bench", "run.mjs"), "--tfjs"]
        : { lacks: "no @tensorflow/tfjs-backend-wasm" },
    },
  ];
}
