/** Does the compiler guess the name that was meant? Seeded typos in the names of models that compile. */
import { expect, it } from "vitest";
import { parseWithTrivia } from "../../grammar/parse.js";
import type { Random } from "./mutate.js";
import { pick, randomFrom } from "./mutate.js";
import { diagnosticsOf, textsOf } from "./support.js";
import { wrongModels } from "./wrong-models.js";

const letters = "abcdefghijklmnopqrstuvwxyz_".split("");
const reserved =
  /^(?:import|let|param|train|on|in|predicts|of|using|with|minimize|maximize|over|for|return|if|then|else|data|network|process|reference|interpolant|coupling|reward|objective|sampler|fn)$/;

/** One letter wrong, missing, doubled or exchanged with its neighbour; the first letter stays. */
function misspelt(name: string, random: Random): string {
  const at = 1 + Math.floor(random() * (name.length - 1));
  switch (Math.floor(random() * 4)) {
    case 0:
      return name.slice(0, at) + pick(random, letters) + name.slice(at + 1);
    case 1:
      return name.slice(0, at) + name.slice(at + 1);
    case 2:
      return name.slice(0, at) + pick(random, letters) + name.slice(at);
    default:
      return name.slice(0, at - 1) + (name[at] ?? "") + (name[at - 1] ?? "") + name.slice(at + 1);
  }
}

it("guesses at least 90 % of 200 misspelt names first", { timeout: 60_000 }, () => {
  const random = randomFrom(5);
  const missed: string[] = [];
  let tried = 0;
  while (tried < 200) {
    const { right } = textsOf(pick(random, wrongModels));
    const { tokens } = parseWithTrivia({ name: "model.sde", text: right });
    // A name that is not its first occurrence is a use, or a name of the library.
    const names = tokens.filter(
      ({ image }) => /^[a-zA-Z]\w{2,}$/.test(image) && !reserved.test(image) && !/^d[a-zA-Z]$/.test(image),
    );
    if (names.length === 0) continue;
    const token = pick(random, names);
    const name = token.image;
    const typo = misspelt(name, random);
    if (typo === name || reserved.test(typo)) continue;
    const text = right.slice(0, token.startOffset) + typo + right.slice(token.startOffset + name.length);
    const found = diagnosticsOf(text).find(
      ({ message }) => message.includes(`\`${typo}\``) && /^(?:Nothing|.* (?:has no|is not|is neither))/.test(message),
    );
    // A misspelt declaration is a new name; its uses are then what is misspelt.
    if (found === undefined) continue;
    tried += 1;
    if (found.help !== `Did you mean \`${name}\`?`) missed.push(`${name} as ${typo}: ${found.help ?? "nothing"}`);
  }
  expect(missed.length, missed.join("\n")).toBeLessThanOrEqual(20);
});
