/** Row 11: random token soups and spoiled examples through the whole compiler: none may throw, none may take long. */
import { compile } from "../../compiler/index.js";
import { library } from "../../compiler/library.js";
import type { Source } from "../../grammar/source.js";
import { soup } from "../grammar/soup.js";
import { generator } from "../support/noise.js";
import { comparedTexts, readImport } from "./engine-models.js";
import type { Figure } from "./figure.js";
import { digits } from "./figure.js";

const row = 11;
const soups = 20_000;
const spoiled = 3000;

export async function measureFrontEndFuzz(): Promise<readonly Figure[]> {
  // Spoiled texts that still parse reach the stages behind the parser: they begin as models that compile.
  const models = comparedTexts();
  return [
    ...tried(`${soups} soups and spoiled texts`, soups, (seed) => ({ name: "soup.sde", text: soup(seed) })),
    ...tried(`${spoiled} models with one or two words exchanged`, spoiled, (seed) => {
      const { name, text } = models[seed % models.length] ?? { name: "", text: "" };
      return { name, text: exchanged(text, seed) };
    }),
  ];
}

function tried(what: string, seeds: number, sourceOf: (seed: number) => Source): readonly Figure[] {
  const thrown: string[] = [];
  let longest = { seed: 0, seconds: 0 };
  let clean = 0;
  for (let seed = 0; seed < seeds; seed += 1) {
    const source = sourceOf(seed);
    const start = process.cpuUsage();
    try {
      if (compile(source, { library, read: readImport }).model !== null) clean += 1;
    } catch (error) {
      thrown.push(`seed ${seed}: ${error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error)}`);
    }
    // Time of this process alone: other programs on the machine do not count.
    const { user, system } = process.cpuUsage(start);
    const seconds = (user + system) / 1e6;
    if (seconds > longest.seconds) longest = { seed, seconds };
  }
  for (const line of thrown) process.stderr.write(`${what}, ${line}\n`);
  return [
    {
      row,
      what: `${what}: exceptions`,
      measured: `${thrown.length} (${clean} compile clean)`,
      bound: "0",
      passed: thrown.length === 0 && clean > 0,
    },
    {
      row,
      what: `${what}: the longest, seconds of processor time`,
      measured: `${digits(longest.seconds)} (seed ${longest.seed})`,
      bound: "< 1",
      passed: longest.seconds < 1,
    },
  ];
}

/** One or two words of a text replaced by other words of the same text. */
function exchanged(text: string, seed: number): string {
  const random = generator(seed);
  const words = text.match(/[\p{L}\p{M}\p{N}_.]+|\s+|[^\p{L}\p{M}\p{N}_.\s]/gu) ?? [];
  const places = words.flatMap((word, place) => (word.trim() === "" ? [] : [place]));
  const pick = (): number => places[Math.floor(random() * places.length)] ?? 0;
  for (let times = random() < 0.5 ? 1 : 2; times > 0; times -= 1) words[pick()] = words[pick()] ?? "";
  return words.join("");
}
