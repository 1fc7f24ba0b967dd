/** How is a text laid out? */
import { describe, expect, it } from "vitest";
import * as prettier from "prettier";
import { format } from "../../grammar/format.js";
import * as plugin from "../../grammar/prettier-plugin.js";
import { parse } from "../../grammar/parse.js";
import { shapeOf, source } from "./support.js";

async function formatted(text: string): Promise<string> {
  const once = await format(source(text));
  expect(once.diagnostics).toEqual([]);
  expect((await format(source(once.text))).text).toBe(once.text);
  expect(shapeOf(parse(source(once.text)).file)).toBe(shapeOf(parse(source(text)).file));
  return once.text;
}

describe("spaces", () => {
  it.each([
    ["let  a=b+c*-d^( 2 )", "let a = b + c * -d^(2)"],
    ["let a=x[ .. k+1,2 ..,a:b ]", "let a = x[..k + 1, 2.., a: b]"],
    ["data d( t in{0,2} ):{x:Real [ 2 ],y:Class[10]}", "data d(t in {0, 2}) : { x: Real[2], y: Class[10] }"],
    ["let a={ 0,1 }", "let a = {0, 1}"],
    ["let a={k:1,l:2}", "let a = { k: 1, l: 2 }"],
    ["network n(x,t:Real)predicts score of p.x=mlp( 8 )", "network n(x, t: Real) predicts score of p.x = mlp(8)"],
    ["sampler s(R:process,w=1.0) on x:D,t in[0,1]=R", "sampler s(R: process, w = 1.0) on x : D, t in [0, 1] = R"],
    ["let a=P(t|x0,x(1)=b)", "let a = P(t | x0, x(1) = b)"],
    ["let a=not   b and c", "let a = not b and c"],
    ['import{a,b}from"x"', 'import { a, b } from "x"'],
    ["train o(1){steps:2}", "train o(1) { steps: 2 }"],
    ["sampler s{}", "sampler s {}"],
    ["let f=fn( x )=x+1", "let f = fn(x) = x + 1"],
    ["let a=mean( x for i,j in 0 .. 3 )", "let a = mean(x for i, j in 0..3)"],
    ["process p on x:Real{dx=-x dt+s  o  dW}", "process p on x : Real { dx = -x dt + s o dW }"],
    ["let a = (1,  2)", "let a = (1, 2)"],
  ])("%j", async (text, expected) => {
    expect(await formatted(text)).toBe(`${expected}\n`);
  });
});

describe("lines", () => {
  it("keeps one empty line, none at the ends of blocks, and one statement per line", async () => {
    expect(
      await formatted(
        "\n\nlet a = 1\n\n\n\nlet b = 2 let c = 3\nsampler s {\n\n  x ~ D\n\n\n  y ~ D return x\n\n}\n\n\n",
      ),
    ).toBe("let a = 1\n\nlet b = 2\nlet c = 3\nsampler s {\n  x ~ D\n\n  y ~ D\n  return x\n}\n");
  });

  it("leaves a block of one statement on its line", async () => {
    const text = "sampler s {\n  for t, s in grid(P) { x <- x - 1 }\n}\n";
    expect(await formatted(text)).toBe(text);
  });

  it("breaks before operators and inside brackets", async () => {
    const long = "quite_a_long_name_for_a_value";
    expect(await formatted(`let a = ${long} + ${long} * 2 - ${long} + ${long} + ${long}`)).toBe(
      `let a =\n  ${long}\n    + ${long} * 2\n    - ${long}\n    + ${long}\n    + ${long}\n`,
    );
    expect(await formatted(`let a = f(${long}, ${long}, ${long}, ${long}, k: ${long})`)).toBe(
      `let a = f(\n  ${long},\n  ${long},\n  ${long},\n  ${long},\n  k: ${long}\n)\n`,
    );
    expect(
      await formatted(
        `sampler s = reverse(${long}, ${long}) using euler_maruyama(steps: ${long}) with langevin(snr: 0.16)`,
      ),
    ).toBe(
      `sampler s =\n  reverse(${long}, ${long})\n    using euler_maruyama(steps: ${long})\n    with langevin(snr: 0.16)\n`,
    );
  });

  it("lays out a chain as long as any and brackets as deep as any", async () => {
    expect((await formatted(`let a = x${" + x".repeat(1_999)}`)).split("\n").length).toBe(2_002);
    await formatted(`let a = x${".f(1)[2]".repeat(600)}`);
    await formatted(`let a = ${"(".repeat(64)}1${")".repeat(64)}`);
    await formatted(`let a = ${"f(x, ".repeat(60)}1${")".repeat(60)}`);
  });
});

describe("comments", () => {
  it("stay where they were", async () => {
    const text = [
      "// first",
      "",
      "/// doc",
      "let a = 1 // of a",
      "",
      "// before b",
      "let b = f( // opens",
      "  x, // of x",
      "  // before y",
      "  y",
      "  // last",
      ")",
      "sampler s { // of s",
      "  // before x",
      "  x ~ D // of x",
      "",
      "  // at the end",
      "}",
      "// at the very end",
      "",
    ].join("\n");
    expect(await formatted(text)).toBe(text);
  });

  it("end their line wherever they stand", async () => {
    expect(await formatted("let a = b + // why\n c")).toBe("let a =\n  b\n    + // why\n    c\n");
    expect(await formatted("data // kind\nd : Real")).toBe("data // kind\nd : Real\n");
    expect(await formatted("// only")).toBe("// only\n");
    expect(await formatted("sampler s { // nothing\n}")).toBe("sampler s { // nothing\n}\n");
  });
});

it("keeps the line ends and the mark that a text has", async () => {
  expect(await formatted("let a=1\r\n// c\r\nlet b=2\r\n")).toBe("let a = 1\r\n// c\r\nlet b = 2\r\n");
  expect(await formatted("\ufefflet a=1\n")).toBe("\ufefflet a = 1\n");
  expect(await formatted("")).toBe("");
  expect(await formatted("\n \n")).toBe("");
});

it("returns a text with errors as it is", async () => {
  const text = "let   a = )\nlet b=2";
  const result = await format(source(text));
  expect(result.text).toBe(text);
  expect(result.diagnostics.map(({ code }) => code)).toEqual(["SDE0120"]);
});

it("is a plugin for Prettier itself", async () => {
  const options = { plugins: [plugin], filepath: "a.sde" };
  expect(await prettier.format("let   a=1", options)).toBe("let a = 1\n");
  await expect(prettier.format("let a = 1\nlet b = )", options)).rejects.toMatchObject({
    loc: { start: { line: 2, column: 9 } },
  });
});
