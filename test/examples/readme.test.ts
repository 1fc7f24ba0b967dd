/** Does the README say what is true? Its commands are run, its listings compared with what the program prints. */
import { execFile, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const readme = readFileSync(join(root, "README.md"), "utf8");
/** Prettier widens the cells of tables. */
const tables = readme.replace(/ +/g, " ");
const cli = join(root, "dist", "cli.js");

/** The README's fenced blocks of a language, in order. */
function blocks(language: string): readonly string[] {
  return [...readme.matchAll(/^```(\w+)\n([^]*?)^```$/gm)]
    .filter(([, tag]) => tag === language)
    .map(([, , body = ""]) => body);
}

/** Standard output and what was wrong, as a terminal shows them one after the other. */
function sdec(folder: string, ...args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(process.execPath, [cli, ...args], { cwd: folder, encoding: "utf8" });
  return stdout + stderr;
}

describe("listings", () => {
  const model = readFileSync(join(root, "examples", "two-moons", "two-moons.sde"), "utf8");

  it("the model is the example's", () => {
    expect(blocks("sde")[0]).toBe(model);
  });

  it("the solver is the library's", () => {
    const library = readFileSync(join(root, "compiler", "std", "samplers.sde"), "utf8");
    expect(library).toContain(blocks("sde")[1]);
  });

  it("what is derived and what is refused is what the commands print", () => {
    const folder = mkdtempSync(join(tmpdir(), "sdec-readme-"));
    writeFileSync(join(folder, "right.sde"), model);
    writeFileSync(join(folder, "two-moons.sde"), model.replace("19.9 * t", "1.9 * t"));
    expect(blocks("text")[0]).toBe(sdec(folder, "derive", "right.sde"));
    expect(blocks("text")[1]).toBe(sdec(folder, "check", "two-moons.sde"));
    rmSync(folder, { recursive: true });
  });

  it("every command and every engine stands in its table", () => {
    const help = sdec(root, "--help").split("Commands:\n")[1] ?? "";
    const commands = [...help.matchAll(/^ {2}(\w+).*? {2,}(\S.*)$/gm)].filter(([, name]) => name !== "help");
    expect(commands.length).toBeGreaterThan(5);
    for (const [, name, summary] of commands) expect(tables).toContain(`| \`sdec ${name ?? ""}\` | ${summary ?? ""} |`);
    const doctor: unknown = JSON.parse(
      spawnSync(process.execPath, [cli, "doctor", "--json"], { encoding: "utf8" }).stdout,
    );
    const { engines } = doctor as { engines: readonly { name: string; summary: string }[] }; // the command's own format
    const table = [...tables.matchAll(/^\| `([\w-]+)` \| (.*?) \|/gm)].map(([, name, summary]) => ({ name, summary }));
    expect(table.filter(({ name }) => engines.some((engine) => engine.name === name))).toEqual(
      engines.map(({ name, summary }) => ({ name, summary })),
    );
  });

  it("every folder of the compiler stands in the table of the code", () => {
    const folders = readdirSync(join(root, "compiler"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    for (const { name } of folders) expect(tables).toContain(`| \`compiler/${name}/\` |`);
  });

  it("the dependencies in the manifest are the ones explained", () => {
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
      devDependencies: Record<string, string>;
    };
    const names = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.devDependencies)];
    const unexplained = names.filter(
      (name) => !/^@types\/|^@tensorflow\//.test(name) && !readme.includes(`\`${name}\``),
    );
    expect(unexplained).toEqual([]);
  });
});

describe.sequential("commands", () => {
  const [checkout = "", ...project] = blocks("sh");

  it("the test command is the one of continuous integration", () => {
    expect(checkout).toBe("npm ci && npm run quickstart\nnpm ci && npm test\n");
    expect(readFileSync(join(root, ".ci", "run"), "utf8")).toContain("\nnpm ci && npm test\n");
  });

  it("quickstart trains, draws and prints one line of result", async () => {
    const pictures = ["svg", "png"].map((ending) => join(root, "examples", "two-moons", `two-moons.${ending}`));
    for (const picture of pictures) rmSync(picture, { force: true });
    const stdout = await shell("npm run quickstart", root);
    expect(stdout).toMatch(/^\d+ steps\/s on \S+ · .*sliced W1 to fresh data [\d.]+ \(floor [\d.]+\)$/m);
    const [svg = "", png = ""] = pictures;
    expect(readFileSync(svg, "utf8")).toContain("<svg");
    expect(readFileSync(png).subarray(1, 4).toString()).toBe("PNG");
  }, 300_000);

  it("a project of one's own is made from the package, trained and used in an app", async () => {
    // What `npm pack` takes, in a folder of its own: the package lands beside the checkout.
    const parent = mkdtempSync(join(tmpdir(), "sdec-project-"));
    const copy = join(parent, "sdec");
    mkdirSync(copy);
    for (const file of ["package.json", "README.md", "LICENSE", "dist"])
      cpSync(join(root, file), join(copy, file), { recursive: true });
    const [app = ""] = blocks("js");
    writeFileSync(join(parent, "app.mjs"), app);
    const script = project
      .join("\n")
      // The whole training takes a quarter of a minute on an idle machine, and more here.
      .replace(
        "cd my-model\n",
        "cd my-model\nsed -i.whole 's/batch: 512, steps: [0-9]*/batch: 512, steps: 200/' my_model.sde\n",
      )
      .replace("node app.mjs", "cp ../../app.mjs . && node app.mjs");
    const stdout = await shell(script, copy);
    expect(stdout).toContain("[ 1000, 2 ] [ 1000 ]");
    expect(readFileSync(join(parent, "models", "my-model", "my_model.sde"), "utf8")).toContain("steps: 200,");
    expect(
      readFileSync(join(parent, "models", "my-model", "run", "samples.png"))
        .subarray(1, 4)
        .toString(),
    ).toBe("PNG");
    rmSync(parent, { recursive: true });
  }, 600_000);
});

/** Runs lines in one shell that stops at the first that fails. `npm pack` must not build anew while other tests use dist/. */
async function shell(lines: string, cwd: string): Promise<string> {
  const { stdout } = await promisify(execFile)("bash", ["-euo", "pipefail", "-c", lines], {
    cwd,
    maxBuffer: 64 * 1024 * 1024,
    env: {
      ...process.env,
      SDEC_STEPS: "200",
      npm_config_ignore_scripts: "true",
      npm_config_prefer_offline: "true",
      npm_config_audit: "false",
      npm_config_fund: "false",
    },
  });
  return stdout;
}
