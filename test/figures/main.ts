/** `npm run figures`: measures every row and prints the report. `--rows 2,5` chooses, `--json FILE` keeps the numbers. */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Figure } from "./figure.js";
import { rows } from "./rows.js";

const { values } = parseArgs({ options: { rows: { type: "string" }, json: { type: "string" } } });
const wanted = values.rows === undefined ? null : new Set(values.rows.split(",").map(Number));
const chosen = rows.filter(({ row }) => wanted === null || wanted.has(row));
const all: Figure[] = [];
process.stdout.write("| # | what | measured | bound | | planted wrong variant |\n|---|---|---|---|---|---|\n");
for (const { row, title, measure } of chosen) {
  const start = performance.now();
  let figures: readonly Figure[];
  try {
    figures = await measure();
  } catch (error) {
    figures = [
      {
        row,
        what: title,
        measured: `threw: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`,
        bound: "",
        passed: false,
      },
    ];
  }
  all.push(...figures);
  for (const figure of figures) process.stdout.write(line(figure));
  process.stderr.write(`row ${row} took ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
}
const failed = all.filter((figure) => !figure.passed || figure.planted?.failed === false);
process.stdout.write(`\n${all.length} figures, ${failed.length} missed\n`);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(all, null, 2)}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;

function line({ row, what, measured, bound, passed, planted }: Figure): string {
  const wrong =
    planted === undefined ? "" : `${planted.what}: ${planted.measured}${planted.failed ? "" : " (NOT caught)"}`;
  return `| ${row} | ${what} | ${measured} | ${bound} | ${passed ? "yes" : "**no**"} | ${wrong} |\n`;
}
