/** How does a `.sde` file on disk become a compilation whose messages have been shown? */
import type { Diagnostic } from "../../grammar/diagnostic.js";
import type { Compilation } from "../index.js";
import type { LoweredModel } from "../lower/model.js";
import { exitCode, Stop } from "./exit.js";
import type { ExitCode } from "./exit.js";
import { readSource, readTextOrNull } from "./files.js";
import type { Terminal } from "./terminal.js";

export interface CompiledFile {
  readonly compilation: Compilation;
  /** The file itself and everything it imported or tried to import. */
  readonly files: readonly string[];
}

export async function compileFile(path: string): Promise<CompiledFile> {
  const [{ compile }, { library }] = await Promise.all([import("../index.js"), import("../library.js")]);
  const files = [path];
  const compilation = compile(readSource(path), {
    library,
    read: (imported) => {
      files.push(imported);
      return readTextOrNull(imported);
    },
  });
  return { compilation, files };
}

/** The model of a file, or an end of the command with the file's errors shown. */
export async function modelOf(
  path: string,
  terminal: Terminal,
): Promise<{ readonly compilation: Compilation; readonly model: LoweredModel }> {
  const { compilation } = await compileFile(path);
  await showDiagnostics(compilation.diagnostics, terminal);
  const { model } = compilation;
  if (model === null || codeOf(compilation.diagnostics) !== exitCode.fine) {
    throw new Stop(exitCode.modelIsWrong, `${path} does not compile`);
  }
  return { compilation, model };
}

export async function showDiagnostics(diagnostics: readonly Diagnostic[], terminal: Terminal): Promise<void> {
  if (diagnostics.length === 0) return;
  const { renderDiagnostics, summary } = await import("../diagnostics/render.js");
  terminal.err(renderDiagnostics(diagnostics, { colour: terminal.colourErr, width: terminal.width }));
  const worst = diagnostics.find(({ severity }) => severity === "error") ?? diagnostics[0];
  terminal.err(
    `\n${summary(diagnostics) ?? ""}${worst === undefined ? "" : `; \`sdec explain ${worst.code}\` says more`}\n`,
  );
}

export function codeOf(diagnostics: readonly Diagnostic[]): ExitCode {
  return diagnostics.some(({ severity }) => severity === "error") ? exitCode.modelIsWrong : exitCode.fine;
}
