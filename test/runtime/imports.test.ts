/** Does the runtime stand alone: nothing of the compiler, and nothing of Node on the way that a browser takes? */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";

/** Files reached from `entry` by static imports that are not of types alone, with the packages that each imports. */
function reach(entry: string): Map<string, string[]> {
  const seen = new Map<string, string[]>();
  const queue = [entry];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (seen.has(path)) continue;
    const packages: string[] = [];
    seen.set(path, packages);
    const text = readFileSync(path, "utf8");
    for (const [, clause = "", specifier = ""] of text.matchAll(/^(?:import|export)\s([^;]*?)from "([^"]+)";/gms)) {
      if (clause.startsWith("type ")) continue;
      if (!specifier.startsWith(".")) packages.push(specifier);
      else queue.push(join(dirname(path), specifier.replace(/\.js$/, ".ts")));
    }
  }
  return seen;
}

const root = join(import.meta.dirname, "../..");

test("the browser's way through the runtime meets neither Node nor the compiler nor a package", () => {
  const files = reach(join(root, "runtime/index.ts"));
  expect(files.size).toBeGreaterThan(30);
  for (const [path, packages] of files) {
    expect(existsSync(path)).toBe(true);
    const name = relative(root, path);
    expect(name).toMatch(/^runtime\/(?!node\/)/);
    expect([name, packages]).toEqual([name, []]);
  }
});

test("what needs files imports nothing but Node and the runtime", () => {
  for (const [path, packages] of reach(join(root, "runtime/node/index.ts"))) {
    expect(relative(root, path)).toMatch(/^runtime\//);
    for (const name of packages) expect(name).toMatch(/^node:/);
  }
});
