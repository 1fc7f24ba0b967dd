/** What a stage reports about the text it was given. */
import type { Span } from "./source.js";

export type Severity = "error" | "warning" | "information";

/** A second place that a message speaks of: "the prior is declared here". */
export interface Related {
  readonly message: string;
  readonly span: Span;
}

export interface Diagnostic {
  /** `SDE` and four digits; the first two name the stage. */
  readonly code: string;
  readonly severity: Severity;
  /** One sentence in the modeller's words: what was expected, what was found. */
  readonly message: string;
  /** What to write instead, where something definite can be said. */
  readonly help: string | null;
  readonly span: Span;
  readonly related: readonly Related[];
}

/** One row of a catalogue: everything a message of this code has in common. `P` are the words that vary. */
export interface DiagnosticKind<P> {
  readonly code: string;
  /** Kebab-case, for people: `undeclared-name`. */
  readonly name: string;
  readonly severity: Severity;
  readonly message: (words: P) => string;
  readonly help?: (words: P) => string | null;
}

export function diagnose<P>(
  kind: DiagnosticKind<P>,
  span: Span,
  words: P,
  related: readonly Related[] = [],
): Diagnostic {
  return {
    code: kind.code,
    severity: kind.severity,
    message: kind.message(words),
    help: kind.help?.(words) ?? null,
    span,
    related,
  };
}

/** Gives a catalogue's rows the type of their words: `row<{ name: string }>({ code: "SDE1101", … })`. */
export function row<P = Record<never, never>>(kind: DiagnosticKind<P>): DiagnosticKind<P> {
  return kind;
}
