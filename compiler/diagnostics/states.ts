/** Messages about processes of several components and about states given at times: codes 2120 to 2129. */
import { row } from "../../grammar/diagnostic.js";

export const states = {
  conditionsOutOfOrder: row<{ process: string; problem: string; instead: string }>({
    code: "SDE2120",
    name: "conditions-out-of-order",
    severity: "error",
    message: ({ process, problem }) => `\`${process}\` cannot be conditioned like this: ${problem}.`,
    help: ({ instead }) => instead,
  }),
  conditionNamesNoState: row<{ process: string; states: string }>({
    code: "SDE2121",
    name: "condition-names-no-state",
    severity: "error",
    message: ({ process }) => `This names no state of \`${process}\` at a time.`,
    help: ({ states }) => `Its states are ${states}.`,
  }),
  motionOfTwoShapes: row<{ motion: string; first: string; second: string }>({
    code: "SDE2122",
    name: "motion-of-two-shapes",
    severity: "error",
    message: ({ motion, first, second }) =>
      `\`${motion}\` is one motion, of shape ${first} in one place and ${second} in another.`,
    help: () => "Two names are two independent motions: `dW1`, `dW2`.",
  }),
  noDensity: row<{ process: string; component: string }>({
    code: "SDE2123",
    name: "no-density",
    severity: "error",
    message: ({ process, component }) =>
      `This law of \`${process}\` has no density: given the others, \`${component}\` is certain.`,
    help: ({ component }) =>
      `Let noise reach \`${component}\`, directly or through another state, or give it a law at the start.`,
  }),
  scoreMissing: row<{ process: string; component: string }>({
    code: "SDE2124",
    name: "score-missing",
    severity: "error",
    message: ({ process, component }) =>
      `Noise enters \`${component}\`, but no network predicts the score of \`${process}.${component}\`.`,
    help: ({ process, component }) =>
      `Pass one network for each state with noise, one of them \`predicts score of ${process}.${component}\`.`,
  }),
  scoreWithoutNoise: row<{ process: string; component: string; noisy: string }>({
    code: "SDE2125",
    name: "score-without-noise",
    severity: "error",
    message: ({ process, component }) =>
      `No noise enters \`${component}\` of \`${process}\`: neither reversal nor flow reads its score.`,
    help: ({ noisy }) => `Predict the score of ${noisy}.`,
  }),
  severalComponents: row<{ process: string; quantity: string; instead: string | null }>({
    code: "SDE2126",
    name: "several-components",
    severity: "error",
    message: ({ process, quantity }) => `\`${process}\` has several components, so it has no single \`${quantity}\`.`,
    help: ({ instead }) => instead,
  }),
} as const;
