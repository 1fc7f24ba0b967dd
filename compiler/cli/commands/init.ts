/** `sdec init`: a project that trains, to start from. */
import { existsSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { argument } from "../command.js";
import type { Command } from "../command.js";
import { exitCode, machineLacks, wrongCall } from "../exit.js";
import { writeWhole } from "../files.js";
import { dependencyOnThisCopy, projectFiles } from "../project.js";
import { paintOut } from "../terminal.js";

export const init: Command = {
  name: "init",
  summary: "start a project with a model that trains",
  details: "Makes a folder with a model of two moons, a script that draws its data, and the settings npm needs.",
  arguments: [{ name: "<name>", summary: "the folder to make; its last part names the model" }],
  options: [],
  examples: [
    { line: "sdec init moons", does: "a new project in ./moons" },
    { line: "cd moons && npm install && npm run train", does: "train it" },
  ],
  run: async (call, terminal) => {
    const folder = argument(call, 0);
    const name = basename(resolve(folder));
    if (!/^[a-z][a-z0-9_-]*$/.test(name)) {
      throw wrongCall(`"${name}" cannot name a project`, "use small letters, digits, - and _, and begin with a letter");
    }
    const files = projectFiles(name, dependencyOnThisCopy(resolve(folder)));
    const there = Object.keys(files).filter((file) => existsSync(join(folder, file)));
    if (there.length > 0) throw machineLacks(`${join(folder, there[0] ?? "")} exists already; nothing was written`);
    for (const [file, text] of Object.entries(files)) writeWhole(join(folder, file), text);
    const paint = paintOut(terminal);
    const steps = [
      `cd ${relative(process.cwd(), resolve(folder)) || "."}`,
      "npm install",
      "npm run train",
      "npm run plot",
    ];
    terminal.out(
      [
        `${paint.green("✓")} ${folder} is a project with ${Object.keys(files).length} files. Next:`,
        "",
        ...steps.map((step) => `  ${paint.cyan(step)}`),
        "",
      ].join("\n"),
    );
    return exitCode.fine;
  },
};
