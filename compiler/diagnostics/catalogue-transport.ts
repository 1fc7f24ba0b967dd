/** The messages about couplings and plans of transport: part of the catalogue. */
import { row } from "../../grammar/diagnostic.js";

export const transportMessages = {
  costOfThird: row<object>({
    code: "SDE2150",
    name: "cost-of-more-than-the-pair",
    severity: "error",
    message: () => "The cost of a pair looks at another draw of the sample, of which there would be two in every pair.",
    help: () =>
      "Hand what it needs to the cost with the sample it belongs to: `repair((x0, a), (x1, b), …)` with a cost of two such pairs.",
  }),
  epsilonTooSmall: row<{ epsilon: string; least: string }>({
    code: "SDE2151",
    name: "epsilon-below-float32",
    severity: "error",
    message: ({ epsilon, least }) =>
      `With \`epsilon\` ${epsilon} the plan is lost in the rounding of its costs: in float32 the least is about ${least} for costs of size one.`,
    help: () => "Take a larger `epsilon`, or `plan: assignment(cost)`, which has none.",
  }),
  unusedDensity: row<object>({
    code: "SDE2152",
    name: "density-without-newton",
    severity: "error",
    message: () => "`density` says how much of its Hessian Newton's method keeps, but this plan takes no Newton steps.",
    help: () => "Add `solver: newton_sparse`, or leave `density` out.",
  }),
  repairedApart: row<{ field: string }>({
    code: "SDE2153",
    name: "repaired-apart",
    severity: "error",
    message: ({ field }) =>
      `This sample gets another place in the batch, but \`${field}\`, drawn together with it, keeps its own: they no longer belong together.`,
    help: ({ field }) =>
      `Pair them as one, \`repair(x0, (x1, ${field}), …)\` with a cost that sees both, or use \`independent\` for a conditional model.`,
  }),
} as const;
