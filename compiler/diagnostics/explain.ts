/** What does a code mean? Reads the catalogue's pages, for the terminal, the editor and the tests alike. */
import { texts } from "text:compiler/diagnostics/pages/*.md";

/** A page: why the message exists, with text that earns it and text that does not. */
export interface Page {
  readonly code: string;
  readonly title: string;
  readonly markdown: string;
  /** Each block gives this code when compiled. */
  readonly wrong: readonly string[];
  /** Each block compiles without errors. */
  readonly right: readonly string[];
}

export function explain(code: string): Page | null {
  const text = texts[`${code.toUpperCase()}.md`];
  return text === undefined ? null : parsePage(code.toUpperCase(), text);
}

export function allPages(): readonly Page[] {
  return Object.keys(texts)
    .sort()
    .map((file) => parsePage(file.replace(/\.md$/, ""), texts[file] ?? ""));
}

export function parsePage(code: string, markdown: string): Page {
  const title = /^# +(?:SDE\d{4}:? *)?(.*)$/m.exec(markdown)?.[1]?.trim() ?? "";
  return { code, title, markdown, wrong: blocks(markdown, "wrong"), right: blocks(markdown, "right") };
}

function blocks(markdown: string, kind: "wrong" | "right"): readonly string[] {
  const pattern = new RegExp(`^\`\`\`sde ${kind}[^\\n]*\\n([\\s\\S]*?)^\`\`\``, "gm");
  return [...markdown.matchAll(pattern)].map((match) => match[1] ?? "");
}
