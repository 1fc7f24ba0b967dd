/**
 * How do checkpoints survive a crash at any moment? Each is written to a temporary file in the same folder, flushed, and
 * renamed into place; the folder is flushed too. The last two are kept, so that a damaged one leaves the one before it.
 */
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { CheckpointStore } from "../api.js";
import { verify } from "../checkpoint.js";
import { SdecError } from "../errors.js";

/** `warn` hears of a damaged checkpoint, which is moved aside, never deleted. */
export function openStore(
  folder: string,
  warn: (message: string) => void = (message) => process.emitWarning(message),
): CheckpointStore {
  return {
    async write(bytes, step) {
      await attempt(folder, async () => {
        await mkdir(folder, { recursive: true });
        const [newest = ""] = await checkpointNames(folder);
        // Numbered in the order of writing, not of steps: a run begun anew is newer than the one it replaces.
        const number = Number(NAME.exec(newest)?.[1] ?? 0) + 1;
        await writeAtomically(join(folder, fileName(number, step)), bytes);
        for (const name of (await checkpointNames(folder)).slice(KEPT)) await rm(join(folder, name));
        for (const name of await readdir(folder)) {
          if (TEMPORARY.test(name)) await rm(join(folder, name), { force: true });
        }
      });
    },
    async newest() {
      const names = await attempt(folder, () => checkpointNames(folder));
      for (const name of names) {
        const path = join(folder, name);
        const bytes = new Uint8Array(await attempt(path, () => readFile(path)));
        try {
          await verify(bytes);
          return bytes;
        } catch (error) {
          if (!(error instanceof SdecError)) throw error;
          await attempt(path, () => rename(path, `${path}.damaged`));
          warn(`${error.message}. It was moved aside to ${path}.damaged; the checkpoint before it is used.`);
        }
      }
      return null;
    },
  };
}

/** Writes a file that, whatever happens, is either the old one or the new one in full; its folder is made if need be. */
export async function writeAtomically(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await mkdir(dirname(path), { recursive: true });
  try {
    const file = await open(temporary, "w");
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await flushFolder(join(path, ".."));
}

const KEPT = 2;
const NAME = /^checkpoint-(\d{8})-step-\d+\.safetensors$/;
const TEMPORARY = /^checkpoint-\d{8}-step-\d+\.safetensors\.\d+\.tmp$/;

function fileName(number: number, step: number): string {
  return `checkpoint-${String(number).padStart(8, "0")}-step-${step}.safetensors`;
}

/** The newest first; a folder that is not there has none. */
async function checkpointNames(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder);
    return names
      .filter((name) => NAME.test(name))
      .sort()
      .reverse();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

async function flushFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    // Windows cannot open a folder; its rename is in the journal already.
    if (process.platform !== "win32") throw error;
  }
}

async function attempt<R>(path: string, action: () => Promise<R>): Promise<R> {
  try {
    return await action();
  } catch (cause) {
    if (cause instanceof SdecError) throw cause;
    throw new SdecError("file", `${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
