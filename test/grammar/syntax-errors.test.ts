/** What is said about a text that does not fit the grammar, where, and what is left of the tree? */
import { describe, expect, it } from "vitest";
import { parse } from "../../grammar/parse.js";
import * as catalogue from "../../grammar/syntax-catalogue.js";
import { outline, source, textAt } from "./support.js";

/** Code, sentence and place of each error. */
const said = (text: string): [string, string, string][] =>
  parse(source(text)).diagnostics.map(({ code, message, span }) => [code, message, textAt(span)]);

const inProcess = (text: string): string => `process p on x : Real[2] {\n${text}\n  dx = dW\n}\n`;

describe("one error for each spoiled statement", () => {
  it.each([
    ["  let a = }", "SDE0120", "I expected an expression after `=`, but the next thing is `}`.", "}"],
    ["  let a =", "SDE0120", "I expected an expression after `=`, but the next thing is `dx`.", "="],
    ["  let a =\n  y ~ D", "SDE0120", "I expected an expression after `=`, but the next thing is `y`.", "="],
    ["  let a = f(x, )", "SDE0120", "I expected an expression after `,`, but the next thing is `)`.", ")"],
    ["  let a = f(1 2)", "SDE0120", "I expected `,` or `)` after `1`, but the next thing is `2`.", "2"],
    ["  let a = f(x\n  let b = 2", "SDE0121", "`(` is never closed: I expected `)` before `let`.", "x"],
    ["  let a = f(x]", "SDE0121", "`(` is never closed: I expected `)` before `]`.", "]"],
    ["  for i in 0..3 {\n    x <- 1", "SDE0121", "`{` is never closed: I expected `}` before the next `}`.", "dW"],
    ["  let a = b)", "SDE0122", "This `)` closes nothing.", ")"],
    ["  let in = 3", "SDE0123", "`in` is a word of the language and cannot be a name here.", "in"],
    ["  let dt = 0.1", "SDE0124", "`dt` is a differential, the increment of `t`, and cannot be a name.", "dt"],
    ["  x == 3", "SDE0125", "`==` compares; `x` is defined with `=`.", "=="],
    ["  let a 3", "SDE0126", "I expected `=` and a value after `a`, but the next thing is `3`.", "3"],
    ["  let c = a <-1", "SDE0128", "`<-` updates a name, and no update can stand here.", "<-"],
    ["  let c = b (2) 3", "SDE0134", "`)` and `3` stand side by side with nothing between them.", ") 3"],
    ["  let c = b c", "SDE0134", "`b` and `c` stand side by side with nothing between them.", "b c"],
    ["  for t, in g { x <- 1 }", "SDE0120", "I expected a name after `,`, but the next thing is `in`.", "in"],
    ["  let a = x[", "SDE0120", "I expected an expression after `[`, but the next thing is `dx`.", "["],
    ["  let a = 1; let b = 2", "SDE0116", "`;` separates nothing in this language.", ";"],
    ["  let a = x² + f(y²", "SDE0115", "`²` is set as a superscript, which is not part of the language.", "²"],
  ])("%j", (text, code, message, place) => {
    // An error inside a later one's region is not looked at here, only that the first is the one expected.
    expect(said(inProcess(text))[0]).toEqual([code, message, place]);
  });

  it("reads on with the next statement and the next declaration", () => {
    const text =
      inProcess("  let a = )\n  let b = f(x y\n  let c = 1\n  minimize\n") +
      "data q Real\nprocess r on x : Real { dx = dt }\n";
    expect(said(text).map(([code]) => code)).toEqual(["SDE0120", "SDE0121", "SDE0120", "SDE0120"]);
    const { items } = parse(source(text)).file;
    expect(items.map((item) => (item.kind === "declaration" ? item.name.text : item.kind))).toEqual(["p", "q", "r"]);
  });

  it("points to the bracket that is open", () => {
    const [diagnostic] = parse(source("let a = g(f[1, 2\nlet b = 2")).diagnostics;
    expect(diagnostic?.related.map(({ message, span }) => [message, span.start])).toEqual([["`[` opens here", 11]]);
  });

  it("finds the block that is open by its indentation", () => {
    const text = "process p on x : Real {\n  for i in 0..3 {\n    x <- 1\n  dx = dW\n}\ndata q : Real\n";
    const { diagnostics, file } = parse(source(text));
    expect(diagnostics.map(({ code, related }) => [code, related[0]?.span.start])).toEqual([
      ["SDE0121", text.indexOf("{", 25)],
    ]);
    expect(file.items.length).toBe(2);
  });
});

describe("the tree of a spoiled text", () => {
  const items = (text: string): string[] => parse(source(text)).file.items.map(outline);

  it("keeps the names that are defined", () => {
    expect(items("let a, b = \nlet c = 1")).toEqual(["(let a b (missing))", "(let c 1)"]);
    expect(items("let data = 1")).toEqual(["(let data 1)"]);
    expect(items("let a = f(x, )\nlet b = 2")).toEqual(["(let a (call f))", "(let b 2)"]);
  });

  it("keeps what a head had before it went wrong, and the body", () => {
    expect(items("process p(D: data) on x : D t in [0, 1] {\n  dx = dt\n}")).toEqual([
      "(process p (parameter D (data)) (parameter x (space D)) (block (= dx dt)))",
    ]);
  });

  it("reads misspelt signs as what they stand for", () => {
    expect(items("let a := x**2 && y ≤ .5;")).toEqual(["(let a (and (^ x 2) (<= y 0.5)))"]);
    expect(items("let a = x² − 1")).toEqual(["(let a (- (^ x 2) 1))"]);
  });
});

it("stops after 50 errors with a note", () => {
  const { diagnostics } = parse(source("let = 1\n".repeat(500)));
  expect(diagnostics.length).toBe(51);
  expect(diagnostics.at(-1)).toMatchObject({ code: "SDE0107", severity: "information" });
});

it("speaks to people", () => {
  for (const kind of Object.values(catalogue)) {
    if (typeof kind !== "object" || !("code" in kind)) continue;
    // The rows take different words; each is given all of them.
    const words = {
      length: 1,
      written: "w",
      codePoint: "U+0000",
      write: "w",
      atLineEnd: true,
      opening: "#",
      meant: "let",
      number: "2",
      name: "x",
      expected: "e",
      after: "`a`",
      found: "`f`",
      open: "(",
      close: ")",
      word: "data",
      sign: "<",
      left: "`l`",
      right: "`r`",
    };
    const sentence = (kind.message as (given: typeof words) => string)(words);
    const help = (kind.help as ((given: typeof words) => string | null) | undefined)?.(words) ?? "";
    expect(`${sentence} ${help}`).not.toMatch(/undefined|token|parse|viable|unexpected|invalid|EOF|Ident\b/i);
    expect(sentence).toMatch(/\.$/);
  }
});
