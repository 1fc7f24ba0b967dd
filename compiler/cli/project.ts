/** What stands in a new project? */
import { existsSync, readFileSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { packageRoot, packageVersion } from "./package.js";

/**
 * The files of a project by their path in it. `dependency` is what package.json says after "sdec"; `npm` is the version that
 * will install them, null where it is not known.
 */
export function projectFiles(
  name: string,
  dependency: string,
  npm: number | null = npmVersion(),
): Readonly<Record<string, string>> {
  const model = modelName(name);
  return {
    "package.json": packageJson(name, model, dependency),
    ...(npm !== null && npm >= 11 ? {} : { ".npmrc": npmrc }),
    ".gitignore": "node_modules/\nrun/\n*.csv\n",
    [`${model}.sde`]: modelText,
    "make-data.mjs": dataScript,
    "README.md": readme(name, model),
  };
}

/** The major version of the npm that runs this, from what it tells its children. */
function npmVersion(): number | null {
  const [, major] = /\bnpm\/(\d+)/.exec(process.env["npm_config_user_agent"] ?? "") ?? [];
  return major === undefined ? null : Number(major);
}

/**
 * How a project in `folder` can ask npm for this same sdec: as the project that installed it does, by the version where
 * npm fetched it from a registry, and else by where this copy lies.
 */
export function dependencyOnThisCopy(folder: string): string {
  const root = packageRoot();
  const at = root.lastIndexOf(`${sep}node_modules${sep}`);
  if (at !== -1) {
    const installer = root.slice(0, at);
    const asked = dependencyIn(join(installer, "package.json"));
    if (asked !== null)
      return asked.startsWith("file:") ? fileDependency(resolve(installer, asked.slice(5)), folder) : asked;
    if (resolvedFromRegistry(join(installer, "node_modules", ".package-lock.json"))) return packageVersion();
  }
  return fileDependency(root, folder);
}

function dependencyIn(manifestPath: string): string | null {
  if (!existsSync(manifestPath)) return null;
  const manifest: unknown = JSON.parse(readFileSync(manifestPath, "utf8"));
  for (const key of ["dependencies", "devDependencies"]) {
    const asked = field(field(manifest, key), "sdec");
    if (typeof asked === "string") return asked;
  }
  return null;
}

function resolvedFromRegistry(lockPath: string): boolean {
  if (!existsSync(lockPath)) return false;
  const lock: unknown = JSON.parse(readFileSync(lockPath, "utf8"));
  const resolved = field(field(field(lock, "packages"), "node_modules/sdec"), "resolved");
  return typeof resolved === "string" && resolved.startsWith("https:");
}

function field(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null
    ? Object.entries(value).find(([name]) => name === key)?.[1]
    : undefined;
}

/** Relative where the two lie near each other, so that both can move together. */
function fileDependency(target: string, folder: string): string {
  const near = relative(folder, target);
  const climbs = near.split(sep).filter((part) => part === "..").length;
  return `file:${isAbsolute(near) || climbs > 2 || dirname(target) === target ? target : near}`;
}

/** A name the language accepts for a file that is imported: words joined by `_`. */
function modelName(name: string): string {
  return name.replace(/-/g, "_");
}

function packageJson(name: string, model: string, dependency: string): string {
  const manifest = {
    name,
    private: true,
    type: "module",
    scripts: {
      data: "node make-data.mjs",
      train: `npm run data && sdec train ${model}.sde --data moons=moons.csv --out run --overwrite`,
      sample: `sdec sample ${model}.sde --checkpoint run --sampler flow --count 2000 --seed 7 --out run/samples.csv`,
      evaluate: `sdec evaluate ${model}.sde --checkpoint run --data moons=held-out.csv`,
      plot: `npm run sample && sdec plot samples run/samples.csv --data held-out.csv --out run/samples.png && sdec plot curve run/curve.csv --out run/curve.png`,
      compile: `sdec compile ${model}.sde`,
    },
    dependencies: { sdec: dependency },
    allowScripts: { "onnxruntime-node": false, protobufjs: false, sdec: false },
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

const npmrc = `; onnxruntime-node's install script fetches CUDA libraries from a host that may be out of reach. All that sdec needs lies
; in the package itself. npm 11 and later read "allowScripts" in package.json for this, and can do without this file.
onnxruntime-node-install=skip
`;

const modelText = `/// Score-based model of two moons under the variance-preserving SDE (Song et al. 2021).
data moons : Real[2]

process vp on x : moons, t in [0, 1] {
  let beta = 0.1 + 19.9 * t
  dx = -beta / 2 * x dt + sqrt(beta) dW
  x(1) ~ Normal(0, 1)
}

network net(x, t) predicts noise of vp = mlp(hidden: [128, 128, 128, 128], time: fourier(16))

objective dsm {
  x0 ~ moons
  t ~ Uniform(1e-3, 1)
  xt ~ vp(t | x0) // the compiler derives this kernel
  minimize std(vp, t)^2 * sqnorm(score(net, xt, t) - grad_log(vp(t | x0), xt))
}

sampler flow = probability_flow(vp, net) using dopri5(rtol: 1e-4, until: 1e-3)
sampler em = reverse(vp, net) using euler_maruyama(steps: 500, until: 1e-3)

train dsm { optimizer: adam(4e-3, schedule: cosine), batch: 512, steps: 8000, ema: 0.999 }
`;

const dataScript = `// Draws two moons: moons.csv to train on, held-out.csv to judge by. Same seed, same files.
import { writeFileSync } from "node:fs";

const uniform = generator(2026);
writeFileSync("moons.csv", moons(8000));
writeFileSync("held-out.csv", moons(2000));

/** Two half circles of radius 1 with noise, moved and scaled to mean 0 and deviation about 1. */
function moons(count) {
  const rows = Array.from({ length: count }, () => {
    const angle = Math.PI * uniform();
    const [x, y] = uniform() < 0.5 ? [Math.cos(angle), Math.sin(angle)] : [1 - Math.cos(angle), 0.5 - Math.sin(angle)];
    return [(x + 0.08 * normal() - 0.5) / 0.87, (y + 0.08 * normal() - 0.25) / 0.5];
  });
  return \`x,y\\n\${rows.map((row) => row.map((value) => value.toFixed(5)).join(",")).join("\\n")}\\n\`;
}

function normal() {
  return Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** Mulberry32: small, and good enough to draw a picture from. */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
}
`;

function readme(name: string, model: string): string {
  return `# ${name}

A score-based model of two moons, written in \`${model}.sde\`.

\`\`\`sh
npm install
npm run train      # draws the data, trains, leaves checkpoints and curve.csv in run/
npm run plot       # draws samples and compares them with held-out data: run/samples.png, run/curve.png
npm run evaluate   # held-out likelihood and distance
npm run compile    # ${model}.sde.ts, a typed module for an app
\`\`\`

\`npx sdec derive ${model}.sde\` shows what the compiler derived from the equations; \`npx sdec --help\` lists the rest.
`;
}
