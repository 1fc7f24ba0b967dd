/** On which models are the engines compared? On every example and a few that use what no example does. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { packageRoot } from "../../compiler/cli/package.js";
import { compile } from "../../compiler/index.js";
import { library } from "../../compiler/library.js";
import type { LoweredModel } from "../../compiler/lower/model.js";
import type { Source } from "../../grammar/source.js";

export interface ComparedModel {
  readonly name: string;
  readonly model: LoweredModel;
}

export function comparedModels(): readonly ComparedModel[] {
  return comparedTexts().map((source) => ({ name: basename(source.name, ".sde"), model: loweredBeside(source) }));
}

/** The examples by their paths, but those that are to be refused, and the others. */
export function comparedTexts(): readonly Source[] {
  const folder = join(packageRoot(), "examples");
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
    /(?<!\.wrong)\.sde$/.test(path),
  );
  const examples = paths
    .sort()
    .map((path) => ({ name: join(folder, path), text: readFileSync(join(folder, path), "utf8") }));
  return [...examples, ...more];
}

/** Imports are read from beside the file. */
export function readImport(path: string): string | null {
  return existsSync(path) ? readFileSync(path, "utf8") : null;
}

function loweredBeside(source: Source): LoweredModel {
  const { model, diagnostics } = compile(source, { library, read: readImport });
  if (model !== null) return model;
  throw new Error(`${source.name}: ${diagnostics.map(({ code, message }) => `${code} ${message}`).join("\n")}`);
}

const more: readonly Source[] = [
  {
    name: "sub-vp with a corrector",
    text: `
data points : Real[3]
process P = sub_vp(points)
network net(x, t) predicts score of P = mlp(hidden: [24, 24], time: fourier(6), activation: tanh)
objective matching = dsm(points, P, net)
sampler pc  = reverse(P, net) using euler_maruyama(steps: 50, until: 1e-2) with langevin(snr: 0.1)
sampler ode = probability_flow(P, net) using rk4(steps: 20, until: 1e-2)
sampler any = probability_flow(P, net) using dopri5(rtol: 1e-5, until: 1e-2)
train matching { optimizer: adamw(1e-3, decay: 0.01), batch: 32, steps: 100, ema: 0.99 }
`,
  },
  {
    name: "flow matching",
    text: `
data points : Real[2]
interpolant flow = rectified_flow(points)
network net(x, t) predicts velocity of flow = mlp(hidden: [24], time: fourier(4))
objective matching = flow_matching(flow, net)
sampler heun20 = probability_flow(flow, net) using heun(steps: 20)
train matching { optimizer: sgd(1e-2, momentum: 0.9), batch: 32, steps: 100 }
`,
  },
  {
    name: "quadrature and geometric noise",
    text: `
data points : Real[2]
data prices : Positive[2]
process uneven on x : points, t in [0, 1] {
  dx = -exp(sin(3 * t)) * x dt + sqrt(1 + t) dW
}
process price = gbm(prices)
network net(x, t) predicts noise of uneven = mlp(hidden: [16], time: fourier(4))
objective matching = noise_prediction(points, uneven, net)
sampler later {
  x0 ~ prices
  y ~ price(0.5 | x0)
  return y
}
train matching { optimizer: adam(1e-3), batch: 32, steps: 100 }
`,
  },
  {
    name: "a loop in an objective",
    text: `
data points : Real[2]
process noising = vp(points)
network net(x, t) predicts score of noising = mlp(hidden: [16], time: fourier(4))
objective sliced {
  x ~ points
  v ~ Rademacher(like: x)
  let loss = 0
  for k in 0..20 {
    let t = 0.05 + 0.04 * k
    let g = score(net, x, t)
    loss <- loss + sqnorm(g) / 2 + dot(v, jvp(score(net, x, t), x, v))
    x <- x + 0.02 * g
  }
  minimize loss / 20
}
train sliced { optimizer: adam(1e-3), batch: 32, steps: 100 }
`,
  },
];
