/** Which texts might break a parser? Seeded soups of words and signs, and examples with something done to them. */
import { examples } from "./support.js";

/** One text for each seed, always the same. */
export function soup(seed: number): string {
  const random = randomFrom(seed);
  const kinds = [wordSoup, characterSoup, deepSoup, mutated, mutated, mutated, mutated, statementSoup, lineSoup];
  return pick(random, kinds)(random);
}

/** Mulberry32: good enough to choose with, and the same everywhere. */
type Random = () => number;
function randomFrom(seed: number): Random {
  let state = (seed * 0x9e3779b1) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
const below = (random: Random, n: number): number => Math.floor(random() * n);
function pick<T>(random: Random, list: readonly T[]): T {
  const chosen = list[below(random, list.length)];
  if (chosen === undefined) throw new Error("nothing to pick from");
  return chosen;
}
const many = (random: Random, n: number, make: () => string, separator = ""): string =>
  Array.from({ length: 1 + below(random, n) }, make).join(separator);

const words = (
  "import data network process reference interpolant coupling reward objective sampler fn let param train on in predicts of " +
  "using with minimize maximize over for return if then else and or not from o x t y f Real Normal score dx dt dW dθ dW_A x̂0 η x₁ " +
  '( ) [ ] { } ( ) [ ] { } , : = ~ <- == != < <= > >= + - * / @ ^ . .. | ∘ 1 0.5 1e-3 "a" ; # ** := && .5 1. x² // /// /* */ \' $ → ≤ "'
).split(" ");
const spaces = ["", " ", " ", " ", "\n", "\n  ", "\t", "\r\n", "\n\n", " // c\n", "\n/// d\n"];
const strange = [
  "\0",
  "\u200b",
  "\ud800",
  "\udc00",
  "\u{1d49c}",
  "\u0301",
  "é",
  "e\u0301",
  "\ufeff",
  "\u2028",
  "\u00a0",
  "𝟙",
  "∂",
  "日本",
  "\r",
  "\x7f",
  "²",
  "ᵀ",
  "₀",
];

const wordSoup = (random: Random): string => many(random, 120, () => pick(random, words) + pick(random, spaces));

const characterSoup = (random: Random): string =>
  many(random, 200, () =>
    random() < 0.2
      ? pick(random, strange)
      : String.fromCodePoint(random() < 0.9 ? below(random, 128) : below(random, 0xd7ff)),
  );

/** Sometimes closed, sometimes not, sometimes too deep. */
function deepSoup(random: Random): string {
  const pairs = [
    ["(", ")"],
    ["[", "]"],
    ["{", "}"],
    ["f(", ")"],
    ["-", ""],
    ["not ", ""],
    ["x^", ""],
    ["if a then b else ", ""],
    ["fn(x) = ", ""],
    ["fn(x) { return ", " }"],
    ["(x + ", ")"],
    ["{a: ", "}"],
    ["x[", "]"],
    ["a.", ""],
  ] as const;
  const depth = 1 + below(random, 150);
  const chosen = Array.from({ length: depth }, () => pick(random, pairs));
  const isClosed = random() < 0.6;
  const closing = isClosed
    ? chosen
        .map(([, close]) => close)
        .reverse()
        .join("")
    : "";
  return `let a = ${chosen.map(([open]) => open).join("")}1${closing}\nlet b = 2\n`;
}

function statementSoup(random: Random): string {
  const name = (): string => pick(random, ["x", "y", "x0", "x̂0", "s_X", "o", "from", "v"]);
  const value = (depth: number): string => {
    if (depth > 4 || random() < 0.3) return pick(random, ["1", "0.5", name(), "dt", "t", "pi"]);
    const inner = (): string => value(depth + 1);
    const forms = [
      () => `${inner()} + ${inner()}`,
      () => `${inner()} * ${inner()}`,
      () => `-${inner()}`,
      () => `f(${inner()}, k: ${inner()})`,
      () => `(${inner()})`,
      () => `(${inner()}, ${inner()})`,
      () => `${name()}[${inner()}, ..${inner()}]`,
      () => `[${inner()} for i in 0..3]`,
      () => `{a: ${inner()}}`,
      () => `{${inner()}, ${inner()}}`,
      () => `if ${inner()} < ${inner()} then ${inner()} else ${inner()}`,
      () => `P(t | ${inner()}, x(0) = ${inner()})`,
      () => `fn(a, b = ${inner()}) = ${inner()}`,
      () => `${inner()} dt + ${inner()} o dW`,
      () => `${name()}^${inner()}`,
      () => `R using k(${inner()}) with c(${inner()})`,
      () => `${name()}.a.b(${inner()})(${inner()})`,
      () => `not ${inner()} and ${inner()} or ${inner()}`,
      () => `fn(x) {\n return ${inner()}\n}`,
      () => `"s"`,
    ];
    return pick(random, forms)();
  };
  const space = (): string =>
    pick(random, ["\n", "\n", "\n\n", "\n\n\n", "  // c\n", "\n/// doc\n", " /// doc\n// c\n\n", "\r\n"]);
  const statement = (): string =>
    pick(random, [
      () => `let ${name()}, z : Real[2] = ${value(0)}`,
      () => `let ${name()} = ${value(0)}`,
      () => `param θ : Positive in [0, ${value(3)}] = ${value(2)}`,
      () => `${name()}(1), ${name()}[2].a ~ ${value(0)}`,
      () => `${name()} <- ${value(0)}, ${value(1)}`,
      () => `dx = ${value(0)}`,
      () => `dx ~ Jump(rate: ${value(1)})`,
      () => `minimize ${value(0)} over a, b`,
      () => `return ${value(0)}, ${value(2)}`,
      () => `for t, s in grid(${value(2)}) { x <- ${value(1)} }`,
      () => `train a(${value(3)}) { steps: ${value(3)} }`,
      () => `train { for i in 0..3 {\n train b {} } }`,
    ])();
  const block = (): string => `{${space()}${many(random, 4, () => statement() + space())}}`;
  const item = (): string =>
    pick(random, [
      () => `process p(D: data, k = ${value(2)}) on x : D, t in [0, 1] ${block()}`,
      () => `data q : { x: Real[${value(3)}] in {0, 1}, data: Real }`,
      () => `network n(x, t: Real) predicts score of p.x = ${value(0)}`,
      () => `fn f(x) : Real = ${value(0)}`,
      () => `sampler s = ${value(0)}`,
      () => `objective o ${block()}`,
      () => `import { a, b } from "x"`,
      () => `import m from "y"`,
      () => `let ${name()} = ${value(0)}`,
    ])();
  return space() + many(random, 4, () => item() + space());
}

/** Lines of the examples in any order. */
const lineSoup = (random: Random): string => {
  const lines = pick(random, examples).text.split("\n");
  return many(random, 30, () => pick(random, lines), "\n");
};

function mutated(random: Random): string {
  let text = pick(random, examples).text;
  if (random() < 0.5) {
    const start = below(random, text.length);
    text = text.slice(start, start + 200 + below(random, 1500));
  }
  for (let times = 1 + below(random, 4); times > 0; times--) text = mutatedOnce(random, text);
  return text;
}

function mutatedOnce(random: Random, text: string): string {
  const parts = text.match(/[\p{L}\p{M}\p{N}_]+|\s+|[^\p{L}\p{M}\p{N}_\s]/gu) ?? [];
  const at = below(random, parts.length + 1);
  const other = below(random, parts.length + 1);
  switch (below(random, 9)) {
    case 0:
      parts.splice(at, 1);
      break;
    case 1:
      parts.splice(at, 0, parts[at] ?? "x");
      break;
    case 2:
      [parts[at], parts[other]] = [parts[other] ?? "", parts[at] ?? ""];
      break;
    case 3:
      parts.splice(at, 0, ` ${pick(random, words)} `);
      break;
    case 4:
      parts.splice(at, 0, pick(random, strange));
      break;
    case 5:
      parts.splice(Math.min(at, other), Math.abs(at - other));
      break;
    case 6:
      parts.splice(at, 0, ...parts.slice(other, other + below(random, 40)));
      break;
    case 7:
      return text.slice(0, below(random, text.length + 1));
    default:
      return text.replace(/\n/g, pick(random, ["\r\n", "\r", " ", "\n\n", "\n"]));
  }
  return parts.join("");
}
