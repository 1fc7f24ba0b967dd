/** The rows of the report, in order. */
import { measureExactScore } from "./exact-score.js";
import type { FigureRow } from "./figure.js";
import { measureLanguage } from "./language.js";
import { measureLearnedMixture } from "./learned-mixture.js";
import { measureSampling, measureTraining, measureWasm } from "./speed.js";

export const rows: readonly FigureRow[] = [
  { row: 3, title: "A2 on the three-mode mixture", minutes: 2, measure: measureLearnedMixture },
  { row: 4, title: "exact score: likelihood, samplers, corrector, trace", minutes: 1, measure: measureExactScore },
  { row: 8, title: "training beside PyTorch and JAX", minutes: 8, measure: measureTraining },
  { row: 9, title: "sampling beside PyTorch and JAX", minutes: 3, measure: measureSampling },
  { row: 10, title: "TensorFlow.js on WebAssembly beside a hand-written model", minutes: 2, measure: measureWasm },
  { row: 16, title: "every file of the library and the models", minutes: 1, measure: measureLanguage },
];
