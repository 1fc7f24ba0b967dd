/** Do the pages about syntax errors show what they say? Every wrong block has its error alone, every right block none. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parse } from "../../grammar/parse.js";
import * as catalogue from "../../grammar/syntax-catalogue.js";
import { source } from "./support.js";

const kinds = Object.values(catalogue).flatMap((value) =>
  typeof value === "object" && "code" in value ? [value] : [],
);

const pageOf = (code: string): string =>
  readFileSync(new URL(`../../compiler/diagnostics/pages/${code}.md`, import.meta.url), "utf8");

const blocksOf = (page: string, kind: "wrong" | "right"): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`sde ${kind}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map((block) => block[1] ?? "");

/** Texts over these limits are too long for a page; `limits.test.ts` makes them. */
const withoutExample: ReadonlySet<string> = new Set([
  catalogue.textTooLong.code,
  catalogue.tooManyTokens.code,
  catalogue.stringTooLong.code,
  catalogue.chainTooLong.code,
  catalogue.tooManyErrors.code,
]);

it("numbers its kinds without repetition and names them in kebab-case", () => {
  const codes = kinds.map(({ code }) => code);
  expect(codes.length).toBeGreaterThan(30);
  expect(new Set(codes).size).toBe(codes.length);
  expect(new Set(kinds.map(({ name }) => name)).size).toBe(kinds.length);
  for (const { code, name } of kinds) {
    expect(code).toMatch(/^SDE01\d\d$/);
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
  }
});

it.each(kinds.map(({ code }) => code))("%s has a page whose examples hold", (code) => {
  const page = pageOf(code);
  expect(page).toMatch(new RegExp(`^# ${code}\\b.*\\w`));
  const [wrong, right] = [blocksOf(page, "wrong"), blocksOf(page, "right")];
  expect(wrong.length > 0).toBe(!withoutExample.has(code));
  for (const text of wrong) {
    const codes = parse(source(text)).diagnostics.map((diagnostic) => diagnostic.code);
    expect(codes).toEqual([code]);
  }
  for (const text of right) expect(parse(source(text)).diagnostics).toEqual([]);
});
