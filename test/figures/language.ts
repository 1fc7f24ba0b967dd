/** Row 16: what becomes of every file of the library and of the models: parsed, checked, lowered, run, or what is missing. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openModel } from "../../compiler/cli/open-model.js";
import { checkNames } from "../../compiler/check/names.js";
import { compile } from "../../compiler/index.js";
import { library } from "../../compiler/library.js";
import { parse } from "../../grammar/parse.js";
import { lowered } from "../support/model.js";
import type { Source } from "../../grammar/source.js";
import type { Figure } from "./figure.js";

const row = 16;
const texts = { library, read: () => null };

export async function measureLanguage(): Promise<readonly Figure[]> {
  const models = readdirSync(join("test", "language", "models")).sort();
  const figures: Figure[] = [...library.map(libraryFile), await namedTemplates()];
  for (const name of models)
    figures.push(await modelFile({ name, text: readFileSync(join("test", "language", "models", name), "utf8") }));
  return figures;
}

/** The library's declarations are templates: parsed and checked here, specialised by the models and the other rows. */
function libraryFile(source: Source): Figure {
  const { file, diagnostics } = parse(source);
  const names = checkNames(file, { library: library.filter((other) => other !== source), read: () => null });
  const problems = [...diagnostics, ...names].map(({ code, message }) => `${code} ${message}`);
  return {
    row,
    what: source.name,
    measured: problems.length === 0 ? `parsed, checked: ${file.items.length} declarations` : problems.join("; "),
    bound: "parsed, checked",
    passed: problems.length === 0,
  };
}

/** Every process, objective, step and corrector that the main job names, in one model that trains and samples. */
const named = `
data cloud  : Real[2]
data prices : Positive[2]
data base   : Real[2] = Normal(0, 1)
process p_vp     = vp(cloud)
process p_ve     = ve(cloud)
process p_sub_vp = sub_vp(cloud)
process p_ou     = ou(cloud)
process p_gbm    = gbm(prices)
process p_pinned = pinned(cloud, y: [1, 2])
coupling pairs   = independent(base, cloud)
interpolant line = linear(pairs)
network n_vp(x, t)     predicts noise of p_vp        = mlp(hidden: [8], time: fourier(2))
network n_ve(x, t)     predicts score of p_ve        = mlp(hidden: [8])
network n_sub_vp(x, t) predicts denoised of p_sub_vp = mlp(hidden: [8])
network n_ou(x, t)     predicts velocity of p_ou     = mlp(hidden: [8])
network n_line(x, t)   predicts velocity of line     = mlp(hidden: [8])
network n_gbm(x, t)    predicts score of p_gbm       = mlp(hidden: [8])
network n_pinned(x, t) predicts noise of p_pinned    = mlp(hidden: [8])
objective o_dsm       = dsm(cloud, p_vp, n_vp)
objective o_noise     = noise_prediction(cloud, p_ou, n_ou)
objective o_denoising = denoising(cloud, p_sub_vp, n_sub_vp)
objective o_matching  = flow_matching(line, n_line)
objective o_ve        = dsm(cloud, p_ve, n_ve)
objective o_gbm       = dsm(prices, p_gbm, n_gbm, weight: fn(t) = t)
objective o_pinned    = noise_prediction(cloud, p_pinned, n_pinned)
sampler s_euler           = probability_flow(line, n_line) using euler(steps: 3)
sampler s_euler_maruyama  = reverse(p_ve, n_ve) using euler_maruyama(steps: 3, until: 1e-3) with langevin(snr: 0.1)
sampler s_heun            = probability_flow(p_vp, n_vp) using heun(steps: 3, until: 1e-3)
sampler s_stochastic_heun = reverse(p_sub_vp, n_sub_vp) using stochastic_heun(steps: 3, until: 1e-3)
sampler s_rk4             = probability_flow(p_ou, n_ou) using rk4(steps: 3, until: 1e-3)
sampler s_dopri5          = probability_flow(line, n_line) using dopri5(rtol: 1e-3)
train o_dsm       { steps: 2, batch: 4 }
train o_noise     { steps: 2, batch: 4 }
train o_denoising { steps: 2, batch: 4 }
train o_matching  { steps: 2, batch: 4 }
train o_ve        { steps: 2, batch: 4 }
train o_gbm       { steps: 2, batch: 4 }
train o_pinned    { steps: 2, batch: 4 }
`;

export async function namedTemplates(): Promise<Figure> {
  const model = lowered(named);
  const running = await openModel(model, "onnx", 0);
  const rows = { data: Float32Array.from({ length: 32 }, (_, i) => 0.5 + (i % 7) / 4), shape: [16, 2] };
  const { curves } = await running.train({ cloud: rows, prices: rows }, {});
  const finite: number[] = curves.map(({ losses }) => losses[losses.length - 1] ?? Number.NaN);
  for (const { name } of model.samplers)
    finite.push(...((await running.sample[name]?.({ count: 2, seed: 0 }))?.["x"]?.data ?? [Number.NaN]));
  await running.dispose();
  return {
    row,
    what: "vp ve sub_vp ou gbm pinned dsm noise_prediction denoising flow_matching; euler euler_maruyama heun stochastic_heun rk4 langevin dopri5",
    measured: `${curves.length} objectives trained, ${model.samplers.length} samplers run, ${finite.filter(Number.isFinite).length} of ${finite.length} numbers finite`,
    bound: 'none ends in "not compiled yet"',
    passed: finite.every(Number.isFinite) && curves.length === 7 && model.samplers.length === 6,
  };
}

async function modelFile(source: Source): Promise<Figure> {
  const { diagnostics, model } = compile(source, texts);
  const missing = new Set(diagnostics.filter(({ code }) => code === "SDE0901").map(({ message }) => message));
  const others = diagnostics.filter(({ code, severity }) => code !== "SDE0901" && severity === "error");
  const { file, diagnostics: syntax } = parse(source);
  const names = checkNames(file, texts).filter(({ severity }) => severity === "error");
  const reached = syntax.length > 0 ? "not parsed" : names.length > 0 ? "parsed" : "parsed, names checked";
  const said = [...missing, ...new Set(others.map(({ code, message }) => `${code} ${message}`))].join(" ");
  const measured = model === null ? `${reached}; refused: ${said}` : `parsed, checked, lowered${await runs(model)}`;
  return {
    row,
    what: source.name,
    measured,
    bound: "parsed; run, or refused for what is not compiled yet alone",
    passed: syntax.length === 0 && others.length === 0,
  };
}

async function runs(model: NonNullable<ReturnType<typeof compile>["model"]>): Promise<string> {
  const running = await openModel(model, "onnx", 0);
  let finite = 0;
  try {
    for (const { name, parameters } of model.samplers) {
      const given = Object.fromEntries(
        parameters.filter((parameter) => parameter.default === null).map((parameter) => [parameter.name, 0]),
      );
      const { x } = (await running.sample[name]?.({ count: 2, seed: 0, ...given })) ?? {};
      if (x?.data.every(Number.isFinite) === true) finite += 1;
    }
    return `, run: ${finite} of ${model.samplers.length} samplers give numbers, untrained`;
  } finally {
    await running.dispose();
  }
}
