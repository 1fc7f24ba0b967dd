/** `sdec format`: one way to lay a model out. */
import { flag } from "../command.js";
import type { Command } from "../command.js";
import { exitCode } from "../exit.js";
import { readSource, writeWhole } from "../files.js";
import { showDiagnostics } from "../compile-file.js";
import { paintOut } from "../terminal.js";

export const format: Command = {
  name: "format",
  summary: "lay models out in the one standard way",
  details:
    "Rewrites the files in place. A file with a syntax error is left as it is and its errors are printed.\nExit code 1 if a file could not be formatted or, with --check, is not formatted.",
  arguments: [{ name: "<files...>", summary: "the .sde files" }],
  options: [{ flags: "--check", summary: "write nothing; name the files that are not formatted" }],
  examples: [
    { line: "sdec format moons.sde", does: "format one file" },
    { line: "sdec format --check models/*.sde", does: "for a test: fails if a file is not formatted" },
  ],
  run: async (call, terminal) => {
    const { format: formatSource } = await import("../../../grammar/format.js");
    const paint = paintOut(terminal);
    let isFine = true;
    for (const path of call.arguments) {
      const source = readSource(path);
      const { text, diagnostics } = await formatSource(source);
      if (diagnostics.length > 0) {
        await showDiagnostics(diagnostics, terminal);
        isFine = false;
      } else if (text === source.text) terminal.out(`${paint.dim(`${path} (unchanged)`)}\n`);
      else if (flag(call, "check")) {
        terminal.out(`${path} is not formatted\n`);
        isFine = false;
      } else {
        writeWhole(path, text);
        terminal.out(`${path}\n`);
      }
    }
    return isFine ? exitCode.fine : exitCode.modelIsWrong;
  },
};
