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

/** Limits that only a text too large for a page exceeds. */
const withoutExample = new Set(["SDE0101", "SDE0102", "SDE0105", "SDE0106", "SDE0107"]);

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

const pages = allPages().map((page) => [page.code, page] as const);

describe("a page", () => {
  it.each(pages)("%s has a title, a reason and examples", (code, page) => {
    expect(page.title).toMatch(/^\S.*[^.]$/);
    expect(page.markdown.split("\n").slice(1).join(" ").trim().length).toBeGreaterThan(40);
    expect(page.wrong.length > 0).toBe(!withoutExample.has(code));
  });

  it.each(pages.filter(([, { wrong }]) => wrong.length > 0))(
    "%s is what its wrong examples earn, and nothing else",
    (code, page) => {
      for (const text of page.wrong) {
        const codesFound = compiled(text)
          .diagnostics.filter(({ severity }) => severity !== "information")
          .map((found) => found.code);
        expect(new Set(codesFound)).toEqual(new Set([code]));
      }
    },
  );

  it.each(pages.filter(([, { right }]) => right.length > 0))(
    "%s is not earned by its right examples, nor is any other error",
    (_, page) => {
      for (const text of page.right) {
        const errors = compiled(text).diagnostics.filter(({ severity }) => severity === "error");
        expect(errors.map((found) => `${found.code} ${found.message}`)).toEqual([]);
      }
    },
  );
});
