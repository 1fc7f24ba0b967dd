/**
 * How are the curves of training kept on disk? One line for each number, in the order run: statement, objective, what the
 * number is (`loss`, or a name that the objective reports), step of the statement, number. A step begins with its loss.
 */
import { existsSync, readFileSync } from "node:fs";
import { machineLacks } from "./exit.js";
import { reason, writeWhole } from "./files.js";
import { shortest } from "../../runtime/data/csv.js";

export interface CurveRow {
  readonly statement: number;
  readonly objective: string;
  readonly curve: string;
  readonly step: number;
  readonly value: number;
}

const heading = "statement,objective,curve,step,value";

export function writeCurves(path: string, rows: readonly CurveRow[]): void {
  const lines = rows.map(
    ({ statement, objective, curve, step, value }) => `${statement},${objective},${curve},${step},${shortest(value)}`,
  );
  writeWhole(path, `${[heading, ...lines].join("\n")}\n`);
}

/** The rows of a file; none where there is no file. */
export function readCurves(path: string): readonly CurveRow[] {
  if (!existsSync(path)) return [];
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw machineLacks(`cannot read ${path}: ${reason(error)}`);
  }
  const [first, ...lines] = text.trimEnd().split("\n");
  if (first !== heading) throw machineLacks(`${path} holds no curves of training: its first line is not "${heading}"`);
  return lines.map((line) => {
    const [statement = "", objective = "", curve = "", step = "", value = ""] = line.split(",");
    return { statement: Number(statement), objective, curve, step: Number(step), value: Number(value) };
  });
}

/** The rows of the first so many steps of a run. */
export function firstSteps(rows: readonly CurveRow[], count: number): readonly CurveRow[] {
  let steps = 0;
  const end = rows.findIndex(({ curve }) => curve === "loss" && (steps += 1) > count);
  return end < 0 ? rows : rows.slice(0, end);
}
