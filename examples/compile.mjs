/** `npm run examples`: compiles every example's model to the module that its app imports. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** As seen from here, so that messages show short paths. */
export const folder = relative(process.cwd(), dirname(fileURLToPath(import.meta.url))) || ".";
const root = join(folder, "..");
const cli = join(root, "dist", "cli.js");

/** Runs `sdec` with these arguments; where that fails it has said why. */
export function sdec(...args) {
  if (!existsSync(cli)) execFileSync(process.execPath, [join(root, "build.mjs")], { stdio: "inherit" });
  try {
    execFileSync(process.execPath, [cli, ...args], { stdio: "inherit" });
  } catch (error) {
    process.exit(error.status ?? 1);
  }
}

export function exampleNames() {
  return readdirSync(folder).filter((name) => existsSync(join(folder, name, `${name}.sde`)));
}

export function compileExample(name) {
  for (const file of readdirSync(join(folder, name)))
    if (file.endsWith(".sde")) sdec("compile", join(folder, name, file));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) for (const name of exampleNames()) compileExample(name);
