/** Where text comes from and how places in it are named. */

/** One `.sde` text. `name` is what messages show: a path as the user wrote it, or `std/processes.sde` for the library. */
export interface Source {
  readonly name: string;
  readonly text: string;
}

/** Half-open range of UTF-16 offsets in a source. */
export interface Span {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
}

export function span(source: Source, start: number, end: number): Span {
  return { source, start, end };
}

/** The smallest span that covers both. Both lie in one source. */
export function cover(a: Span, b: Span): Span {
  return { source: a.source, start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) };
}

export interface Position {
  /** From 0. */
  readonly line: number;
  /** From 0, in UTF-16 units. */
  readonly column: number;
}

export function positionOf(source: Source, offset: number): Position {
  const before = source.text.slice(0, offset);
  const line = before.split("\n").length - 1;
  return { line, column: offset - (before.lastIndexOf("\n") + 1) };
}
