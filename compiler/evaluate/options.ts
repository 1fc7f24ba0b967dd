/** Options whose value is a name: which words each option takes. One table for checking, lowering and completion. */
import type { Expression } from "../../grammar/tree.js";
import { catalogue } from "../diagnostics/catalogue.js";
import { suggest } from "../diagnostics/suggest.js";
import { activations } from "./activations.js";
import type { Context } from "./context.js";
import { report } from "./context.js";
import { evaluate } from "./evaluate.js";
import type { Thing } from "./thing.js";
import { poison } from "./thing.js";

export const optionWords: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ["activation", [...activations.keys()]],
  ["output", [...activations.keys()]],
  ["initial", ["zero", "normal"]],
  ["time", ["fourier"]],
  ["spacing", ["uniform", "power", "log", "log_snr"]],
  ["optimizer", ["sgd", "adam", "adamw", "newton", "rmsprop"]],
  ["schedule", ["constant", "cosine"]],
  ["reduce", ["sum", "mean"]],
  ["normalization", ["none", "group"]],
  ["solver", ["newton_sparse", "log_domain"]],
  ["unconverged", ["fail", "warn"]],
  ["times", ["irregular"]],
  ["out", ["nodes", "edges"]],
  ["via", ["imf", "ipf", "sf2m"]],
]);

/** The value of an option: one of its words (with arguments), or an ordinary value where it has no words. */
export function evaluateOption(option: string, e: Expression, c: Context): Thing {
  const words = optionWords.get(option);
  if (words === undefined) return evaluate(e, c);
  const [word, args] = e.kind === "call" && e.callee.kind === "reference" ? [e.callee, e.arguments] : [e, []];
  if (word.kind !== "reference") {
    const text = e.span.source.text.slice(e.span.start, e.span.end);
    return report(c, catalogue.unknownOption, e.span, {
      word: text,
      option,
      known: words.map((known) => `\`${known}\``).join(", "),
      suggestion: null,
    });
  }
  if (!words.includes(word.text)) {
    return report(c, catalogue.unknownOption, word.span, {
      word: word.text,
      option,
      known: words.map((known) => `\`${known}\``).join(", "),
      suggestion: suggest(word.text, words),
    });
  }
  const named = args.find((argument) => argument.name !== null);
  if (named?.name != null)
    return report(c, catalogue.unknownArgument, named.name.span, {
      name: named.name.text,
      callee: word.text,
      suggestion: null,
      known: "",
    });
  const things = args.map((argument) => evaluate(argument.value, c));
  if (things.some((thing) => thing.kind === "poison")) return poison;
  return { kind: "word", text: word.text, arguments: things };
}
