/** What a `train` statement asks for: its objective, and options checked against a table. */
import type { Argument, Expression, Train } from "../../grammar/tree.js";
import type { Span } from "../../grammar/source.js";
import type { OptimizerSpec, TrainSpec } from "../../runtime/specification.js";
import { catalogue } from "../diagnostics/catalogue.js";
import { suggest } from "../diagnostics/suggest.js";
import { constantOf } from "../evaluate/arithmetic.js";
import type { Context } from "../evaluate/context.js";
import { report } from "../evaluate/context.js";
import { evaluate } from "../evaluate/evaluate.js";
import { evaluateOption, optionWords } from "../evaluate/options.js";

interface NumberRow {
  readonly kind: "number";
  readonly words: string;
  readonly fits: (value: number) => boolean;
}

const whole = (low: number): NumberRow => ({
  kind: "number",
  words: `a whole number of at least ${low}`,
  fits: (value) => Number.isInteger(value) && value >= low && value <= 2 ** 31,
});
const fraction: NumberRow = {
  kind: "number",
  words: "a number between 0 and 1",
  fits: (value) => value > 0 && value < 1,
};
const positive: NumberRow = {
  kind: "number",
  words: "a positive number",
  fits: (value) => value > 0 && Number.isFinite(value),
};
const nonnegative: NumberRow = {
  kind: "number",
  words: "a number that is not negative",
  fits: (value) => value >= 0 && Number.isFinite(value),
};

/** Options of a run, beside `optimizer`. */
const runOptions: ReadonlyMap<string, NumberRow> = new Map(
  Object.entries({
    batch: whole(1),
    steps: whole(1),
    ema: fraction,
    accumulate: whole(1),
    reuse: whole(1),
    seed: whole(0),
  }),
);

/** Options of an optimizer; the first may be given without its name. */
const optimizerOptions: ReadonlyMap<string, NumberRow> = new Map(
  Object.entries({
    rate: positive,
    beta1: { ...fraction, words: "a number from 0 up to, not including, 1", fits: (value) => value >= 0 && value < 1 },
    beta2: { ...fraction, words: "a number from 0 up to, not including, 1", fits: (value) => value >= 0 && value < 1 },
    epsilon: positive,
    momentum: {
      ...fraction,
      words: "a number from 0 up to, not including, 1",
      fits: (value) => value >= 0 && value < 1,
    },
    decay: nonnegative,
    warmup: whole(0),
    clip: positive,
  }),
);

export const trainOptionNames: readonly string[] = ["optimizer", "updates", ...runOptions.keys()];
export const optimizerOptionNames: readonly string[] = [...optimizerOptions.keys(), "schedule"];

/** Options of the language that runs do not obey yet. */
const laterOptions: readonly string[] = ["average", "clip_weights"];
/** The same of optimizers: `every` lets the rate fall in stages. */
const laterOptimizerOptions: readonly string[] = ["every"];

/** `updates: { critic: 5, g: 1 }`: how often each player moves before the next. */
export type Updates = readonly { readonly name: string; readonly count: number; readonly span: Span }[];

/** What a `train` statement says: the run, how often each player moves, and whether by Newton's method. */
export interface LoweredTrain {
  readonly spec: TrainSpec;
  readonly updates: Updates;
  readonly isNewton: boolean;
}

/** The run of a `train` statement; null after reporting. */
export function lowerTrain(train: Train, objective: string, c: Context): LoweredTrain | null {
  if (train.run === null) return null;
  const numbers = new Map<string, number>();
  let optimizer: ReadOptimizer | null = { spec: defaultOptimizer, isNewton: false };
  let updates: Updates = [];
  for (const option of train.run.options.items) {
    const name = option.name?.text ?? "";
    if (option.name === null) {
      report(c, catalogue.misplaced, option.span, {
        construct: "A value without a name",
        place: "the options of `train`",
        instead: "Write `batch: 256`.",
      });
      return null;
    }
    if (name === "optimizer") {
      optimizer = readOptimizer(option.value, c);
      if (optimizer === null) return null;
      continue;
    }
    if (name === "updates") {
      const read = readUpdates(option.value, c);
      if (read === null) return null;
      updates = read;
      continue;
    }
    if (numbers.has(name)) {
      report(c, catalogue.argumentTwice, option.span, { name, callee: "train" });
      return null;
    }
    if (laterOptions.includes(name)) {
      report(c, catalogue.notCompiledYet, option.span, { construct: `The option \`${name}\``, instead: null });
      return null;
    }
    const row = runOptions.get(name);
    if (row === undefined) {
      report(c, catalogue.unknownArgument, option.name.span, {
        name,
        callee: "train",
        suggestion: suggest(name, trainOptionNames),
        known: trainOptionNames.map((known) => `\`${known}\``).join(", "),
      });
      return null;
    }
    const value = readNumber(name, row, option.value, c);
    if (value === null) return null;
    numbers.set(name, value);
  }
  const spec: TrainSpec = {
    objective,
    optimizer: optimizer.spec,
    batch: numbers.get("batch") ?? 256,
    steps: numbers.get("steps") ?? 1000,
    ema: numbers.get("ema") ?? null,
    accumulate: numbers.get("accumulate") ?? 1,
    reuse: numbers.get("reuse") ?? 1,
    seed: numbers.get("seed") ?? 0,
  };
  return { spec, updates, isNewton: optimizer.isNewton };
}

const defaultOptimizer: OptimizerSpec = {
  kind: "adam",
  rate: 1e-3,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  momentum: 0,
  decay: 0,
  schedule: "constant",
  warmup: 0,
  clip: null,
};

/** Newton's method is a descent along what the objective's program computes in the gradient's place. */
interface ReadOptimizer {
  readonly spec: OptimizerSpec;
  readonly isNewton: boolean;
}

function readOptimizer(e: Expression, c: Context): ReadOptimizer | null {
  const [callee, args]: readonly [Expression, readonly Argument[]] =
    e.kind === "call" ? [e.callee, e.arguments] : [e, []];
  const words = optionWords.get("optimizer") ?? [];
  if (callee.kind !== "reference" || !words.includes(callee.text)) {
    const word = callee.span.source.text.slice(callee.span.start, callee.span.end);
    report(c, catalogue.unknownOption, callee.span, {
      word,
      option: "optimizer",
      known: words.map((w) => `\`${w}\``).join(", "),
      suggestion: suggest(word, words),
    });
    return null;
  }
  const isNewton = callee.text === "newton";
  const kind = isNewton ? "sgd" : callee.text;
  if (kind !== "sgd" && kind !== "adam" && kind !== "adamw") {
    report(c, catalogue.notCompiledYet, callee.span, {
      construct: `The optimizer \`${kind}\``,
      instead: "Use `adam`, `adamw` or `sgd`.",
    });
    return null;
  }
  const known = isNewton ? ["rate", "schedule"] : optimizerOptionNames;
  let result: OptimizerSpec = {
    ...defaultOptimizer,
    kind,
    ...(kind === "adamw" ? { decay: 0.01 } : {}),
    ...(isNewton ? { rate: 1 } : {}),
  };
  let place = 0;
  for (const argument of args) {
    const name = argument.name?.text ?? (place++ === 0 ? "rate" : "");
    if (name === "schedule") {
      const schedule = evaluateOption("schedule", argument.value, c);
      if (schedule.kind !== "word" || (schedule.text !== "constant" && schedule.text !== "cosine")) return null;
      result = { ...result, schedule: schedule.text };
      continue;
    }
    if (laterOptimizerOptions.includes(name)) {
      report(c, catalogue.notCompiledYet, argument.name?.span ?? argument.span, {
        construct: `The option \`${name}\``,
        instead: "Use `schedule: cosine`.",
      });
      return null;
    }
    const row = known.includes(name) ? optimizerOptions.get(name) : undefined;
    if (row === undefined) {
      const span: Span = argument.name?.span ?? argument.span;
      report(c, catalogue.unknownArgument, span, {
        name,
        callee: callee.text,
        suggestion: suggest(name, known),
        known: known.map((w) => `\`${w}\``).join(", "),
      });
      return null;
    }
    const value = readNumber(name, row, argument.value, c);
    if (value === null) return null;
    result = { ...result, [name]: value };
  }
  return { spec: result, isNewton };
}

function readUpdates(e: Expression, c: Context): Updates | null {
  const items = e.kind === "braces" ? e.items : [];
  if (items.length === 0 || items.some(({ name }) => name === null)) {
    report(c, catalogue.badTrainOption, e.span, {
      option: "updates",
      expected: "a number for each player: `{ critic: 5, g: 1 }`",
    });
    return null;
  }
  const updates: { name: string; count: number; span: Span }[] = [];
  for (const { name, value } of items) {
    const count = readNumber(`updates: ${name?.text ?? ""}`, whole(1), value, c);
    if (count === null || name === null) return null;
    updates.push({ name: name.text, count, span: name.span });
  }
  return updates;
}

function readNumber(name: string, row: NumberRow, e: Expression, c: Context): number | null {
  const thing = evaluate(e, c);
  if (thing.kind === "poison") return null;
  const value = constantOf(thing);
  if (value !== null && row.fits(value)) return value;
  report(c, catalogue.badTrainOption, e.span, { option: name, expected: row.words });
  return null;
}
