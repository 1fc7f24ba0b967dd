/** Does the compiler know any declaration of the library by name? Every one is renamed, and nothing else may change. */
import { expect, it } from "vitest";
import { compile } from "../../compiler/index.js";
import { library } from "../../compiler/library.js";
import { libraryIndex } from "../../compiler/evaluate/file.js";
import type { LoweredModel } from "../../compiler/lower/model.js";
import { print } from "../../compiler/ir/print.js";
import type { LoweredProgram } from "../../compiler/lower/model.js";

const text = `
data cloud : Real[2]
data base  : Real[2] = Normal(0, 1)
data prices : Positive[2]
process p1 = vp(cloud)
process p2 = ve(cloud)
process p3 = sub_vp(cloud)
process p4 = ou(cloud)
process p5 = pinned(cloud, y: [1, 2])
process p6 = gbm(prices)
coupling pairs = independent(base, cloud)
interpolant path = linear(pairs)
network n1(x, t) predicts noise of p1 = mlp(hidden: [8])
network n2(x, t) predicts score of p2 = mlp(hidden: [8])
network n3(x, t) predicts denoised of p3 = mlp(hidden: [8])
network n4(x, t) predicts velocity of path = mlp(hidden: [8])
objective o1 = dsm(cloud, p1, n1)
objective o2 = noise_prediction(cloud, p2, n2)
objective o3 = denoising(cloud, p3, n3)
objective o4 = flow_matching(path, n4)
sampler s1 = probability_flow(p1, n1) using heun(steps: 4, until: 1e-3)
sampler s2 = reverse(p2, n2) using euler_maruyama(steps: 4, until: 1e-3) with langevin(snr: 0.1)
sampler s3 = probability_flow(p3, n3) using rk4(steps: 4, until: 1e-3)
sampler s4 = probability_flow(path, n4) using euler(steps: 4)
sampler s5 = reverse(p1, n1) using stochastic_heun(steps: 4, until: 1e-3)
train o1 { steps: 1 }
train o2 { steps: 1 }
train o3 { steps: 1 }
train o4 { steps: 1 }
`;

it("compiles to the same programs whatever the library's declarations are called", () => {
  const names = [...libraryIndex(library).keys()];
  expect(names.length).toBeGreaterThan(30);
  const word = new RegExp(`(?<![\\p{L}\\p{Nd}_.])(?:${names.join("|")})(?![\\p{L}\\p{Nd}_])(?!\\s*:)`, "gu");
  const rename = (source: string): string => source.replace(word, (name) => `renamed_${name}`);
  const original = compile({ name: "m.sde", text }, { library, read: () => null });
  const renamed = compile(
    { name: "m.sde", text: rename(text) },
    { library: library.map((source) => ({ name: source.name, text: rename(source.text) })), read: () => null },
  );
  expect(original.diagnostics).toEqual([]);
  expect(renamed.diagnostics.map(({ message }) => message)).toEqual([]);
  expect(rename(text)).not.toEqual(text);
  expect(printed(renamed.model)).toEqual(printed(original.model));
});

/** Every program of a model as text, names of the objectives and samplers included. */
function printed(model: LoweredModel | null): string[] {
  if (model === null) return [];
  const programs: LoweredProgram[] = model.objectives.map(({ program }) => program);
  for (const sampler of model.samplers) {
    if (sampler.kind === "program") programs.push(sampler.program);
    else {
      programs.push(sampler.start);
      if (sampler.travel.kind === "grid") programs.push(sampler.travel.every.schedule, sampler.travel.every.step);
      else programs.push(sampler.travel.field);
    }
  }
  return programs.map(({ program }) => print(program));
}
