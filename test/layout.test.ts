/** Is the code laid out as `npm run format` lays it out? */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { check, resolveConfig } from "prettier";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const folders = ["build", "compiler", "grammar", "runtime", "test"];

it("every file of code", async () => {
  const config = await resolveConfig(join(root, "build.mjs"));
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(ts|mjs)$/.test(name) && !/\.sde\.(d\.)?ts$/.test(name))
      .map((name) => join(root, folder, name)),
  );
  expect(files.length).toBeGreaterThan(500);
  const others: string[] = [];
  for (const file of files) {
    if (!(await check(readFileSync(file, "utf8"), { ...config, filepath: file }))) others.push(file.slice(root.length));
  }
  expect(others).toEqual([]);
}, 120_000);
