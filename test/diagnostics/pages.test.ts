/** Are the examples of the compiler's pages as sharp as they can be: one message and no other, and a small step to what is right? */
import { describe, expect, it } from "vitest";
import { catalogue } from "../../compiler/diagnostics/catalogue.js";
import { allPages } from "../../compiler/diagnostics/explain.js";
import { diagnosticsOf } from "./support.js";

const codes = Object.values(catalogue).map(({ code }) => code);
const pages = allPages().filter((page) => codes.includes(page.code));

it("has one page for each code of the catalogue", () => {
  expect(pages.map(({ code }) => code)).toEqual([...codes].sort());
  expect(new Set(codes).size).toBe(codes.length);
  expect(new Set(Object.values(catalogue).map(({ name }) => name)).size).toBe(codes.length);
});

describe.each(pages.map((page) => [page.code, page] as const))("%s", (code, page) => {
  it("is the only message of its wrong examples", () => {
    expect(page.wrong.length).toBeGreaterThan(0);
    for (const text of page.wrong) {
      const found = diagnosticsOf(text);
      expect(found.map((diagnostic) => `${diagnostic.code} ${diagnostic.message}`)).toEqual([expect.stringMatching(`^${code} `)]);
      expect(found[0]?.span.source.text).toBe(text);
    }
  });

  it("is gone from its right examples, which have no other", () => {
    expect(page.right.length).toBeGreaterThan(0);
    for (const text of page.right) expect(diagnosticsOf(text).map((diagnostic) => diagnostic.message)).toEqual([]);
  });

  it("shows a right example that differs in few lines", () => {
    for (const [place, wrong] of page.wrong.entries()) {
      const [before, after] = [wrong.split("\n"), (page.right[place] ?? page.right[0] ?? "").split("\n")];
      const changed = [...before.filter((line) => !after.includes(line)), ...after.filter((line) => !before.includes(line))];
      expect(changed.length, changed.join("\n")).toBeLessThanOrEqual(4);
    }
  });
});
