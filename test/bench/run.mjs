/**
 * Bundles and runs the benchmark: TypeScript without a build step of its own. With `--engine NAME`, the worker that
 * measures the compiled model on one engine, with the runtime that is in dist; with `--tfjs`, the hand-written peer.
 */
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { embedForEsbuild } from "../../build/embed.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const entries = { "--engine": "ours.ts", "--tfjs": "peers/tfjs-wasm.mjs" };
const entry = entries[process.argv[2]] ?? "main.ts";
const outfile = join(root, "node_modules", ".cache", "bench", entry.replace(/\.\w+$/, ".mjs"));

/** TensorFlow.js keeps its gradients in modules that only a bundler can read. */
const gradients = {
  name: "gradients",
  setup({ onResolve }) {
    onResolve({ filter: /^@tensorflow\/tfjs-core\/dist\// }, ({ path }) => ({
      path: join(root, "node_modules", path),
    }));
  },
};

await build({
  entryPoints: [join(root, "test", "bench", entry)],
  outfile,
  bundle: true,
  format: "esm",
  platform: "node",
  packages: "external",
  plugins: [gradients, embedForEsbuild],
  logLevel: "warning",
});
await import(pathToFileURL(outfile).href);
