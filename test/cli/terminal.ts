/** A terminal for tests: what was written is kept as text. */
import { main } from "../../compiler/cli/main.js";
import type { ExitCode } from "../../compiler/cli/exit.js";
import type { Terminal } from "../../compiler/cli/terminal.js";

export interface Heard {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line in this process. */
export async function run(...words: readonly string[]): Promise<Heard> {
  let out = "";
  let err = "";
  const terminal: Terminal = {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    colourOut: false,
    colourErr: false,
    width: 100,
    isInteractive: false,
    interruption: () => new AbortController().signal,
  };
  const code = await main(words, terminal);
  return { code, out, err };
}
