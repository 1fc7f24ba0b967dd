/** Does every code have a page, and do the pages' examples earn their message and its absence? */
import { describe, expect, it } from "vitest";
import { compile } from "../../compiler/index.js";
import { catalogue } from "../../compiler/diagnostics/catalogue.js";
import { allPages, explain } from "../../compiler/diagnostics/explain.js";
import { library } from "../../compiler/library.js";
import * as syntax from "../../grammar/syntax-catalogue.js";

const codes = [...Object.values(catalogue), ...Object.values(syntax)]
  .flatMap((entry) => (typeof entry === "object" && "code" in entry ? [entry.code] : []))
  .sort();

/** Messages of limits and of constructs that no small text can earn; their pages have no example of the wrong. */
const withoutExample = new Set(["SDE0101", "SDE0102", "SDE0105", "SDE0106", "SDE0107", "SDE0901", "SDE2203", "SDE2205", "SDE2206", "SDE2209", "SDE2305"]);

function compiled(text: string): ReturnType<typeof compile> {
  return compile({ name: "page.sde", text }, { library, read: () => null });
}

describe("the catalogue", () => {
  it("gives a code to one message only", () => {
    expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([]);
    expect(codes.length).toBeGreaterThan(80);
  });

  it("has a page for every code, and no page without one", () => {
    expect(allPages().map(({ code }) => code)).toEqual(codes);
  });

  it("finds a page in any case, and none for a code that is not there", () => {
    expect(explain("sde1001")?.code).toBe("SDE1001");
    expect(explain("SDE9999")).toBeNull();
    expect(explain("__proto__")).toBeNull();
  });
});

describe.each(allPages().map((page) => [page.code, page] as const))("%s", (code, page) => {
  it("has a title, a reason and examples", () => {
    expect(page.title).toMatch(/^\S.*[^.]$/);
    expect(page.markdown.split("\n").slice(1).join(" ").trim().length).toBeGreaterThan(40);
    expect(page.wrong.length > 0).toBe(!withoutExample.has(code));
  });

  it.runIf(page.wrong.length > 0)("is what its wrong examples earn, and the only error", () => {
    for (const text of page.wrong) {
      const errors = compiled(text).diagnostics.filter(({ severity }) => severity !== "information");
      expect(errors.map((diagnostic) => diagnostic.code)).toEqual(errors.map(() => code));
      expect(errors.length).toBeGreaterThan(0);
    }
  });

  it.runIf(page.right.length > 0)("is not earned by its right examples, nor is any other error", () => {
    for (const text of page.right) {
      const errors = compiled(text).diagnostics.filter(({ severity }) => severity === "error");
      expect(errors.map((diagnostic) => `${diagnostic.code} ${diagnostic.message}`)).toEqual([]);
    }
  });
});
