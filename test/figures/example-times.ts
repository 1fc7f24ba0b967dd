/** Row 37: every example of examples/ from its text to its picture, each by the command of the README. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Figure } from "./figure.js";

const row = 37;
const most = 120;

export async function measureExampleTimes(): Promise<readonly Figure[]> {
  const names = readdirSync("examples")
    .filter((name) => existsSync(join("examples", name, "app.ts")))
    .sort();
  const figures = names.map((name): Figure => {
    const begun = performance.now();
    const { status, stdout, stderr } = spawnSync(process.execPath, [join("examples", "run.mjs"), name], {
      encoding: "utf8",
      timeout: 600_000,
    });
    const seconds = (performance.now() - begun) / 1000;
    const said = status === 0 ? (stdout.trim().split("\n").at(-2) ?? "") : (stderr.trim().split("\n").at(-1) ?? "");
    return {
      row,
      what: `examples/${name}`,
      measured: `${seconds.toFixed(1)} s; ${said}`,
      bound: `< ${most} s, training and all`,
      passed: status === 0 && seconds < most,
    };
  });
  return Promise.resolve(figures);
}
