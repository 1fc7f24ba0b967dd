/** `sdec plot`: pictures of samples, training curves and schedules. */
import { basename } from "node:path";
import type { Figure } from "../plot/figure.js";
import type { Call, Command } from "../command.js";
import { flag, jsonOption, text, texts } from "../command.js";
import { exitCode, machineLacks, wrongCall } from "../exit.js";
import { writeWhole } from "../files.js";
import type { Terminal } from "../terminal.js";
import { paintOut, printJson } from "../terminal.js";

export const plot: Command = {
  name: "plot",
  summary: "draw samples, curves, lines or a schedule as SVG or PNG",
  details:
    "samples FILE      a histogram, a scatter or a pair plot of rows (.npy, .csv, .json), beside --data\ncurve FILE        the curve.csv that `sdec train` wrote: losses, and what objectives report\nlines FILE        every column against the first\nschedule FILE     scale, deviation and signal-to-noise ratio of a process in a .sde file",
  arguments: [
    { name: "<what>", summary: "samples, curve, lines or schedule" },
    { name: "<file>", summary: "what to draw" },
  ],
  options: [
    {
      flags: "-o, --out <file>",
      summary: ".svg or .png; may be given twice; else the input's name with .svg",
      repeats: true,
    },
    { flags: "-d, --data <file>", summary: "rows to set beside the samples" },
    { flags: "--process <name>", summary: "which process; may be left out where there is one" },
    { flags: "--title <words>", summary: "in place of the file's name" },
    jsonOption,
  ],
  examples: [
    { line: "sdec plot samples run/samples.npy --data held-out.csv --out moons.png", does: "do they match?" },
    { line: "sdec plot curve run/curve.csv --out curve.svg --out curve.png", does: "has it converged?" },
    { line: "sdec plot lines quality.csv --out quality.png", does: "the columns of a table, against its first" },
    { line: "sdec plot schedule moons.sde --process vp", does: "what the process does to its data" },
  ],
  run: async (call, terminal) => {
    const [what = "", path = ""] = call.arguments;
    const outputs = texts(call, "out").length > 0 ? texts(call, "out") : [`${path.replace(/\.\w+$/, "")}.svg`];
    const odd = outputs.find((file) => !/\.(svg|png)$/.test(file));
    if (odd !== undefined)
      throw wrongCall(`--out ${odd} names no known format`, "use a name that ends in .svg or .png");
    const figure = await figureOf(what, path, call, terminal);
    const { toSvg } = await import("../plot/figure.js");
    const svg = toSvg(figure);
    for (const file of outputs) {
      if (file.endsWith(".png")) writeWhole(file, await (await import("../plot/picture.js")).toPng(svg));
      else writeWhole(file, svg);
    }
    if (flag(call, "json")) printJson(terminal, { version: 1, files: outputs });
    else for (const file of outputs) terminal.out(`${paintOut(terminal).green("✓")} ${file}\n`);
    return exitCode.fine;
  },
};

async function figureOf(what: string, path: string, call: Call, terminal: Terminal): Promise<Figure> {
  const title = text(call, "title") ?? basename(path);
  switch (what) {
    case "samples":
      return samplesOf(path, text(call, "data"), title);
    case "curve":
      return curveOf(path, title);
    case "lines":
      return linesOf(path, title);
    case "schedule":
      return scheduleOf(path, text(call, "process"), text(call, "title"), terminal);
    default: {
      const { unknown } = await import("../data.js");
      return unknown("plot", what, ["samples", "curve", "lines", "schedule"]);
    }
  }
}

async function samplesOf(path: string, dataPath: string | null, title: string): Promise<Figure> {
  const { sampleFigure } = await import("../plot/samples.js");
  const { readColumns } = await import("../plot/read.js");
  const samples = await readColumns(path);
  const data = dataPath === null ? null : await readColumns(dataPath);
  if (data !== null && data.values.length !== samples.values.length) {
    throw wrongCall(`${path} has ${samples.values.length} columns and ${dataPath ?? ""} has ${data.values.length}`);
  }
  return sampleFigure({ title, samples, data });
}

async function linesOf(path: string, title: string): Promise<Figure> {
  const { linesFigure } = await import("../plot/lines.js");
  const { readColumns } = await import("../plot/read.js");
  const columns = await readColumns(path);
  if (columns.values.length < 2) throw wrongCall(`${path} has one column: lines need one to go along, and another`);
  return linesFigure(title, columns);
}

async function curveOf(path: string, title: string): Promise<Figure> {
  const { curveFigure } = await import("../plot/curve.js");
  const { readCurves } = await import("../curve-file.js");
  const rows = readCurves(path);
  if (rows.length === 0) throw machineLacks(`${path} holds no training curve`);
  const keys = [...new Set(rows.map(({ statement, objective }) => `${statement} ${objective}`))];
  const objectives = keys.map((key) => key.slice(key.indexOf(" ") + 1));
  const curves = keys.flatMap((key, index) => {
    const own = rows.filter(({ statement, objective }) => `${statement} ${objective}` === key);
    const objective = objectives[index] ?? "";
    // The same objective trained twice is told apart by the number of its statement.
    const isTwice = objectives.indexOf(objective) !== objectives.lastIndexOf(objective);
    return [...new Set(own.map(({ curve }) => curve))].map((name) => {
      const points = own.filter(({ curve }) => curve === name);
      return {
        label: isTwice ? `${objective} (train ${(own[0]?.statement ?? 0) + 1})` : objective,
        name,
        steps: points.map(({ step }) => step),
        values: points.map(({ value }) => value),
      };
    });
  });
  return curveFigure(title, curves);
}

async function scheduleOf(
  path: string,
  name: string | null,
  title: string | null,
  terminal: Terminal,
): Promise<Figure> {
  const { modelOf } = await import("../compile-file.js");
  const { scheduleFigure } = await import("../plot/schedule.js");
  const { compilation } = await modelOf(path, terminal);
  const names = compilation.processes.map((process) => process.name);
  const { unknown } = await import("../data.js");
  const chosen = name ?? names[0] ?? "";
  if (name === null && names.length > 1)
    throw wrongCall(`the file has the processes ${names.join(", ")}`, `--process ${chosen}`);
  const process =
    compilation.processes.find((candidate) => candidate.name === chosen) ?? unknown("process", chosen, names);
  const figure = scheduleFigure(process, title ?? `${process.name} · ${basename(path)}`);
  if (figure === null)
    throw wrongCall(
      `${process.name} has no schedule to draw: it has no closed kernel`,
      `\`sdec derive ${path} ${process.name}\` says why`,
    );
  return figure;
}
