/** Row 15: the packed package in the hands of a stranger: init, compile, train, and the emitted module in three places. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromiumPath, resultOfPage } from "./browser.js";
import type { Figure } from "./figure.js";
import { installedFolder, run } from "./package-install.js";

const row = 15;

export async function measurePackedPackage(): Promise<readonly Figure[]> {
  const folder = installedFolder();
  const project = join(folder, "my-model");
  const figures: Figure[] = [];
  const step = async (what: string, action: () => string | Promise<string>): Promise<void> => {
    try {
      figures.push({ row, what, measured: await action(), bound: "works", passed: true });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      figures.push({ row, what, measured: message.replace(/\s+/g, " ").slice(0, 400), bound: "works", passed: false });
    }
  };
  await step("tarball in an empty folder: npx sdec init my-model, npm install there", () => {
    run("npx", ["sdec", "init", "my-model"], folder);
    run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline"], project);
    return "works";
  });
  await step("sdec compile, .ts and --js", () => {
    run("npx", ["sdec", "compile", "my_model.sde"], project);
    run("npx", ["sdec", "compile", "my_model.sde", "--js"], project);
    return ["my_model.sde.ts", "my_model.sde.js", "my_model.sde.d.ts"]
      .filter((name) => existsSync(join(project, name)))
      .join(", ");
  });
  await step("sdec train, 100 steps", () => {
    run("npm", ["run", "data"], project);
    return (
      run("npx", ["sdec", "train", "my_model.sde", "--data", "moons=moons.csv", "--steps", "100"], project).split(
        "\n",
      )[0] ?? ""
    );
  });
  await step(`emitted .js in a plain Node ${process.version} script: train 100 steps, sample, likelihood`, () => {
    writeFileSync(join(project, "app.mjs"), nodeApp);
    return run("node", ["app.mjs"], project).trim();
  });
  await step("emitted .ts in a strict TypeScript app, skipLibCheck off, no @types/node", () => {
    mkdirSync(join(project, "strict"), { recursive: true });
    writeFileSync(join(project, "strict", "tsconfig.json"), JSON.stringify(strictConfig));
    writeFileSync(join(project, "strict", "app.ts"), typedApp);
    run("npx", ["sdec", "compile", "my_model.sde", "--out", "strict/my_model.sde.ts"], project);
    run("node", [join(folder, "node_modules", "typescript", "bin", "tsc"), "-p", "strict"], project);
    return `${run("node", ["strict/dist/app.js"], project).trim()}; a wrong call is a type error`;
  });
  if (chromiumPath() === null) {
    figures.push({
      row,
      what: "esbuild bundle in headless chromium",
      measured: "not measured: no chromium here",
      bound: "works",
      passed: false,
    });
    return figures;
  }
  await step("esbuild bundle in headless chromium, onnxruntime-web", async () => {
    const site = join(project, "site");
    writeFileSync(join(project, "page.mjs"), pageApp);
    run(
      join(folder, "node_modules", ".bin", "esbuild"),
      ["page.mjs", "--bundle", "--format=esm", "--platform=browser", `--outdir=${site}`],
      project,
    );
    return resultOfPage([site, join(project, "node_modules", "onnxruntime-web", "dist")]);
  });
  return figures;
}

const nodeApp = `import { my_model } from "./my_model.sde.js";
import { readFileSync } from "node:fs";
const rows = readFileSync("moons.csv", "utf8").trim().split("\\n").slice(1).map((line) => line.split(",").map(Number));
const model = await my_model.open();
await model.train({ moons: rows }, { steps: 100 });
const { x } = await model.sample.em({ count: 50, seed: 7 });
const { logProb } = await model.logProb.flow({ x });
if (x.shape.join() !== "50,2" || !x.data.every(Number.isFinite) || !logProb.data.every(Number.isFinite)) throw new Error("not finite");
console.log(\`\${model.engine}: samples [\${x.shape}], log-densities [\${logProb.shape}]\`);
await model.dispose();
`;

const strictConfig = {
  compilerOptions: {
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    noImplicitOverride: true,
    verbatimModuleSyntax: true,
    noUnusedLocals: true,
    noUnusedParameters: true,
    skipLibCheck: false,
    target: "es2022",
    module: "nodenext",
    lib: ["es2023", "dom"],
    types: [],
    outDir: "dist",
  },
};

const typedApp = `import { my_model } from "./my_model.sde.js";
const rows: number[][] = Array.from({ length: 64 }, (_, i) => [Math.cos(i), Math.sin(i)]);
const model = await my_model.open({ seed: 1 });
await model.train({ moons: rows }, { steps: 100, onProgress: ({ step, loss }) => void (step + loss) });
const { x } = await model.sample.em({ count: 20, seed: 7 });
const first: number | undefined = x.data[0];
// @ts-expect-error: there is no such sampler
void model.sample.nothing;
// @ts-expect-error: the data set is called moons
void (() => model.train({ suns: rows }));
// @ts-expect-error: Euler-Maruyama has no likelihood
void model.logProb.em;
console.log(\`\${model.engine}: samples [\${x.shape.join(", ")}], first \${typeof first}\`);
await model.dispose();
`;

const pageApp = `import { my_model } from "./my_model.sde.js";
const report = (text) => fetch("/result", { method: "POST", body: text });
try {
  const rows = Array.from({ length: 256 }, (_, i) => [Math.cos(i), Math.sin(i)]);
  const model = await my_model.open({ engine: "onnx" });
  await model.train({ moons: rows }, { steps: 20 });
  const { x } = await model.sample.em({ count: 200, seed: 7 });
  const { x: y } = await model.sample.flow({ count: 50, seed: 7 });
  const finite = x.data.every(Number.isFinite) && y.data.every(Number.isFinite);
  await report(finite ? \`\${model.engine}: trained 20 steps, samples [\${x.shape}] and [\${y.shape}]\` : "error: not finite");
} catch (error) {
  await report("error: " + (error?.stack ?? error));
}
`;
