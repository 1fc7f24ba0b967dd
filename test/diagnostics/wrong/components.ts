/** Wrong processes of several components, with the models that they nearly are. */
import type { WrongModel } from "../wrong-models.js";

const pair = (body: string, rest = ""): string => `data moons : Real[2]
process p on x : moons, v : moons, t in [0, 1] {
  v(0) ~ Normal(0, 0.1)
  ${body}
}
${rest}`;
const damped = "dx = 4 * v dt\n  dv = -4 * (x + 2 * v) dt + 4 dW";
const vector = (equation: string): string => `data pairs : Real[2]
process p on x : pairs, t in [0, 1] {
  ${equation}
}
`;
const program = (line: string): string => `sampler s {
  a ~ moons
  ${line}
}
`;
const network = (head: string, body = "mlp(hidden: [8])"): string => `network net(x, v, t) predicts ${head} = ${body}
train dsm(moons, p.v, net, weight: fn(t) = 1) { steps: 10 }
`;

export const components: readonly WrongModel[] = [
  {
    name: "a state of several without an equation",
    code: "SDE2104",
    text: pair("⟦ → dx = 4 * v dt⟧\n  dv = -4 * (x + 2 * v) dt + 4 dW").replace("on x : moons, v", "on «x : moons», v"),
    says: "`x`",
  },
  {
    name: "an equation of no state",
    code: "SDE2110",
    text: pair("dx = 4 * v dt\n  «⟦du → dv⟧» = -4 * (x + 2 * v) dt + 4 dW"),
  },
  {
    name: "a matrix of the wrong shape",
    code: "SDE2007",
    text: vector("dx = «[[1, 0⟦, 0 → ⟧], [0, 1⟦, 0 → ⟧]] @ x» dt + dW").replace(
      "[[1, 0⟦, 0 → ⟧], [0, 1⟦, 0 → ⟧]]",
      "⟦[[1, 0, 0], [0, 1, 0]] → [[1, 0], [0, 1]]⟧",
    ),
  },
  {
    name: "noise of the wrong number of rows",
    code: "SDE2010",
    text: vector("dx = -x dt + «⟦[[1], [2], [3]] → [[1], [2]]⟧» dW"),
  },
  {
    name: "a matrix that is no drift",
    code: "SDE2010",
    text: vector("dx = «[[1, 0], [0, 1]]⟦ → @ x⟧» dt + dW").replace("⟦ → @ x⟧", "⟦ →  @ x⟧"),
  },
  {
    name: "one motion of two shapes",
    code: "SDE2122",
    text: vector("dx = -x dt + [[1, 0, 1], [0, 1, 1]] dW1 + 0.5 «⟦dW1 → dW2⟧»"),
  },
  {
    name: "a law of the end that is not reached",
    code: "SDE2101",
    text: pair(`${damped}\n  x(1) ~ Normal(0, 1)\n  «v(1) ~ Normal(0, ⟦0.5 → 1⟧)»`),
    says: "`v`",
  },
  {
    name: "the score of a state without noise",
    code: "SDE2125",
    text: pair(damped, network("score of p.«⟦x → v⟧»")),
    says: "p.v",
  },
  {
    name: "a component that does not exist",
    code: "SDE1011",
    text: pair(damped, network("score of p.«⟦w → v⟧»")),
    says: "`v`",
  },
  {
    name: "the velocity of several states",
    code: "SDE2126",
    text: pair(damped, network("«⟦velocity → score⟧» of p.v")),
  },
  {
    name: "a deviation of several states",
    code: "SDE2126",
    text: pair(damped, program("return std(«⟦p → p.v⟧», 0.5) * a")),
    says: "p.v",
  },
  {
    name: "states of different shapes",
    code: "SDE2010",
    text: "data moons : Real[2]\nprocess p on x : moons, v : Real[⟦3 → 2⟧], t in [0, 1] {\n  v(0) ~ Normal(0, 1)\n  dx = «v» dt\n  dv = -(x + v) dt + dW\n}\n",
  },
  {
    name: "one of several states given",
    code: "SDE2120",
    text: pair(damped, program("z ~ «p(0.5 | ⟦v(0.2) = a → x(0.2) = a, v(0.2) = a⟧)»\n  let x, v = z\n  return x")),
    says: "`x`",
  },
  {
    name: "several states conditioned after their time",
    code: "SDE2120",
    text: pair(damped, program("z ~ «p(⟦0.1 → 0.5⟧ | x(0.2) = {x: a, v: a})»\n  let x, v = z\n  return x")),
  },
  {
    name: "a record with another field",
    code: "SDE2010",
    text: pair(
      damped,
      program("let y = log_prob(p(0.5 | a), «{x: a, ⟦w → v⟧: a}»)\n  return y")
        .replace("«{x: a, ⟦w → v⟧: a}»", "{x: a, ⟦w → v⟧: a}")
        .replace("log_prob(p(0.5 | a), {x: a, ⟦w → v⟧: a})", "«log_prob(p(0.5 | a), {x: a, ⟦w → v⟧: a})»"),
    ),
  },
  {
    name: "a sample of a state of which the score is missing",
    code: "SDE2124",
    text: `${pair("dx = 4 * v dt⟦ + 0.1 dW1 → ⟧\n  dv = -4 * (x + 2 * v) dt + 4 dW\n  x(1) ~ Normal(0, 1)\n  v(1) ~ Normal(0, 1)", network("score of p.v"))}sampler back = reverse(p, net) using «euler_maruyama(steps: 4)»\n`,
    says: "p.x",
  },
];
