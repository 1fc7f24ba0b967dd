/** Every message of the compiler that is not about syntax: code, severity, words. grammar/syntax-catalogue.ts has the rest. */
import { row } from "../../grammar/diagnostic.js";
import { learningMessages } from "./catalogue-learning.js";
import { transportMessages } from "./catalogue-transport.js";
import { caught } from "./caught.js";
import { stepMessages } from "./catalogue-steps.js";
import { sampling } from "./sampling.js";
import { states } from "./states.js";
import { interpolantCatalogue } from "./interpolant-catalogue.js";

const didYouMean = (suggestion: string | null): string | null =>
  suggestion === null ? null : `Did you mean \`${suggestion}\`?`;

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** `have shape [2]`, `be a single number`, `have two axes`. */
function shaped(shape: string, [have, be]: readonly [string, string]): string {
  if (shape.startsWith("[")) return `${have} shape ${shape}`;
  return `${shape === "a single number" ? be : have} ${shape}`;
}

export const catalogue = {
  ...interpolantCatalogue,

  // ── 09: understood, not compiled yet ─────────────────────────────────────────────────────────────────────────────
  notCompiledYet: row<{ construct: string; instead: string | null }>({
    code: "SDE0901",
    name: "not-compiled-yet",
    severity: "error",
    message: ({ construct }) => `${construct} is not compiled yet.`,
    help: ({ instead }) => instead,
  }),

  tooMuch: row<{ what: string }>({
    code: "SDE0902",
    name: "too-much",
    severity: "error",
    message: ({ what }) => `This model has ${what}; that is more than the compiler takes on.`,
    help: () => "Draw a random index in place of a long sum, or split a long chain of definitions.",
  }),

  // ── 10, 11: names, kinds, arguments ──────────────────────────────────────────────────────────────────────────────
  undeclaredName: row<{ name: string; suggestion: string | null }>({
    code: "SDE1001",
    name: "undeclared-name",
    severity: "error",
    message: ({ name }) => `Nothing called \`${name}\` is declared here.`,
    help: ({ suggestion }) => didYouMean(suggestion),
  }),
  declaredTwice: row<{ name: string }>({
    code: "SDE1002",
    name: "declared-twice",
    severity: "error",
    message: ({ name }) => `\`${name}\` is declared twice in the same place.`,
    help: () => "A name is one thing: give one of them another name.",
  }),
  hidesBlockName: row<{ name: string }>({
    code: "SDE1003",
    name: "hides-block-name",
    severity: "error",
    message: ({ name }) => `\`${name}\` already has a meaning in this block.`,
    help: ({ name }) => `Give it another name, or update the first with \`${name} <- …\`.`,
  }),
  hidesBuiltIn: row<{ name: string }>({
    code: "SDE1004",
    name: "hides-built-in",
    severity: "error",
    message: ({ name }) => `\`${name}\` is built into the language and cannot be declared again.`,
    help: () => "Choose another name.",
  }),
  wrongKind: row<{ found: string; expected: string; instead?: string }>({
    code: "SDE1005",
    name: "wrong-kind",
    severity: "error",
    message: ({ found, expected }) =>
      `Here ${/^([2-9]|\d\d)/.test(found) ? "stand" : "stands"} ${found}, but ${expected} is needed.`,
    help: ({ instead }) => instead ?? null,
  }),
  unknownArgument: row<{ name: string; callee: string; suggestion: string | null; known: string }>({
    code: "SDE1006",
    name: "unknown-argument",
    severity: "error",
    message: ({ name, callee }) => `\`${callee}\` has no argument called \`${name}\`.`,
    help: ({ suggestion, known }) => didYouMean(suggestion) ?? (known === "" ? null : `It has: ${known}.`),
  }),
  missingArgument: row<{ name: string; callee: string }>({
    code: "SDE1007",
    name: "missing-argument",
    severity: "error",
    message: ({ name, callee }) => `\`${callee}\` needs its argument \`${name}\`.`,
    help: ({ name, callee }) => `Give it in its place, or by name: \`${callee}(…, ${name}: …)\`.`,
  }),
  tooManyArguments: row<{ callee: string; expected: number; found: number; instead?: string }>({
    code: "SDE1008",
    name: "too-many-arguments",
    severity: "error",
    message: ({ callee, expected, found }) =>
      `\`${callee}\` takes ${expected === 0 ? "no arguments" : counted(expected, "argument")}, but ${found} ${found === 1 ? "is" : "are"} given.`,
    help: ({ instead }) => instead ?? null,
  }),
  unknownOption: row<{ word: string; option: string; known: string; suggestion: string | null }>({
    code: "SDE1009",
    name: "unknown-option",
    severity: "error",
    message: ({ word, option }) => `\`${word}\` is not a choice for \`${option}\`.`,
    help: ({ known, suggestion }) => didYouMean(suggestion) ?? `Choices: ${known}.`,
  }),
  importNotFound: row<{ path: string }>({
    code: "SDE1010",
    name: "import-not-found",
    severity: "error",
    message: ({ path }) => `The file "${path}" cannot be read.`,
    help: () => "Paths are relative to the importing file and stay inside its folder.",
  }),
  unknownField: row<{ name: string; owner: string; known: string; suggestion: string | null }>({
    code: "SDE1011",
    name: "unknown-field",
    severity: "error",
    message: ({ name, owner }) => `${owner} has no field \`${name}\`.`,
    help: ({ known, suggestion }) => didYouMean(suggestion) ?? (known === "" ? null : `It has: ${known}.`),
  }),
  recursion: row<{ name: string }>({
    code: "SDE1012",
    name: "recursion",
    severity: "error",
    message: ({ name }) => `\`${name}\` is defined through itself.`,
    help: () => "Declarations may not refer to themselves, directly or through others.",
  }),
  notCallable: row<{ found: string }>({
    code: "SDE1013",
    name: "not-callable",
    severity: "error",
    message: ({ found }) => `${found} cannot be called like a function.`,
    help: ({ found }) => (/^A (number|tensor)/.test(found) ? "Write `*` to multiply." : null),
  }),
  argumentTwice: row<{ name: string; callee: string }>({
    code: "SDE1014",
    name: "argument-twice",
    severity: "error",
    message: ({ name, callee }) => `\`${callee}\` is given its argument \`${name}\` twice.`,
    help: () => "Keep one of them.",
  }),
  misplaced: row<{ construct: string; place: string; instead: string | null }>({
    code: "SDE1015",
    name: "misplaced",
    severity: "error",
    message: ({ construct, place }) => `${construct} has no meaning in ${place}.`,
    help: ({ instead }) => instead,
  }),
  missingPart: row<{ owner: string; part: string; instead: string | null }>({
    code: "SDE1016",
    name: "missing-part",
    severity: "error",
    message: ({ owner, part }) => `${owner} lacks ${part}.`,
    help: ({ instead }) => instead,
  }),
  countMismatch: row<{ names: number; values: number }>({
    code: "SDE1017",
    name: "count-mismatch",
    severity: "error",
    message: ({ names, values }) =>
      `${counted(names, "name")} on the left, but ${counted(values, "value")} on the right.`,
    help: () => "Name every value, in order; a record, tuple or vector of the right length is taken apart.",
  }),
  notUpdatable: row<{ name: string }>({
    code: "SDE1018",
    name: "not-updatable",
    severity: "error",
    message: ({ name }) =>
      `\`${name}\` cannot be updated: \`<-\` updates a name that was drawn or \`let\` in an enclosing block.`,
    help: () => "Give what changes a name of the block: `let y = …`, then `y <- …`.",
  }),

  missingLet: row<{ names: string }>({
    code: "SDE1019",
    name: "missing-let",
    severity: "error",
    message: ({ names }) => `\`=\` alone declares nothing: \`${names}\` has no meaning here yet.`,
    help: ({ names }) => `Write \`let ${names} = …\`.`,
  }),

  // ── 20: shapes, spaces, numbers ──────────────────────────────────────────────────────────────────────────────────
  shapesDiffer: row<{ operation: string; left: string; right: string }>({
    code: "SDE2001",
    name: "shapes-differ",
    severity: "error",
    message: ({ operation, left, right }) => `${operation} needs shapes that fit, but these are ${left} and ${right}.`,
    help: () => "Shapes are aligned at their last axes; an axis stretches only if its size is 1 or it is missing.",
  }),
  notScalar: row<{ what: string; shape: string }>({
    code: "SDE2002",
    name: "not-scalar",
    severity: "error",
    message: ({ what, shape }) => `${what} must be a single number, but this has shape ${shape}.`,
    help: () => "Reduce it with `sum`, `mean`, `sqnorm` or `dot`.",
  }),
  notConstant: row<{ what: string }>({
    code: "SDE2003",
    name: "not-constant",
    severity: "error",
    message: ({ what }) => `${what} must be known when the model is compiled.`,
    help: () => "Write a number, or a formula of numbers and of `let`s of the file.",
  }),
  outOfRange: row<{ what: string; found: string; expected: string }>({
    code: "SDE2004",
    name: "out-of-range",
    severity: "error",
    message: ({ what, found, expected }) => `${what} is ${found}, but must be ${expected}.`,
  }),
  badIndex: row<{ index: string; shape: string }>({
    code: "SDE2005",
    name: "bad-index",
    severity: "error",
    message: ({ index, shape }) =>
      shape.startsWith("[") ? `Index ${index} lies outside shape ${shape}.` : "A single number has no index.",
    help: ({ shape }) => (shape.startsWith("[") ? "Indices count from 0; a negative one counts from the end." : null),
  }),
  unknownSpace: row<{ name: string; suggestion: string | null }>({
    code: "SDE2006",
    name: "unknown-space",
    severity: "error",
    message: ({ name }) => `\`${name}\` is neither a space nor a data set.`,
    help: ({ name, suggestion }) =>
      didYouMean(/^(float|double|number|f)(32|64)?$/i.test(name) ? "Real" : suggestion) ??
      "Numbers are `Real`, `Real[2]` a vector of two.",
  }),
  badProduct: row<{ left: string; right: string; isScaling: boolean }>({
    code: "SDE2007",
    name: "bad-product",
    severity: "error",
    message: ({ left, right }) => `The matrix product \`@\` cannot contract ${left} with ${right}.`,
    help: ({ isScaling }) =>
      isScaling
        ? "Write `*` to scale by a single number."
        : "The last axis of its left side must be as long as the first axis of its right side.",
  }),
  outsideDomain: row<{ operation: string; value: string; domain: string }>({
    code: "SDE2008",
    name: "outside-domain",
    severity: "error",
    message: ({ operation, value, domain }) => `${operation} of ${value} is not a real number: it needs ${domain}.`,
  }),
  divisionByZero: row({
    code: "SDE2009",
    name: "division-by-zero",
    severity: "error",
    message: () => "This divides by a constant that is zero.",
  }),
  wrongShape: row<{ what: string; expected: string; found: string }>({
    code: "SDE2010",
    name: "wrong-shape",
    severity: "error",
    message: ({ what, expected, found }) =>
      `${what} should ${shaped(expected, ["have", "be"])}, but ${shaped(found, ["has", "is"])}.`,
  }),

  // ── 21: processes ────────────────────────────────────────────────────────────────────────────────────────────────
  priorNotReached: row<{ process: string; claimed: string; reached: string; divergence: string }>({
    code: "SDE2101",
    name: "prior-not-reached",
    severity: "error",
    message: ({ process, claimed, reached, divergence }) =>
      `\`${process}\` does not reach ${claimed}: it ends at ${reached} (KL ${divergence} nats per dimension).`,
    help: () => "State the law it reaches, or let it forget its start: larger coefficients, or a longer range of time.",
  }),
  noKernel: row<{ process: string; term: string }>({
    code: "SDE2102",
    name: "no-kernel",
    severity: "error",
    message: ({ process, term }) => `\`${process}\` has no transition law in closed form: ${term} spoils it.`,
    help: () => "Use sliced score matching on simulated paths, or make the drift affine in the state.",
  }),
  termWithoutDifferential: row({
    code: "SDE2103",
    name: "term-without-differential",
    severity: "error",
    message: () => "This term of the equation is not multiplied by a differential.",
    help: () => "Write `… dt` for a drift and `… dW` for a noise.",
  }),
  stateWithoutEquation: row<{ state: string }>({
    code: "SDE2104",
    name: "state-without-equation",
    severity: "error",
    message: ({ state }) => `The state \`${state}\` has no equation.`,
    help: ({ state }) => `Say how it moves: \`d${state} = … dt + … dW\`.`,
  }),
  leavesSpace: row<{ process: string; space: string; term: string }>({
    code: "SDE2105",
    name: "leaves-space",
    severity: "error",
    message: ({ process, space, term }) => `The state of \`${process}\` leaves its space ${space}: ${term}.`,
    help: () => "Use noise that vanishes at the boundary (`x dW`), or an equation for `log(x)`.",
  }),
  poleInRange: row<{ what: string; at: string }>({
    code: "SDE2106",
    name: "pole-in-range",
    severity: "error",
    message: ({ what, at }) => `${what} inside the declared time range, at ${at}.`,
    help: () => "Shorten the range, or use a formula that stays finite.",
  }),
  noKnownEnd: row<{ process: string }>({
    code: "SDE2107",
    name: "no-known-end",
    severity: "error",
    message: ({ process }) => `No law is known at the end of \`${process}\` that a sampler would start from.`,
    help: () => "Claim one in the process, such as `x(1) ~ Normal(0, 1)`, or give `start:`.",
  }),
  badTimeRange: row<{ what: string; found: string }>({
    code: "SDE2108",
    name: "bad-time-range",
    severity: "error",
    message: ({ what, found }) =>
      `${what} is an interval \`[a, b]\` of constants with a < b and both finite, but this is ${found}.`,
    help: ({ found }) =>
      /^`\(.*,.*\)`$/.test(found)
        ? `Write ${found.replace("(", "[").replace(")`", "]`")}: a range has its ends.`
        : null,
  }),
  timeOutsideRange: row<{ time: string; range: string }>({
    code: "SDE2109",
    name: "time-outside-range",
    severity: "error",
    message: ({ time, range }) => `Time ${time} lies outside ${range}.`,
  }),
  unknownDifferential: row<{ differential: string; known: string }>({
    code: "SDE2110",
    name: "unknown-differential",
    severity: "error",
    message: ({ differential }) =>
      `\`${differential}\` is neither a time, a Brownian motion nor a state of this process.`,
    help: ({ known }) => `Known here: ${known}; noises are called \`W\`, \`W1\`, \`W_x\`, ….`,
  }),
  badEnd: row<{ end: string; reason: string }>({
    code: "SDE2111",
    name: "bad-interpolant-end",
    severity: "error",
    message: ({ end, reason }) => `At ${end} this interpolant is not one of its draws: ${reason}.`,
    help: () => "An interpolant starts at one draw and ends at another; the noise in between vanishes at both ends.",
  }),
  ...states,
  ...transportMessages,
  notInvertible: row<{ coordinates: string; why: string }>({
    code: "SDE2130",
    name: "not-invertible",
    severity: "error",
    message: ({ coordinates, why }) => `\`${coordinates}\` is no coordinate of the state: ${why}.`,
    help: () =>
      "Coordinates are an invertible function of the state alone: sums and products with constants, `log` of a positive state, `dct2`, a square matrix.",
  }),
  infinitePlace: row<{ coefficient: string; state: string; place: string }>({
    code: "SDE2131",
    name: "infinite-place",
    severity: "error",
    message: ({ coefficient, state, place }) =>
      `The ${coefficient} is infinite or undefined at the place ${place} of \`${state}\`.`,
    help: () =>
      "A wave number is 0 at the constant mode: where one is divided by, add a mass, as in `wave_numbers(x)^2 + m^2`.",
  }),
  notPeriodic: row<{ process: string; coefficient: string; formula: string }>({
    code: "SDE2132",
    name: "not-periodic",
    severity: "error",
    message: ({ process, coefficient, formula }) =>
      `The ${coefficient} ${formula} of \`${process}\` changes when its angle makes a full turn.`,
    help: () => "On a torus coefficients repeat every 2π: use `sin` and `cos` of the state, or none of it.",
  }),
  lawOffTorus: row<{ process: string }>({
    code: "SDE2133",
    name: "law-off-torus",
    severity: "error",
    message: ({ process }) => `The states of \`${process}\` are angles, but this law is one of numbers on a line.`,
    help: () => "Noise on a torus ends at the uniform law: claim `UniformTorus()`.",
  }),

  // ── 22: predictions, samplers ────────────────────────────────────────────────────────────────────────────────────
  unknownHead: row<{ head: string; known: string; suggestion: string | null }>({
    code: "SDE2201",
    name: "unknown-head",
    severity: "error",
    message: ({ head }) => `\`${head}\` is not something a network can predict of a process.`,
    help: ({ known, suggestion }) => didYouMean(suggestion) ?? `It can predict: ${known}.`,
  }),
  meaningsDiffer: row<{ left: string; right: string; operation: string }>({
    code: "SDE2202",
    name: "meanings-differ",
    severity: "error",
    message: ({ left, right, operation }) =>
      `A ${left} and a ${right} are ${operation} here, but they are different quantities.`,
    help: ({ left, right }) =>
      `\`${left}(net, x, t)\` and \`${right}(net, x, t)\` give either from what a network predicts.`,
  }),
  noConversion: row<{ from: string; to: string; process: string; reason: string }>({
    code: "SDE2203",
    name: "no-conversion",
    severity: "error",
    message: ({ from, to, process, reason }) =>
      `The ${to} of \`${process}\` does not follow from its ${from}: ${reason}.`,
    help: ({ to }) => `Train a network that predicts the ${to}, or its noise if a Gaussian draw enters the path.`,
  }),
  neverTrained: row<{ network: string }>({
    code: "SDE2204",
    name: "never-trained",
    severity: "error",
    message: ({ network }) => `No \`train\` statement reaches the weights of \`${network}\`.`,
    help: () => "Add `train objective { … }` with an objective that uses it, or delete the network.",
  }),
  stochasticLikelihood: row<{ sampler: string }>({
    code: "SDE2205",
    name: "stochastic-likelihood",
    severity: "error",
    message: ({ sampler }) =>
      `\`${sampler}\` draws noise on the way, so its samples have no likelihood that can be computed.`,
    help: () => "Ask it of a sampler that runs a probability flow: `probability_flow(P, net) using …`.",
  }),
  illegalStep: row<{ step: string; use: string; reason: string; instead: string | null }>({
    code: "SDE2206",
    name: "illegal-step",
    severity: "error",
    message: ({ step, use, reason }) => `\`${step}\` cannot ${use}: ${reason}.`,
    help: ({ instead }) => instead,
  }),
  otherProcess: row<{ network: string; of: string; process: string }>({
    code: "SDE2207",
    name: "other-process",
    severity: "error",
    message: ({ network, of, process }) => `\`${network}\` predicts of \`${of}\`, but is used for \`${process}\`.`,
    help: ({ of, process }) => `Run \`${of}\`, or train a network that predicts of \`${process}\`.`,
  }),
  noHead: row<{ name: string }>({
    code: "SDE2208",
    name: "no-head",
    severity: "error",
    message: ({ name }) => `\`${name}\` does not say what it predicts.`,
    help: ({ name }) => `Write \`${name}(x, t) predicts noise of …\`.`,
  }),
  poleOnGrid: row<{ step: string; times: string; isFirst: boolean }>({
    code: "SDE2210",
    name: "pole-on-grid",
    severity: "error",
    message: ({ step, times }) => `\`${step}\` divides by zero ${times}.`,
    help: ({ step, isFirst }) =>
      isFirst
        ? "Begin later, where what it divides by is not zero: give the process `from:` and `start:`."
        : `Stop before it, where what it divides by is not zero: \`${step}(…, until: 1e-3)\`.`,
  }),
  weightsDiffer: row<{ network: string; first: string; second: string }>({
    code: "SDE2209",
    name: "weights-differ",
    severity: "error",
    message: ({ network, first, second }) =>
      `\`${network}\` is used with inputs of ${first} numbers here, but of ${second} elsewhere.`,
    help: () => "An architecture shares its weights among its calls; write it twice for inputs of two sizes.",
  }),

  ...sampling,

  // ── 23: objectives, 24: training ─────────────────────────────────────────────────────────────────────────────────
  noGoal: row<{ objective: string }>({
    code: "SDE2301",
    name: "no-goal",
    severity: "error",
    message: ({ objective }) => `\`${objective}\` says neither what to minimize nor what to maximize.`,
    help: () => "End it with `minimize …` or `maximize …`.",
  }),
  notADraw: row<{ what: string }>({
    code: "SDE2302",
    name: "not-a-draw",
    severity: "error",
    message: ({ what }) => `\`${what}\` asks for a name that was drawn with \`~\` from a process.`,
    help: () => "Draw it: `xt ~ P(t | x0)`.",
  }),
  drawsInFn: row<{ name: string }>({
    code: "SDE2303",
    name: "draw-in-fn",
    severity: "error",
    message: ({ name }) => `\`${name}\` draws, but a fn is pure.`,
    help: () => "Draw in the objective or sampler and pass the value in.",
  }),
  nothingToLearn: row<{ objective: string }>({
    code: "SDE2304",
    name: "nothing-to-learn",
    severity: "error",
    message: ({ objective }) => `\`${objective}\` does not depend on any weight, so it cannot be trained.`,
    help: () => "Let its goal use a network; what is `frozen` or under `stop_gradient` does not count.",
  }),

  ...stepMessages,
  ...learningMessages,
  ...caught,

  badTrainOption: row<{ option: string; expected: string }>({
    code: "SDE2401",
    name: "bad-train-option",
    severity: "error",
    message: ({ option, expected }) => `\`${option}\` should be ${expected}.`,
  }),
} as const;
