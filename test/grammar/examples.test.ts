/** Does the language's own library read and lay out as it should? */
import { describe, expect, it } from "vitest";
import { format } from "../../grammar/format.js";
import { parse, parseWithTrivia } from "../../grammar/parse.js";
import { examples, misplaced, shapeOf, source, wordsOf } from "./support.js";

describe.each(examples.map((example) => [example.name, example] as const))("%s", (_, example) => {
  it("has no errors and spans that nest", () => {
    const { file, diagnostics } = parse(example);
    expect(diagnostics).toEqual([]);
    expect(file.items.length).toBeGreaterThan(1);
    expect(misplaced(file)).toEqual([]);
  });

  it("keeps its words, comments and tree when laid out, and stays as laid out", async () => {
    const once = await format(example);
    expect(shapeOf(parse(source(once.text)).file)).toBe(shapeOf(parse(example).file));
    expect(wordsOf(once.text)).toEqual(wordsOf(example.text));
    expect((await format(source(once.text))).text).toBe(once.text);
  });
});

it("is read with one error, seldom two, where any word is left out or written twice", () => {
  const counts: number[] = [];
  for (const [nth, example] of examples.entries()) {
    const { tokens } = parseWithTrivia(example);
    // Every 17th word of every file, beginning elsewhere in each: about 1500 texts.
    for (let at = nth % 17; at < tokens.length; at += 17) {
      const { startOffset = 0, endOffset = 0, image = "" } = tokens[at] ?? {};
      const before = example.text.slice(0, startOffset);
      const after = example.text.slice(endOffset + 1);
      for (const text of [before + after, `${before}${image} ${image}${after}`])
        counts.push(parse(source(text)).diagnostics.length);
    }
  }
  expect(Math.max(...counts)).toBeLessThanOrEqual(2);
  // Measured over all words: 31 of 30,042 texts have two errors, none has three.
  expect(counts.filter((count) => count > 1).length).toBeLessThan(counts.length / 100);
  // Leaving out a word may leave another correct text, but mostly does not.
  expect(counts.filter((count) => count === 0).length).toBeLessThan(counts.length / 5);
});
