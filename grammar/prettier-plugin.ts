/** How does Prettier lay out `.sde` files? A plugin: `prettier --plugin sdec/prettier-plugin models/*.sde`. */
import type { Parser, Printer, SupportLanguage } from "prettier";
import { parseWithTrivia, type ParsedWithTrivia } from "./parse.js";
import { printFile } from "./print.js";
import { positionOf, type Source } from "./source.js";

interface Root {
  readonly text: string;
  readonly parsed: ParsedWithTrivia;
}

export const languages: SupportLanguage[] = [
  { name: "sde", parsers: ["sde"], extensions: [".sde"], vscodeLanguageIds: ["sde"] },
];

export const parsers: Record<string, Parser<Root>> = {
  sde: {
    astFormat: "sde",
    locStart: () => 0,
    locEnd: ({ text }) => text.length,
    /** Prettier's contract for a text with errors is an exception with a place. */
    parse: (text) => {
      const source: Source = { name: "", text };
      const parsed = parseWithTrivia(source);
      const [first] = parsed.diagnostics;
      if (first === undefined) return { text, parsed };
      const { line, column } = positionOf(source, first.span.start);
      const loc = { start: { line: line + 1, column: column + 1 } };
      throw Object.assign(new SyntaxError(`${first.code} ${first.message}`), { loc });
    },
  },
};

export const printers: Record<string, Printer<Root>> = {
  sde: { print: ({ node }) => printFile(node.text, node.parsed) },
};

/** Prettier's other options change nothing here. */
export const defaultOptions = { printWidth: 120, tabWidth: 2 };
