/** `npm run bench`: measures the compiled model beside its peers. `--quick`, `--only a,d`, `--write` (RESULTS.md). */
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { packageRoot } from "../../compiler/cli/package.js";
import { compare, measureAlone } from "./measure.js";
import { aloneTable, comparisonTable, machine, shareTable, sidesAndNotes } from "./report.js";
import type { Alone } from "./report.js";
import { alone, aloneEngines, pairing, sections } from "./sections.js";

const { values } = parseArgs({
  options: { quick: { type: "boolean" }, only: { type: "string" }, write: { type: "boolean" } },
});
const wanted = values.only?.split(",") ?? null;
const isWanted = (letter: string): boolean => wanted === null || wanted.includes(letter);
const pairs = values.quick === true ? 3 : 7;

const parts: string[] = [];
const print = (text: string): void => {
  parts.push(text);
  process.stdout.write(`${text}\n`);
};
const tell = (line: string): void => void process.stderr.write(`${line}\n`);

print(`# Benchmark\n\n${machine()}, onnxruntime-node ${versionOf("onnxruntime-node")}.
${pairs} pairs in turn; medians, and the median and range of the pairs' ratios. Random numbers included on all sides.\n`);
const sides = new Set<string>();
const notes = new Set<string>();
for (const section of sections.filter(({ letter }) => isWanted(letter))) {
  const compared = await compare([section], pairs, tell);
  compared.sides.forEach((side) => sides.add(side));
  compared.notes.forEach((note) => notes.add(note));
  if (compared.comparisons.length > 0) print(comparisonTable(section, compared.comparisons));
}
if (isWanted("f")) {
  const measured: Alone[] = [];
  for (const engine of aloneEngines) {
    const lines = alone(engine);
    tell(`f: ${engine}`);
    try {
      measured.push({ engine, lines, seconds: await measureAlone(engine, lines, values.quick === true ? 1 : 3) });
    } catch (error) {
      notes.add(error instanceof Error ? error.message : String(error));
    }
  }
  print(aloneTable(measured));
}
if (isWanted("g")) {
  tell("g: pairs of optimal transport");
  print(shareTable(pairing, await measureAlone("onnx", pairing, pairs)));
}
print(sidesAndNotes({ sides: [...sides], notes: [...notes] }));
if (values.write === true) writeFileSync(join(packageRoot(), "test", "bench", "RESULTS.md"), parts.join("\n"));

function versionOf(name: string): string {
  const manifest: unknown = createRequire(import.meta.url)(`${name}/package.json`);
  return typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "?";
}
