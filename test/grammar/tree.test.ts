/** Which tree does a text stand for? */
import { describe, expect, it } from "vitest";
import { parse } from "../../grammar/parse.js";
import { SdeParser } from "../../grammar/parser.js";
import { keywords } from "../../grammar/tokens.js";
import type { Block, Declaration, Item, Statement } from "../../grammar/tree.js";
import { outline, source, textAt } from "./support.js";

function only(text: string): Item {
  const { file, diagnostics } = parse(source(text));
  expect(diagnostics).toEqual([]);
  expect(file.items.length).toBe(1);
  const [item] = file.items;
  if (item === undefined) throw new Error("no item");
  return item;
}

function statements(text: string): readonly Statement[] {
  const item = only(`process p on x : Real[2], t in [0, 1] {\n${text}\n}`) as Declaration;
  return (item.body as Block).statements;
}

const expression = (text: string): string => outline(only(`let a = ${text}`)).replace(/^\(let a (.*)\)$/s, "$1");

it("is a grammar that two tokens of lookahead decide, with 31 reserved words", () => {
  expect(() => new SdeParser({ hasValidation: true })).not.toThrow();
  expect(keywords.length).toBe(31);
});

describe("expressions", () => {
  it.each([
    ["a + b * c", "(+ a (* b c))"],
    ["a - b - c", "(- (- a b) c)"],
    ["a / b * c @ d", "(@ (* (/ a b) c) d)"],
    ["-x^2", "(- (^ x 2))"],
    ["x^-y^z", "(^ x (- (^ y z)))"],
    ["2 ^ 3 ^ 4", "(^ 2 (^ 3 4))"],
    ["-a * b", "(* (- a) b)"],
    ["a < b and c == d or not e", "(or (and (< a b) (== c d)) (not e))"],
    ["a or b and c", "(or a (and b c))"],
    ["a + b < c * d", "(< (+ a b) (* c d))"],
    ["a < -1", "(< a (- 1))"],
    ["-b * x dt + g dW", "(+ (increment (* (- b) x) dt) (increment g dW))"],
    ["a + b dt - c", "(- (+ a (increment b dt)) c)"],
    ["s(x) o dW + s ∘ dN", "(+ (increment o (call s (argument x)) dW) (increment o s dN))"],
    ["dW + dt", "(+ dW dt)"],
    ["(a)", "a"],
    ["((a + b)) * c", "(* (+ a b) c)"],
    ["(a, b)", "(tuple a b)"],
    [
      "f(x, k: 2)(y).data[0]",
      "(indexed (access (call (call f (argument x) (argument k 2)) (argument y)) data) (at (argument 0)))",
    ],
    ["P(s | x(t) = a, b)", "(call P (argument s) (given (call x (argument t)) a) (given b))"],
    ["x[1, ..k + 1, 2.., ..]", "(indexed x (at (argument 1)) (range (+ k 1)) (range 2) (range))"],
    ["{a: 1, over: 2}", "(braces (argument a 1) (argument over 2))"],
    ["{0, 1}", "(braces (argument 0) (argument 1))"],
    ["[e for i, j in D for k in 0..3]", "(list (argument e (generator i j (domain D)) (generator k (domain 0 3))))"],
    ["if a then b else if c then d else e", "(if a b (if c d e))"],
    ["fn(x, y = 1) : Real = x + 1", "(fn (parameter x) (parameter y 1) (of type (space Real)) (value (+ x 1)))"],
    ["R using k(2) with c with d", "(with (with (using R (call k (argument 2))) c) d)"],
    ["fn(e) {\n  return e\n}", "(fn (parameter e) (block (return e)))"],
  ])("%s", (text, tree) => {
    expect(expression(text)).toBe(tree);
  });

  it("keeps a number's text beside its value", () => {
    expect(only("let a = 1e-3")).toMatchObject({ values: [{ kind: "number", value: 0.001, text: "1e-3" }] });
  });
});

describe("statements", () => {
  it("end where the next begins", () => {
    const found = statements(
      "let b = t dx = -b * x dt + dW x(1) ~ Normal(0, 1) x0, x1 ~ ν a[i].c <- b o ~ D for i in 0..3 { x <- 1 } return x, t",
    );
    expect(found.map(outline)).toEqual([
      "(let b t)",
      "(= dx (+ (increment (* (- b) x) dt) dW))",
      "(~ (target x (at time 1)) (call Normal (argument 0) (argument 1)))",
      "(~ (target x0) (target x1) ν)",
      "(<- (target a (at index (at (argument i))) (at field c)) b)",
      "(~ (target o) D)",
      "(loop i (domain 0 3) (block (<- (target x) 1)))",
      "(return x t)",
    ]);
  });

  it("include goals, params and trains", () => {
    const found = statements(
      "minimize a over f, g\nparam α, β : Positive in [0, 1] = 0.5\ntrain o(1) { steps: 2 }\ntrain { train o {} }",
    );
    expect(found.map(outline)).toEqual([
      "(minimize a f g)",
      "(param α β (space Positive) (domain (list (argument 0) (argument 1))) 0.5)",
      "(train (named o (argument 1)) (braces (argument steps 2)))",
      "(train (block (train (named o) (braces))))",
    ]);
  });
});

describe("declarations", () => {
  it("have one form", () => {
    expect(outline(only("network n(x, t: Real) predicts score of p.x = mlp(8)"))).toBe(
      "(network n (parameter x) (parameter t (space Real)) (predicts score (named p x)) (value (call mlp (argument 8))))",
    );
    expect(outline(only("sampler s(R: process) on x, y = x, t, s = x"))).toBe(
      "(sampler s (parameter R (process)) (parameter x) (parameter y x) (parameter t) (parameter s) (value x))",
    );
    expect(outline(only("data d(t in {0, 2}) : { x: Real[2] in [0, 1], data: cifar.x }"))).toBe(
      "(data d (parameter t (domain (braces (argument 0) (argument 2)))) (of type (record type " +
        "(field x (space Real (argument 2)) (domain (list (argument 0) (argument 1)))) (field data (space cifar x)))))",
    );
  });

  it("tell apart what was not written from what is empty", () => {
    expect(only("sampler s() { }")).toMatchObject({
      parameters: [],
      states: null,
      body: { kind: "block", statements: [] },
    });
    expect(only("data d : Real")).toMatchObject({ parameters: null, body: null });
    expect(only('import m from "./x.sde"')).toMatchObject({
      module: { text: "m" },
      names: [],
      path: { value: "./x.sde" },
    });
  });
});

describe("names", () => {
  it("are compared in normalisation form C", () => {
    expect(only("let e\u0301 = 1")).toMatchObject({ names: [{ text: "é", span: { start: 4, end: 6 } }] });
    expect(only("let a = x\u03020")).toMatchObject({ values: [{ text: "x\u03020" }] });
    // `dé` is a differential however its letter is put together.
    expect(outline(only("let f = fn(x) { de\u0301 = dt }"))).toContain("(= dé dt)");
  });

  it("may be reserved words as fields and arguments", () => {
    expect(expression("f(with: x.let)")).toBe("(call f (argument with (access x let)))");
  });
});

describe("doc comments", () => {
  const docs = (text: string) => parse(source(text)).file.items.map((item) => ("doc" in item ? item.doc : "–"));

  it("are the `///` lines directly above", () => {
    expect(docs("/// One.\n///  Two. \nlet a = 1")).toEqual(["One.\n Two."]);
    expect(docs("/// One.\r\n/// Two.\r\nlet a = 1")).toEqual(["One.\nTwo."]);
    expect(docs("let a = 1 /// of a\nlet b = 2")).toEqual([null, null]);
    expect(docs("/// about the file\n\nlet a = 1")).toEqual([null]);
    expect(docs("/// no\n// remark\nlet a = 1")).toEqual([null]);
    expect(docs("// remark\n/// yes\ndata d : Real")).toEqual(["yes"]);
  });

  it("are kept inside blocks", () => {
    expect(statements("/// Level.\nlet σ = 1\n  /// Start.\n  param a = 1")).toMatchObject([
      { doc: "Level." },
      { doc: "Start." },
    ]);
  });
});

describe("spans", () => {
  it("cover exactly what was written", () => {
    const item = only("/// d\nfn f(x) : Real = (x + 1) * -x // c\n") as Declaration;
    expect(textAt(item.span)).toBe("fn f(x) : Real = (x + 1) * -x");
    const body = item.body;
    if (body?.kind !== "value" || body.value.kind !== "binary") throw new Error("not a product");
    expect(textAt(body.span)).toBe("= (x + 1) * -x");
    expect(textAt(body.value.left.span)).toBe("(x + 1)");
    expect(textAt(body.value.operatorSpan)).toBe("*");
    expect(textAt(body.value.right.span)).toBe("-x");
  });
});
