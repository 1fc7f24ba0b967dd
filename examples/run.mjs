/** `node examples/run.mjs NAME`: compiles an example's model, bundles its app, runs it and draws what it left. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { compileExample, exampleNames, folder, sdec } from "./compile.mjs";

const [name = ""] = process.argv.slice(2);
if (!exampleNames().includes(name)) {
  console.error(`Usage: node examples/run.mjs NAME, one of ${exampleNames().join(", ")}`);
  process.exit(2);
}
const start = performance.now();
compileExample(name);
const app = join(folder, name, "app.mjs");
await build({
  entryPoints: [join(folder, name, "app.ts")],
  outfile: app,
  bundle: true,
  format: "esm",
  platform: "node",
  packages: "external",
  logLevel: "warning",
});
await import(pathToFileURL(resolve(app)).href);
const [samples, data] = ["samples", "data"].map((file) => join(folder, name, "run", `${file}.csv`));
const picture = join(folder, name, name);
if (existsSync(samples)) {
  sdec(
    "plot",
    "samples",
    samples,
    "--data",
    data,
    "--title",
    name,
    "--out",
    `${picture}.svg`,
    "--out",
    `${picture}.png`,
  );
}
const curves = join(folder, name, "run", "curves.csv");
if (existsSync(curves)) {
  const pictures = ["svg", "png"].flatMap((ending) => ["--out", `${picture}-curves.${ending}`]);
  sdec("plot", "curve", curves, "--title", name, ...pictures);
}
const table = join(folder, name, "run", "lines.csv");
if (existsSync(table)) sdec("plot", "lines", table, "--title", name, "--out", `${picture}-lines.png`);
console.log(`${((performance.now() - start) / 1000).toFixed(1)} s in all`);
