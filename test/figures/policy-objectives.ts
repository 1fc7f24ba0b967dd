/** Row 20, of objectives: credit of single noisy steps (E3), granularities (E6), and where a divergence of paths holds learning (E5). */
import { openText } from "../support/model.js";
import { digits } from "./figure.js";
import type { Figure } from "./figure.js";
import { correlation, draws, mean, noisy, paths, sampler, steps, toy } from "./policy-toy.js";

export async function measurePolicyObjectives(): Promise<readonly Figure[]> {
  return [...(await singularCredit()), ...(await granularities()), ...(await regularised())];
}

const group = 12;
const walk = (body: string): string => `${toy()}${noisy(steps)}${sampler("policy", "exact")}sampler walk {
  k ~ UniformInteger(0, ${steps})
  x ~ flow(1)
  let still = probability_flow(policy) using euler
  let times = grid(policy)
  let anchor = advance(still, x, times[..k + 1])
  steps ~ iid(transition(policy, anchor, times[k], times[k + 1]), ${group})
  ${body}
}
`;

/** E3, one noisy step: within a group the reward x0 is an affine function of the noise of that step. */
async function singularCredit(): Promise<readonly Figure[]> {
  const count = 4000;
  const model = await openText(
    walk(`let z = [(step.y - mean(transition(policy, step.x, step.t, step.s))) / std(transition(policy, step.x, step.t, step.s)) for step in steps]
  return k, [advance(still, step.y, times[k + 1..]) for step in steps], z`),
    "reference",
  );
  const [k = [], rewards = [], noises = []] = await draws(model, "walk", count, 7);
  await model.dispose();
  const [ends, drawn] = [Array.from(rewards), Array.from(noises)];
  const of = (row: number): readonly [number[], number[]] => [
    ends.slice(row * group, (row + 1) * group),
    drawn.slice(row * group, (row + 1) * group),
  ];
  const worst = Array.from({ length: steps }, (_, node) => {
    const rows = Array.from({ length: count }, (__, row) => row).filter((row) => k[row] === node);
    const pooled = rows.map(of);
    return {
      count: rows.length,
      within: Math.min(...pooled.map(([r, z]) => correlation(r, z))),
      across: correlation(
        pooled.flatMap(([r]) => r),
        pooled.flatMap(([, z]) => z),
      ),
    };
  });
  const right = Math.max(...worst.map(({ within }) => 1 - within));
  const across = Math.min(...worst.map((node) => 1 - node.across));
  return [
    {
      row: 20,
      what: `E3 one noisy step: 1 - correlation of x0 with its noise within a group, largest of ${count} groups of ${group} at 16 nodes (${Math.min(...worst.map((node) => node.count))} at the rarest)`,
      measured: digits(right),
      bound: "<= 1e-6",
      passed: right <= 1e-6,
      planted: { what: "across groups, smallest of the nodes", measured: digits(across), failed: across > 1e-6 },
    },
  ];
}

/** E6: strides of an affine map give affine rewards, so advantages that do not differ; a reward that bends tells them apart. */
async function granularities(): Promise<readonly Figure[]> {
  const advantages = async (reward: string): Promise<readonly ArrayLike<number>[]> => {
    const text = `reward r(x: points) : Real = ${reward}\n${walk(`let one = advantages([r(advance(still, step.y, stride(times[k + 1..], 1))) for step in steps], delta: 0)
  let two = advantages([r(advance(still, step.y, stride(times[k + 1..], 2))) for step in steps], delta: 0)
  let R = [[r(advance(still, step.y, stride(times[k + 1..], g))) for step in steps] for g in {1, 2}]
  return one, two, sum(advantages(gains, delta: 0) for gains in R)`)}`;
    const model = await openText(text, "reference");
    const columns = await draws(model, "walk", 2000, 8);
    await model.dispose();
    return columns;
  };
  const apart = ([one = [], two = []]: readonly ArrayLike<number>[]): number =>
    Math.max(...Array.from(one, (value, i) => Math.abs(value - (two[i] ?? Number.NaN))));
  const affine = await advantages("sum(x)");
  const [one = [], , mixed = []] = affine;
  const doubled = Math.max(...Array.from(mixed, (value, i) => Math.abs(value - 2 * (one[i] ?? Number.NaN))));
  const bent = apart(await advantages("-sqnorm(x - 2)"));
  return [
    {
      row: 20,
      what: `E6 advantages in strides of 1 and of 2, reward x0, largest difference in 2000 groups of ${group}; their sum against twice the first`,
      measured: `${digits(apart(affine))}, ${digits(doubled)}`,
      bound: "<= 1e-5",
      passed: apart(affine) <= 1e-5 && doubled <= 1e-5,
      planted: { what: "the reward -(x0 - 2)², which is not affine", measured: digits(bent), failed: bent > 1e-5 },
    },
  ];
}

const learned = (
  objective: string,
): string => `${toy()}${noisy(steps)}reward near(x: points) : Real = -sqnorm(x - 2) / 2
network shifted(x, t) predicts velocity of flow {
  let θ = mlp(hidden: [32, 32], initial: zero)
  return exact(x, t) + θ(x, t)
}
${sampler("policy", "shifted")}objective aligned {
${objective}
}
train aligned { optimizer: adam(5e-3, schedule: cosine), batch: 64, steps: 300, seed: 9 }
`;

/** The gradient through the sampler, and that of the steps' densities; the divergence is of whole paths in both. */
const objectives = {
  "gradient through the sampler": (beta: number): string => `  X ~ path(policy)
  maximize near(X.x) - ${beta} * sum(kl(policy, initial(policy), step) for step in X.steps)`,
  "policy gradient": (beta: number): string => `  paths ~ iid(path(frozen(policy)), 16)
  let R = [near(p.x) - ${beta} * sum(kl(frozen(policy), initial(policy), step) for step in p.steps) for p in paths]
  let score = [sum(log_prob(policy, step) for step in p.steps) for p in paths]
  let divergence = [sum(kl(policy, initial(policy), step) for step in p.steps) for p in paths]
  maximize mean((R - mean(R)) * score - ${beta} * divergence)`,
};

/** E5: p* ∝ p exp(R / β) has the mean 1.333 for R = -(x - 2)² / 2 and β = 0.5; the start of a path is not moved, so its mean is a little less. */
async function regularised(): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  const reached = async (objective: string): Promise<{ readonly centre: number; readonly gain: number }> => {
    const model = await openText(learned(objective));
    const reward = async (): Promise<readonly [number, number]> => {
      const [x = []] = await draws(model, "policy", paths, 10);
      return [mean(x), mean(Array.from(x, (value) => -((value - 2) ** 2) / 2))];
    };
    const [, before] = await reward();
    await model.train({}, {});
    const [centre, after] = await reward();
    await model.dispose();
    return { centre, gain: after - before };
  };
  const inside = (centre: number): boolean => centre >= 1.2 && centre <= 1.45;
  for (const [name, objective] of Object.entries(objectives)) {
    const { centre, gain } = await reached(objective(0.5));
    const free = await reached(objective(0));
    figures.push({
      row: 20,
      what: `E5 ${name}, 300 updates, a divergence of paths of weight 0.5: mean of 1e5 samples, reward gained`,
      measured: `${digits(centre)}, ${digits(gain)}`,
      bound: "1.20 to 1.45, > 0.2",
      passed: inside(centre) && gain > 0.2,
      planted: { what: "no divergence", measured: digits(free.centre), failed: !inside(free.centre) },
    });
  }
  return figures;
}
