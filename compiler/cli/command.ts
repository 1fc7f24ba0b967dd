/** What is a command? The table in commands.ts has one of these per verb; main.ts turns them into a command line. */
import type { ExitCode } from "./exit.js";
import { wrongCall } from "./exit.js";
import type { Terminal } from "./terminal.js";

export interface Command {
  readonly name: string;
  readonly summary: string;
  /** What --help says beyond the summary. */
  readonly details: string;
  /** In order; `<file>` is required, `[name]` may be left out, a trailing `...` takes the rest. */
  readonly arguments: readonly { readonly name: string; readonly summary: string }[];
  readonly options: readonly OptionSpec[];
  /** Command lines that work, each with what it does. */
  readonly examples: readonly { readonly line: string; readonly does: string }[];
  readonly run: (call: Call, terminal: Terminal) => Promise<ExitCode>;
}

export interface OptionSpec {
  /** As written: `--out <file>`, `--json`. */
  readonly flags: string;
  readonly summary: string;
  /** May be given several times. */
  readonly repeats?: true;
  /** One of these words. */
  readonly choices?: readonly string[];
  readonly default?: string;
}

/** A parsed command line. Everything is text as typed; the readers below say what it must be. */
export interface Call {
  readonly arguments: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
}

export const jsonOption: OptionSpec = { flags: "--json", summary: "print one JSON document on standard output" };

export function flag(call: Call, name: string): boolean {
  return call.options[name] === true;
}

export function text(call: Call, name: string): string | null {
  const value = call.options[name];
  return typeof value === "string" ? value : null;
}

export function texts(call: Call, name: string): readonly string[] {
  const value = call.options[name];
  return typeof value === "object" ? value : [];
}

export function argument(call: Call, index: number): string {
  return call.arguments[index] ?? "";
}

/** A whole number of at least `least`, or null where the option was not given. */
export function wholeNumber(call: Call, name: string, least: number): number | null {
  const value = text(call, name);
  if (value === null) return null;
  const number = Number(value);
  if (/^\d[\d_]*(e\d+)?$/i.test(value) && Number.isSafeInteger(number) && number >= least) return number;
  throw wrongCall(`--${dashed(name)} takes a whole number of at least ${least}, not "${value}"`);
}

/** `name=value` pairs by name; a lone value goes under "". */
export function pairs(call: Call, name: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const entry of texts(call, name)) {
    const at = entry.indexOf("=");
    const key = at === -1 ? "" : entry.slice(0, at);
    const value = entry.slice(at + 1);
    if (value === "") throw wrongCall(`--${dashed(name)} ${entry} has nothing after the "="`);
    if (found.has(key))
      throw wrongCall(`--${dashed(name)} gives ${key === "" ? "two values without a name" : `${key} twice`}`);
    found.set(key, value);
  }
  return found;
}

function dashed(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
