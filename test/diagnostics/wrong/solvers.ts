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
];
