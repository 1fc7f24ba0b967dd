/** Where in the model's text does a value come from? Its line, for comments and messages, and its name there. */
import type { Source, Span } from "../../grammar/source.js";
import type { Value } from "../ir/value.js";
import { comment } from "./safe.js";
import type { CommentText } from "./safe.js";

export interface Place {
  /** One for each line of each source. */
  readonly key: string;
  /** Counted from 1; 0 where the text is not that of the model's own file. */
  readonly line: number;
  readonly comment: CommentText;
}

export interface Places {
  of(origin: Span): Place;
}

/** `main` is the file name of the model's text. Each source is cut into lines once. */
export function openPlaces(main: string): Places {
  const texts = new Map<Source, SourceLines>();
  const places = new Map<string, Place>();
  return {
    of({ source, start }) {
      const text = texts.get(source) ?? cut(source);
      texts.set(source, text);
      const index = lineAt(text.starts, start);
      const key = `${source.name}:${index + 1}`;
      const place = places.get(key) ?? placeAt(text, index, key, isMain(source, main));
      places.set(key, place);
      return place;
    },
  };
}

/**
 * Names that the text gives to values: `let σ = …`, `xt ~ …`, `x <- …` name the value of what follows the sign. Of the
 * values with that origin it is the first that anything outside it uses; what comes later are derivatives.
 */
export function namedValues(values: readonly Value[], results: readonly Value[]): ReadonlyMap<Value, string> {
  const outward = new Set<Value>(results);
  for (const value of values) {
    for (const input of value.inputs) if (!isSameOrigin(input.origin, value.origin)) outward.add(input);
  }
  const names = new Map<Value, string>();
  const seen = new Map<Source, Set<string>>();
  for (const value of values) {
    if (value.origin === null || !outward.has(value) || value.op === "scalar" || value.op === "size") continue;
    const { source, start, end } = value.origin;
    const spans = seen.get(source) ?? new Set<string>();
    seen.set(source, spans);
    if (spans.has(`${start}-${end}`)) continue;
    spans.add(`${start}-${end}`);
    const name = nameBefore(source, start);
    if (name !== null) names.set(value, name);
  }
  return names;
}

interface SourceLines {
  readonly source: Source;
  /** Offset of the beginning of each line. */
  readonly starts: readonly number[];
}

function cut(source: Source): SourceLines {
  const starts = [0];
  for (let end = source.text.indexOf("\n"); end >= 0; end = source.text.indexOf("\n", end + 1)) starts.push(end + 1);
  return { source, starts };
}

/** The last line that starts at `offset` or before. */
function lineAt(starts: readonly number[], offset: number): number {
  let [low, high] = [0, starts.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return low;
}

function placeAt({ source, starts }: SourceLines, index: number, key: string, isOwn: boolean): Place {
  const text = source.text.slice(starts[index], starts[index + 1]);
  return {
    key,
    line: isOwn ? index + 1 : 0,
    comment: comment(isOwn ? `${index + 1}: ${text.trim()}` : `${source.name}, ${index + 1}: ${text.trim()}`),
  };
}

function isMain(source: Source, main: string): boolean {
  return source.name === main || source.name.split(/[\\/]/).pop() === main;
}

/** The name before `=`, `~` or `<-` at the end of the text before `start`, where a statement can begin. */
function nameBefore(source: Source, start: number): string | null {
  const before = source.text.slice(Math.max(0, start - longestLookBack), start);
  return /(?:[\n{,]|\blet)\s*([\p{L}_][\p{L}\p{M}\p{N}_]*)\s*(?:=|~|<-)\s*$/u.exec(before)?.[1] ?? null;
}

const longestLookBack = 80;

function isSameOrigin(a: Span | null, b: Span | null): boolean {
  return a === b || (a !== null && b !== null && a.source === b.source && a.start === b.start && a.end === b.end);
}
