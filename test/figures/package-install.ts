/** How does a stranger's machine get the package? `npm pack`, and the tarball installed in an empty folder. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../../compiler/cli/package.js";

let installed: string | null = null;

/** A folder outside the repository in which the packed package is installed, with TypeScript and esbuild beside it. */
export function installedFolder(): string {
  if (installed !== null) return installed;
  const folder = mkdtempSync(join(tmpdir(), "sdec-packed-"));
  // The build is `npm run build`'s; packing again would only repeat it.
  const out = run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], packageRoot());
  const [packed]: unknown[] = JSON.parse(out);
  const filename = typeof packed === "object" && packed !== null && "filename" in packed ? String(packed.filename) : "";
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "empty", private: true, type: "module" }));
  writeFileSync(join(folder, ".npmrc"), "onnxruntime-node-install=skip\n");
  run(
    "npm",
    [
      "install",
      "--no-audit",
      "--no-fund",
      "--prefer-offline",
      join(folder, filename),
      "typescript@5.9.3",
      "esbuild@0.28.2",
    ],
    folder,
  );
  installed = folder;
  return folder;
}

/** The packed command line. */
export function packedCli(): string {
  return join(installedFolder(), "node_modules", "sdec", "dist", "cli.js");
}

/** Standard output; throws with what the command said where it fails. */
export function run(command: string, words: readonly string[], folder: string): string {
  try {
    return execFileSync(command, words, {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      maxBuffer: 2 ** 26,
    });
  } catch (error) {
    const said =
      typeof error === "object" && error !== null && "stderr" in error && "stdout" in error
        ? `${String(error.stdout)}${String(error.stderr)}`
        : String(error);
    throw new Error(`${command} ${words.join(" ")}: ${said.trim().slice(-400)}`, { cause: error });
  }
}
