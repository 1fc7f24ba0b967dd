/** What does a diagnostic look like on a terminal? */
import pico from "picocolors";
import { positionOf } from "../../grammar/source.js";
import type { Span } from "../../grammar/source.js";
import type { Diagnostic, Severity } from "../../grammar/diagnostic.js";
import { layOut, visible, widthOf } from "./text-width.js";

export interface RenderOptions {
  readonly colour: boolean;
  /** Cells of the terminal; longer source lines are shown around the place that matters. */
  readonly width: number;
}

/** More than this many messages help nobody; the rest is counted. */
const mostShown = 50;

export function renderDiagnostics(diagnostics: readonly Diagnostic[], options: RenderOptions): string {
  const shown = diagnostics.slice(0, mostShown).map((diagnostic) => renderDiagnostic(diagnostic, options));
  const hidden = diagnostics.length - shown.length;
  if (hidden > 0) shown.push(`… and ${count(hidden, "message")} more; mend the first ones and look again\n`);
  return shown.join("\n");
}

/** Title, a frame of source with the place underlined, a frame for each related place, help. */
export function renderDiagnostic(diagnostic: Diagnostic, options: RenderOptions): string {
  const paint = painter(options.colour);
  const colour = paint[diagnostic.severity];
  const places = [{ span: diagnostic.span, message: null }, ...diagnostic.related];
  const gutter = String(Math.max(...places.map(({ span }) => lastLine(span) + 1))).length;
  const out = [
    `${colour(paint.bold(`${diagnostic.severity}[${diagnostic.code}]`))}: ${paint.bold(inline(diagnostic.message))}`,
  ];
  places.forEach(({ span, message }, index) => {
    const frame = frameOf(span, gutter, options.width, index === 0 ? "^" : "-");
    const { line, column } = positionOf(span.source, span.start);
    const place = `${visible(span.source.name)}:${line + 1}:${column + 1}`;
    out.push(
      `${" ".repeat(gutter)} ${paint.faint(index === 0 ? "┌─" : "├─")} ${place}${message === null ? "" : `  ${inline(message)}`}`,
    );
    for (const row of frame) {
      const number = row.number.padStart(gutter);
      out.push(
        `${paint.faint(`${number} │`)} ${row.isMark ? (index === 0 ? colour : paint.related)(row.text) : row.text}`.trimEnd(),
      );
    }
  });
  if (diagnostic.help !== null) {
    const [first, ...others] = diagnostic.help.split("\n").map(visible);
    out.push(`${" ".repeat(gutter)} ${paint.faint("└─")} ${paint.help("help")}: ${first ?? ""}`);
    for (const line of others) out.push(`${" ".repeat(gutter + 4)}      ${line}`.trimEnd());
  }
  return out.join("\n") + "\n";
}

/** `2 errors, 1 warning`, or null when there is nothing to count. */
export function summary(diagnostics: readonly Diagnostic[]): string | null {
  const parts = (["error", "warning", "information"] as const).flatMap((severity) => {
    const found = diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
    return found === 0 ? [] : [count(found, severity === "information" ? "remark" : severity)];
  });
  return parts.length === 0 ? null : parts.join(", ");
}

interface FrameRow {
  readonly number: string;
  readonly text: string;
  readonly isMark: boolean;
}

/** The lines of a span with their underlines; of a span over more than two lines, the first and the last. */
function frameOf(span: Span, gutter: number, width: number, mark: string): readonly FrameRow[] {
  const lines = span.source.text.split("\n");
  const start = positionOf(span.source, span.start);
  const end = positionOf(span.source, Math.max(span.start, span.end));
  const room = Math.max(20, width - gutter - 4);
  const rows: FrameRow[] = [];
  for (const number of new Set([start.line, end.line])) {
    const line = (lines[number] ?? "").replace(/\r$/, "");
    const from = number === start.line ? start.column : line.length - line.trimStart().length;
    const to = number === end.line ? end.column : line.length;
    if (number !== start.line && number > start.line + 1) rows.push({ number: "⋮", text: "", isMark: false });
    rows.push(...markedLine(line, from, to, String(number + 1), room, mark));
  }
  return rows;
}

function markedLine(line: string, from: number, to: number, number: string, room: number, mark: string): FrameRow[] {
  const { text, offsets } = layOut(line);
  const end = offsets[line.length] ?? 0;
  const first = offsets[Math.min(from, line.length)] ?? end;
  // An empty place (something is missing here) still needs one cell to point at.
  const last = Math.max(first + 1, offsets[Math.min(to, line.length)] ?? end);
  const clip = clipAround(text, first, last, room);
  return [
    { number, text: clip.text, isMark: false },
    { number: "", text: " ".repeat(clip.first) + mark.repeat(clip.last - clip.first), isMark: true },
  ];
}

/** Cuts a long line so that the marked cells are seen, with an ellipsis where text was left out. */
function clipAround(
  text: string,
  first: number,
  last: number,
  room: number,
): { text: string; first: number; last: number } {
  if (widthOf(text) <= room) return { text, first, last };
  const from = last <= room - 1 ? 0 : Math.max(0, first - Math.floor(room / 3));
  const head = from > 0 ? "…" : "";
  let kept = "";
  let cell = 0;
  let keptFrom: number | null = null;
  let keptTo = from;
  for (const character of text) {
    const cells = widthOf(character);
    if (cell >= from && keptTo - (keptFrom ?? cell) + cells <= room - 2) {
      keptFrom ??= cell;
      kept += character;
      keptTo = cell + cells;
    } else if (keptFrom !== null) break;
    cell += cells;
  }
  const shift = head.length - (keptFrom ?? from);
  const shownLast = Math.min(last, keptTo);
  return {
    text: `${head}${kept}${keptTo < widthOf(text) ? "…" : ""}`,
    first: first + shift,
    last: Math.max(first + 1, shownLast) + shift,
  };
}

function lastLine(span: Span): number {
  return positionOf(span.source, Math.max(span.start, span.end)).line;
}

/** A message is one line; a name inside it may hold anything. */
function inline(message: string): string {
  return visible(message.replace(/\s*\n\s*/g, " "));
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

type Paint = (text: string) => string;

function painter(colour: boolean): Record<Severity | "bold" | "faint" | "help" | "related", Paint> {
  const { red, yellow, cyan, bold, dim, green, blue } = pico.createColors(colour);
  return { error: red, warning: yellow, information: cyan, bold, faint: dim, help: green, related: blue };
}
