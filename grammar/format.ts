/** How does a text look when it is laid out as the language's own files are? */
import type { Diagnostic } from "./diagnostic.js";
import { parse } from "./parse.js";
import type { Source } from "./source.js";

/** A text with errors comes back as it was, with its diagnostics. */
export async function format(source: Source): Promise<{ text: string; diagnostics: readonly Diagnostic[] }> {
  const { diagnostics } = parse(source);
  if (diagnostics.length > 0) return { text: source.text, diagnostics };
  // Prettier is slow to load, and only this command needs it.
  const [prettier, plugin] = await Promise.all([import("prettier/standalone"), import("./prettier-plugin.js")]);
  const text = await prettier.format(source.text, {
    ...plugin.defaultOptions,
    parser: "sde",
    plugins: [plugin],
    endOfLine: "auto",
  });
  return { text, diagnostics };
}
