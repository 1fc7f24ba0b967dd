/** What does a diagnostic look like to a machine? Lines and characters count from 0, in UTF-16 units, as in LSP. */
import type { Diagnostic, Severity } from "../../grammar/diagnostic.js";
import { positionOf } from "../../grammar/source.js";
import type { Span } from "../../grammar/source.js";

export interface JsonPlace {
  readonly line: number;
  readonly character: number;
  readonly offset: number;
}

export interface JsonRange {
  readonly start: JsonPlace;
  readonly end: JsonPlace;
}

export interface JsonDiagnostic {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly help: string | null;
  readonly file: string;
  readonly range: JsonRange;
  readonly related: readonly { readonly message: string; readonly file: string; readonly range: JsonRange }[];
}

export function diagnosticToJson(diagnostic: Diagnostic): JsonDiagnostic {
  return {
    code: diagnostic.code,
    severity: diagnostic.severity,
    message: diagnostic.message,
    help: diagnostic.help,
    file: diagnostic.span.source.name,
    range: rangeOf(diagnostic.span),
    related: diagnostic.related.map(({ message, span }) => ({
      message,
      file: span.source.name,
      range: rangeOf(span),
    })),
  };
}

function rangeOf(span: Span): JsonRange {
  return { start: placeOf(span, span.start), end: placeOf(span, span.end) };
}

function placeOf(span: Span, offset: number): JsonPlace {
  const { line, column } = positionOf(span.source, offset);
  return { line, character: column, offset };
}
