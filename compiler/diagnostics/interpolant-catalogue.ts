/** Messages about interpolants: their draws, their mirrored draws, and what is computed before training. */
import { row } from "../../grammar/diagnostic.js";

export const interpolantCatalogue = {
  nothingToMirror: row<{ name: string }>({
    code: "SDE2140",
    name: "nothing-to-mirror",
    severity: "error",
    message: ({ name }) => `\`antithetic\` mirrors the standard normal behind a draw, but \`${name}\` is made of none.`,
    help: () => "Draw it plainly, or let a Gaussian draw enter the path.",
  }),
  twoDraws: row<{ quantity: string; process: string }>({
    code: "SDE2141",
    name: "two-draws",
    severity: "error",
    message: ({ quantity, process }) =>
      `This compares a prediction at one draw of \`${process}\` with the ${quantity} of another draw of it.`,
    help: () => "Draw once and use the name twice: the target belongs to the draw that the network sees.",
  }),
  notMonotone: row<{ name: string; range: string }>({
    code: "SDE2142",
    name: "not-monotone",
    severity: "error",
    message: ({ name, range }) => `${name} has no inverse: it is not monotone on ${range}.`,
    help: () => "Declare its parameter on an interval where it only rises or only falls.",
  }),
  noInterval: row<{ parameter: string }>({
    code: "SDE2143",
    name: "no-interval",
    severity: "error",
    message: ({ parameter }) => `A table or an inverse needs to know where \`${parameter}\` may lie.`,
    help: ({ parameter }) => `Declare its interval: \`fn f(${parameter} in [0, 1]) = …\`.`,
  }),
  needsSamples: row<{ numbers: number }>({
    code: "SDE2144",
    name: "needs-samples",
    severity: "error",
    message: ({ numbers }) => `A mean over ${numbers} normal numbers has no quadrature.`,
    help: () => "Say how many draws estimate it: `mean(…, samples: 256)`.",
  }),
  notObserved: row<{ data: string }>({
    code: "SDE2145",
    name: "not-an-observation",
    severity: "error",
    message: ({ data }) => `This is no observation of a row of \`${data}\` under normal noise.`,
    help: ({ data }) =>
      `Observe \`a * x + b * z\` with x from \`for x in ${data}\` and z from \`for z in Normal(0, 1, …)\`.`,
  }),
} as const;
