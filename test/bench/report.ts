/** How do the measurements read? Markdown tables, with the machine they were made on. */
import { availableParallelism, cpus } from "node:os";
import { digits, median } from "../figures/figure.js";
import type { Compared, Comparison } from "./measure.js";
import type { Line, Section } from "./sections.js";
import type { OwnMeasurement, PairRequest } from "./workload.js";

export function machine(): string {
  const model = cpus()[0]?.model.trim() ?? "unknown processor";
  return `${model}, ${availableParallelism()} cores, Node ${process.versions.node}`;
}

export function comparisonTable(section: Section, comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(({ what, request, peerTitle, ours, theirs, ratios }) => {
    const cells = [
      what,
      peerTitle,
      amount(request, median(ours)),
      amount(request, median(theirs)),
      `**${digits(median(ratios))}**`,
    ];
    return [...cells, `${digits(Math.min(...ratios))} … ${digits(Math.max(...ratios))}`];
  });
  return `### ${section.letter}. ${section.title}\n\n${table(["", "peer", `sdec, ${section.engine}`, "peer", "times faster", "range"], rows)}`;
}

/** Seconds of each line, by engine. */
export interface Alone {
  readonly engine: string;
  readonly lines: readonly Line[];
  readonly seconds: readonly (readonly number[])[];
}

export function aloneTable(measured: readonly Alone[]): string {
  const rows = measured.flatMap(({ engine, lines, seconds }) =>
    lines.map(({ what, request }, i) => [engine, what, amount(request, median(seconds[i] ?? []))]),
  );
  return `### f. The compiled model on each engine that is present\n\n${table(["engine", "", ""], rows)}`;
}

/** Seconds without a plan in each step, and with one. */
export function shareTable(lines: readonly Line<PairRequest>[], seconds: readonly (readonly number[])[]): string {
  const [without = Number.NaN, withPlan = Number.NaN] = seconds.map(median);
  const rows = lines.map(({ what, request }, i) => [what, amount(request, median(seconds[i] ?? []))]);
  rows.push(["share of the plan in a step", `**${digits(1 - without / withPlan)}**`]);
  return `### g. Flow matching in pairs of optimal transport: batch 256, width 128, epsilon 0.05, tolerance 1e-3\n\n${table(["", "sdec, onnx"], rows)}`;
}

export function sidesAndNotes({ sides, notes }: Pick<Compared, "sides" | "notes">): string {
  return [...sides, ...notes].map((line) => `- ${line}\n`).join("");
}

function amount(request: OwnMeasurement, seconds: number): string {
  return request.task !== "sample" ? `${digits(request.steps / seconds)} steps/s` : `${digits(seconds)} s`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  return line(head) + line(head.map(() => "---")) + rows.map(line).join("");
}
