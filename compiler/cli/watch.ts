/** How does a command run again when its files change? */
import { watch } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { exitCode } from "./exit.js";
import type { ExitCode } from "./exit.js";
import type { Terminal } from "./terminal.js";
import { paintErr } from "./terminal.js";

/** One cycle: what it read and how it ended. */
export interface Cycle {
  readonly files: readonly string[];
  readonly code: ExitCode;
}

/** Editors write in several steps; a cycle waits until they are done. */
const settleMs = 60;

/** Runs the cycle now and after every change of a file it read, until Ctrl-C. */
export async function watchFiles(cycle: () => Promise<Cycle>, terminal: Terminal): Promise<ExitCode> {
  const signal = terminal.interruption();
  let last = await cycle();
  while (!signal.aborted) {
    terminal.err(`${paintErr(terminal).dim("watching for changes; Ctrl-C ends")}\n`);
    await changeOf(last.files, signal);
    if (!signal.aborted) last = await cycle();
  }
  return last.code === exitCode.fine ? exitCode.fine : exitCode.modelIsWrong;
}

/** Folders are watched rather than files: an editor that replaces the file would take the watcher with it. */
function changeOf(files: readonly string[], signal: AbortSignal): Promise<void> {
  const wanted = new Set(files.map((file) => resolve(file)));
  const folders = new Set([...wanted].map((file) => dirname(file)));
  return new Promise((done) => {
    let timer: NodeJS.Timeout | null = null;
    const watchers = [...folders].map((folder) =>
      watch(folder, (_event, name) => {
        if (name === null || !wanted.has(resolve(folder, basename(name)))) return;
        if (timer !== null) clearTimeout(timer);
        timer = setTimeout(end, settleMs);
      }),
    );
    const end = (): void => {
      for (const watcher of watchers) watcher.close();
      if (timer !== null) clearTimeout(timer);
      signal.removeEventListener("abort", end);
      done();
    };
    signal.addEventListener("abort", end);
  });
}
