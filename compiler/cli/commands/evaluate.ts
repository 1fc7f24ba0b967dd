/** `sdec evaluate`: how good is a trained model on data it has not seen? */
import type { Value } from "../../../runtime/api.js";
import type { NdArray } from "../../../runtime/ndarray.js";
import type { DataSpec, SamplerSpec } from "../../../runtime/specification.js";
import type { LoweredModel, LoweredProgram } from "../../lower/model.js";
import type { Command } from "../command.js";
import { argument, flag, jsonOption, pairs, text, wholeNumber } from "../command.js";
import { modelOf } from "../compile-file.js";
import { isArray, readDataSets, readParameters, unknown } from "../data.js";
import { exitCode, wrongCall } from "../exit.js";
import { meanAndError, neighbourTest, slicedDistance } from "../metrics.js";
import type { Distance, NeighbourTest } from "../metrics.js";
import type { AnyModel, DataSets } from "../open-model.js";
import { showProgress } from "../progress.js";
import { needsData, openWithWeights } from "../trained.js";
import type { Terminal } from "../terminal.js";
import { paintOut, printJson } from "../terminal.js";

export const evaluate: Command = {
  name: "evaluate",
  summary: "judge a trained model on held-out data",
  details:
    "Prints the mean log-likelihood of the data (where a sampler has one), the sliced Wasserstein distance of fresh samples to the data beside its floor (the same distance between two halves of the data), how often a row's nearest neighbour is of its own kind (half the time if samples and data cannot be told apart), and the held-out loss of each objective.",
  arguments: [{ name: "<file>", summary: "the .sde file" }],
  options: [
    { flags: "-c, --checkpoint <path>", summary: "a .safetensors file, or a folder: its newest" },
    { flags: "-d, --data <name=file>", summary: "held-out rows: .npy, .csv, .json", repeats: true },
    { flags: "-s, --sampler <name>", summary: "whose samples and likelihood; else every sampler that has them" },
    { flags: "-n, --count <number>", summary: "samples for the distance; else half as many as there is data" },
    { flags: "--parameter <name=value>", summary: "a value parameter of the samplers", repeats: true },
    { flags: "--seed <number>", summary: "same seed, same figures", default: "0" },
    { flags: "--engine <name>", summary: "who computes; `sdec doctor` lists them", default: "auto" },
    jsonOption,
  ],
  examples: [
    { line: "sdec evaluate moons.sde --checkpoint run --data moons=held-out.csv", does: "all that can be said" },
    { line: "sdec evaluate moons.sde -c run -d held-out.csv --sampler flow --json", does: "one sampler, for a script" },
  ],
  run: async (call, terminal) => {
    const { model } = await modelOf(argument(call, 0), terminal);
    const data = await readDataSets(pairs(call, "data"), model.data);
    const judged = judgedSet(model.data, data);
    const only = text(call, "sampler");
    const samplers = model.samplers.filter(({ name }) => only === null || name === only);
    if (samplers.length === 0 && only !== null)
      unknown(
        "sampler",
        only,
        model.samplers.map(({ name }) => name),
      );

    const running = await openWithWeights(model, text(call, "checkpoint"), text(call, "engine") ?? "auto", null);
    const setting: Setting = {
      running,
      judged,
      seed: wholeNumber(call, "seed", 0) ?? 0,
      count: wholeNumber(call, "count", 2) ?? Math.floor((judged.rows.shape[0] ?? 0) / 2),
      parameters: readParameters(
        pairs(call, "parameter"),
        samplers.flatMap(({ parameters }) => parameters),
        false,
      ),
      terminal,
    };
    try {
      const found: SamplerReport[] = [];
      for (const sampler of samplers) found.push({ sampler: sampler.name, ...(await judge(sampler, setting)) });
      const losses = await heldOutLosses(model, data, setting);
      if (flag(call, "json"))
        printJson(terminal, {
          version: 1,
          engine: running.engine,
          data: judged.name,
          rows: judged.rows.shape[0],
          samplers: found,
          losses,
        });
      else print(found, losses, judged, terminal);
      return exitCode.fine;
    } finally {
      await running.dispose();
    }
  },
};

interface Judged {
  readonly name: string;
  readonly isImage: boolean;
  readonly shape: readonly number[];
  readonly rows: NdArray;
  /** All that was given: what a sampler draws from. */
  readonly data: DataSets;
}

interface Setting {
  readonly running: AnyModel;
  readonly judged: Judged;
  readonly seed: number;
  readonly count: number;
  readonly parameters: Readonly<Record<string, Value>>;
  readonly terminal: Terminal;
}

interface Likelihood {
  readonly mean: number;
  readonly standardError: number;
  readonly bitsPerDimension: number;
  /** Of the mean, from the random probes of the divergence; null where it is exact. */
  readonly probeError: number | null;
}

interface SamplerReport {
  readonly sampler: string;
  readonly likelihood: Likelihood | null;
  readonly distance: Distance | null;
  readonly neighbours: NeighbourTest | null;
  /** Why a figure is missing. */
  readonly remark: string | null;
}

/** The first data that were given, labels left out: samples are compared with them. */
function judgedSet(sets: readonly DataSpec[], data: DataSets): Judged {
  for (const { name: set, fields } of sets) {
    const given = data[set];
    if (given === undefined) continue;
    for (const { name: field, space } of fields) {
      const rows = isArray(given) ? given : given[field ?? ""];
      if (space.integer || rows === undefined || !isArray(rows)) continue;
      const name = field === null ? set : `${set}.${field}`;
      return { name, isImage: space.space === "Image", shape: space.shape, rows, data };
    }
  }
  throw wrongCall("there is nothing to compare with", "--data NAME=FILE with rows that training has not seen");
}

const nothing = { likelihood: null, distance: null, neighbours: null } as const;

async function judge(sampler: SamplerSpec<LoweredProgram>, setting: Setting): Promise<Omit<SamplerReport, "sampler">> {
  const unset = sampler.parameters.filter((one) => one.default === null && !(one.name in setting.parameters));
  if (unset.length > 0)
    return { ...nothing, remark: `needs ${unset.map(({ name }) => `--parameter ${name}=VALUE`).join(" ")}` };
  const likelihood =
    sampler.kind === "solver" && sampler.likelihood !== null
      ? await likelihoodOf(sampler, sampler.likelihood.trace, sampler.states[0]?.name ?? "", setting)
      : null;
  const [only, another] = sampler.returns;
  const fits = only !== undefined && another === undefined && only.space.shape.join() === setting.judged.shape.join();
  if (!fits) return { ...nothing, likelihood, remark: `its samples are no rows of ${setting.judged.name}` };
  return { likelihood, ...(await comparison(sampler, setting)), remark: null };
}

/** Those of the values that this sampler has a parameter for. */
function ownParameters(sampler: SamplerSpec<LoweredProgram>, { parameters }: Setting): Readonly<Record<string, Value>> {
  const names = new Set(sampler.parameters.map(({ name }) => name));
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => names.has(name)));
}

async function likelihoodOf(
  sampler: SamplerSpec<LoweredProgram>,
  trace: "exact" | "hutchinson",
  state: string,
  setting: Setting,
): Promise<Likelihood | null> {
  const call = setting.running.logProb[sampler.name];
  if (call === undefined) return null;
  const progress = await showProgress(`likelihood by ${sampler.name}`, setting.terminal);
  try {
    const { logProb, standardError, bitsPerDimension } = await call({
      ...ownParameters(sampler, setting),
      [state]: setting.judged.rows,
      seed: setting.seed,
      signal: setting.terminal.interruption(),
      onProgress: ({ done }) =>
        progress.report(Math.round(1000 * done), 1000, `${setting.judged.rows.shape[0] ?? 0} rows`),
    });
    const ofRows = meanAndError(logProb.data);
    const squares = standardError === null ? null : standardError.data.reduce((sum, error) => sum + error ** 2, 0);
    return {
      ...ofRows,
      bitsPerDimension: meanAndError(bitsPerDimension.data).mean,
      probeError: trace === "exact" || squares === null ? null : Math.sqrt(squares) / logProb.data.length,
    };
  } finally {
    progress.stop();
  }
}

type Comparison = Pick<SamplerReport, "distance" | "neighbours">;

async function comparison(sampler: SamplerSpec<LoweredProgram>, setting: Setting): Promise<Comparison> {
  const { running, judged, seed, count, terminal } = setting;
  const draw = running.sample[sampler.name];
  if (draw === undefined) return nothing;
  const progress = await showProgress(`sampling ${sampler.name}`, terminal);
  try {
    const drawn = await draw({
      ...ownParameters(sampler, setting),
      ...(needsData(sampler) ? { data: judged.data } : {}),
      count,
      seed,
      signal: terminal.interruption(),
      onProgress: ({ done }) => progress.report(Math.round(1000 * done), 1000, `${count} samples`),
    });
    const [samples] = Object.values(drawn);
    if (samples === undefined) return nothing;
    const width = judged.shape.reduce((product, size) => product * size, 1);
    const drawnCloud = { data: samples.data, count, width };
    const dataCloud = { data: judged.rows.data, count: judged.rows.shape[0] ?? 0, width };
    return {
      distance: slicedDistance(drawnCloud, dataCloud, seed),
      neighbours: neighbourTest(drawnCloud, dataCloud, seed),
    };
  } finally {
    progress.stop();
  }
}

async function heldOutLosses(
  model: LoweredModel,
  data: DataSets,
  { running, seed }: Setting,
): Promise<Readonly<Record<string, number>>> {
  const losses: Record<string, number> = {};
  for (const { name, program, parameters } of model.objectives) {
    const needed = program.feeds.flatMap((feed) => (feed.kind === "data" ? [feed.data] : []));
    const isGiven = needed.every((set) => set in data) && parameters.every((parameter) => parameter.default !== null);
    if (isGiven) losses[name] = await running.loss(name, data, { seed });
  }
  return losses;
}

function print(
  found: readonly SamplerReport[],
  losses: Readonly<Record<string, number>>,
  judged: Judged,
  terminal: Terminal,
): void {
  const paint = paintOut(terminal);
  terminal.out(`${judged.rows.shape[0] ?? 0} rows of ${judged.name}\n`);
  for (const { sampler, likelihood, distance, neighbours, remark } of found) {
    terminal.out(`\n${paint.bold(sampler)}\n`);
    if (likelihood !== null) {
      const bits = judged.isImage ? ` · ${likelihood.bitsPerDimension.toFixed(4)} bits/dim` : "";
      const probes =
        likelihood.probeError === null ? "" : ` · ±${likelihood.probeError.toPrecision(2)} from random probes`;
      terminal.out(
        `  log-likelihood    ${likelihood.mean.toFixed(4)} ± ${likelihood.standardError.toFixed(4)} nats${bits}${probes}\n`,
      );
    }
    if (distance !== null) {
      const { value, floor, rows, directions } = distance;
      terminal.out(
        `  sliced W1         ${value.toPrecision(4)} · floor ${floor.toPrecision(4)} (${rows} rows, ${directions} directions)\n`,
      );
    }
    if (neighbours !== null) {
      const { accuracy, deviation, rows } = neighbours;
      terminal.out(
        `  nearest neighbour ${accuracy.toFixed(3)} · 0.5 ± ${deviation.toFixed(3)} for samples as good as data (${rows} rows)\n`,
      );
    }
    if (remark !== null) terminal.out(`  ${paint.dim(remark)}\n`);
  }
  const entries = Object.entries(losses);
  if (entries.length > 0)
    terminal.out(
      `\nheld-out loss\n${entries.map(([name, loss]) => `  ${name.padEnd(16)}  ${loss.toPrecision(5)}\n`).join("")}`,
    );
}
