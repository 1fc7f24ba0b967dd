/** Does the built command line carry a project from `init` to its pictures, and survive an interruption? */
import { execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";

const cli = join(import.meta.dirname, "../../dist/cli.js");
const project = join(mkdtempSync(join(tmpdir(), "sdec-project-")), "moons");

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function sdec(...words: readonly string[]): Promise<Ended> {
  return new Promise((done) => {
    execFile(process.execPath, [cli, ...words], { cwd: existsSync(project) ? project : tmpdir() }, (error, out, err) =>
      done({ code: typeof error?.code === "number" ? error.code : 0, out, err }),
    );
  });
}

function train(out: string, ...more: readonly string[]): Promise<Ended> {
  return sdec("train", "moons.sde", "--data", "moons=moons.csv", "--out", out, "--batch", "64", ...more);
}

function losses(out: string): readonly string[] {
  return readFileSync(join(project, out, "curve.csv"), "utf8")
    .trimEnd()
    .split("\n")
    .slice(1);
}

beforeAll(async () => {
  if (!existsSync(cli)) throw new Error("dist/cli.js is not there: run `npm run build` first");
  await sdec("init", project);
  await new Promise<void>((done) => {
    execFile(process.execPath, ["make-data.mjs"], { cwd: project }, () => done());
  });
});

describe("a project", () => {
  it("trains, samples, is judged and drawn", async () => {
    const trained = await train("run", "--steps", "120", "--seed", "3");
    expect({ code: trained.code, err: trained.code === 0 ? "" : trained.err }).toEqual({ code: 0, err: "" });
    expect(losses("run")).toHaveLength(120);
    const again = await train("run", "--steps", "10");
    expect({ code: again.code, says: again.err.includes("--overwrite replaces it") }).toEqual({ code: 2, says: true });
    expect(losses("run")).toHaveLength(120);

    const sample = (out: string): Promise<Ended> =>
      sdec("sample", "moons.sde", "-c", "run", "-s", "flow", "-n", "300", "--seed", "7", "-o", out);
    expect((await sample("a.csv")).code).toBe(0);
    expect((await sample("b.csv")).code).toBe(0);
    expect(readFileSync(join(project, "a.csv"), "utf8")).toBe(readFileSync(join(project, "b.csv"), "utf8"));
    expect(readFileSync(join(project, "a.csv"), "utf8").split("\n")[0]).toBe("x[0],x[1]");

    const { code, out } = await sdec(
      "evaluate",
      "moons.sde",
      "-c",
      "run",
      "-d",
      "held-out.csv",
      "-s",
      "flow",
      "--count",
      "400",
      "--json",
    );
    expect(code).toBe(0);
    const report: unknown = JSON.parse(out);
    const number: unknown = expect.any(Number);
    expect(report).toMatchObject({
      version: 1,
      data: "moons",
      rows: 2000,
      samplers: [
        {
          sampler: "flow",
          likelihood: { mean: number, standardError: number, probeError: null },
          distance: { value: number, floor: number, rows: 400 },
        },
      ],
      losses: { dsm: number },
    });

    for (const words of [
      ["samples", "a.csv", "--data", "held-out.csv", "-o", "a.png", "-o", "a.svg"],
      ["curve", "run/curve.csv", "-o", "curve.png"],
      ["schedule", "moons.sde", "-o", "vp.svg"],
    ]) {
      expect((await sdec("plot", ...words)).code).toBe(0);
    }
    for (const file of ["a.png", "a.svg", "curve.png", "vp.svg"])
      expect(readFileSync(join(project, file)).length).toBeGreaterThan(5000);
  }, 120_000);

  it("with labels is judged for the label that is asked for", async () => {
    const model = `data shapes : { x: Real[1], y: Class[2] }
process noising = ve(shapes.x, sigma_min: 0.1, sigma_max: 20)
network net(x, t, y: Class[2]) predicts noise of noising = mlp(hidden: [8])
objective matching {
  x0, y ~ shapes
  t ~ Uniform(1e-2, 1)
  xt ~ noising(t | x0)
  minimize sqnorm(net(xt, t, y) - noise(xt))
}
sampler labelled(y: Class[2]) =
  probability_flow(noising, fn(x, t) predicts score of noising = score(net, x, t, y)) using euler(steps: 5, until: 1e-2)
train matching { optimizer: adam(1e-3), batch: 16, steps: 5 }
`;
    writeFileSync(join(project, "labels.sde"), model);
    writeFileSync(join(project, "labels.csv"), Array.from({ length: 40 }, (_, i) => `${i % 7},${i % 2}`).join("\n"));
    expect(await sdec("train", "labels.sde", "-d", "labels.csv", "--out", "labels")).toMatchObject({ code: 0 });
    const judge = (...more: string[]): Promise<Ended> =>
      sdec("evaluate", "labels.sde", "-c", "labels", "-d", "labels.csv", ...more);
    expect((await judge()).out).toContain("needs --parameter y=VALUE");
    const { out } = await judge("--parameter", "y=1");
    expect(out).toMatch(/^40 rows of shapes\.x$[^]*sliced W1[^]*held-out loss\n {2}matching/m);
  }, 120_000);

  it("goes on from a checkpoint as if it had never stopped", async () => {
    // A cosine falls over the steps of a run, so that a run of 40 steps is not the first half of one of 80.
    const model = join(project, "moons.sde");
    writeFileSync(model, readFileSync(model, "utf8").replace(", schedule: cosine", ""));
    await train("whole", "--steps", "80", "--seed", "5");
    await train("parts", "--steps", "40", "--seed", "5");
    const resumed = await train("parts", "--steps", "80", "--seed", "5", "--resume");
    expect(resumed.code).toBe(0);
    expect(losses("parts")).toEqual(losses("whole"));
  }, 120_000);

  it("keeps the last checkpoint at Ctrl-C, says how to go on, and does", async () => {
    const words = [
      "train",
      "moons.sde",
      "--data",
      "moons=moons.csv",
      "--out",
      "stopped",
      "--steps",
      "1000000",
      "--every",
      "50",
      "--batch",
      "64",
    ];
    const child = spawn(process.execPath, [cli, ...words], { cwd: project });
    let err = "";
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
    const folder = join(project, "stopped");
    const hasCheckpoint = (): boolean =>
      existsSync(folder) && readdirSync(folder).some((name) => name.endsWith(".safetensors"));
    while (!hasCheckpoint()) await new Promise((wait) => setTimeout(wait, 50));
    child.kill("SIGINT");
    const code = await new Promise((done) => child.on("close", done));
    expect({ code, says: /stopped after step \d+.*--resume/s.test(err) }).toEqual({ code: 130, says: true });
    expect(hasCheckpoint()).toBe(true);
    const done = losses("stopped").length;
    expect(done).toBeGreaterThanOrEqual(50);
    expect((await train("stopped", "--steps", String(done + 20), "--resume")).code).toBe(0);
    expect(losses("stopped").map((line) => Number(line.split(",")[3]))).toEqual(
      Array.from({ length: done + 20 }, (_, step) => step),
    );
  }, 120_000);

  it.skipIf(!existsSync("/usr/bin/script"))(
    "draws a bar where somebody watches",
    async () => {
      const words = `${process.execPath} ${cli} train moons.sde --data moons.csv --steps 40 --batch 64 --out watched`;
      const shown = await new Promise<string>((done) => {
        execFile("/usr/bin/script", ["-qec", words, "/dev/null"], { cwd: project }, (_, out) => done(out));
      });
      expect(shown).toMatch(/training █+.* 100 % · dsm step 40, loss/);
      expect(shown).toContain("40 steps in");
    },
    60_000,
  );

  it("checks again at every change until Ctrl-C", async () => {
    const path = join(project, "watched.sde");
    writeFileSync(path, "data moons : Real[2]\n");
    const child = spawn(process.execPath, [cli, "check", "watched.sde", "--watch"], { cwd: project });
    let heard = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (heard += chunk.toString()));
    const until = async (pattern: RegExp): Promise<void> => {
      while (!pattern.test(heard)) await new Promise((wait) => setTimeout(wait, 20));
      heard = "";
    };
    await until(/✓ watched\.sde[^]*watching|watching[^]*✓/);
    writeFileSync(path, "dta moons : Real[2]\n");
    await until(/error\[SDE0132\][^]*watching/);
    writeFileSync(path, "data moons : Real[3]\n");
    await until(/✓ watched\.sde[^]*watching|watching[^]*✓/);
    child.kill("SIGINT");
    expect(await new Promise((done) => child.on("close", done))).toBe(0);
  }, 90_000);

  it("compiles to TypeScript, and to JavaScript with declarations", async () => {
    expect((await sdec("compile", "moons.sde")).code).toBe(0);
    expect(readFileSync(join(project, "moons.sde.ts"), "utf8")).toContain('from "sdec/runtime"');
    expect((await sdec("compile", "moons.sde", "--out", "moons.js")).code).toBe(0);
    expect(readFileSync(join(project, "moons.d.ts"), "utf8")).toContain("export");
  });

  it.each([
    [
      "a data set that is not there",
      ["train", "moons.sde", "--data", "suns=moons.csv"],
      2,
      /there is no data set suns/,
    ],
    ["no data", ["train", "moons.sde"], 2, /--data moons=FILE/],
    ["a table of another width", ["train", "moons.sde", "--data", "moons=run/curve.csv"], 2, /column/],
    ["a data file that is not there", ["train", "moons.sde", "--data", "moons=nowhere.csv"], 3, /nowhere\.csv/],
    ["no checkpoint", ["sample", "moons.sde", "-s", "flow"], 2, /--checkpoint/],
    ["a checkpoint that is not there", ["sample", "moons.sde", "-s", "flow", "-c", "nowhere"], 3, /nowhere/],
    ["no sampler named", ["sample", "moons.sde", "-c", "run"], 2, /flow, em/],
    ["a misspelt sampler", ["sample", "moons.sde", "-c", "run", "-s", "flwo"], 2, /did you mean flow\?/],
    [
      "a misspelt engine",
      ["sample", "moons.sde", "-c", "run", "-s", "flow", "--engine", "onx"],
      2,
      /did you mean onnx\?/,
    ],
    [
      "an engine that is not here",
      ["sample", "moons.sde", "-c", "run", "-s", "flow", "--engine", "tfjs-node-gpu"],
      3,
      /tfjs-node-gpu/,
    ],
    [
      "an unknown parameter",
      ["sample", "moons.sde", "-c", "run", "-s", "flow", "--parameter", "w=2"],
      2,
      /no parameter w/,
    ],
    ["a number that is none", ["sample", "moons.sde", "-c", "run", "-s", "flow", "-n", "many"], 2, /whole number/],
  ] as const)(
    "refuses %s",
    async (_, words, code, message) => {
      const ended = await sdec(...words);
      expect({ code: ended.code, matches: message.test(ended.err) ? "" : ended.err }).toEqual({ code, matches: "" });
    },
    30_000,
  );
});
