/** How is a training curve kept on disk? One line a step, in the order run: statement, objective, step of the statement, loss. */
import { existsSync, readFileSync } from "node:fs";
import { machineLacks } from "./exit.js";
import { reason, writeWhole } from "./files.js";
import { shortest } from "../../runtime/data/csv.js";

export interface LossRow {
  readonly statement: number;
  readonly objective: string;
  readonly step: number;
  readonly loss: number;
}

const heading = "statement,objective,step,loss";

export function writeLosses(path: string, rows: readonly LossRow[]): void {
  const lines = rows.map(
    ({ statement, objective, step, loss }) => `${statement},${objective},${step},${shortest(loss)}`,
  );
  writeWhole(path, `${[heading, ...lines].join("\n")}\n`);
}

/** The rows of a file; none where there is no file. */
export function readLosses(path: string): readonly LossRow[] {
  if (!existsSync(path)) return [];
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw machineLacks(`cannot read ${path}: ${reason(error)}`);
  }
  const [first, ...lines] = text.trimEnd().split("\n");
  if (first !== heading) throw machineLacks(`${path} is not a training curve: its first line is not "${heading}"`);
  return lines.map((line) => {
    const [statement = "", objective = "", step = "", loss = ""] = line.split(",");
    return { statement: Number(statement), objective, step: Number(step), loss: Number(loss) };
  });
}
