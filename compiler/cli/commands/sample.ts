/** `sdec sample`: draws from a model. */
import { mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { NdArray } from "../../../runtime/ndarray.js";
import type { Command } from "../command.js";
import { argument, flag, jsonOption, pairs, text, wholeNumber } from "../command.js";
import { modelOf } from "../compile-file.js";
import { exitCode, wrongCall } from "../exit.js";
import { showProgress } from "../progress.js";
import { paintOut, printJson } from "../terminal.js";

/** That one call hands out: more fit into no array. */
const mostNumbers = 2 ** 31;

export const sample: Command = {
  name: "sample",
  summary: "draw samples from a model",
  details:
    "Runs one of the file's samplers with a checkpoint's weights. A model without a network needs no checkpoint.",
  arguments: [{ name: "<file>", summary: "the .sde file" }],
  options: [
    { flags: "-c, --checkpoint <path>", summary: "a .safetensors file, or a folder: its newest" },
    { flags: "-s, --sampler <name>", summary: "which sampler; may be left out where there is one" },
    { flags: "-n, --count <number>", summary: "how many", default: "1000" },
    { flags: "--seed <number>", summary: "same seed, same samples", default: "0" },
    { flags: "-o, --out <file>", summary: ".npy, .csv or .json; - prints JSON", default: "samples.npy" },
    { flags: "--parameter <name=value>", summary: "a value parameter of the sampler", repeats: true },
    { flags: "-d, --data <name=file>", summary: "data that the sampler starts from or conditions on", repeats: true },
    { flags: "--engine <name>", summary: "who computes; `sdec doctor` lists them", default: "auto" },
    jsonOption,
  ],
  examples: [
    {
      line: "sdec sample moons.sde --checkpoint run --sampler flow --count 1000 --seed 7 --out x.npy",
      does: "a thousand samples for NumPy",
    },
    {
      line: "sdec sample digits.sde -c run -s guided --parameter y=3 --parameter w=2 -o threes.npy",
      does: "with guidance",
    },
  ],
  run: async (call, terminal) => {
    const { model } = await modelOf(argument(call, 0), terminal);
    const { readDataSets, readParameters } = await import("../data.js");
    const { chooseSampler, openWithWeights } = await import("../trained.js");
    const sampler = chooseSampler(model.samplers, text(call, "sampler"));
    const out = text(call, "out") ?? "samples.npy";
    if (out !== "-" && !/\.(npy|csv|json)$/.test(out))
      throw wrongCall(`--out ${out} names no known format`, "use a name that ends in .npy, .csv or .json");
    const count = wholeNumber(call, "count", 1) ?? 1000;
    const numbers =
      count * sampler.returns.reduce((total, { space }) => total + space.shape.reduce((a, b) => a * b, 1), 0);
    if (numbers > mostNumbers)
      throw wrongCall(
        `--count ${count} asks for ${numbers} numbers at once`,
        "at most 2^31: draw several files with a --seed of its own each",
      );
    const seed = wholeNumber(call, "seed", 0) ?? 0;
    const parameters = readParameters(pairs(call, "parameter"), sampler.parameters);
    const data = await readDataSets(pairs(call, "data"), model.data);
    const running = await openWithWeights(model, text(call, "checkpoint"), text(call, "engine") ?? "auto", sampler);
    const progress = await showProgress(`sampling ${sampler.name}`, terminal);
    const start = performance.now();
    try {
      const draw = running.sample[sampler.name];
      if (draw === undefined) throw new Error(`the emitted module lacks the sampler ${sampler.name}`);
      const drawn = await draw({
        ...parameters,
        ...(Object.keys(data).length > 0 ? { data } : {}),
        count,
        seed,
        signal: terminal.interruption(),
        onProgress: ({ done }) => progress.report(Math.round(1000 * done), 1000, `${count} samples`),
      });
      progress.stop();
      const seconds = (performance.now() - start) / 1000;
      const files = await write(drawn, out, terminal.out);
      if (flag(call, "json"))
        printJson(terminal, { version: 1, files, sampler: sampler.name, count, seed, seconds, engine: running.engine });
      else
        for (const { file, shape } of files)
          terminal.out(`${paintOut(terminal).green("✓")} ${file} [${shape.join(", ")}] in ${seconds.toFixed(2)} s\n`);
      return exitCode.fine;
    } finally {
      progress.stop();
      await running.dispose();
    }
  },
};

interface Written {
  readonly file: string;
  readonly shape: readonly number[];
}

/** One file per state that the sampler hands out; where there are several, its name goes before the ending. */
async function write(
  drawn: Readonly<Record<string, NdArray>>,
  out: string,
  print: (text: string) => void,
): Promise<readonly Written[]> {
  const states = Object.entries(drawn);
  if (out === "-") {
    const { toNested } = await import("../../../runtime/ndarray.js");
    print(`${JSON.stringify(Object.fromEntries(states.map(([name, array]) => [name, toNested(array)])))}\n`);
    return [];
  }
  const { writeData } = await import("../../../runtime/node/data.js");
  const written: Written[] = [];
  for (const [name, array] of states) {
    const file = states.length === 1 ? out : out.replace(/(\.\w+)$/, `.${name}$1`);
    mkdirSync(dirname(resolve(file)), { recursive: true });
    await writeData(file, array, headings(name, array.shape.slice(1)));
    written.push({ file, shape: array.shape });
  }
  return written;
}

/** `x` for a scalar, `x[0]`, `x[1]` for a vector, `x[0][1]` for a matrix, in the order of the numbers. */
function headings(state: string, inner: readonly number[]): readonly string[] {
  return inner.reduce<readonly string[]>(
    (names, size) => names.flatMap((name) => Array.from({ length: size }, (_, index) => `${name}[${index}]`)),
    [state],
  );
}
