/** Is every hostile text refused in time, with a code and without an exception? */
import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { limits } from "../../grammar/limits.js";
import { parse } from "../../grammar/parse.js";
import { codesOf, misplaced, source } from "./support.js";

const filled = (text: string, length: number): string => text.repeat(Math.ceil(length / text.length)).slice(0, length);
const nested = (open: string, close: string, depth: number): string =>
  `let a = ${open.repeat(depth)}1${close.repeat(depth)}`;
const mebibyte = limits.text;

it("accepts exactly as much as the limits say", () => {
  expect(codesOf(filled(" ", mebibyte))).toEqual([]);
  expect(codesOf(filled(" ", mebibyte + 1))).toEqual(["SDE0101"]);
  expect(codesOf(`let a = [${"1,".repeat(99_997)}1]`)).toEqual([]);
  expect(codesOf(`let a = [${"1,".repeat(99_998)}1]`)).toEqual(["SDE0102"]);
  expect(codesOf(nested("(", ")", 64))).toEqual([]);
  expect(codesOf(nested("(", ")", 65))).toEqual(["SDE0103"]);
  expect(codesOf(`let ${"a".repeat(128)} = 1`)).toEqual([]);
  expect(codesOf(`let ${"a".repeat(129)} = 1`)).toEqual(["SDE0104"]);
  expect(codesOf(`import m from "${"a".repeat(4096)}"`)).toEqual([]);
  expect(codesOf(`import m from "${"a".repeat(4097)}"`)).toEqual(["SDE0105"]);
  // 2,000 operands, then one more.
  expect(codesOf(`let a = x${" + x".repeat(1_999)}`)).toEqual([]);
  expect(codesOf(`let a = x${" + x".repeat(2_000)}`)).toEqual(["SDE0106"]);
});

it.each([
  ["-", ""],
  ["not ", ""],
  ["x^", ""],
  ["if a then b else ", ""],
  ["if ", ""],
  ["fn(x) = ", ""],
  ["f(", ")"],
  ["x[", "]"],
  ["{", "}"],
  ["fn(x) { return ", "}"],
  ["[", "]"],
  ["if a then ", " else b"],
  ["x^-", ""],
  ["(x, ", ")"],
  ["{k: ", "}"],
])("bounds how deep %j nests, closed or not", (open, close) => {
  // Some of these nest two or three levels at once, and conditions in conditions lack their `then`.
  expect(codesOf(nested(open, close, 20)).filter((code) => code !== "SDE0120")).toEqual([]);
  expect(codesOf(nested(open, close, 70))).toEqual(["SDE0103"]);
  expect(codesOf(nested(open, close, 20_000))).toEqual(["SDE0103"]);
  expect(codesOf(`let a = ${open.repeat(20_000)}`)).toEqual(["SDE0103"]);
});

it.each([["()"], [".x"], ["[0]"], [" * x"], [" or x"], [" with x"], ["(1)(2)"], [" dt + x"]])(
  "bounds how long %j follows itself",
  (link) => {
    expect(codesOf(`let a = x${link.repeat(10_000)}`)).toEqual(["SDE0106"]);
  },
);

it("bounds chains in brackets in chains", () => {
  const text = `let a = ${"(".repeat(60)}1${`${" + 1".repeat(1_000)})`.repeat(60)}`;
  expect(codesOf(text)).toEqual(["SDE0106"]);
});

it("bounds blocks", () => {
  expect(codesOf(`sampler s {${" for i in D {".repeat(1_000)}`)).toEqual(["SDE0103"]);
});

const hostile: [string, string][] = [
  ["open parentheses", filled("(", mebibyte)],
  ["190,000 open parentheses", filled("(", 190_000)],
  ["closing brackets", filled(")", 190_000)],
  ["brackets that cross", filled("(", 90_000) + filled("]", 90_000)],
  ["braces", filled("{", 190_000)],
  ["quotes", filled('"', mebibyte)],
  ["lines with a quote", filled('"\n', mebibyte)],
  ["one long string", `"${filled("a", mebibyte - 2)}"`],
  ["one long name", filled("a", mebibyte)],
  ["an open comment", `/*${filled(" *", mebibyte - 2)}`],
  ["comments", filled("///\n", mebibyte)],
  ["spaces", filled(" ", mebibyte)],
  ["zeros", filled("\0", mebibyte)],
  ["half characters", filled("\ud800", mebibyte)],
  ["strange characters", filled("§ ", mebibyte)],
  ["semicolons", filled(";", mebibyte)],
  ["commas", `let a = f(${filled(",", 190_000)}`],
  ["names on lines", filled("a\n", 380_000)],
  ["an endless list of targets", `sampler s {\n let a =\n${filled("a(1),\n", 180_000)}`],
  ["errors on lines", filled("let a = )\n", 400_000)],
  ["let let", filled("let let = = ~ ( ] \n", 400_000)],
  ["kinds", filled("data ", 900_000)],
  ["a long line of marks", `let a${filled("\u0301", mebibyte - 20)} = 2`],
  ["generators", `let a = f(x${" for i in D".repeat(40_000)})`],
  ["backslashes", `"${filled("\\", mebibyte - 2)}"`],
  ["digits", filled("1", mebibyte)],
  ["correct lines", filled("let a = b + c * f(x, 2) - dt\n", 382_000)],
  ["glued numbers", filled("2a ", 270_000)],
];

it.each(hostile)("reads %s in time", (_, text) => {
  const begin = process.cpuUsage();
  const { file, diagnostics } = parse(source(text));
  const took = process.cpuUsage(begin).user / 1000;
  // The bar is a second; the slowest of these takes about 0.4 s on an idle core, and shared machines need room.
  expect(took).toBeLessThan(3_000);
  expect(diagnostics.length).toBeLessThanOrEqual(51);
  expect(misplaced(file)).toEqual([]);
});

it("needs no more than two thirds of a process's stack", () => {
  const script = `
    const { parse } = await import("./grammar/parse.ts");
    const texts = [["f(", ")"], ["fn(x) = f((x)^if a then ", ""], ["if [", ""], ["{k: x^-", "}"]];
    for (const [open, close] of texts) parse({ name: "", text: "let a = " + open.repeat(64) + "1" + close.repeat(64) });
    console.log("done");`;
  const bundle = spawnSync(
    "node_modules/.bin/esbuild",
    ["--bundle", "--format=esm", "--platform=node", "--loader=ts", "--log-level=error"],
    { input: script, encoding: "utf8" },
  );
  expect(bundle.stderr).toBe("");
  // Node's default is 984 kB.
  const run = spawnSync("node", ["--stack-size=656", "--input-type=module"], {
    input: bundle.stdout,
    encoding: "utf8",
  });
  expect(run.stdout.trim()).toBe("done");
});
