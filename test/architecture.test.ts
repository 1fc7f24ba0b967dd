/** Do the arrows point one way, and is each file short enough to be held on a screen or two? */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

function filesUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => posix.join(folder, name.replaceAll("\\", "/")));
}

const files = ["grammar", "compiler", "runtime"].flatMap(filesUnder);

/** The files of the repository that a file imports, types included. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), "utf8");
  const found = text.matchAll(/(?:^|\n)\s*(?:import|export)[^;]*?from "(\.[^"]+)"|import\("(\.[^"]+)"\)/g);
  return [...found].map(([, fixed, lazy]) => {
    const target = fixed ?? lazy ?? "";
    return relative(root, join(root, dirname(file), target))
      .replaceAll("\\", "/")
      .replace(/\.js$/, ".ts");
  });
}

/** From a folder: what it may import. The most specific folder counts. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  grammar: ["grammar"],
  runtime: ["runtime"],
  "compiler/calculus": ["compiler/calculus", "grammar/source.ts"],
  "compiler/diagnostics": ["compiler/diagnostics", "compiler/embed.d.ts", "grammar"],
  // The float64 reference engine folds constants: one set of kernels, not two.
  "compiler/ir": [
    "compiler/ir",
    "compiler/internal-error.ts",
    "grammar/source.ts",
    "runtime/ops.ts",
    "runtime/engines/reference.ts",
  ],
  "compiler/transport": ["compiler/transport", "compiler/ir"],
  "compiler/check": ["compiler/check", "compiler/evaluate", "compiler/diagnostics", "grammar"],
  // The draws that estimate a mean before training are those of the runtime's generator.
  "compiler/evaluate": [
    "compiler/evaluate",
    "compiler/transport",
    "compiler/calculus",
    "compiler/ir",
    "compiler/diagnostics",
    "compiler/internal-error.ts",
    "grammar",
    "runtime/specification.ts",
    "runtime/bijection.ts",
    "runtime/ops.ts",
    "runtime/random/stream.ts",
  ],
  "compiler/lower": [
    "compiler/lower",
    "compiler/transport",
    "compiler/evaluate",
    "compiler/calculus",
    "compiler/ir",
    "compiler/diagnostics",
    "compiler/internal-error.ts",
    "grammar",
    "runtime/specification.ts",
    "runtime/bijection.ts",
    "runtime/ops.ts",
  ],
  "compiler/emit": [
    "compiler/emit",
    "compiler/ir",
    "compiler/lower/model.ts",
    "compiler/internal-error.ts",
    "compiler/embed.d.ts",
    "grammar/source.ts",
    "runtime/specification.ts",
    "runtime/ops.ts",
  ],
};

describe("imports", () => {
  const folders = Object.keys(allowed).sort((a, b) => b.length - a.length);
  for (const file of files) {
    const folder = folders.find((candidate) => file.startsWith(`${candidate}/`));
    if (folder === undefined) continue;
    const wrong = importsOf(file).filter(
      (target) => !(allowed[folder] ?? []).some((prefix) => target === prefix || target.startsWith(`${prefix}/`)),
    );
    if (wrong.length > 0) it(`${file} stays within its arrows`, () => expect(wrong).toEqual([]));
  }
  it("were read at all", () => expect(importsOf("compiler/lower/solver.ts").length).toBeGreaterThan(5));
});

describe("files", () => {
  it("are at most 500 lines long", () => {
    const long = files.filter((file) => readFileSync(join(root, file), "utf8").split("\n").length > 500);
    expect(long).toEqual([]);
  });
  it("begin by saying what they answer", () => {
    const silent = files.filter((file) => !/^(?:#!.*\n)?\/\*\*/.test(readFileSync(join(root, file), "utf8")));
    expect(silent).toEqual([]);
  });
  it("have neither `any` nor suppressed checks nor open ends", () => {
    const loose = files.filter((file) =>
      /:\s*any\s*[;,)=\]}|&>]|\bas any\b|@ts-(?:ignore|expect-error)|\bTODO\b|\bFIXME\b/.test(
        readFileSync(join(root, file), "utf8"),
      ),
    );
    expect(loose).toEqual([]);
  });
  it("of pure stages touch neither files, clocks, terminals nor ambient randomness", () => {
    const pure = files.filter((file) => /^(?:grammar|compiler\/(?!cli\/|library))/.test(file));
    const impure = pure.filter((file) =>
      /\bMath\.random\b|\bDate\b|\bconsole\.|\bprocess\.(?:env|argv|cwd|std)|from "node:/.test(
        readFileSync(join(root, file), "utf8"),
      ),
    );
    expect(impure).toEqual([]);
  });
});
