/** How does a model reach the file system, where there is one? Imported only when a path is given. */
import { readFile } from "node:fs/promises";
import { SdecError } from "../errors.js";
import { writeAtomically } from "./store.js";

export { openStore } from "./store.js";

export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (cause) {
    throw new SdecError("file", `${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

export async function writeBytes(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeAtomically(path, bytes);
  } catch (cause) {
    throw new SdecError(
      "file",
      `${path} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}
