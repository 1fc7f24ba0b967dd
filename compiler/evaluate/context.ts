/** What evaluation carries along: the compilation's registers, the scope, and the program that draws go into. */
import type { Diagnostic, DiagnosticKind, Related } from "../../grammar/diagnostic.js";
import { diagnose } from "../../grammar/diagnostic.js";
import type { Source, Span } from "../../grammar/source.js";
import type { Declaration } from "../../grammar/tree.js";
import type { CopyOf, Feed, SpaceSpec, WeightSpec } from "../../runtime/specification.js";
import { catalogue } from "../diagnostics/catalogue.js";
import { make } from "../ir/build.js";
import type { Dim, Value } from "../ir/value.js";
import type { BuiltinRow } from "./builtins/row.js";
import type { Scope } from "./scope.js";
import { lookUp } from "./scope.js";
import type { Poison, Thing } from "./thing.js";
import { poison } from "./thing.js";
import type { Weighting } from "./weighting.js";

/** Registers of one compilation: the only mutable state of lowering. */
export interface World {
  /** The built-in functions: handed in, because they are written upon the evaluator that calls them. */
  readonly builtins: ReadonlyMap<string, BuiltinRow>;
  readonly diagnostics: Diagnostic[];
  /** Every weight met so far, by name. */
  readonly weights: Map<string, { readonly spec: WeightSpec; readonly value: Value; readonly network: string }>;
  /** The other values of weights that formulas ask for (`frozen`, `initial`, `ema`). */
  readonly copies: Map<string, { readonly weight: string; readonly of: CopyOf; readonly value: Value }>;
  /** Every `param` met so far, by its value in its space. */
  readonly params: Map<Value, LearnedParam>;
  /** What is said of the weight of each objective's errors, by the objective's name; asked for only where it is shown. */
  readonly weightings: Map<string, () => Weighting | null>;
  /** Declarations whose statements are wrong in themselves; they denote nothing. */
  readonly misshapen: ReadonlySet<Declaration>;
  /** Declarations being evaluated, innermost last: meeting one again is recursion. */
  readonly open: Span[];
  /** The library's texts: a message never points into them alone, since the mistake is in the use. */
  readonly library: ReadonlySet<Source>;
  /** Places of use being evaluated (calls, trained objectives, applied steps), innermost last. */
  readonly uses: Use[];
  /** Expressions evaluated so far. */
  evaluations: number;
}

/** Whose a `param` is: a file's own is of nobody. */
export interface ParamOwner {
  readonly kind: "file" | "process" | "reference" | "network";
  readonly name: string;
}
export interface LearnedParam {
  readonly name: string;
  /** With its owner's name before it. */
  readonly weight: string;
  /** The same, made unique: the weight's name. */
  readonly stored: string;
  readonly space: SpaceSpec;
  readonly owner: ParamOwner;
  /** Its declaration, and its name there. */
  readonly span: Span;
  readonly nameSpan: Span;
}

/** A place of use; of a fn, also where the fn stands: it is generic, so what does not fit in it is said of its call. */
export interface Use {
  readonly span: Span;
  readonly fn: Span | null;
}

/** The program under construction: its inputs, and the draws that differentiation holds fixed. */
export interface Frame {
  readonly name: string;
  readonly inputs: FrameInput[];
  readonly held: Set<Value>;
  /** Whether the program trains what it evaluates. */
  readonly learns: boolean;
  /** What is drawn inside a loop or a group is drawn once a round, along a leading axis; null outside. */
  readonly rounds: Rounds | null;
  /** Noises of antithetic draws, whose goal is averaged with that of the mirrored noises; null where there is no goal. */
  readonly mirrors: Value[] | null;
  /** What rewards asked for: that values be watched, or that the application answer. */
  readonly noted: Noted[];
  /** What looks across samples, and how a run sees that it went well. */
  readonly crossings: Crossing[];
  /** Samples that were given other partners: what was drawn together with them is no longer theirs. */
  readonly repaired: { readonly value: Value; readonly span: Span }[];
}
export type Noted =
  | {
      readonly kind: "check";
      readonly reward: string;
      readonly range: readonly [number, number];
      readonly value: Value;
    }
  | {
      readonly kind: "ask";
      readonly reward: string;
      readonly call: number;
      readonly range: readonly [number, number] | null;
      /** The arguments, with the axes of rounds in front. */
      readonly values: readonly Value[];
      readonly axes: readonly number[];
      readonly span: Span;
    };
export interface Rounds {
  readonly count: number;
  /** Where the draws of all rounds go. */
  readonly around: Frame;
  /** Filled by draws inside: the value of one round, and that of all. */
  readonly rows: { readonly inner: Value; readonly outer: Value }[];
}
export interface Crossing {
  /** The same for all samples of the batch; fine up to `limit`. */
  readonly error: Value;
  readonly limit: number;
  /** In the model's text, from 1. */
  readonly line: number | null;
  readonly policy: "fail" | "warn";
  /** What the error means, as a clause. */
  readonly what: string;
}
export interface FrameInput {
  readonly value: Value;
  readonly feed: Feed;
  /** One per sample, or one for all samples. */
  readonly perSample: boolean;
}

export interface Context {
  readonly world: World;
  readonly scope: Scope;
  /** null where nothing can be drawn. */
  readonly frame: Frame | null;
  /** Name of the fn being evaluated, for messages about draws; null outside. */
  readonly pureIn: string | null;
  /** Which values of the weights networks take here; null for those that training moves. */
  readonly copy: CopyOf | null;
  /** Prefix of the weights of architectures written here; null where none may be. */
  readonly owner: WeightOwner | null;
  /** What the declaration being specialised is called by whoever asked for it; "" where nobody named it. */
  readonly instance: string;
}
export interface WeightOwner {
  readonly network: string;
  /** Number of values the network hands out, for architectures that do not say. */
  readonly outputs: number;
  /** Time range of the process predicted, for embeddings. */
  readonly timeRange: readonly [number, number] | null;
  /** Places of architectures in order of first use. */
  readonly places: Map<Span, string>;
}

export function withScope(c: Context, scope: Scope): Context {
  return { ...c, scope };
}

export function newFrame(name: string, learns = false): Frame {
  return {
    name,
    learns,
    inputs: [],
    held: new Set(),
    rounds: null,
    mirrors: null,
    noted: [],
    crossings: [],
    repaired: [],
  };
}

/** A frame whose draws are made once a round. */
export function roundsOf(around: Frame, count: number): Frame {
  return { ...around, rounds: { count, around, rows: [] }, noted: [] };
}

/** `c`, with the values of weights that something was declared to take. */
export function withCopy(c: Context, copy: CopyOf | null): Context {
  return copy === null ? c : { ...c, copy };
}

/** Reports an error and gives the poison that keeps its consequences quiet. */
export function report<P>(
  c: { readonly world: World },
  kind: DiagnosticKind<P>,
  span: Span,
  words: P,
  related: readonly Related[] = [],
): Poison {
  const use = useOf(span, kind, c.world);
  if (isSaid(use ?? span, kind, words, c.world)) return poison;
  const inLibrary = c.world.library.has(span.source);
  const note = { message: inLibrary ? "the place in the library" : "the place in the fn", span };
  c.world.diagnostics.push(
    use === null ? diagnose(kind, span, words, related) : diagnose(kind, use, words, [note, ...related]),
  );
  return poison;
}

/** One use of the library is wrong once, and a prediction that cannot be converted is, wherever it is asked. */
function isSaid<P>(span: Span, kind: DiagnosticKind<P>, words: P, { library, diagnostics }: World): boolean {
  const said = kind.message(words);
  return diagnostics.some(({ code, message, span: other, severity, related }) => {
    if (severity !== "error") return false;
    const isSameUse = other.source === span.source && other.start === span.start && other.end === span.end;
    return (
      (isSameUse && related.some((note) => library.has(note.span.source))) ||
      (code === catalogue.noConversion.code && code === kind.code && sourceOf(message) === sourceOf(said))
    );
  });
}

/** What a conversion starts from, in the words of its message. */
function sourceOf(message: string): string {
  return message.slice(message.indexOf("`"));
}

/** Messages about sizes that do not fit each other: in a fn they are about what it was called with. */
const misfits: ReadonlySet<string> = new Set([
  catalogue.shapesDiffer.code,
  catalogue.notScalar.code,
  catalogue.badIndex.code,
  catalogue.badProduct.code,
  catalogue.wrongShape.code,
]);

/** Where the modeller's text uses what is wrong in the library or does not fit in a fn; null if the place itself is meant. */
function useOf<P>(span: Span, kind: DiagnosticKind<P>, { library, uses }: World): Span | null {
  const inner = uses.at(-1);
  const isMisfit = inner != null && inner.fn !== null && misfits.has(kind.code) && isInside(span, inner.fn);
  if (!isMisfit && !library.has(span.source)) return null;
  for (let at = uses.length - 1; at >= 0; at -= 1) {
    const use = uses[at]?.span;
    const around = uses[at - 1]?.fn ?? null;
    const isGeneric = isMisfit && use !== undefined && around !== null && isInside(use, around);
    if (use !== undefined && !library.has(use.source) && !isGeneric) return use;
  }
  return null;
}

function isInside(span: Span, outer: Span): boolean {
  return span.source === outer.source && span.start >= outer.start && span.end <= outer.end;
}

/** The place itself, or where the modeller's text uses it if it is the library's. */
export function placeInModel(span: Span, { library, uses }: World): Span | null {
  if (!library.has(span.source)) return span;
  return [...uses].reverse().find((use) => !library.has(use.span.source))?.span ?? null;
}

/** The thing a name denotes at a place of use; null if nothing does. */
export function resolve(name: string, use: Span, c: Context): Thing | null {
  return usedAt(use, c, () => lookUp(c.scope, name));
}

/** Evaluates what a place of use leads to; messages about the library's text point at the use. */
export function usedAt<T>(span: Span, c: { readonly world: World }, f: () => T, fn: Span | null = null): T {
  c.world.uses.push({ span, fn });
  try {
    return f();
  } finally {
    c.world.uses.pop();
  }
}

/** A fresh input of the program: per-sample shape, and who feeds it. */
export function newInput(frame: Frame, name: string, shape: readonly Dim[], feed: Feed, perSample: boolean): Value {
  const { rounds } = frame;
  if (rounds === null) {
    const unique = uniqueName(frame, name);
    const value = make("input", [], { name: unique, dtype: "real", shape });
    frame.inputs.push({ value, feed: ownStream(frame, feed), perSample });
    return value;
  }
  const outer = newInput(rounds.around, name, [rounds.count, ...shape], feed, perSample);
  const inner = make("input", [], { name: outer.params.name ?? name, dtype: "real", shape });
  rounds.rows.push({ inner, outer });
  return inner;
}

/** Draws of one name, as of two runs of one step, are draws of their own: each has a stream of numbers, or rows, to itself. */
function ownStream(frame: Frame, feed: Feed): Feed {
  if (feed.kind !== "normal" && feed.kind !== "uniform") return feed;
  return {
    ...feed,
    site: unused(
      feed.site,
      frame.inputs.flatMap((input) => (input.feed.kind === feed.kind ? [input.feed.site] : [])),
      " ",
    ),
  };
}

/** The name of a draw of rows that no draw of the program has yet. */
export function ownRows(frame: Frame, name: string): string {
  return unused(
    name,
    frame.inputs.flatMap(({ feed }) => (feed.kind === "data" ? [feed.draw] : [])),
    " ",
  );
}

function uniqueName(frame: Frame, name: string): string {
  return unused(
    name,
    frame.inputs.flatMap(({ value }) => value.params.name ?? []),
    "_",
  );
}

/** The name, with the first number from 2 on if it is taken. */
function unused(name: string, taken: readonly string[], between: string): string {
  if (!taken.includes(name)) return name;
  let number = 2;
  while (taken.includes(`${name}${between}${number}`)) number += 1;
  return `${name}${between}${number}`;
}
