/**
 * How does the source become the package? `node build.mjs` writes dist/: the command line, the compiler and the runtime
 * as ES modules, each with what it needs inside, and the types.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, rmSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { embedForEsbuild } from "./build/embed.mjs";
import { writeLicences } from "./build/licences.mjs";

const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, "dist");

/** Installed beside the package instead of inside it: native code, large, or the application's own choice. */
const external = [
  "esbuild",
  "onnxruntime-common",
  "onnxruntime-node",
  "onnxruntime-web",
  "onnxruntime-web/*",
  "prettier",
  "prettier/*",
  "@tensorflow/*",
  "webgpu",
  "canvas",
];

/** `require("events")` inside a CommonJS package finds the module without `require`, which an ES module lacks. */
const builtinsWithoutRequire = {
  name: "builtins",
  setup({ onResolve, onLoad }) {
    const names = new Set(builtinModules);
    onResolve({ filter: /^(node:)?[a-z_/]+$/ }, ({ path, kind }) => {
      const name = path.replace(/^node:/, "");
      return kind === "require-call" && names.has(name) ? { path: name, namespace: "builtin" } : null;
    });
    onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule("node:${path}");`,
      loader: "js",
    }));
  },
};

const common = {
  absWorkingDir: root,
  outdir: dist,
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  chunkNames: "chunks/[name]-[hash]",
  sourcemap: false,
  // Names stay readable in a user's stack trace; white space is what costs.
  minifyWhitespace: true,
  minifySyntax: true,
  // Node prints the line an error was thrown at.
  lineLimit: 200,
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
  logOverride: { "empty-import-meta": "silent" },
  external,
};

/** A browser never comes to the lines that need Node; what they import is left out of its bundle. */
const withoutNode = {
  name: "without node",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:|onnxruntime-node$)/ }, ({ path }) => ({ path, namespace: "absent" }));
    onResolve({ filter: /\/node\/\w+\.js$/ }, ({ path }) => ({ path, namespace: "absent" }));
    onLoad({ filter: /.*/, namespace: "absent" }, () => ({ contents: "module.exports = {};", loader: "js" }));
  },
};

rmSync(dist, { recursive: true, force: true });
const bundles = await Promise.all([
  build({
    ...common,
    platform: "node",
    entryPoints: present({
      cli: "compiler/cli/bin.ts",
      index: "compiler/index.ts",
      "runtime/index": "runtime/index.ts",
      "runtime/node": "runtime/node/index.ts",
      "prettier-plugin": "grammar/prettier-plugin.ts",
      "lsp/server": "lsp/server.ts",
    }),
    plugins: [embedForEsbuild, builtinsWithoutRequire],
  }),
  build({
    ...common,
    platform: "browser",
    entryPoints: present({ "browser/runtime": "runtime/index.ts" }),
    chunkNames: "browser/chunks/[name]-[hash]",
    plugins: [embedForEsbuild, withoutNode],
  }),
]);
chmodSync(join(dist, "cli.js"), 0o755);
writeLicences(
  root,
  join(dist, "THIRD-PARTY-LICENSES.txt"),
  bundles.flatMap(({ metafile }) => bundledFiles(metafile)),
);
if (!process.argv.includes("--no-types")) {
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const { status } = spawnSync(process.execPath, [tsc, "-p", "build/tsconfig.types.json"], {
    cwd: root,
    stdio: "inherit",
  });
  process.exitCode = status ?? 1;
}

/** What left something in the output; the rest was shaken out. */
function bundledFiles(metafile) {
  return Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
  );
}

function present(entries) {
  return Object.fromEntries(Object.entries(entries).filter(([, path]) => existsSync(join(root, path))));
}
