/**
 * Bundles and runs the benchmark: TypeScript without a build step of its own. With `--engine NAME`, the worker that
 * measures the compiled model on one engine. The runtime is the one in dist.
 */
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { embedForEsbuild } from "../../build/embed.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const entry = process.argv[2] === "--engine" ? "ours" : "main";
const outfile = join(root, "node_modules", ".cache", "bench", `${entry}.mjs`);
await build({
  entryPoints: [join(root, "test", "bench", `${entry}.ts`)],
  outfile,
  bundle: true,
  format: "esm",
  platform: "node",
  packages: "external",
  plugins: [embedForEsbuild],
  logLevel: "warning",
});
await import(pathToFileURL(outfile).href);
