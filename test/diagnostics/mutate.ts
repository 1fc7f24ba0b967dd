/** What does a model look like when a few of its words are wrong? Seeded changes of single tokens. */
import { parseWithTrivia } from "../../grammar/parse.js";

export type Random = () => number;

/** Mulberry32: good enough to choose with, and the same everywhere. */
export function randomFrom(seed: number): Random {
  let state = (seed * 0x9e3779b1) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function pick<T>(random: Random, list: readonly T[]): T {
  const chosen = list[Math.floor(random() * list.length)];
  if (chosen === undefined) throw new Error("nothing to pick from");
  return chosen;
}

const numbers = [
  "0",
  "1",
  "-1",
  "2",
  "3",
  "0.5",
  "1e-300",
  "1e9",
  "1e308",
  "infinity",
  "(0 / 1)",
  "1e6",
  "-2.5",
  "65537",
];
const keywords = new Set(
  "import let param train on in predicts of using with minimize maximize over for return if then else and or not data network process reference interpolant coupling reward objective sampler fn".split(
    " ",
  ),
);
const operators = ["+", "-", "*", "/", "^", "@", "<", "=", "~", "<-", ",", "|", ":"];
const expressions = [
  "none",
  "true",
  "moons",
  "x",
  "t",
  "x0",
  "[1, 2]",
  "[]",
  "{}",
  "(1, 2)",
  "net",
  "p",
  "vp",
  "fn(u) = u",
  "mlp(hidden: [4])",
  "Normal(0, 1)",
  "grid(p, steps: 3)",
  "score",
  "sum(i for i in 0..3)",
];

/** One to three tokens of a text changed: the same for the same seed. */
export function mutated(text: string, random: Random): string {
  let result = text;
  for (let times = 1 + Math.floor(random() * 3); times > 0; times -= 1) result = mutatedOnce(result, random);
  return result;
}

/** Mostly a number or name for another, so that what comes out is grammatical; else any token for anything. */
function mutatedOnce(text: string, random: Random): string {
  const { tokens } = parseWithTrivia({ name: "mutated.sde", text });
  const names = tokens.filter(({ image }) => /^[\p{L}_]/u.test(image) && !keywords.has(image));
  const words = tokens.filter(({ image }) => /^[\p{L}\p{N}_]/u.test(image) && !keywords.has(image));
  if (names.length < 2) return text;
  const isGrammatical = random() < 0.8;
  const token = pick(random, isGrammatical ? words : tokens);
  const replace = (by: string): string =>
    text.slice(0, token.startOffset) + by + text.slice(token.startOffset + token.image.length);
  if (isGrammatical) {
    const isNumber = /^[0-9]/.test(token.image);
    if (random() < 0.3) return replace(pick(random, expressions));
    return replace(isNumber ? pick(random, numbers) : pick(random, names).image);
  }
  const other = pick(random, tokens).image;
  return replace(
    pick(random, ["", other, `${token.image} ${token.image}`, `${token.image} ${other}`, pick(random, operators)]),
  );
}
