/** Row 16: what becomes of every file of the library and of the models: parsed, checked, lowered, run, or what is missing. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openModel } from "../../compiler/cli/open-model.js";
import { checkNames } from "../../compiler/check/names.js";
import { compile } from "../../compiler/index.js";
import { library } from "../../compiler/library.js";
import { parse } from "../../grammar/parse.js";
import type { Source } from "../../grammar/source.js";
import type { Figure } from "./figure.js";

const row = 16;
const texts = { library, read: () => null };

export async function measureLanguage(): Promise<readonly Figure[]> {
  const models = readdirSync(join("test", "language", "models")).sort();
  const figures: Figure[] = library.map(libraryFile);
  for (const name of models) figures.push(await modelFile({ name, text: readFileSync(join("test", "language", "models", name), "utf8") }));
  return figures;
}

/** The library's declarations are templates: parsed and checked here, specialised by the models and the other rows. */
function libraryFile(source: Source): Figure {
  const { file, diagnostics } = parse(source);
  const names = checkNames(file, { library: library.filter((other) => other !== source), read: () => null });
  const problems = [...diagnostics, ...names].map(({ code, message }) => `${code} ${message}`);
  return {
    row,
    what: source.name,
    measured: problems.length === 0 ? `parsed, checked: ${file.items.length} declarations` : problems.join("; "),
    bound: "parsed, checked",
    passed: problems.length === 0,
  };
}

async function modelFile(source: Source): Promise<Figure> {
  const { diagnostics, model } = compile(source, texts);
  const missing = new Set(diagnostics.filter(({ code }) => code === "SDE0901").map(({ message }) => message));
  const others = diagnostics.filter(({ code, severity }) => code !== "SDE0901" && severity === "error");
  const syntax = parse(source).diagnostics.length;
  const said = [...missing, ...others.map(({ code, message }) => `${code} ${message}`)].join(" ");
  const measured = model === null ? `parsed; refused: ${said}` : `parsed, checked, lowered${await runs(model)}`;
  return { row, what: source.name, measured, bound: "parsed, and run or one clear word on what is missing", passed: syntax === 0 && (model !== null || said !== "") };
}

async function runs(model: NonNullable<ReturnType<typeof compile>["model"]>): Promise<string> {
  const running = await openModel(model, "onnx", 0);
  try {
    for (const { name, parameters } of model.samplers) {
      if (parameters.every((parameter) => parameter.default !== null)) await running.sample[name]?.({ count: 2, seed: 0 });
    }
    return ", run";
  } finally {
    await running.dispose();
  }
}
