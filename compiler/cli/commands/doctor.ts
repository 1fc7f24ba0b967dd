/** `sdec doctor`: what does this machine have, and what is missing? */
import { flag, jsonOption } from "../command.js";
import type { Command } from "../command.js";
import { exitCode } from "../exit.js";
import { packageRoot, packageVersion } from "../package.js";
import { paintOut, printJson } from "../terminal.js";

export const doctor: Command = {
  name: "doctor",
  summary: "list the engines of this machine and what each lacks",
  details:
    "Runs a small program on every engine, says which one --engine auto takes and why, and what would make the others work.",
  arguments: [],
  options: [jsonOption],
  examples: [
    { line: "sdec doctor", does: "look before a long run" },
    { line: "sdec doctor --json", does: "the same for a script" },
  ],
  run: async (call, terminal) => {
    const { listEngines, openEngine } = await import("../../../runtime/engines/registry.js");
    const engines = await listEngines();
    const { engine: chosen, reason } = await openEngine("auto");
    await chosen.dispose();
    const about = {
      version: packageVersion(),
      installed: packageRoot(),
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
    };
    if (flag(call, "json")) printJson(terminal, { ...about, auto: { engine: chosen.name, reason }, engines });
    else {
      const paint = paintOut(terminal);
      terminal.out(`sdec ${about.version} in ${about.installed}\nnode ${about.node}, ${about.platform}\n\n`);
      const longest = Math.max(...engines.map(({ name }) => name.length));
      for (const { name, summary, lacks, remedy } of engines) {
        const isChosen = name === chosen.name;
        terminal.out(
          `${lacks === null ? paint.green("✓") : paint.dim("·")} ${name.padEnd(longest)}  ${summary}${isChosen ? paint.bold("  ← auto") : ""}\n`,
        );
        if (lacks !== null)
          terminal.out(`  ${" ".repeat(longest)}  ${paint.dim([`lacks: ${lacks}`, remedy].join(". "))}\n`);
      }
      terminal.out(`\nauto: ${reason}\n`);
    }
    return exitCode.fine;
  },
};
