/** What does a page of the catalogue look like on a terminal? */
import pico from "picocolors";
import type { Page } from "./explain.js";
import type { RenderOptions } from "./render.js";
import { widthOf } from "./text-width.js";

const widest = 92;

export function renderPage(page: Page, options: RenderOptions): string {
  const paint = pico.createColors(options.colour);
  const width = Math.min(options.width, widest);
  const out = [`${paint.bold(paint.cyan(page.code))}  ${paint.bold(page.title)}`];
  const lines = page.markdown.split("\n");
  let paragraph: string[] = [];
  const flush = (): void => {
    if (paragraph.length > 0)
      out.push("", ...wrap(paragraph.join(" "), width).map((line) => inlineCode(line, paint.cyan)));
    paragraph = [];
  };
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? "";
    const fence = /^```(?:sde )?(\w*)/.exec(line);
    if (fence !== null) {
      flush();
      const end = lines.indexOf("```", index + 1);
      const mark = fence[1] === "wrong" ? paint.red("✗ wrong") : fence[1] === "right" ? paint.green("✓ right") : null;
      out.push("", ...(mark === null ? [] : [`  ${mark}`]));
      out.push(...lines.slice(index + 1, end).map((code) => `  ${paint.dim("│")} ${code}`.trimEnd()));
      index = end === -1 ? lines.length : end;
    } else if (line.startsWith("# ")) continue;
    else if (line.startsWith("#")) {
      flush();
      out.push("", paint.bold(line.replace(/^#+ */, "")));
    } else if (line.startsWith("- ")) {
      flush();
      const [first, ...others] = wrap(line.slice(2), width - 4);
      out.push(
        `  • ${inlineCode(first ?? "", paint.cyan)}`,
        ...others.map((other) => `    ${inlineCode(other, paint.cyan)}`),
      );
    } else if (line.trim() === "") flush();
    else paragraph.push(line.trim());
  }
  flush();
  return out.join("\n") + "\n";
}

/** Breaks at spaces so that no line is wider than `width` cells, where its words allow. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line !== "" && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  if (line !== "") lines.push(line);
  return lines;
}

function inlineCode(line: string, colour: (text: string) => string): string {
  return line.replace(/`([^`]+)`/g, (whole, code: string) => (colour(code) === code ? whole : colour(code)));
}
