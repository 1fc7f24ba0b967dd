/** Does the compiler stand whatever is written? Models with a few words changed: no exception, no long wait, places inside the text. */
import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compile } from "../../compiler/index.js";
import { library } from "../../compiler/library.js";
import { mutated, pick, randomFrom } from "./mutate.js";
import { textsOf } from "./support.js";
import { wrongModels } from "./wrong-models.js";

const share = Number(process.env["SDEC_FUZZ"] ?? 300);
const longest = 1000;
/** A paper's whole model may take over a second unchanged: e has twelve layers of a transformer in each of six runs of a sampler. */
const longestOfPapers = 3000;

const folder = new URL("../language/", import.meta.url);
const papers = ["models", "std"].flatMap((name) =>
  readdirSync(new URL(`${name}/`, folder))
    .sort()
    .map((file) => readFileSync(new URL(`${name}/${file}`, folder), "utf8")),
);
const small = wrongModels.map((model) => textsOf(model).right);

describe("the compiler", () => {
  it(`stands ${share} changed models`, { timeout: 60_000 + share * 100 }, () => {
    for (let seed = 0; seed < share; seed += 1) {
      const random = randomFrom(seed);
      const isSmall = random() < 0.75;
      const text = mutated(pick(random, isSmall ? small : papers), random);
      const begun = process.cpuUsage();
      const { diagnostics } = compile({ name: "model.sde", text }, { library, read: () => null });
      // Processor time, so that what else the machine does cannot fail the test.
      const time = process.cpuUsage(begun).user / 1000;
      expect(time, `seed ${seed} takes ${time.toFixed(0)} ms`).toBeLessThan(isSmall ? longest : longestOfPapers);
      for (const diagnostic of diagnostics) {
        expect(diagnostic.span.source.name, `seed ${seed}: ${diagnostic.message}`).toBe("model.sde");
        expect(`${diagnostic.message} ${diagnostic.help ?? ""}`, `seed ${seed}`).not.toMatch(
          /undefined|NaN|\[object|``/,
        );
        for (const { span } of [diagnostic, ...diagnostic.related]) {
          expect(span.start).toBeGreaterThanOrEqual(0);
          expect(span.end).toBeGreaterThanOrEqual(span.start);
          expect(span.end).toBeLessThanOrEqual(span.source.text.length);
        }
      }
    }
  });
});

const model =
  "data moons : Real[2]\nprocess p = vp(moons)\nnetwork net(x, t) predicts noise of p = mlp(hidden: [8])\ntrain noise_prediction(moons, p, net) { steps: 10 }\n";
const program = (body: string): string => `${model}sampler draw() {\n  x ~ Normal(0, 1, like: moons)\n  ${body}\n}\n`;
const coefficient = (count: number): string => {
  const lets = Array.from(
    { length: count },
    (_, i) => `let a${i + 1} = ${i === 0 ? "t" : `a${i}`} + ${i === 0 ? "t" : `a${i}`}^2`,
  );
  return `data moons : Real[2]\nprocess q on x : moons, t in [0, 1] {\n  ${lets.join("\n  ")}\n  dx = -a${count} * x dt + dW\n}\n`;
};

/** Texts that ask for more than there is, and the code each must get (null: it compiles). */
const greedy: readonly (readonly [string, string, string | null])[] = [
  ["an axis of 10^9", "data m : Real[1e9]\n", "SDE2004"],
  ["a space of 2^48 numbers", "data m : Real[16777216, 16777216]\n", "SDE2004"],
  ["a layer of 10^9", model.replace("[8]", "[1e9]"), "SDE2004"],
  ["10^9 frequencies", model.replace("[8]", "[8], time: fourier(1e9)"), "SDE2004"],
  ["10^6 steps", `${model}sampler s = reverse(p, net) using euler_maruyama(steps: 1e6)\n`, "SDE2004"],
  [
    "10^6 nodes of a log-SNR grid",
    `${model}sampler s = reverse(p, net) using euler_maruyama(steps: 1e6, spacing: log_snr, until: 1e-3)\n`,
    "SDE2004",
  ],
  ["10^9 rounds", program("for i in 0..1e9 { x <- 2 * x }\n  return x"), "SDE2004"],
  ["infinitely many rounds", program("for i in 0..infinity { x <- 2 * x }\n  return x"), "SDE2004"],
  ["10^9 nodes", program("return x * sum(linspace(0, 1, 1e9))"), "SDE2004"],
  [
    "a sum of 10^6 terms",
    program("return x * sum(sum(sum(i * j * k for i in 0..100) for j in 0..100) for k in 0..100)"),
    "SDE0902",
  ],
  [
    "calls that double 30 times",
    `fn f0(x) = x\n${Array.from({ length: 30 }, (_, i) => `fn f${i + 1}(x) = f${i}(x) + f${i}(x)`).join("\n")}\nlet z = f30(1)\n`,
    "SDE0902",
  ],
  [
    "a chain of 200 fns",
    `fn f0(x) = x\n${Array.from({ length: 200 }, (_, i) => `fn f${i + 1}(x) = f${i}(x)`).join("\n")}\nlet z = f200(1)\n`,
    "SDE0902",
  ],
  [
    "a chain of 150 lets, last first",
    Array.from({ length: 150 }, (_, i) => `let a${i} = a${i + 1} + 1`).join("\n") + "\nlet a150 = 1\n",
    "SDE0902",
  ],
  ["a polynomial of degree 2^25", coefficient(25), "SDE0901"],
  [
    "an infinite coefficient",
    "data m : Real\nprocess q on x : m, t in [0, 1] { dx = -infinity * x dt + dW }\n",
    "SDE2004",
  ],
  [
    "an endless range of time",
    "data m : Real\nprocess q on x : m, t in [0, infinity] { dx = -x dt + dW }\n",
    "SDE2108",
  ],
  [
    "a root of a billionth degree",
    "data m : Real\nprocess q on x : m, t in [0, 1] { dx = -x dt + (1 + t)^1e-9 dW }\n",
    null,
  ],
  ["a fn given to itself", program("let w = fn(f) = f(f)\n  return w(w)"), "SDE1012"],
];

describe("a text that asks for too much", () => {
  it.each(greedy)("%s", (_, text, code) => {
    const begun = process.cpuUsage();
    const { diagnostics } = compile({ name: "model.sde", text }, { library, read: () => null });
    expect(process.cpuUsage(begun).user / 1000).toBeLessThan(longest);
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toEqual(code === null ? [] : [code]);
  });
});
