/** Do the examples run as their pages say? Briefly trained here; `--mode deep` trains them whole and judges the figures. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const isDeep = process.env["SDEC_DEEP"] === "1";
const root = join(import.meta.dirname, "..", "..");

describe.sequential("examples", () => {
  it("are laid out by the formatter", async () => {
    const files = readdirSync(join(root, "examples"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".sde"))
      .map((file) => join("examples", file));
    expect(files.length).toBeGreaterThanOrEqual(5);
    // Exits with 1, and so throws, if a file is not.
    await promisify(execFile)(process.execPath, ["dist/cli.js", "format", "--check", ...files], { cwd: root });
  });

  it("ornstein-uhlenbeck finds the Gaussian", async () => {
    const output = await run("ornstein-uhlenbeck", 300);
    const [, correlation = ""] = /correlation +(\S+)/.exec(output) ?? [];
    // 300 steps are a tenth of the training; without any the correlation is near 0.
    expect(Math.abs(Number(correlation) - 0.8)).toBeLessThan(isDeep ? 0.03 : 0.15);
    expectPicture("ornstein-uhlenbeck");
  }, 300_000);

  it("gaussian-mixture: the exact score gives the mixture", async () => {
    const output = await run("gaussian-mixture", 200);
    const exact = distanceAndFloor(output, "exact_sde");
    // 2.5 floors is the bound on a learned score; the exact one is well below.
    expect(exact.distance).toBeLessThan(1.5 * exact.floor);
    const learned = distanceAndFloor(output, "learned_sde");
    if (isDeep) expect(learned.distance).toBeLessThan(2.5 * learned.floor);
    expectPicture("gaussian-mixture");
  }, 300_000);

  it("damped-langevin: the kernel is that of the equation", async () => {
    const output = await run("damped-langevin", 100);
    for (const name of ["x[0]", "x[1]", "v[0]", "v[1]"]) {
      const line = output.split("\n").find((one) => one.includes(name)) ?? "";
      const [mean, deviation, simulatedMean, simulatedDeviation] = [
        ...line.matchAll(/(?:mean|deviation) (-?[\d.]+)/g),
      ].map(([, value]) => Number(value));
      // 20 000 paths: standard errors are about .0035 and .0025; the steps' own error is of order 1/500.
      expect(Math.abs((mean ?? Number.NaN) - (simulatedMean ?? 0)), line).toBeLessThan(0.025);
      expect(Math.abs((deviation ?? Number.NaN) - (simulatedDeviation ?? 0)), line).toBeLessThan(0.015);
    }
    expectPicture("damped-langevin");
  }, 300_000);

  it("penguins: the table is printed, and the density adds up to 1", async () => {
    const output = await run("penguins", 100);
    const [, total = ""] = /over a grid: (\S+)/.exec(output) ?? [];
    expect(Math.abs(Number(total) - 1)).toBeLessThan(0.01);
    const [model, gaussian, mixture] = ["score model ", "Gaussian", "mixture"].map((name) =>
      figure(output, `  ${name}`),
    );
    expect(gaussian).toBeCloseTo(-4.483, 1);
    expect(mixture).toBeCloseTo(-3.54, 1);
    // Even a hundred steps tell more than a Gaussian of full covariance.
    expect(model).toBeGreaterThan(isDeep ? (mixture ?? 0) - 0.05 : (gaussian ?? 0));
    expectPicture("penguins");
  }, 600_000);

  it("guided-classes: guidance makes samples surer of their class", async () => {
    const output = await run("guided-classes", 300);
    const [plain = 0, , strong = 0] = [...output.matchAll(/^[013] +(\S+)/gm)].map(([, share]) => Number(share));
    expect(strong).toBeGreaterThan(plain);
    // The Bayes classifier is right on 87 % of the data.
    if (isDeep) expect(Math.abs(plain - 0.872)).toBeLessThan(0.02);
    expectPicture("guided-classes");
  }, 300_000);

  it("aligned-flow: every method raises the reward", async () => {
    const output = await run("aligned-flow", 100);
    const rows = [...output.matchAll(/^(\w+) +(\d+) +(\S+) +(\S+)$/gm)].map(([, name = "", , reward, nats]) => ({
      name,
      reward: Number(reward),
      nats: Number(nats),
    }));
    const [before] = rows;
    expect(before).toMatchObject({ name: "unaligned", nats: 0 });
    for (const method of ["grpo", "reinforce", "reward_gradient"]) {
      const last = rows.findLast(({ name }) => name === method);
      expect(last?.reward, method).toBeGreaterThan((before?.reward ?? 1) + (isDeep ? 0.1 : 0));
      expect(last?.nats, method).toBeGreaterThan(0);
    }
    expectPicture("aligned-flow");
  }, 300_000);

  it("meanflow: one evaluation of the averaged velocity beats one of the others", async () => {
    const output = await run("meanflow", 200);
    const first = Object.fromEntries(
      [...output.matchAll(/^(mean|flow|noisy|diffusion) +(\S+)/gm)].map(([, name, distance]) => [
        name,
        Number(distance),
      ]),
    );
    expect(Object.keys(first)).toEqual(["mean", "flow", "noisy", "diffusion"]);
    if (isDeep)
      expect(first["mean"]).toBeLessThan(Math.min(first["flow"] ?? 0, first["noisy"] ?? 0, first["diffusion"] ?? 0));
    expectPicture("meanflow");
  }, 300_000);

  it("sb-gaussian pairs its ends as the closed form says", async () => {
    const output = await run("sb-gaussian", 10);
    const [, error = ""] = /largest error of the first: (\S+)/.exec(output) ?? [];
    // A fifteenth of the training; of independent ends the error is 0.38.
    expect(Number(error)).toBeLessThan(isDeep ? 0.05 : 0.25);
    expectPicture("sb-gaussian");
  }, 300_000);

  it("lotka-volterra: its parameters leave their start for the truth", async () => {
    const output = await run("lotka-volterra", 2);
    const found = Object.fromEntries(
      [...output.matchAll(/^([αβγδ]) +(\S+)/gm)].map(([, name, value]) => [name, Number(value)]),
    );
    expect(Object.keys(found)).toEqual(["α", "β", "γ", "δ"]);
    for (const [name, truth] of [
      ["α", 1],
      ["β", 0.4],
      ["γ", 0.4],
      ["δ", 0.1],
    ] as const) {
      if (isDeep) expect(Math.abs((found[name] ?? 0) / truth - 1), name).toBeLessThan(0.25);
      else expect(found[name], name).toBeGreaterThan(0.011);
    }
    expectPicture("lotka-volterra");
  }, 300_000);

  it("interpolant-checkerboard: with any noise chosen after training the samples lie on the dark squares", async () => {
    const output = await run("interpolant-checkerboard", 800);
    const shares = [...output.matchAll(/^(?:ode|sde [\d.]+) +(\S+)/gm)].map(([, share]) => Number(share));
    expect(shares).toHaveLength(4);
    // Of 5000 points spread evenly a half would, give or take .007. 800 steps are a seventh of the training.
    for (const share of shares) expect(share).toBeGreaterThan(isDeep ? 0.85 : 0.53);
    expectPicture("interpolant-checkerboard");
  }, 300_000);

  it("rectified-flow: trained on its own pairs the flow is straighter", async () => {
    const output = await run("rectified-flow", 300);
    const [before = Number.NaN, after = Number.NaN] = ["before", "after"].map((name) =>
      Number(new RegExp(`^${name} +(?:\\S+ +){3}(\\S+)`, "m").exec(output)?.[1]),
    );
    expect(after).toBeLessThan(isDeep ? before / 5 : before);
    expectPicture("rectified-flow");
  }, 300_000);
});

async function run(name: string, steps: number): Promise<string> {
  for (const ending of ["svg", "png"]) rmSync(picture(name, ending), { force: true });
  const { stdout } = await promisify(execFile)(process.execPath, ["examples/run.mjs", name], {
    cwd: root,
    env: { ...process.env, ...(isDeep ? {} : { SDEC_STEPS: String(steps) }) },
  });
  return stdout;
}

function distanceAndFloor(output: string, sampler: string): { readonly distance: number; readonly floor: number } {
  const line = output.split("\n").find((text) => text.startsWith(`${sampler} `)) ?? "";
  const [distance = Number.NaN, floor = Number.NaN] = line.trim().split(/\s+/).slice(-2).map(Number);
  return { distance, floor };
}

function figure(output: string, start: string): number {
  const line = output.split("\n").find((text) => text.startsWith(start)) ?? "";
  return Number(/(-?\d+\.\d+) ±/.exec(line)?.[1]);
}

function expectPicture(name: string): void {
  expect(existsSync(picture(name, "svg"))).toBe(true);
  expect(readFileSync(picture(name, "png")).subarray(1, 4).toString()).toBe("PNG");
}

function picture(name: string, ending: string): string {
  return join(root, "examples", name, `${name}.${ending}`);
}
