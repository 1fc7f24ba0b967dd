/** How well does a density learned by score matching describe penguins, beside a Gaussian and a mixture of them? */
import { keep } from "../support/files.js";
import { random } from "../support/random.js";
import { folds, measurements, readPenguins, restore, standardise, toArray, toRows, unitsOf } from "./data.js";
import { fitGaussian, logDensity } from "./gaussian.js";
import type { Row } from "./gaussian.js";
import { fitMixture, mixtureLogDensity } from "./mixture.js";
import { penguins } from "./penguins.sde.js";
import { plane } from "./plane.sde.js";

/** SDEC_STEPS: a short trial of the example. */
const trial = Number(process.env["SDEC_STEPS"] ?? "0");
const choices = trial > 0 ? [trial] : [500, 1000, 2000];

const rows = readPenguins();
const scores: { model: number; gaussian: number; mixture: number }[] = [];
const chosen: number[] = [];
const components: number[] = [];
for (const [index, { training, test }] of folds(rows, 10, 1).entries()) {
  const steps = await chooseSteps(training);
  const units = unitsOf(training);
  const known = standardise(training, units);
  const unseen = standardise(test, units);
  const learned = await fitModel(known, unseen, steps);
  const gaussian = fitGaussian(
    known,
    known.map(() => 1),
    0,
  );
  const mixture = fitMixture(known, random(index));
  unseen.forEach((row, i) =>
    scores.push({
      model: learned[i] ?? Number.NaN,
      gaussian: logDensity(gaussian, row),
      mixture: mixtureLogDensity(mixture, row),
    }),
  );
  chosen.push(steps);
  components.push(mixture.weights.length);
  process.stderr.write(`fold ${index + 1} of 10 · ${steps} steps · ${mixture.weights.length} components\n`);
}

console.log(`${rows.length} penguins, 4 measurements, 10 folds: held-out log-likelihood in nats per row, standardised
  score model  ${inWords(scores.map(({ model }) => model))}   (steps chosen in each fold: ${chosen.join(" ")})
  Gaussian     ${inWords(scores.map(({ gaussian }) => gaussian))}   (full covariance)
  mixture      ${inWords(scores.map(({ mixture }) => mixture))}   (EM; components by BIC in each fold: ${components.join(" ")})
  score model less mixture, row by row: ${inWords(scores.map(({ model, mixture }) => model - mixture))}`);
console.log(
  `density of beak length and depth, added up over a grid: ${(await totalProbability()).toFixed(4)} (1 is right)`,
);
await drawPenguins();

/** The number of steps that serves best where a fifth of these rows is held out; the test fold has no say. */
async function chooseSteps(training: readonly Row[]): Promise<number> {
  const [split] = folds(training, 5, 2);
  if (split === undefined || choices.length === 1) return choices[0] ?? 1;
  const units = unitsOf(split.training);
  const means: number[] = [];
  for (const steps of choices) {
    means.push(mean(await fitModel(standardise(split.training, units), standardise(split.test, units), steps)));
  }
  return choices[means.indexOf(Math.max(...means))] ?? 1;
}

/** The log-densities of `unseen` under a model trained on `known`. */
async function fitModel(known: readonly Row[], unseen: readonly Row[], steps: number): Promise<readonly number[]> {
  const model = await penguins.open();
  await model.train({ penguins: toArray(known) }, { steps });
  const { logProb } = await model.logProb.flow({ x: toArray(unseen) });
  await model.dispose();
  return Array.from(logProb.data);
}

/** Midpoint rule over [-6, 6]²: six deviations each way. */
async function totalProbability(): Promise<number> {
  const pairs = rows.map((row) => row.slice(0, 2));
  const model = await plane.open();
  await model.train({ beaks: toArray(standardise(pairs, unitsOf(pairs))) }, trial > 0 ? { steps: trial } : {});
  const side = 120;
  const cell = 12 / side;
  const nodes = Array.from({ length: side }, (_, i) => -6 + (i + 0.5) * cell);
  const { logProb } = await model.logProb.flow({ x: toArray(nodes.flatMap((x) => nodes.map((y) => [x, y]))) });
  await model.dispose();
  return logProb.data.reduce((sum, value) => sum + Math.exp(value) * cell * cell, 0);
}

/** Trained on all penguins: as many samples as there are penguins, in millimetres and grams. */
async function drawPenguins(): Promise<void> {
  const units = unitsOf(rows);
  const model = await penguins.open();
  await model.train({ penguins: toArray(standardise(rows, units)) }, trial > 0 ? { steps: trial } : {});
  const { x } = await model.sample.flow({ count: rows.length, seed: 7 });
  await model.dispose();
  keep(import.meta.url, "samples", toArray(restore(toRows(x), units)), measurements);
  keep(import.meta.url, "data", toArray(rows), measurements);
}

/** Mean and standard error. */
function inWords(values: readonly number[]): string {
  const centre = mean(values);
  const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
  return `${centre.toFixed(3)} ± ${Math.sqrt(variance / values.length).toFixed(3)}`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
