/** Are the mistakes of `examples/caught` caught, each with one message, and does its page say what the compiler says? */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { diagnosticsOf } from "../diagnostics/support.js";

const folder = join(import.meta.dirname, "..", "..", "examples", "caught");
const textOf = (file: string): string => readFileSync(join(folder, file), "utf8");
const page = textOf("README.md");
const wrong = readdirSync(folder).filter((file) => file.endsWith(".wrong.sde"));

describe.each(wrong)("%s", (file) => {
  const right = file.replace(".wrong.", ".right.");

  it("gives the one message that its page shows", () => {
    const [only, more] = diagnosticsOf(textOf(file));
    expect(more).toBeUndefined();
    expect(only?.span.source.name).toBe("model.sde");
    const row = page.split("\n").find((line) => line.includes(`[wrong](${file})`)) ?? "";
    expect(row).toContain(`| ${Number(file.slice(0, 2))} |`);
    expect(row).toContain(`[right](${right})`);
    expect(row).toContain(`| ${only?.severity} ${only?.code}: ${only?.message} |`);
  });

  it("has a right twin without any", () => {
    expect(diagnosticsOf(textOf(right)).map(({ code, message }) => `${code} ${message}`)).toEqual([]);
  });
});

describe("the page", () => {
  it("has a row for each of the twenty, and names no file that is not there", () => {
    const rows = [...page.matchAll(/^\| (\d+) \|/gm)].map(([, number]) => Number(number));
    expect([...new Set(rows)].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect([...page.matchAll(/\[wrong\]\(([^)]*)\)/g)].map(([, file]) => file).sort()).toEqual([...wrong].sort());
  });
});
