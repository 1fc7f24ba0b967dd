/** Do the commands say what they do, and do their exit codes tell the truth? */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { commands } from "../../compiler/cli/commands.js";
import { main } from "../../compiler/cli/main.js";
import { packageVersion } from "../../compiler/cli/package.js";
import { projectFiles } from "../../compiler/cli/project.js";
import { run } from "./terminal.js";

const folder = mkdtempSync(join(tmpdir(), "sdec-cli-"));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const wrong = file("wrong.sde", "dta moons : Real[2]\n");

describe("help", () => {
  it.each(commands.map((command) => [command.name, command] as const))("%s", async (name, command) => {
    const { code, out, err } = await run(name, "--help");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain(command.summary);
    for (const { line } of command.examples) expect(out).toContain(line);
    for (const { flags } of command.options) expect(out).toContain(flags);
    expect(Math.max(...out.split("\n").map((each) => each.length))).toBeLessThan(121);
  });

  it("lists every command", async () => {
    const { out } = await run("--help");
    for (const { name, summary } of commands) expect(out).toMatch(new RegExp(`^  ${name} .*${summary}$`, "m"));
  });

  it("knows its version", async () => {
    expect((await run("--version")).out).toBe(`${packageVersion()}\n`);
  });

  it("gives examples that name existing commands and options", () => {
    for (const { name, options, examples } of commands) {
      const known = options.flatMap(({ flags }) => flags.match(/--?[a-z-]+/g) ?? []);
      for (const { line } of examples.filter((example) => example.line.startsWith("sdec"))) {
        expect(line.startsWith(`sdec ${name}`)).toBe(true);
        for (const used of line.match(/(?<= )--?[a-z]+/g) ?? []) expect(known).toContain(used);
      }
    }
  });
});

describe("exit codes", () => {
  it.each([
    ["no command", [], 2, /Usage: sdec/],
    ["an unknown command", ["chek"], 2, /Did you mean check\?/],
    ["an unknown option", ["check", "x.sde", "--jsn"], 2, /Did you mean --json\?/],
    ["a missing argument", ["check"], 2, /missing required argument 'files'/],
    ["a word that is no choice", ["compile", "x.sde", "--emit", "asm"], 2, /Allowed choices are tree, model/],
    ["a file that is not there", ["check", "nowhere.sde"], 3, /cannot read nowhere\.sde: there is no such file/],
    ["a folder in place of a file", ["check", folder], 3, /it is a folder/],
    ["an unknown code", ["explain", "SDE9999"], 2, /no message with the code SDE9999/],
    ["an unknown plot", ["plot", "sample", "x.npy"], 2, /did you mean samples\?/],
    ["a plot in an unknown format", ["plot", "curve", "x.csv", "--out", "x.gif"], 2, /\.svg or \.png/],
    ["a curve that is none", ["plot", "curve", wrong], 3, /holds no curves of training/],
    ["a model that is wrong", ["check", wrong], 1, /error\[SDE\d{4}\]/],
    ["a wrong model to compile", ["compile", wrong], 1, /error\[SDE\d{4}\]/],
    ["a wrong model to sample", ["sample", wrong], 1, /does not compile/],
    ["an output over the input", ["compile", wrong, "--out", wrong], 2, /would overwrite the model/],
  ] as const)("%s", async (_, words, code, message) => {
    const heard = await run(...words);
    expect({ code: heard.code, matches: message.test(heard.err) }).toEqual({ code, matches: true });
    expect(heard.out).toBe("");
  });

  it("writes nothing for a wrong model", async () => {
    await run("compile", wrong, "--out", join(folder, "wrong.ts"));
    expect(() => readFileSync(join(folder, "wrong.ts"))).toThrow();
  });
});

describe("a bug of ours", () => {
  it("ends with 70, the version and what to report", async () => {
    const heard: string[] = [];
    const broken = {
      out: () => {
        throw new Error("no more paper");
      },
      err: (text: string) => void heard.push(text),
      colourOut: false,
      colourErr: false,
      width: 80,
      isInteractive: false,
      interruption: () => new AbortController().signal,
    };
    expect(await main(["explain", "SDE1001"], broken)).toBe(70);
    expect(heard.join("")).toContain("no more paper");
    expect(heard.join("")).toContain(`sdec ${packageVersion()}, node ${process.version}`);
  });
});

describe("json", () => {
  it("check prints one document with every file's diagnostics", async () => {
    const { code, out, err } = await run("check", wrong, "--json");
    expect({ code, err }).toEqual({ code: 1, err: "" });
    const document: unknown = JSON.parse(out);
    expect(document).toMatchObject({
      version: 1,
      files: [
        {
          file: wrong,
          diagnostics: [{ severity: "error", file: wrong, range: { start: { line: 0, character: 0, offset: 0 } } }],
        },
      ],
    });
  });

  it("explain prints the codes", async () => {
    const pages: unknown = JSON.parse((await run("explain", "--json")).out);
    expect(pages).toContainEqual({ code: "SDE1001", title: "an undeclared name" });
  });

  it("doctor names every engine and the chosen one", async () => {
    const { code, out } = await run("doctor", "--json");
    expect(code).toBe(0);
    const found = JSON.parse(out) as {
      readonly auto: { readonly engine: string };
      readonly engines: readonly { readonly name: string; readonly lacks: string | null }[];
    };
    expect(found.engines.map(({ name }) => name)).toContain("reference");
    for (const { lacks } of found.engines.filter(({ name }) => name === found.auto.engine)) expect(lacks).toBeNull();
  });
});

describe("emit", () => {
  it("shows the tree of a wrong file too", async () => {
    const { code, out } = await run("compile", wrong, "--emit", "tree");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ kind: "file" });
  });
});

describe("init", () => {
  it("makes a project whose files agree with one another", async () => {
    const at = join(folder, "my-moons");
    expect((await run("init", at)).code).toBe(0);
    const manifest = JSON.parse(readFileSync(join(at, "package.json"), "utf8")) as {
      readonly name: string;
      readonly scripts: Readonly<Record<string, string>>;
    };
    expect(manifest.name).toBe("my-moons");
    for (const script of ["train", "sample", "evaluate", "compile"])
      expect(manifest.scripts[script]).toContain("my_moons.sde");
    expect(readFileSync(join(at, "my_moons.sde"), "utf8")).toContain("data moons : Real[2]");
    expect((await run("format", "--check", join(at, "my_moons.sde"))).code).toBe(0);
  });

  it("tells each npm in its own words not to fetch what is not needed", () => {
    const [old, late] = [10, 11].map((npm) => projectFiles("moons", "file:../sdec-0.1.0.tgz", npm));
    expect(old?.[".npmrc"]).toContain("onnxruntime-node-install=skip");
    // npm 11 warns of every word in an .npmrc that it does not know, at each call.
    expect(Object.keys(late ?? {})).not.toContain(".npmrc");
    expect(JSON.parse(late?.["package.json"] ?? "")).toMatchObject({
      allowScripts: { "onnxruntime-node": false },
    });
  });

  it("overwrites nothing", async () => {
    const at = join(folder, "taken");
    await run("init", at);
    const { code, err } = await run("init", at);
    expect({ code, said: err.includes("exists already; nothing was written") }).toEqual({ code: 3, said: true });
  });

  it("refuses a name npm would refuse", async () => {
    expect((await run("init", join(folder, "Große Monde"))).code).toBe(2);
  });
});
