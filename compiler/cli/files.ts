/** How do commands read and write files, and what do they say when that fails? */
import { accessSync, constants, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, basename } from "node:path";
import type { Source } from "../../grammar/source.js";
import { machineLacks } from "./exit.js";

/** The text of a `.sde` file under the name the user gave it. */
export function readSource(path: string): Source {
  return { name: path, text: readText(path) };
}

export function readText(path: string): string {
  try {
    return readFileSync(path, "utf8").replace(/^\uFEFF/, "");
  } catch (error) {
    throw machineLacks(`cannot read ${path}: ${reason(error)}`);
  }
}

/** For imports: a file that is not there is a diagnostic at the import, not an end of the command. */
export function readTextOrNull(path: string): string | null {
  try {
    return readFileSync(path, "utf8").replace(/^\uFEFF/, "");
  } catch {
    return null;
  }
}

/** Writes beside the target and renames, so that nobody ever reads half a file. */
export function writeWhole(path: string, contents: string | Uint8Array): void {
  const beside = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(beside, contents);
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw machineLacks(`cannot write ${path}: ${reason(error)}`);
  }
}

/** Before work begins whose results go into a folder: is it there, or can it be made, and written into? */
export function readyFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
    accessSync(path, constants.W_OK);
  } catch (error) {
    throw machineLacks(`cannot write into ${path}: ${reason(error)}`);
  }
}

/** The system's words for what went wrong, without its call names. */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? String(error.code) : "";
  const known: Readonly<Record<string, string>> = {
    ENOENT: "there is no such file",
    EISDIR: "it is a folder",
    ENOTDIR: "a part of the path is not a folder",
    EACCES: "permission denied",
    EROFS: "the file system is read-only",
    ENOSPC: "the disk is full",
    EEXIST: "it exists already",
  };
  return known[code] ?? error.message;
}
