/** Is emitted text the golden one, formatted as Prettier would, and the same every time? */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { transform } from "esbuild";
import { describe, expect, test } from "vitest";
import * as o from "../../compiler/ir/build.js";
import type { LoweredModel } from "../../compiler/lower/model.js";
import { version } from "../../compiler/emit/version.js";
import { corners, randomModel, solvers } from "./assorted.js";
import { moons } from "./models.js";
import { emitAll, pretty, root } from "./support.js";
import type { Emitted } from "./support.js";

const kinds = ["ts", "js", "d.ts"] as const;

describe("golden", () => {
  test.each(kinds)("moons.sde.%s", (kind) => {
    const path = resolve(root, `test/emit/golden/moons.sde.${kind}`);
    const text = emitAll(moons(), "../../../runtime/index.js")[kind];
    if (process.env["UPDATE"] === "1") {
      mkdirSync(resolve(path, ".."), { recursive: true });
      writeFileSync(path, text);
    }
    expect(existsSync(path), "run with UPDATE=1 to write it").toBe(true);
    expect(text).toBe(readFileSync(path, "utf8"));
  });
});

const models: readonly (readonly [string, () => LoweredModel])[] = [
  ["moons", moons],
  ["solvers", solvers],
  ["corners", corners],
  [
    "random programs",
    () =>
      randomModel(
        "random",
        Array.from({ length: 120 }, (_, seed) => seed),
      ),
  ],
];

describe("Prettier leaves it as it is", () => {
  test.each(models)("%s", async (_, make) => {
    const emitted: Emitted = emitAll(make());
    for (const kind of kinds) expect(emitted[kind], kind).toBe(await pretty(emitted[kind], kind));
  });
});

test.each(models)("JavaScript is TypeScript without its types: %s", async (_, make) => {
  const { ts, js } = emitAll(make());
  const fromTypes = await transform(ts, { loader: "ts", minifyWhitespace: true });
  const direct = await transform(js, { loader: "js", minifyWhitespace: true });
  expect(direct.code).toBe(fromTypes.code);
});

test.each(models)("the same bytes, whatever was built before: %s", (_, make) => {
  const before = emitAll(make());
  for (let value = o.scalar(1), count = 0; count < 1000; count += 1) value = o.exp(value);
  expect(emitAll(make())).toEqual(before);
});

test("the version is that of the package", () => {
  const manifest: unknown = JSON.parse(readFileSync(resolve(root, "package.json"), "utf8"));
  expect(manifest).toMatchObject({ version });
});
