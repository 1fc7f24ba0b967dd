/** Row 13: does a run survive being killed, also in the middle of writing a checkpoint? */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { verify } from "../../runtime/checkpoint.js";
import { generator, normals } from "../support/noise.js";
import type { Figure } from "./figure.js";
import { packedCli } from "./package-install.js";

const row = 13;
const kills = 20;

/** Wide enough for a checkpoint of 13 MB, whose writing and flushing takes long enough to be hit. */
const text = `data points : Real[2]
process noising = vp(points)
network net(x, t) predicts noise of noising = mlp(hidden: [512, 512, 512], time: fourier(16))
objective matching = noise_prediction(points, noising, net)
train matching { optimizer: adam(1e-3, schedule: cosine), batch: 16, steps: 3000, ema: 0.99 }
`;

export async function measureKillAndResume(): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), "sdec-kill-"));
  writeFileSync(join(folder, "model.sde"), text);
  const z = normals(2000, 4);
  writeFileSync(
    join(folder, "points.csv"),
    `x,y\n${Array.from({ length: 1000 }, (_, i) => `${z[2 * i] ?? 0},${z[2 * i + 1] ?? 0}`).join("\n")}\n`,
  );
  await trainedToTheEnd(folder, "whole");
  const random = generator(13);
  const log: string[] = [];
  let [inside, torn, lost] = [0, 0, 0];
  for (let kill = 1; kill <= kills; kill += 1) {
    const before = newestStep(join(folder, "killed"));
    // Four of five aim at a write, the others at any moment.
    const aim = kill % 5 === 0 ? { afterSeconds: 1 + 3 * random() } : { afterWrites: 1 + Math.floor(3 * random()) };
    const { seen, processId } = await killed(folder, aim);
    const left = readdirSync(join(folder, "killed"));
    // A temporary file outlives the process only if it died between opening and renaming it.
    const isInside = left.some((name) => name.endsWith(`.${processId}.tmp`));
    const after = newestStep(join(folder, "killed"));
    const damaged = await damagedIn(join(folder, "killed"));
    inside += isInside ? 1 : 0;
    torn += damaged.length;
    lost += after < before || after < seen ? 1 : 0;
    log.push(
      `kill ${kill}: ${isInside ? "inside a write" : "between writes"}, newest step ${before} before, ${after} after; left ${left.filter((name) => name.startsWith("checkpoint")).join(", ")}`,
    );
  }
  await trainedToTheEnd(folder, "killed");
  process.stderr.write(`${log.join("\n")}\n`);
  const [whole, resumed] = [newestBytes(join(folder, "whole")), newestBytes(join(folder, "killed"))];
  const isEqual = whole.equals(resumed);
  const isTornSeen = await verify(new Uint8Array(whole.subarray(0, whole.length - 1000))).then(
    () => false,
    () => true,
  );
  return [
    {
      row,
      what: `kill -9 of sdec train --resume: kills inside a checkpoint write, of ${kills}`,
      measured: String(inside),
      bound: `>= ${kills / 2}`,
      passed: inside >= kills / 2,
    },
    {
      row,
      what: "checkpoints torn / lost",
      measured: `${torn} / ${lost}`,
      bound: "0 / 0",
      passed: torn === 0 && lost === 0,
      planted: {
        what: "a checkpoint without its last 1000 bytes",
        measured: isTornSeen ? "refused" : "accepted",
        failed: isTornSeen,
      },
    },
    {
      row,
      what: "final checkpoint (weights, moments, average) beside an uninterrupted run's",
      measured: isEqual ? `${whole.length} bytes equal` : "differ",
      bound: "equal",
      passed: isEqual,
    },
  ];
}

type Aim = { readonly afterSeconds: number } | { readonly afterWrites: number };

const words = (folder: string, out: string): readonly string[] => [
  packedCli(),
  "train",
  join(folder, "model.sde"),
  "--data",
  `points=${join(folder, "points.csv")}`,
  "--out",
  join(folder, out),
  "--every",
  "10",
  "--engine",
  "onnx",
  "--resume",
];

async function trainedToTheEnd(folder: string, out: string): Promise<void> {
  const child = spawn(process.execPath, words(folder, out), { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString("utf8")));
  const code = await new Promise((resolve) => child.once("exit", resolve));
  if (code !== 0) throw new Error(`sdec train ended with ${String(code)}: ${said.slice(-400)}`);
}

interface Killed {
  /** The newest step whose checkpoint was seen in place. */
  readonly seen: number;
  readonly processId: number;
}

/** Runs until the aim is met and kills at once. */
async function killed(folder: string, aim: Aim): Promise<Killed> {
  const out = join(folder, "killed");
  mkdirSync(out, { recursive: true });
  const child = spawn(process.execPath, words(folder, "killed"), { stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  let writes = 0;
  let newest = 0;
  const temporary = new Set<string>();
  const watcher = watch(out, (_, name) => {
    newest = Math.max(newest, stepOf(name ?? ""));
    if (name === null || !name.endsWith(".tmp") || temporary.has(name)) return;
    temporary.add(name);
    writes += 1;
    if ("afterWrites" in aim && writes > aim.afterWrites) child.kill("SIGKILL");
  });
  const timer = "afterSeconds" in aim ? setTimeout(() => child.kill("SIGKILL"), aim.afterSeconds * 1000) : undefined;
  await ended;
  clearTimeout(timer);
  watcher.close();
  return { seen: newest, processId: child.pid ?? 0 };
}

const NAME = /^checkpoint-(\d+)-step-(\d+)\.safetensors$/;

function stepOf(name: string): number {
  return Number(NAME.exec(name)?.[2] ?? 0);
}

function newestName(folder: string): string | null {
  try {
    return (
      readdirSync(folder)
        .filter((name) => NAME.test(name))
        .sort()
        .at(-1) ?? null
    );
  } catch {
    return null; // before the first run there is no folder
  }
}

function newestStep(folder: string): number {
  return stepOf(newestName(folder) ?? "");
}

function newestBytes(folder: string): Buffer {
  return readFileSync(join(folder, newestName(folder) ?? ""));
}

async function damagedIn(folder: string): Promise<readonly string[]> {
  const damaged: string[] = [];
  for (const name of readdirSync(folder)) {
    if (name.endsWith(".damaged")) damaged.push(name);
    if (!NAME.test(name)) continue;
    try {
      await verify(new Uint8Array(readFileSync(join(folder, name))));
    } catch {
      damaged.push(name);
    }
  }
  return damaged;
}
