/**
 * How do files that are not code become part of a bundle? One answer for the bundler and for the tests:
 * `import { texts } from "text:folder/*.ext"` gives the texts of a folder of this repository by file name, and
 * `import { bytes } from "bytes:package/file"` the bytes of a file of an installed package.
 */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const isEmbedded = /^(text|bytes):/;

/** For esbuild: the files become part of the bundle. */
export const embedForEsbuild = {
  name: "embed",
  setup(build) {
    build.onResolve({ filter: isEmbedded }, ({ path }) => ({ path, namespace: "embed" }));
    build.onLoad({ filter: /.*/, namespace: "embed" }, ({ path }) => ({ contents: moduleOf(path), loader: "js" }));
  },
};

/** For vitest: the same modules, made when they are asked for. */
export const embedForVite = {
  name: "embed",
  enforce: "pre",
  resolveId: (id) => (isEmbedded.test(id) ? `\0${id}` : null),
  load: (id) => (id.startsWith("\0") && isEmbedded.test(id.slice(1)) ? moduleOf(id.slice(1)) : null),
};

function moduleOf(specifier) {
  const path = specifier.replace(isEmbedded, "");
  return specifier.startsWith("text:") ? textsOf(path) : bytesOf(path);
}

function textsOf(pattern) {
  const folder = join(root, dirname(pattern));
  const names = readdirSync(folder)
    .filter((name) => name.endsWith(extname(pattern)))
    .sort();
  const read = (name) => readFileSync(join(folder, name), "utf8").replace(/\r\n/g, "\n");
  return `export const texts = ${JSON.stringify(Object.fromEntries(names.map((name) => [name, read(name)])))};\n`;
}

function bytesOf(path) {
  const contents = readFileSync(createRequire(import.meta.url).resolve(path)).toString("base64");
  return `const characters = atob("${contents}");
export const bytes = new Uint8Array(characters.length);
for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
`;
}
