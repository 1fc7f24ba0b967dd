/** What does a command see of the terminal and the process it runs in? Tests hand in their own. */
import pico from "picocolors";

export interface Terminal {
  /** Results: what a pipe should receive. */
  readonly out: (text: string) => void;
  /** Messages, progress, diagnostics. */
  readonly err: (text: string) => void;
  readonly colourOut: boolean;
  readonly colourErr: boolean;
  readonly width: number;
  /** Somebody watches the messages, so lines may be redrawn. */
  readonly isInteractive: boolean;
  /** Asks for Ctrl-C to be handed over instead of ending the process; a second Ctrl-C ends it all the same. */
  readonly interruption: () => AbortSignal;
}

export function processTerminal(): Terminal {
  const interruption = new AbortController();
  let isHandedOver = false;
  process.on("SIGINT", () => {
    if (!isHandedOver || interruption.signal.aborted) process.exit(130);
    interruption.abort();
  });
  // A reader that went away (`sdec explain | head`) is no error of the writer.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  const isPlain = process.env["NO_COLOR"] !== undefined && process.env["NO_COLOR"] !== "";
  const isForced = process.env["FORCE_COLOR"] !== undefined && process.env["FORCE_COLOR"] !== "0";
  const colourOn = (stream: NodeJS.WriteStream): boolean =>
    !isPlain && (isForced || (stream.isTTY === true && process.env["TERM"] !== "dumb"));
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    colourOut: colourOn(process.stdout),
    colourErr: colourOn(process.stderr),
    width: process.stderr.columns ?? process.stdout.columns ?? 100,
    isInteractive: process.stderr.isTTY === true && process.env["TERM"] !== "dumb",
    interruption: () => {
      isHandedOver = true;
      return interruption.signal;
    },
  };
}

export type Paint = ReturnType<typeof pico.createColors>;

export function paintOut(terminal: Terminal): Paint {
  return pico.createColors(terminal.colourOut);
}

export function paintErr(terminal: Terminal): Paint {
  return pico.createColors(terminal.colourErr);
}

export function printJson(terminal: Terminal, value: unknown): void {
  terminal.out(`${JSON.stringify(value, null, 2)}\n`);
}
