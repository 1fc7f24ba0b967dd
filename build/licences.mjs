/** Whose code is inside the bundles, and under which terms? */
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Writes the licence texts of every package that one of the bundled files comes from. */
export function writeLicences(root, path, inputs) {
  const folders = new Set(
    inputs.flatMap((input) => {
      const found = /^(?:bytes:|embed:bytes:)?(?:.*node_modules\/)?((?:@[^/]+\/)?[^/]+)\//.exec(input);
      const isPackage = input.includes("node_modules/") || input.includes("bytes:");
      return isPackage && found !== null ? [join(root, "node_modules", found[1])] : [];
    }),
  );
  const parts = [...folders].sort().map((folder) => {
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying)/i.test(name));
    const text = file === undefined ? `Licence: ${manifest.license}` : readFileSync(join(folder, file), "utf8").trim();
    const from = manifest.homepage ?? manifest.repository?.url ?? `https://www.npmjs.com/package/${manifest.name}`;
    return `${manifest.name} ${manifest.version} (${manifest.license})\n${from}\n\n${text}\n`;
  });
  const line = `\n${"-".repeat(80)}\n\n`;
  if (parts.length > 0)
    writeFileSync(path, `This package contains code and data of the packages below.\n${line}${parts.join(line)}`);
  else if (existsSync(path))
    throw new Error("the bundles hold no third-party code any more; remove build/licences.mjs");
}
