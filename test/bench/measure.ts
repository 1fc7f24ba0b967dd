/** How do two sides compare on a machine whose speed wanders? In turn, pair by pair, and by the median of the ratios. */
import { join } from "node:path";
import { packageRoot } from "../../compiler/cli/package.js";
import { findPeers } from "./peers.js";
import type { PeerName } from "./peers.js";
import type { Line, Section } from "./sections.js";
import { openWorker } from "./worker.js";
import type { Worker } from "./worker.js";
import type { Measurement, OwnMeasurement } from "./workload.js";

export interface Comparison {
  readonly section: string;
  readonly what: string;
  readonly request: Measurement;
  readonly peer: PeerName;
  readonly peerTitle: string;
  /** Seconds, pair by pair. */
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
  /** theirs / ours, pair by pair: how many times faster the compiled model is. */
  readonly ratios: readonly number[];
}

export interface Compared {
  readonly comparisons: readonly Comparison[];
  /** Versions of all sides. */
  readonly sides: readonly string[];
  readonly notes: readonly string[];
}

/** Only one process computes at a time: threads that wait by spinning would slow the others. */
export async function compare(
  sections: readonly Section[],
  pairs: number,
  onLine: (line: string) => void,
): Promise<Compared> {
  const peers = findPeers(packageRoot());
  const comparisons: Comparison[] = [];
  const sides = new Set<string>();
  const notes = new Set<string>();
  for (const section of sections) {
    for (const peer of peers.filter(({ name }) => section.peers.includes(name))) {
      if ("lacks" in peer.command) {
        notes.add(`${peer.title} not measured: ${peer.command.lacks}`);
        continue;
      }
      const ours = await openWorker(ownCommand(section.engine));
      const theirs = await openWorker(peer.command);
      try {
        for (const side of [ours, theirs]) sides.add(side.about);
        for (const line of section.lines) {
          onLine(`${section.letter}: ${line.what} against ${peer.title}`);
          const seconds = await inTurn(ours, theirs, line, pairs);
          const { what, request } = line;
          comparisons.push({
            section: section.letter,
            what,
            request,
            peer: peer.name,
            peerTitle: peer.title,
            ...seconds,
          });
        }
      } finally {
        ours.close();
        theirs.close();
      }
    }
  }
  return { comparisons, sides: [...sides], notes: [...notes] };
}

/** The compiled model's own seconds for each line. */
export async function measureAlone(
  engine: string,
  lines: readonly Line<OwnMeasurement>[],
  times: number,
): Promise<readonly number[][]> {
  const worker = await openWorker(ownCommand(engine));
  try {
    const all: number[][] = [];
    for (const { request } of lines) {
      const seconds: number[] = [];
      for (let i = 0; i < times; i++) seconds.push(await worker.measure(request));
      all.push(seconds);
    }
    return all;
  } finally {
    worker.close();
  }
}

async function inTurn(
  ours: Worker,
  theirs: Worker,
  { request }: Line,
  pairs: number,
): Promise<Pick<Comparison, "ours" | "theirs" | "ratios">> {
  const own: number[] = [];
  const other: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    own.push(await ours.measure(request));
    other.push(await theirs.measure(request));
  }
  return { ours: own, theirs: other, ratios: own.map((seconds, i) => (other[i] ?? Number.NaN) / seconds) };
}

function ownCommand(engine: string): readonly string[] {
  return [process.execPath, join(packageRoot(), "test", "bench", "run.mjs"), "--engine", engine];
}
