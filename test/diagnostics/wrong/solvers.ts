/** Wrong uses of samplers, heads, guidance and labels, with their right twins. */
import type { WrongModel } from "../wrong-models.js";

const line = (noise: string): string => `data moons : Real[2]
interpolant line on x : moons, t in [0, 1] {
  x0 ~ moons
  ε  ~ Normal(0, 1, like: x0)
  x = (1 - t) * x0 + ${noise} * ε
}
network v(x, t) predicts velocity of line = mlp(hidden: [8])
train flow_matching(line, v) { steps: 10 }
`;
const noisy = `data moons : Real[2]
process p = vp(moons)
network net(x, t) predicts denoised of p = mlp(hidden: [8])
train denoising(moons, p, net) { steps: 10 }
`;

const flowMaps = (network: string, train: string): string => `data moons : Real[2]
process p = edm(moons)
interpolant line on x : moons, t in [0, 1] {
  x0 ~ moons
  ε  ~ Normal(0, 1, like: x0)
  x = (1 - t) * x0 + t * ε
}
${network}
train ${train} { steps: 10 }
`;
const consistent = (skip: string, factor: string): string =>
  flowMaps(
    `network «f»(x, σ) predicts endpoint of p {\n  let F = mlp(hidden: [8])\n  let d = σ - 0.002\n  return ${skip} * x + ${factor} * F(x, log(σ))\n}`,
    "consistency(moons, p, f)",
  );

const labels = (
  label: string,
  network = "y: Optional[Class[3]]",
  sampler = "classifier_free_guidance(p, net, y)",
  others = "",
): string => `data shapes : { x: Real[2], y: Class[3] }
process p = vp(shapes.x)
network net(x, t, ${network}) predicts noise of p = mlp(hidden: [8])
objective labelled {
  x0, y ~ shapes
  t    ~ Uniform(1e-3, 1)
  drop ~ Bernoulli(0.1)
  xt   ~ p(t | x0)
  let label = ${label}
  minimize sqnorm(noise(net, xt, t, label) - noise(xt))
}
${others}fn guided(y) = ${sampler}
sampler fast(y: Class[3]) = probability_flow(p, guided(y)) using ddim(steps: 8, until: 1e-3)
train labelled { steps: 10 }
`;
const dropped = "if drop then none else y";

export const solvers: readonly WrongModel[] = [
  {
    name: "a grid in the log-SNR of a path whose noise comes and goes",
    code: "SDE2220",
    text: `${line("(t + ⟦0.9 → 0.1⟧ * sin(2 * pi * t))")}sampler fast = probability_flow(line, v)(from: 0.99, start: Normal(0, 1)) using heun(steps: 8, until: 1e-3, spacing: «log_snr»)\n`,
    says: "spacing: uniform",
  },
  {
    name: "an exponential step on a path whose noise comes and goes",
    code: "SDE2220",
    text: `${line("(t + ⟦0.9 → 0.1⟧ * sin(2 * pi * t))")}sampler fast = probability_flow(line, v) using «dpmpp_2m(steps: 8, until: 1e-3)»\n`,
    says: "turns at t = ",
  },
  {
    name: "an exponential step on a process with noise",
    code: "SDE2206",
    text: `${noisy}sampler once(R: process) on x, t, s {\n  z ~ Normal(0, 1, like: x)\n  return «exponential(R, x, t, s, denoised: denoised(R, x, t))» + 0 * z\n}\nsampler fast = ⟦reverse → probability_flow⟧(p, net) using once(steps: 8, until: 1e-3)\n`,
    says: "probability_flow",
  },
  {
    name: "fewer nodes than predictions",
    code: "SDE2221",
    text: `${noisy}sampler twice(R: process) on x, last = 0 * x, r, t, s {\n  let d = denoised(R, x, t)\n  return «exponential(R, x, t, s, denoised: (d, last), at: ⟦t → (t, r)⟧)», d\n}\nsampler fast = probability_flow(p, net) using twice(steps: 8, until: 1e-3)\n`,
  },
  {
    name: "a consistency function with a factor of its network that does not vanish",
    code: "SDE2222",
    text: consistent("0.25 / (d^2 + 0.25)", "⟦σ → d⟧ / sqrt(0.25 + σ^2)"),
    says: "t = 0.002",
  },
  {
    name: "a consistency function that shrinks its argument",
    code: "SDE2222",
    text: consistent("0.25 / (⟦σ → d⟧^2 + 0.25)", "d"),
  },
  {
    name: "a mean velocity over one time",
    code: "SDE1016",
    text: flowMaps("network «u»(z, ⟦t → r, t⟧) predicts mean_velocity of line = mlp(hidden: [8])", "meanflow(line, u)"),
    says: "two times",
  },
  {
    name: "a score of a flow's endpoint",
    code: "SDE2203",
    text: flowMaps(
      "fn f(x, σ) predicts ⟦endpoint → denoised⟧ of p = x\nnetwork u(x, t) predicts velocity of line = mlp(hidden: [8])\nsampler fast = probability_flow(p, f) using «heun(steps: 8)»",
      "flow_matching(line, u)",
    ),
  },
  {
    name: "a derivative by a constant",
    code: "SDE2223",
    text: flowMaps(
      "network u(z, r, t) predicts mean_velocity of line = mlp(hidden: [8])\nsampler slope(t = 0.5) {\n  z ~ line(1)\n  let r = 0.2\n  return jvp(u(z, r, t), «⟦r → t⟧», 1)\n}",
      "meanflow(line, u)",
    ),
  },
  {
    name: "guidance without a label ever dropped",
    code: "SDE2226",
    text: labels("⟦y → if drop then none else y⟧", "y: Optional[Class[3]]", "«classifier_free_guidance(p, net, y)»"),
    says: "Bernoulli",
  },
  {
    name: "no label for a network that needs one",
    code: "SDE2225",
    text: labels("y", "y: Class[3]", "classifier_guidance(p, «labelled_score», which, y)")
      .replace("«labelled_score»", "plain")
      .replace(
        "fn guided",
        "network which(x, t) : Simplex[3] = mlp(hidden: [8])\nobjective classify {\n  x0, y ~ shapes\n  t ~ Uniform(1e-3, 1)\n  xt ~ p(t | x0)\n  maximize log_prob(Categorical(which(xt, t)), y)\n}\ntrain classify { steps: 10 }\nfn plain(x, t) predicts score of p = «score(net, x, t, ⟦none → 0⟧)»\nfn guided",
      ),
  },
  {
    name: "a label that is a vector",
    code: "SDE2224",
    text: labels(
      dropped,
      "y: Optional[Class[3]]",
      "classifier_free_guidance(p, net, y)",
      "fn other(x, t) predicts score of p = «score(net, x, t, ⟦x → 2⟧)»\n",
    ),
  },
  {
    name: "a label beyond the classes",
    code: "SDE2004",
    text: labels(
      dropped,
      "y: Optional[Class[3]]",
      "classifier_free_guidance(p, net, y)",
      "fn other(x, t) predicts score of p = «score(net, x, t, ⟦4 → 2⟧)»\n",
    ),
    says: "0 to 2",
  },
  {
    name: "labels of two different numbers of classes",
    code: "SDE2227",
    text: labels(dropped)
      .replace("y: Class[3] }", "y: Class[⟦4 → 3⟧] }")
      .replace("noise(net, xt, t, label)", "«noise(net, xt, t, label)»"),
    says: "3",
  },
  { name: "none beside what is no label", code: "SDE2224", text: labels("«if drop then none else ⟦t → y⟧»") },
];
