/** Messages about mistakes found in published code, part of the catalogue: SDE2340 to SDE2349. */
import { row } from "../../grammar/diagnostic.js";

export const caught = {
  addedToTarget: row<{ quantity: string }>({
    code: "SDE2349",
    name: "added-to-its-target",
    severity: "error",
    message: ({ quantity }) =>
      `A predicted ${quantity} is added to the ${quantity} that it should learn: it would learn the opposite.`,
    help: () => "Take their difference.",
  }),
  targetUntold: row({
    code: "SDE2340",
    name: "target-untold",
    severity: "error",
    message: () =>
      "What this prediction is compared with was drawn apart from everything that the network sees: it learns a constant.",
    help: () =>
      "Use the draw that made the state: `noise(xt)` or `ddt(xt)` of the very `xt` that the network is given.",
  }),
  reductionsDiffer: row<{ left: string; right: string }>({
    code: "SDE2341",
    name: "reductions-differ",
    severity: "error",
    message: ({ left, right }) =>
      `A ${left} over the numbers of a state and a ${right} over them are combined: they differ by the number of numbers.`,
    help: () => "Give both the same `reduce:`; a log-density is the sum.",
  }),
  otherTime: row<{ network: string; time: string }>({
    code: "SDE2342",
    name: "other-time",
    severity: "error",
    message: ({ network, time }) =>
      `\`${network}\` is given a state drawn at one time and another time as its \`${time}\`.`,
    help: () => "Hand it the time that the state was drawn at: `xt ~ P(t | x0)`, then `net(xt, t)`.",
  }),
  negativeDeviation: row<{ network: string }>({
    code: "SDE2343",
    name: "negative-deviation",
    severity: "error",
    message: ({ network }) => `What \`${network}\` gives can be negative, but stands here as a standard deviation.`,
    help: () => "If it is the logarithm of a deviation, write `exp(…)`; of a variance, `exp(… / 2)`.",
  }),
  batchStatistic: row<{ step: string }>({
    code: "SDE2344",
    name: "batch-statistic",
    severity: "error",
    message: ({ step }) =>
      `\`${step}\` moves one sample, but this mean is over all of them: a sample's law would depend on its batch.`,
    help: () => "Use a quantity of the sample itself, or of the law: `norm(z)`, `std(R, t)`.",
  }),
  changesNothing: row<{ parameter: string; argument: string }>({
    code: "SDE2345",
    name: "changes-nothing",
    severity: "warning",
    message: ({ parameter, argument }) =>
      `With these numbers this function gives \`${argument}\` back: as \`${parameter}\` it changes nothing.`,
    help: ({ parameter }) => `Other numbers may be meant; leave \`${parameter}\` out if not.`,
  }),
  biasedReplacement: row<{ corrector: string }>({
    code: "SDE2346",
    name: "biased-replacement",
    severity: "warning",
    message: ({ corrector }) =>
      `\`${corrector}\` replaces part of the state by draws of the forward process: what is filled in is biased even with the exact score.`,
    help: () =>
      "Of two unit Gaussians of correlation 0.8, the first seen at 1.5, it fills in mean 0.75 and deviation 0.70 (right: 1.2 and 0.6). A score of the conditional law has no bias.",
  }),
  divergenceMissing: row<{ process: string }>({
    code: "SDE2347",
    name: "divergence-missing",
    severity: "error",
    message: ({ process }) =>
      `This run takes \`${process}\` back by f - D s, but its noise depends on the state: the reverse drift is f - ∇·D - D s.`,
    help: ({ process }) => `Write \`reverse(${process}, …)\`, which derives the divergence of D, or subtract it.`,
  }),
} as const;
