/** How many terminal cells does a piece of text take, and which of its characters must never reach a terminal raw? */
import stringWidth from "string-width";

const tabStop = 4;
const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** A stretch of a line as a terminal shows it. `offsets[i]` is the cell at which UTF-16 unit i of the line begins. */
export interface Cells {
  readonly text: string;
  readonly offsets: readonly number[];
}

/** Lays a line out in cells: tabs reach the next stop, wide characters take two, control characters become visible. */
export function layOut(line: string): Cells {
  const offsets: number[] = [];
  let text = "";
  let width = 0;
  for (const { segment } of graphemes.segment(line)) {
    const shown = segment === "\t" ? " ".repeat(tabStop - (width % tabStop)) : visible(segment);
    for (let unit = 0; unit < segment.length; unit++) offsets.push(width);
    text += shown;
    width += stringWidth(shown);
  }
  offsets.push(width);
  return { text, offsets };
}

export function widthOf(text: string): number {
  return stringWidth(text);
}

/** Replaces what could move the cursor, colour the screen or reorder the text: escapes and bidirectional controls. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    const code = character.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return code === 0x7f ? "\u2421" : `<U+${code.toString(16).toUpperCase().padStart(4, "0")}>`;
  });
}
