/** `sdec compile`: a model becomes a typed TypeScript module. */
import { basename } from "node:path";
import type { Call, Command } from "../command.js";
import { argument, flag, jsonOption, text } from "../command.js";
import { codeOf, compileFile, showDiagnostics } from "../compile-file.js";
import { exitCode, wrongCall } from "../exit.js";
import { writeWhole } from "../files.js";
import { isStage, printStage, stages } from "../stages.js";
import type { Terminal } from "../terminal.js";
import { paintOut, printJson } from "../terminal.js";
import type { Cycle } from "../watch.js";

export const compile: Command = {
  name: "compile",
  summary: "turn a model into a typed TypeScript module",
  details:
    "Writes FILE.sde.ts beside FILE.sde; with --js, or an --out that ends in .js or .mjs, JavaScript with a .d.ts beside it.\nWith --emit, prints what one stage of the compiler made of the file instead.",
  arguments: [{ name: "<file>", summary: "the .sde file" }],
  options: [
    { flags: "--js", summary: "write FILE.sde.js and FILE.sde.d.ts" },
    { flags: "-o, --out <file>", summary: "where the module goes; - is standard output" },
    {
      flags: "--emit <stage>",
      summary:
        "print a stage: tree (syntax), model (what the file declares), facts (what was derived), ir (all programs), grad (programs with gradients), ts",
      choices: stages,
    },
    { flags: "--runtime <specifier>", summary: "what the module imports its runtime from", default: "sdec/runtime" },
    jsonOption,
    { flags: "-w, --watch", summary: "compile again when a file changes, until Ctrl-C" },
  ],
  examples: [
    { line: "sdec compile moons.sde", does: "write moons.sde.ts" },
    { line: "sdec compile moons.sde --out src/moons.ts --watch", does: "keep a module up to date" },
    { line: "sdec compile moons.sde --emit grad", does: "see the differentiated programs" },
  ],
  run: async (call, terminal) => {
    if (!flag(call, "watch")) return (await cycle(call, terminal)).code;
    const { watchFiles } = await import("../watch.js");
    return watchFiles(() => cycle(call, terminal), terminal);
  },
};

async function cycle(call: Call, terminal: Terminal): Promise<Cycle> {
  const path = argument(call, 0);
  const stage = text(call, "emit");
  const out = text(call, "out") ?? `${path}.${flag(call, "js") ? "js" : "ts"}`;
  if (flag(call, "js") && !/\.m?js$|^-$/.test(out))
    throw wrongCall(`--js and --out ${out} disagree`, "an output name that ends in .js");
  if (out === path) throw wrongCall(`--out ${out} would overwrite the model itself`);
  const { compilation, files } = await compileFile(path);
  const code = codeOf(compilation.diagnostics);
  const { model, diagnostics } = compilation;
  const isJson = flag(call, "json");
  if (!isJson) await showDiagnostics(diagnostics, terminal);

  if (stage !== null && isStage(stage)) {
    // A stage before the failing one can still be seen: that is what one looks for.
    const printed = await printStage(stage, compilation);
    if (printed !== null) terminal.out(printed);
    return { files, code };
  }
  let written: string | null = null;
  if (model !== null && code === exitCode.fine) {
    const { emitDeclarations, emitJavaScript, emitModule } = await import("../../emit/index.js");
    const options = { runtimeImport: text(call, "runtime") ?? "sdec/runtime" };
    const isJavaScript = flag(call, "js") || /\.m?js$/.test(out);
    const module = isJavaScript ? emitJavaScript(model, options) : emitModule(model, options);
    if (out === "-") terminal.out(module);
    else {
      writeWhole(out, module);
      if (isJavaScript && out !== "-")
        writeWhole(out.replace(/\.(m?)js$/, ".d.$1ts"), emitDeclarations(model, options));
      written = out;
    }
  }
  if (isJson) {
    const { diagnosticToJson } = await import("../../diagnostics/json.js");
    printJson(terminal, { version: 1, file: path, written, diagnostics: diagnostics.map(diagnosticToJson) });
  } else if (written !== null) terminal.out(`${paintOut(terminal).green("✓")} ${basename(path)} → ${written}\n`);
  return { files, code };
}
