/** Does every code have a page whose examples are as sharp as can be: one message and no other, a small step from what is right? */
import { describe, expect, it } from "vitest";
import { catalogue } from "../../compiler/diagnostics/catalogue.js";
import { allPages, explain } from "../../compiler/diagnostics/explain.js";
import * as syntax from "../../grammar/syntax-catalogue.js";
import { diagnosticsOf } from "./support.js";

const kinds = [...Object.values(catalogue), ...Object.values(syntax)].flatMap((entry) =>
  typeof entry === "object" && "code" in entry ? [entry] : [],
);
const pages = allPages();

/** Limits that only a text too large for a page exceeds; `limits.test.ts` makes such texts. */
const withoutExample: ReadonlySet<string> = new Set([
  syntax.textTooLong.code,
  syntax.tooManyTokens.code,
  syntax.stringTooLong.code,
  syntax.chainTooLong.code,
  syntax.tooManyErrors.code,
]);

describe("the catalogues", () => {
  it("give a code and a name to one message only, and a page to every code", () => {
    const codes = kinds.map(({ code }) => code).sort();
    expect(codes.length).toBeGreaterThan(80);
    expect(pages.map(({ code }) => code)).toEqual(codes);
    expect(new Set(codes).size).toBe(codes.length);
    expect(new Set(kinds.map(({ name }) => name)).size).toBe(kinds.length);
    for (const { name } of kinds) expect(name).toMatch(/^[a-z]+(-[a-z0-9]+)*$/);
  });

  it("find a page in any case, and none for a code that is not there", () => {
    expect(explain("sde1001")?.code).toBe("SDE1001");
    expect(explain("SDE9999")).toBeNull();
    expect(explain("__proto__")).toBeNull();
  });
});

describe.each(pages.map((page) => [page.code, page] as const))("%s", (code, page) => {
  it("has a title, a reason and examples", () => {
    expect(page.title).toMatch(/^\S.*[^.]$/);
    expect(page.markdown.split("\n").slice(1).join(" ").trim().length).toBeGreaterThan(40);
    expect(page.wrong.length > 0).toBe(!withoutExample.has(code));
    expect(page.right.length > 0).toBe(!withoutExample.has(code));
  });

  it("is the only message of its wrong examples", () => {
    for (const text of page.wrong) {
      const found = diagnosticsOf(text);
      expect(found.map((diagnostic) => `${diagnostic.code} ${diagnostic.message}`)).toEqual([
        expect.stringMatching(`^${code} `),
      ]);
      expect(found[0]?.span.source.text).toBe(text);
    }
  });

  it("is gone from its right examples, which have no other", () => {
    for (const text of page.right) expect(diagnosticsOf(text).map((diagnostic) => diagnostic.message)).toEqual([]);
  });

  it("shows a right example that differs in few lines", () => {
    for (const [place, wrong] of page.wrong.entries()) {
      const [before, after] = [wrong.split("\n"), (page.right[place] ?? page.right[0] ?? "").split("\n")];
      const changed = [
        ...before.filter((line) => !after.includes(line)),
        ...after.filter((line) => !before.includes(line)),
      ];
      expect(changed.length, changed.join("\n")).toBeLessThanOrEqual(4);
    }
  });
});
