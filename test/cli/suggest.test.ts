/** Are the names suggested the ones that were meant? */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { editDistance, suggest } from "../../compiler/diagnostics/suggest.js";

describe("suggest", () => {
  it("takes the same letters in another case before anything nearer in edits", () => {
    expect(suggest("normal", ["Normals", "Normal", "norml"])).toBe("Normal");
  });

  it("finds a swap, a slip and a forgotten letter", () => {
    const known = ["probability_flow", "sigma", "velocity"];
    expect(suggest("simga", known)).toBe("sigma");
    expect(suggest("velosity", known)).toBe("velocity");
    expect(suggest("probabilty_flow", known)).toBe("probability_flow");
  });

  it("is silent about what is too far, and about single letters", () => {
    expect(suggest("beta", ["gamma", "kernel"])).toBeNull();
    expect(suggest("x", ["t", "y"])).toBeNull();
    expect(suggest("a", [])).toBeNull();
  });

  it("does not depend on the order of the candidates", () => {
    const known = ["bata", "beat", "betas", "Beta2"];
    const answers = [known, [...known].reverse(), [...known].sort()].map((names) => suggest("beta", names));
    expect(new Set(answers).size).toBe(1);
  });

  it("never answers with the name itself", () => {
    expect(suggest("beta", ["beta"])).toBeNull();
  });

  it("finds at least 90 % of 500 random typos in the names of the library", () => {
    const folder = join(import.meta.dirname, "../../compiler/std");
    const text = readdirSync(folder)
      .map((file) => readFileSync(join(folder, file), "utf8"))
      .join("\n");
    const names = [...new Set(text.match(/[A-Za-z_]\w{3,}/g))].sort();
    expect(names.length).toBeGreaterThan(100);
    const random = generator(20);
    let right = 0;
    for (let i = 0; i < 500; i++) {
      const name = names[Math.floor(random() * names.length)] ?? "";
      // A typo that is itself a name is no typo.
      const typo = misspell(name, random);
      if (names.includes(typo) || suggest(typo, names) === name) right++;
    }
    expect(right).toBeGreaterThanOrEqual(450);
  });
});

describe("editDistance", () => {
  it.each([
    ["", "abc", 3],
    ["kitten", "sitting", 3],
    ["ab", "ba", 1],
    ["same", "same", 0],
  ])("from %s to %s is %i", (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });
});

/** One slip of a finger: a letter lost, doubled, replaced, or two swapped. */
function misspell(name: string, random: () => number): string {
  const at = Math.floor(random() * (name.length - 1));
  const letter = "abcdefghijklmnopqrstuvwxyz_"[Math.floor(random() * 27)] ?? "q";
  switch (Math.floor(random() * 4)) {
    case 0:
      return name.slice(0, at) + name.slice(at + 1);
    case 1:
      return name.slice(0, at) + name.charAt(at) + name.slice(at);
    case 2:
      return name.slice(0, at) + letter + name.slice(at + 1);
    default:
      return name.slice(0, at) + name.charAt(at + 1) + name.charAt(at) + name.slice(at + 2);
  }
}

function generator(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}
