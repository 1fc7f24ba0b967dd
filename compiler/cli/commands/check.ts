/** `sdec check`: is the model right? */
import { codeOf, compileFile, showDiagnostics } from "../compile-file.js";
import type { Call, Command } from "../command.js";
import { flag, jsonOption } from "../command.js";
import { exitCode } from "../exit.js";
import type { Terminal } from "../terminal.js";
import { paintOut, printJson } from "../terminal.js";
import type { Cycle } from "../watch.js";

export const check: Command = {
  name: "check",
  summary: "say whether models are right",
  details:
    "Compiles the files without writing anything and prints what is wrong with them, and why.\nExit code 1 if there is an error.",
  arguments: [{ name: "<files...>", summary: "the .sde files" }],
  options: [jsonOption, { flags: "-w, --watch", summary: "check again when a file changes, until Ctrl-C" }],
  examples: [
    { line: "sdec check moons.sde", does: "check one model" },
    { line: "sdec check models/*.sde --json", does: "diagnostics for a script or an editor" },
    { line: "sdec check moons.sde --watch", does: "check at every save" },
  ],
  run: async (call, terminal) => {
    if (!flag(call, "watch")) return (await cycle(call, terminal)).code;
    const { watchFiles } = await import("../watch.js");
    return watchFiles(() => cycle(call, terminal), terminal);
  },
};

async function cycle(call: Call, terminal: Terminal): Promise<Cycle> {
  const results = [];
  for (const path of call.arguments) results.push({ path, ...(await compileFile(path)) });
  const all = results.flatMap(({ compilation }) => compilation.diagnostics);
  if (flag(call, "json")) {
    const { diagnosticToJson } = await import("../../diagnostics/json.js");
    printJson(terminal, {
      version: 1,
      files: results.map(({ path, compilation }) => ({
        file: path,
        diagnostics: compilation.diagnostics.map(diagnosticToJson),
      })),
    });
  } else {
    await showDiagnostics(all, terminal);
    const paint = paintOut(terminal);
    for (const { path, compilation } of results) {
      if (codeOf(compilation.diagnostics) === exitCode.fine) terminal.out(`${paint.green("✓")} ${path}\n`);
    }
  }
  return { files: results.flatMap(({ files }) => files), code: codeOf(all) };
}
