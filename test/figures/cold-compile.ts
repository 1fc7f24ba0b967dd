/** Row 12: how long does `sdec compile` of two-moons take in a cold process of the packed command line? */
import { spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../../compiler/cli/package.js";
import type { Figure } from "./figure.js";
import { median, range } from "./figure.js";
import { packedCli } from "./package-install.js";

const runs = 9;

export function measureColdCompile(): Promise<readonly Figure[]> {
  const cli = packedCli();
  const model = join(packageRoot(), "examples", "two-moons", "two-moons.sde");
  const out = join(mkdtempSync(join(tmpdir(), "sdec-cold-")), "two-moons.sde.ts");
  const seconds = Array.from({ length: runs }, () => timed([cli, "compile", model, "--out", out]));
  // The time of an empty process tells how much of it is Node's own.
  const empty = Array.from({ length: runs }, () => timed(["-e", "0"]));
  const measured = `${range(seconds)}, of which ${range(empty)} an empty Node process`;
  return Promise.resolve([
    {
      row: 12,
      what: `sdec compile two-moons, cold process of the packed CLI, seconds, median of ${runs}`,
      measured,
      bound: "< 0.5",
      passed: median(seconds) < 0.5,
    },
  ]);
}

function timed(words: readonly string[]): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, words, { encoding: "utf8" });
  if (status !== 0) throw new Error(`node ${words.join(" ")}: ${stderr}`);
  return (performance.now() - start) / 1000;
}
