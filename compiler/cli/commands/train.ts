/** `sdec train`: the model learns from data. */
import { join } from "node:path";
import type { TrainProgress } from "../../../runtime/api.js";
import type { NdArray } from "../../../runtime/ndarray.js";
import type { LoweredModel } from "../../lower/model.js";
import type { Call, Command } from "../command.js";
import { argument, flag, jsonOption, pairs, text, wholeNumber } from "../command.js";
import { modelOf } from "../compile-file.js";
import { exitCode, Stop } from "../exit.js";
import { firstSteps, readCurves, writeCurves } from "../curve-file.js";
import type { CurveRow } from "../curve-file.js";
import { readyFolder } from "../files.js";
import type { Progress } from "../progress.js";
import { showProgress } from "../progress.js";
import type { Terminal } from "../terminal.js";
import { paintOut, printJson } from "../terminal.js";

export const train: Command = {
  name: "train",
  summary: "train a model on data",
  details:
    "Runs the file's train statements. Checkpoints (.safetensors) and curve.csv go to the --out folder.\nCtrl-C ends the steps under way and writes a checkpoint; --resume goes on from there.",
  arguments: [{ name: "<file>", summary: "the .sde file" }],
  options: [
    {
      flags: "-d, --data <name=file>",
      summary:
        "rows of a data set: .npy, .csv, .json (name.field=file for a field; of a family, name.value=file for one set, or name=file with the value first in each row)",
      repeats: true,
    },
    { flags: "-o, --out <folder>", summary: "where checkpoints and the curve go", default: "run" },
    { flags: "--steps <number>", summary: "in place of the file's steps" },
    { flags: "--batch <number>", summary: "in place of the file's batch size" },
    { flags: "--seed <number>", summary: "in place of the file's seed" },
    { flags: "--every <number>", summary: "steps between checkpoints" },
    { flags: "--engine <name>", summary: "who computes; `sdec doctor` lists them", default: "auto" },
    { flags: "--resume", summary: "continue the newest checkpoint in the folder" },
    { flags: "--overwrite", summary: "begin anew in a folder that holds a training" },
    { flags: "--parameter <name=value>", summary: "a value parameter of an objective", repeats: true },
    jsonOption,
  ],
  examples: [
    { line: "sdec train moons.sde --data moons=moons.csv --out run", does: "train as the file says" },
    { line: "sdec train moons.sde --data moons=moons.csv --out run --resume", does: "go on after an interruption" },
    { line: "sdec train moons.sde --data moons=moons.csv --out trial --steps 200", does: "a short trial" },
  ],
  run: async (call, terminal) => {
    const path = argument(call, 0);
    const { model: written } = await modelOf(path, terminal);
    const model = withBatch(written, wholeNumber(call, "batch", 1));
    if (model.train.length === 0)
      throw new Stop(
        exitCode.modelIsWrong,
        `${path} has no train statement`,
        "write `train objective { … }` in the file",
      );
    const { readDataSets, readParameters, requireData } = await import("../data.js");
    const data = await readDataSets(pairs(call, "data"), model.data);
    requireData(
      data,
      model.data.map(({ name }) => name),
    );
    const parameters = readParameters(
      pairs(call, "parameter"),
      model.objectives.flatMap((objective) => objective.parameters),
    );

    const folder = text(call, "out") ?? "run";
    const { refuseToReplace } = await import("../trained.js");
    if (!flag(call, "resume") && !flag(call, "overwrite")) await refuseToReplace(folder);
    readyFolder(folder);
    const { openModel } = await import("../open-model.js");
    const seed = wholeNumber(call, "seed", 0);
    const steps = wholeNumber(call, "steps", 1);
    const every = wholeNumber(call, "every", 1);
    const running = await openModel(model, text(call, "engine") ?? "auto", seed);
    const log = new CurveLog(join(folder, "curve.csv"), flag(call, "resume"));
    const progress = await showProgress("training", terminal);
    const isJson = flag(call, "json");
    if (!isJson) terminal.err(`training ${model.name} with the ${running.engine} engine\n`);
    try {
      const { seconds } = await running.train(data, {
        parameters,
        ...(seed === null ? {} : { seed }),
        ...(steps === null ? {} : { steps }),
        checkpoint: { store: folder, ...(every === null ? {} : { every }) },
        resume: flag(call, "resume"),
        signal: terminal.interruption(),
        onProgress: (report) => showStep(report, log, progress),
      });
      progress.stop();
      log.save();
      finish({ call, terminal, folder, log, seconds, engine: running.engine, params: running.parameters() });
      return exitCode.fine;
    } catch (error) {
      progress.stop();
      log.save();
      if (!terminal.interruption().aborted) throw error;
      throw new Stop(
        exitCode.interrupted,
        `stopped after step ${log.last?.step ?? 0}`,
        `--resume goes on from the newest checkpoint in ${folder}`,
      );
    } finally {
      await running.dispose();
    }
  },
};

function withBatch(model: LoweredModel, batch: number | null): LoweredModel {
  return batch === null ? model : { ...model, train: model.train.map((statement) => ({ ...statement, batch })) };
}

function showStep(report: TrainProgress, log: CurveLog, progress: Progress): void {
  log.add(report);
  const speed = report.stepsPerSecond >= 10 ? report.stepsPerSecond.toFixed(0) : report.stepsPerSecond.toFixed(2);
  progress.report(
    report.done,
    report.total,
    `${report.objective} step ${report.step}, ${log.told()}, ${speed} steps/s`,
  );
}

interface Finish {
  readonly call: Call;
  readonly terminal: Terminal;
  readonly folder: string;
  readonly log: CurveLog;
  readonly seconds: number;
  readonly engine: string;
  readonly params: Readonly<Record<string, NdArray>>;
}

function finish({ call, terminal, folder, log, seconds, engine, params }: Finish): void {
  const steps = log.added;
  if (flag(call, "json")) {
    const { loss, ...reports } = Object.fromEntries(log.recent());
    const fitted = Object.fromEntries(
      Object.entries(params).map(([name, { data, shape }]) => [name, shape.length === 0 ? data[0] : [...data]]),
    );
    printJson(terminal, {
      version: 1,
      folder,
      curve: log.path,
      engine,
      steps,
      seconds,
      loss,
      reports,
      parameters: fitted,
    });
    return;
  }
  const paint = paintOut(terminal);
  terminal.out(
    `${paint.green("✓")} ${steps} steps in ${seconds.toFixed(1)} s (${(steps / seconds).toFixed(0)} steps/s), ${log.told()}\n  checkpoints in ${folder}, curve in ${log.path}\n`,
  );
  for (const [name, { data, shape }] of Object.entries(params)) terminal.out(`  ${name} = ${shown(data, shape)}\n`);
}

/** A fitted number, or the first of a tensor's. */
function shown(data: Float32Array, shape: readonly number[]): string {
  const numbers = [...data.subarray(0, 8)].map((value) => value.toPrecision(5));
  if (shape.length === 0) return numbers[0] ?? "";
  return `[${numbers.join(", ")}${data.length > numbers.length ? ", …" : ""}]`;
}

/** Collects losses and reports as they come and keeps what an earlier run left. */
class CurveLog {
  readonly #rows: CurveRow[] = [];
  #earlier: readonly CurveRow[] | null = null;
  #added = 0;

  constructor(
    readonly path: string,
    readonly isResumed: boolean,
  ) {}

  get added(): number {
    return this.#added;
  }

  get last(): CurveRow | null {
    return this.#rows[this.#rows.length - 1] ?? null;
  }

  add({ statement, objective, step, done, losses, reports }: TrainProgress): void {
    const first = step - losses.length;
    this.#earlier ??= this.isResumed ? firstSteps(readCurves(this.path), done - losses.length) : [];
    const curves = Object.entries({ loss: losses, ...reports });
    for (let index = 0; index < losses.length; index += 1) {
      for (const [curve, values] of curves)
        this.#rows.push({ statement, objective, curve, step: first + index, value: values[index] ?? Number.NaN });
    }
    this.#added += losses.length;
  }

  /** Means of the last numbers of each curve: one alone says little. */
  recent(): ReadonlyMap<string, number> {
    const { statement, step = 0 } = this.last ?? {};
    const last = this.#rows.slice(-1000).filter((row) => row.statement === statement && row.step > step - 100);
    const means = [...new Set(last.map(({ curve }) => curve))].map((name): readonly [string, number] => {
      const own = last.filter(({ curve }) => curve === name);
      return [name, own.reduce((sum, { value }) => sum + value, 0) / own.length];
    });
    return new Map(means);
  }

  told(): string {
    return [...this.recent()].map(([curve, value]) => `${curve} ${value.toPrecision(4)}`).join(", ");
  }

  save(): void {
    if (this.#rows.length > 0) writeCurves(this.path, [...(this.#earlier ?? []), ...this.#rows]);
  }
}
