/** How does long work say how far it is? A bar where somebody watches, a line now and then where a log is written. */
import type { Terminal } from "./terminal.js";

export interface Progress {
  /** `done` of `total`, with a few words on the state of things. */
  readonly report: (done: number, total: number, words: string) => void;
  readonly stop: () => void;
}

/** A log gets a line at this distance at most. */
const lineEveryMs = 10_000;

export async function showProgress(label: string, terminal: Terminal): Promise<Progress> {
  return terminal.isInteractive ? bar(label) : lines(label, terminal);
}

async function bar(label: string): Promise<Progress> {
  const { default: cliProgress } = await import("cli-progress");
  const format = `${label} {bar} {percentage} % · {words} · {eta_formatted} left`;
  const shown = new cliProgress.SingleBar(
    { format, hideCursor: true, clearOnComplete: true, barsize: 24, stream: process.stderr, etaBuffer: 50 },
    cliProgress.Presets.shades_classic,
  );
  let isStarted = false;
  return {
    report: (done, total, words) => {
      if (!isStarted) shown.start(total, done, { words });
      isStarted = true;
      shown.setTotal(total);
      shown.update(done, { words });
    },
    stop: () => shown.stop(),
  };
}

function lines(label: string, terminal: Terminal): Progress {
  let last = performance.now();
  return {
    report: (done, total, words) => {
      const now = performance.now();
      if (now - last < lineEveryMs && done < total) return;
      last = now;
      terminal.err(`${label}: ${Math.floor((100 * done) / total)} % · ${words}\n`);
    },
    stop: () => {},
  };
}
