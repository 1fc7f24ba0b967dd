/** `sdec derive`: what follows from the equations of a model? */
import { argument, flag, jsonOption, pairs } from "../command.js";
import type { Command } from "../command.js";
import { codeOf, compileFile, showDiagnostics } from "../compile-file.js";
import { wrongCall } from "../exit.js";
import type { DerivedProcess } from "../../index.js";
import { printJson } from "../terminal.js";

export const derive: Command = {
  name: "derive",
  summary: "show the mathematics derived from a model",
  details:
    "Prints kernels, moments, reverse processes, flows and conversions of each process, with the steps that lead there, and of which bound the weight and the times of an objective make it.",
  arguments: [
    { name: "<file>", summary: "the .sde file" },
    { name: "[process]", summary: "one process; all without it" },
  ],
  options: [
    { flags: "--latex", summary: "write the processes as LaTeX" },
    {
      flags: "--at <name=number>",
      summary: "with --json: numbers at this time, state (x0=1) or parameter",
      repeats: true,
    },
    jsonOption,
  ],
  examples: [
    { line: "sdec derive moons.sde", does: "everything derived from the file" },
    { line: "sdec derive moons.sde vp --latex", does: "one process, to paste into a paper" },
    { line: "sdec derive moons.sde --json --at t=0.3 --at x0=1", does: "expressions, and their numbers there" },
  ],
  run: async (call, terminal) => {
    const { compilation } = await compileFile(argument(call, 0));
    const isJson = flag(call, "json");
    if (!isJson) await showDiagnostics(compilation.diagnostics, terminal);
    const wanted = argument(call, 1);
    const processes = compilation.processes.filter(({ name }) => wanted === "" || name === wanted);
    if (wanted !== "" && processes.length === 0)
      throw await unknownProcess(
        wanted,
        compilation.processes.map(({ name }) => name),
      );
    const values = numbersOf(pairs(call, "at"));
    checkTimes(values, processes);
    const { factsToLatex, factsToText, showNumber } = await import("../../calculus/show.js");
    const { weightingsToJson } = await import("../derived-weighting.js");
    const objectives = wanted === "" ? weightingsToJson(compilation.objectives) : [];
    if (isJson) {
      const { diagnosticToJson } = await import("../../diagnostics/json.js");
      const { derivedToJson } = await import("../derived-json.js");
      printJson(terminal, {
        version: 1,
        processes: processes.map((process) => derivedToJson(process, values)),
        objectives,
        diagnostics: compilation.diagnostics.map(diagnosticToJson),
      });
    } else if (flag(call, "latex")) terminal.out(processes.map(factsToLatex).join("\n"));
    else {
      const texts = processes.map(
        (process) => factsToText(process) + paramLines(process) + priorLine(process, showNumber),
      );
      terminal.out([...texts, ...objectives.map(({ text }) => text)].join("\n"));
    }
    return codeOf(compilation.diagnostics);
  },
};

/** A time to evaluate at is one of every process that calls its time so. */
function checkTimes(values: ReadonlyMap<string, number>, processes: readonly DerivedProcess[]): void {
  for (const {
    name,
    time,
    range: [low, high],
  } of processes) {
    const at = values.get(time);
    if (at !== undefined && !(at >= low && at <= high))
      throw wrongCall(`--at ${time}=${at} lies outside of the range of ${name}, [${low}, ${high}]`);
  }
}

function numbersOf(given: ReadonlyMap<string, string>): ReadonlyMap<string, number> {
  return new Map(
    [...given].map(([name, written]) => {
      const value = Number(written);
      if (name === "" || !Number.isFinite(value))
        throw wrongCall(`--at ${name}${name === "" ? "" : "="}${written} gives no number`, "--at t=0.3 --at x0=1");
      return [name, value];
    }),
  );
}

/** How far the claimed law is from the one derived; empty where nothing is claimed or comparable. */
function priorLine({ prior }: DerivedProcess, write: (value: number) => string): string {
  if (prior === null) return "";
  const { claimed, verdict } = prior;
  return `  claimed: mean ${write(claimed.mean)}, standard deviation ${write(claimed.std)}; KL ${verdict.kl.toPrecision(2)} nats per dimension (at most ${verdict.tolerance} is accepted)\n`;
}

/** What is learned, and where it starts. */
function paramLines({ params }: DerivedProcess): string {
  return params
    .map(({ name, space: { space, low, high }, start }) => {
      const isInterval = low !== null && high !== null && space !== "Unit";
      return `  ${name} is learned: ${space}${isInterval ? ` in [${low}, ${high}]` : ""}, starts at ${Number(start.toPrecision(6))}\n`;
    })
    .join("");
}

async function unknownProcess(wanted: string, names: readonly string[]): Promise<Error> {
  const { suggest } = await import("../../diagnostics/suggest.js");
  const near = suggest(wanted, names);
  const known = names.length === 0 ? "the file declares no process" : `the file has ${names.join(", ")}`;
  return wrongCall(`there is no process ${wanted}`, near === null ? known : `did you mean ${near}?`);
}
