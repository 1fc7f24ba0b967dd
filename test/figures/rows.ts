/** The rows of the report, in order. */
import { measureBridges } from "./bridges.js";
import { measureColdCompile } from "./cold-compile.js";
import { measureLotkaVolterra } from "./lotka-volterra.js";
import { measureDerivatives } from "./derivatives.js";
import { measureDerivedKernels } from "./derived-kernels.js";
import { measureEnginesAgree } from "./engines-agree.js";
import { measureExactScore } from "./exact-score.js";
import { measureExampleTimes } from "./example-times.js";
import type { FigureRow } from "./figure.js";
import { measureExponential } from "./exponential.js";
import { measureFrontEndFuzz } from "./front-end-fuzz.js";
import { measureInterpolants } from "./interpolants.js";
import { measureKinetic } from "./kinetic.js";
import { measureKillAndResume } from "./kill-and-resume.js";
import { measureLanguage } from "./language.js";
import { measureLearnedMixture } from "./learned-mixture.js";
import { measureMatrixKernels } from "./matrix-kernels.js";
import { measureMultiplicative, measureTorus } from "./multiplicative.js";
import { measureNetworkEvaluations } from "./network-evaluations.js";
import { measureOnePredictor } from "./one-predictor.js";
import { measureOrders } from "./orders.js";
import { measureTransport } from "./optimal-transport.js";
import { measurePathKl } from "./path-divergence.js";
import { measurePackedPackage } from "./packed-package.js";
import { measurePolicies, measurePolicyKl, measureRatios } from "./policy.js";
import { measurePolicyObjectives } from "./policy-objectives.js";
import { measureRefusals } from "./refusals.js";
import { measureNamedModels } from "./models-named.js";
import { measureModes, measureRenormalisation } from "./renormalisation.js";
import { measureReproducibility } from "./reproducibility.js";
import { measureSamplersAndMaps } from "./samplers-and-maps.js";
import { measureSinkhorn } from "./sinkhorn-exact.js";
import { measureSampling, measureTraining, measureWasm } from "./speed.js";

export const rows: readonly FigureRow[] = [
  {
    row: 2,
    title: "derived means and standard deviations against moment equations",
    minutes: 2,
    measure: measureDerivedKernels,
  },
  { row: 3, title: "A2 on the three-mode mixture", minutes: 2, measure: measureLearnedMixture },
  { row: 4, title: "exact score: likelihood, samplers, corrector, trace", minutes: 1, measure: measureExactScore },
  { row: 5, title: "derivatives of the op table and through a loop", minutes: 1, measure: measureDerivatives },
  { row: 6, title: "engines against the float64 reference", minutes: 2, measure: measureEnginesAgree },
  { row: 7, title: "same seed: noise, rows and resumed weights", minutes: 1, measure: measureReproducibility },
  { row: 8, title: "training beside PyTorch and JAX", minutes: 8, measure: measureTraining },
  { row: 9, title: "sampling beside PyTorch and JAX", minutes: 3, measure: measureSampling },
  { row: 10, title: "TensorFlow.js on WebAssembly beside a hand-written model", minutes: 2, measure: measureWasm },
  { row: 32, title: "Lotka-Volterra recovered from snapshots", minutes: 3, measure: measureLotkaVolterra },
  {
    row: 35,
    title: "Schrödinger bridges of Gaussians by every method; maximum likelihood on paths",
    minutes: 3,
    measure: measureBridges,
  },
  { row: 11, title: "soups and spoiled texts through the front end", minutes: 1, measure: measureFrontEndFuzz },
  { row: 12, title: "cold compile of two-moons by the packed command line", minutes: 1, measure: measureColdCompile },
  { row: 13, title: "kill -9 and resume", minutes: 2, measure: measureKillAndResume },
  { row: 14, title: "wrong models and their twins", minutes: 1, measure: measureRefusals },
  { row: 15, title: "the packed package in a stranger's hands", minutes: 1, measure: measurePackedPackage },
  {
    row: 25,
    title: "matrix kernels, posteriors and bridges against moment equations",
    minutes: 3,
    measure: measureMatrixKernels,
  },
  {
    row: 20,
    title: "steps of a policy: marginals, densities, credit, gradients",
    minutes: 4,
    measure: measurePolicies,
  },
  {
    row: 20,
    title: "objectives of policies: credit of one step, granularities, a divergence that holds",
    minutes: 2,
    measure: measurePolicyObjectives,
  },
  { row: 28, title: "KL of paths of policies", minutes: 1, measure: measurePolicyKl },
  { row: 28, title: "KL of paths of two Ornstein-Uhlenbeck processes", minutes: 1, measure: measurePathKl },
  { row: 29, title: "importance ratio of a policy over the updates of a batch", minutes: 1, measure: measureRatios },
  { row: 24, title: "samplers, guidance and flow maps (S)", minutes: 4, measure: measureSamplersAndMaps },
  { row: 33, title: "quality against network evaluations", minutes: 2, measure: measureNetworkEvaluations },
  {
    row: 26,
    title: "weights of exponential steps against the variation-of-constants integral",
    minutes: 1,
    measure: measureExponential,
  },
  { row: 27, title: "one predictor written four ways", minutes: 1, measure: measureOnePredictor },
  {
    row: 23,
    title: "optimal transport: Gaussians, Newton's steps, flow matching on re-paired batches",
    minutes: 6,
    measure: measureTransport,
  },
  { row: 31, title: "Sinkhorn's iteration beside exact linear programs", minutes: 3, measure: measureSinkhorn },
  { row: 34, title: "orders of the library's steps", minutes: 1, measure: measureOrders },
  { row: 16, title: "every file of the library and the models", minutes: 1, measure: measureLanguage },
  { row: 18, title: "diffusion along the renormalisation group", minutes: 1, measure: measureRenormalisation },
  { row: 19, title: "geometric noise", minutes: 1, measure: measureMultiplicative },
  { row: 19, title: "angles", minutes: 1, measure: measureTorus },
  { row: 25, title: "RGDM mode by mode", minutes: 1, measure: measureModes },
  { row: 35, title: "schedules of least kinetic energy", minutes: 1, measure: measureKinetic },
  {
    row: 17,
    title: "interpolants: catalogue, Gaussian flows, a bridge, a mirror",
    minutes: 4,
    measure: measureInterpolants,
  },
  { row: 36, title: "the papers' models, small: trained and sampled", minutes: 3, measure: measureNamedModels },
  { row: 37, title: "every example, seconds in all", minutes: 5, measure: measureExampleTimes },
];
