/**
 * Row 6 on engines that the tests' own packages do not bring. `node test/figures/by-hand/engines.mjs FOLDER ENGINE [MODEL…]`
 * A device simulated on a processor takes minutes for a model: name some.
 *
 * FOLDER needs the packages installed: onnxruntime-node, onnxruntime-web and those of the engines:
 *   tfjs-node-gpu  @tensorflow/tfjs-node-gpu with its addon built (against the library in the `tensorflow-cpu` wheel, say)
 *   tfjs-webgpu    @tensorflow/tfjs-core, @tensorflow/tfjs-backend-webgpu, webgpu
 *   onnx-webgpu    nothing more
 * WebGPU needs no GPU where Debian's packages chromium and libvulkan1 are:
 *   VK_ICD_FILENAMES=/usr/lib/chromium/vk_swiftshader_icd.json
 * The repository must be built: npm run build.
 */
import { cpSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { embedForEsbuild } from "../../../build/embed.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const [folder, engine, ...wanted] = process.argv.slice(2);
if (folder === undefined || engine === undefined) throw new Error("which folder, and which engine?");

// A copy below the folder finds the folder's packages, and no others.
const copy = join(resolve(folder), "sdec-copy");
rmSync(copy, { recursive: true, force: true });
for (const part of ["dist", "examples", "package.json"])
  cpSync(join(root, part), join(copy, part), { recursive: true });
const outfile = join(copy, "figures.mjs");
await build({
  stdin: {
    contents: `export { engineFigures } from "./test/figures/engines-agree.js";
      export { comparedModels } from "./test/figures/engine-models.js";`,
    resolveDir: root,
    loader: "ts",
  },
  outfile,
  bundle: true,
  format: "esm",
  platform: "node",
  external: ["@tensorflow/*", "onnxruntime-*", "webgpu", "prettier", "prettier/*", "esbuild", "canvas"],
  plugins: [embedForEsbuild],
  logLevel: "warning",
});
const { comparedModels, engineFigures } = await import(pathToFileURL(outfile).href);
const models = comparedModels().filter(({ name }) => wanted.length === 0 || wanted.includes(name));
const figures = await engineFigures([engine], models);
for (const { row, what, measured, bound, passed } of figures) {
  process.stdout.write(`| ${row} | ${what} | ${measured} | ${bound} | ${passed ? "yes" : "**no**"} |\n`);
}
writeFileSync(join(copy, "figures.json"), `${JSON.stringify(figures, null, 2)}\n`);
process.exit(figures.length > 0 && figures.every(({ passed }) => passed) ? 0 : 1);
