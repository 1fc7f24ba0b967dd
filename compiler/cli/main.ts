/** How does a command line become an exit code? */
import { Command as CommanderCommand, CommanderError, Option } from "commander";
import type { Call, Command } from "./command.js";
import { commands } from "./commands.js";
import { exitCode, Stop } from "./exit.js";
import type { ExitCode } from "./exit.js";
import { packageVersion } from "./package.js";
import type { Terminal } from "./terminal.js";
import { paintErr } from "./terminal.js";

/** Runs one command line (without `node` and the script) and says how it ended. Throws never. */
export async function main(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let ended: ExitCode = exitCode.fine;
  const program = commandLine(terminal, (code) => (ended = code));
  try {
    if (words.length === 0) {
      terminal.err(program.helpInformation());
      return exitCode.callIsWrong;
    }
    await program.parseAsync([...words], { from: "user" });
    return ended;
  } catch (error) {
    return report(error, words, terminal);
  }
}

function commandLine(terminal: Terminal, onEnd: (code: ExitCode) => void): CommanderCommand {
  const program = new CommanderCommand("sdec")
    .description("Compiles, trains and samples stochastic generative models written in .sde files.")
    .version(packageVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "say what a command does")
    .addHelpText("after", "\nsdec COMMAND --help shows a command's options and examples.\n");
  settle(program, terminal);
  for (const command of commands) program.addCommand(subcommand(command, terminal, onEnd));
  return program;
}

function subcommand(command: Command, terminal: Terminal, onEnd: (code: ExitCode) => void): CommanderCommand {
  const sub = new CommanderCommand(command.name)
    .summary(command.summary)
    .description(`${command.summary}\n\n${command.details}`);
  settle(sub, terminal);
  for (const { name, summary } of command.arguments) sub.argument(name, summary);
  for (const { flags, summary, choices, default: standard, repeats } of command.options) {
    const option = new Option(flags, summary);
    if (choices !== undefined) option.choices([...choices]);
    if (standard !== undefined) option.default(standard);
    if (repeats === true)
      option.argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value]);
    sub.addOption(option);
  }
  const longest = Math.max(...command.examples.map(({ line }) => line.length));
  const examples = command.examples.map(({ line, does }) => `  ${line.padEnd(longest)}  ${does}`);
  sub.addHelpText("after", `\nExamples:\n${examples.join("\n")}\n`);
  sub.action(async () => {
    const call: Call = { arguments: sub.args, options: sub.opts() };
    onEnd(await command.run(call, terminal));
  });
  return sub;
}

/** Commander must neither write past the terminal nor end the process. */
function settle(command: CommanderCommand, terminal: Terminal): void {
  command.exitOverride().configureOutput({
    writeOut: terminal.out,
    writeErr: terminal.err,
    getOutHelpWidth: () => Math.min(terminal.width, 110),
    getErrHelpWidth: () => Math.min(terminal.width, 110),
    getOutHasColors: () => terminal.colourOut,
    getErrHasColors: () => terminal.colourErr,
  });
}

function report(error: unknown, words: readonly string[], terminal: Terminal): ExitCode {
  // Commander has printed its message already; help and version asked for are no errors.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.fine : exitCode.callIsWrong;
  const paint = paintErr(terminal);
  if (error instanceof Stop) {
    if (error.code === exitCode.interrupted) terminal.err(`${error.message}\n`);
    else terminal.err(`${paint.bold(paint.red("error"))}: ${error.message}\n`);
    if (error.help !== null) terminal.err(`${paint.green("help")}: ${error.help}\n`);
    return error.code;
  }
  const known = runtimeFailure(error);
  if (known !== null) {
    terminal.err(`${paint.bold(paint.red("error"))}: ${known.message}\n`);
    return known.code;
  }
  terminal.err(
    [
      `${paint.bold(paint.red("bug"))}: sdec ${packageVersion()} failed in a way that is its own fault, not yours.`,
      "",
      error instanceof Error ? (error.stack ?? error.message) : String(error),
      "",
      "Please report this with the .sde file and the lines below:",
      `  sdec ${words.join(" ")}`,
      `  sdec ${packageVersion()}, node ${process.version}, ${process.platform}-${process.arch}`,
      "",
    ].join("\n"),
  );
  return exitCode.ourBug;
}

/**
 * What the runtime throws on purpose, told by its name: importing its classes would load the runtime for every command.
 */
function runtimeFailure(error: unknown): { readonly message: string; readonly code: ExitCode } | null {
  if (!(error instanceof Error)) return null;
  if (error.name === "EngineUnavailable") return { message: error.message, code: exitCode.machineLacks };
  if (error.name !== "SdecError" && error.name !== "NonFiniteError") return null;
  const code = "code" in error ? runtimeCodes[String(error.code)] : undefined;
  return { message: error.message, code: code ?? exitCode.machineLacks };
}

const runtimeCodes: Readonly<Record<string, ExitCode>> = {
  data: exitCode.callIsWrong,
  parameter: exitCode.callIsWrong,
  option: exitCode.callIsWrong,
  checkpoint: exitCode.machineLacks,
  fingerprint: exitCode.machineLacks,
  engine: exitCode.machineLacks,
  file: exitCode.machineLacks,
  "non-finite": exitCode.modelIsWrong,
  "step-size": exitCode.modelIsWrong,
  aborted: exitCode.interrupted,
};
