/** Which misuses of couplings, plans of transport and what else looks across samples must be refused? */
import type { WrongModel } from "../wrong-models.js";

const head = `data base : Real[2] = Normal(0, 1)
data moons : Real[2]
data pictures : { x: Real[2], y: Real[3] }
fn cost(x, y) = sqnorm(x - y) / 2
network g(z: Real[2]) : Real[2] = mlp(hidden: [8])
`;
const coupled = (returned: string): string =>
  `${head}coupling ot {
  x0 ~ base
  x1 ~ moons
  return ${returned}
}
interpolant line on x : ot, t in [0, 1] {
  x0, x1 ~ ot
  x = (1 - t) * x0 + t * x1
}
network v(x, t) predicts velocity of line = mlp(hidden: [8])
train flow_matching(line, v) { steps: 10 }
`.replace("network g(z: Real[2]) : Real[2] = mlp(hidden: [8])\n", "");
const learned = (body: string): string => `${head}objective loss {
  z ~ base
  w ~ base
  x0 ~ base
  x1, y ~ pictures
  let x = g(z)
  ${body}
}
train loss { steps: 10 }
`;

export const couplings: readonly WrongModel[] = [
  {
    name: "a coupling of laws that have no space",
    code: "SDE1016",
    text: "coupling «ends» {\n  x0 ~ Normal(0, 1⟦ → , like: moons⟧)\n  x1 ~ Normal(1, 1)\n  return x0, x1\n}\ndata moons : Real[2]\nsampler s {\n  a, b ~ ends\n  return a, b\n}\n",
    says: "space",
  },
  {
    name: "a plan whose epsilon float32 cannot resolve",
    code: "SDE2151",
    text: coupled("repair(x0, x1, plan: sinkhorn(cost, epsilon: «⟦1e-9 → 0.05⟧»))"),
    says: "rounding",
  },
  {
    name: "a plan with a negative epsilon",
    code: "SDE2004",
    text: coupled("repair(x0, x1, plan: sinkhorn(cost, epsilon: «⟦-0.05 → 0.05⟧»))"),
  },
  {
    name: "a density without Newton steps",
    code: "SDE2152",
    text: coupled("repair(x0, x1, plan: sinkhorn(cost, epsilon: 0.05, ⟦density: «0.1» → solver: newton_sparse⟧))"),
  },
  {
    name: "an unknown policy for a plan that is not found",
    code: "SDE1009",
    text: coupled("repair(x0, x1, plan: sinkhorn(cost, epsilon: 0.05, unconverged: «⟦ignore → warn⟧»))"),
  },
  {
    name: "a plan of no rounds",
    code: "SDE2004",
    text: coupled("repair(x0, x1, plan: assignment(cost, rounds: «⟦0 → 500⟧»))"),
  },
  {
    name: "a tolerance that float32 does not reach",
    code: "SDE2004",
    text: coupled("repair(x0, x1, plan: sinkhorn(cost, epsilon: 0.05, tolerance: «⟦1e-12 → 1e-4⟧»))"),
  },
  {
    name: "pairs without a plan",
    code: "SDE1005",
    text: coupled("repair(x0, x1, plan: «⟦cost → assignment(cost)⟧»)"),
    says: "plan",
  },
  {
    name: "a cost that is no number",
    code: "SDE2002",
    text: coupled("repair(x0, x1, plan: ⟦«sinkhorn(fn(x, y) = x - y, epsilon: 0.05)» → assignment(cost)⟧)"),
    says: "cost",
  },
  {
    name: "a cost that is no fn of two samples",
    code: "SDE1005",
    text: coupled("repair(x0, x1, plan: sinkhorn(«⟦x0 → cost⟧», epsilon: 0.05))"),
    says: "fn",
  },
  {
    name: "pairs of samples of different spaces",
    code: "SDE2001",
    text: learned("let a, b = repair(x0, ⟦y → x1⟧, plan: «assignment(cost)»)\n  minimize sqnorm(x - b) + 0 * a[0]"),
  },
  {
    name: "a label that stays behind when its sample gets another partner",
    code: "SDE2153",
    text: learned(
      "let a, b = repair(x0, «x1», plan: assignment(cost))\n  minimize sqnorm(x - b) + 0 * a[0] ⟦+ y[0] → ⟧",
    ),
    says: "belong together",
  },
  {
    name: "a cost that looks at a third draw",
    code: "SDE2150",
    text: learned(
      "let a, b = repair(x0, x1, plan: ⟦«assignment(fn(x, y) = sqnorm(x - y + w))» → assignment(fn(x, y) = sqnorm(x - y))⟧)\n  minimize sqnorm(x - b) + 0 * a[0]",
    ),
  },
  {
    name: "a transport cost inside a derivative",
    code: "SDE0901",
    text: learned("let loss = transport(x, x1, cost, epsilon: 0.05)\n  minimize loss + ⟦sum(«grad(loss, x)») → 0⟧"),
    says: "other samples",
  },
  {
    name: "what looks across samples inside a fn",
    code: "SDE1015",
    text: learned("let far = fn(p) = ⟦«transport(p, x1, cost, epsilon: 0.05)» → cost(p, x1)⟧\n  minimize far(x)"),
    says: "one sample",
  },
  {
    name: "a coupling where one sample is expected",
    code: "SDE1017",
    text: `${head.replace("network g(z: Real[2]) : Real[2] = mlp(hidden: [8])\n", "")}coupling ot = optimal(base, moons)
process p on x : moons, t in [0, 1] {
  dx = -x dt + dW
}
network s(x, t) predicts score of p = mlp(hidden: [8])
objective dsm {
  «⟦x0 → x0, x1⟧» ~ ot
  t ~ Uniform(1e-3, 1)
  xt ~ p(t | x0)
  minimize std(p, t)^2 * sqnorm(score(s, xt, t) - grad_log(p(t | x0), xt))
}
train dsm { steps: 10 }
`,
  },
];
