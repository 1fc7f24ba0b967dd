/** Which mistakes with bridges and with what is fitted by Newton's method must be refused? */
import type { WrongModel } from "../wrong-models.js";

interface Parts {
  readonly later?: string;
  readonly equation?: string;
  readonly head?: string;
  readonly inputs?: string;
  readonly call?: string;
  readonly options?: string;
}

const call = (via: string): string => `bridge(early, later, prior, forward, backward, via: ${via}, steps: 4)`;

/** A bridge between two clouds of a plane, with one part to go wrong in. */
const bridge = ({
  later = "Real[2]",
  equation = "0.5 dW",
  head = "drift of prior",
  inputs = "x, t",
  call: written = call("ipf"),
  options = "steps: 2",
}: Parts): string => `data early : Real[2]
data later : ${later}
reference prior on x : Real[2], t in [0, 1] {
  dx = ${equation}
}
process other on x : Real[2], t in [0, 1] {
  dx = dW
}
network forward(${inputs}) predicts ${head} = mlp(hidden: [8], initial: zero)
network backward(x, t) predicts drift of prior = mlp(hidden: [8], initial: zero)
train ${written} { ${options} }
`;

const bridges: readonly WrongModel[] = [
  {
    name: "a bridge by a method that does not exist",
    code: "SDE1001",
    text: bridge({ call: call("«⟦imff → imf⟧»") }),
    says: "imff",
  },
  {
    name: "a bridge by an objective of other parameters",
    code: "SDE1008",
    text: bridge({ call: `«${call("⟦refine → imf⟧")}»` }),
    says: "refine",
  },
  {
    name: "a bridge by a step",
    code: "SDE1005",
    text: bridge({ call: call("«⟦euler_maruyama → imf⟧»") }),
    says: "an objective",
  },
  {
    name: "a bridge with one drift",
    code: "SDE1007",
    text: bridge({ call: "«bridge(early, later, prior, forward⟦ → , backward⟧)»" }),
    says: "backward",
  },
  {
    name: "a bridge to data of another dimension",
    code: "SDE2010",
    text: bridge({ later: "Real[⟦3 → 2⟧]", call: `«${call("ipf")}»` }),
    says: "[2]",
  },
  {
    name: "a bridge by plans to data of another dimension",
    code: "SDE2010",
    text: bridge({ later: "Real[⟦3 → 2⟧]", call: `«${call("sf2m")}»` }),
    says: "[2]",
  },
  {
    name: "a bridge's drift without time",
    code: "SDE1016",
    text: bridge({ inputs: "x⟦ → , t⟧" }).replace("network forward", "network «forward»"),
    says: "a time",
  },
  {
    name: "a bridge whose network predicts a score",
    code: "SDE2203",
    text: bridge({ head: "⟦score → drift⟧ of prior", call: `«${call("ipf")}»` }),
    says: "one process",
  },
  {
    name: "a bridge whose drift is another process's",
    code: "SDE2207",
    text: bridge({ head: "drift of ⟦other → prior⟧", call: `«${call("ipf")}»` }),
    says: "other",
  },
  {
    name: "a bridge with one network for both ways",
    code: "SDE2204",
    text: bridge({ call: "bridge(early, later, prior, forward, ⟦forward → backward⟧, via: ipf)" }).replace(
      "network backward",
      "network «backward»",
    ),
  },
  {
    name: "Markovian fitting about a reference without a kernel",
    code: "SDE2102",
    text: bridge({ equation: "-x^⟦3 → 1⟧ dt + 0.5 dW", call: `«${call("imf")}»` }),
    says: "x³",
  },
  {
    name: "plans by the density of a reference without one",
    code: "SDE2102",
    text: bridge({ equation: "-x^⟦3 → 1⟧ dt + 0.5 dW", call: `«${call("sf2m")}»` }),
    says: "x³",
  },
  {
    name: "a bridge in no steps",
    code: "SDE2004",
    text: bridge({ call: "«bridge(early, later, prior, forward, backward, via: ipf, steps: ⟦0 → 4⟧)»" }),
  },
  {
    name: "updates for a drift of another name",
    code: "SDE2415",
    text: bridge({ options: "updates: { «⟦reverse → backward⟧»: 2 }, steps: 2" }),
    says: "`backward`, `forward`",
  },
];

/** Bridges between snapshots about a reference whose rate is refined, with one part to go wrong in. */
const between = (
  first: string,
  refine: string,
  equation = "-θ * x dt + 0.5 dW",
): string => `data snapshots(t in {0, 1, 2}) : Real[2]
data other : Real[2]
reference decay on x : Real[2], t in [0, 2] {
  param θ : Positive = 1
  dx = ${equation}
}
network forward(x, t) predicts drift of decay = mlp(hidden: [8], initial: zero)
network backward(x, t) predicts drift of decay = mlp(hidden: [8], initial: zero)
train {
  for round in 0..3 {
    train ${first} { steps: 2 }
    train snapshots_forward(snapshots, decay, forward, backward, gap: 1, pieces: 2) { steps: 2 }
    train ${refine} { optimizer: newton, steps: 1 }
  }
}
`;
const back = (set: string, gap: string, pieces: string): string =>
  `snapshots_backward(${set}, decay, forward, backward, gap: ${gap}, pieces: ${pieces})`;
const refine = "snapshots_refine(snapshots, decay, forward, gap: 1, pieces: 2)";

const snapshots: readonly WrongModel[] = [
  {
    name: "bridges between times without snapshots",
    code: "SDE2164",
    text: between(`«${back("snapshots", "⟦0.5 → 1⟧", "2")}»`, refine),
    says: "{0, 1, 2}",
  },
  {
    name: "more intervals than there are snapshots",
    code: "SDE2109",
    text: between(`«${back("snapshots", "1", "⟦3 → 2⟧")}»`, refine),
  },
  {
    name: "bridges between the snapshots of one set",
    code: "SDE1013",
    text: between(`«${back("⟦other → snapshots⟧", "1", "2")}»`, refine),
    says: "other",
  },
  {
    name: "a reference refined whose parameter is not in its equation",
    code: "SDE2163",
    text: between(back("snapshots", "1", "2"), refine, "-⟦ → θ * ⟧x dt + 0.5 dW").replace("param θ", "param «θ»"),
    says: "θ",
  },
  {
    name: "a reference refined with only one network to move",
    code: "SDE1005",
    text: between(
      back("snapshots", "1", "2"),
      "snapshots_refine(snapshots, «⟦forward → decay⟧», forward, gap: 1, pieces: 2)",
    ),
    says: "a reference",
  },
];

const newton = (hidden: string, optimizer: string): string => `data xs : Real
network f(x : Real) : Real = mlp(hidden: [${hidden}])
objective fit {
  x ~ xs
  minimize (f(x) - x^2)^2
}
train «fit» { optimizer: ${optimizer}, batch: 8, steps: 2 }
`;

const fits: readonly WrongModel[] = [
  { name: "Newton's method for a wide network", code: "SDE2417", text: newton("⟦64 → 8⟧", "newton"), says: "193" },
  {
    name: "Newton's method with momentum",
    code: "SDE1006",
    text: newton("8", "newton(«⟦momentum → rate⟧»: 0.9)").replace("«fit»", "fit"),
    says: "rate",
  },
];

export const wrongBridges: readonly WrongModel[] = [...bridges, ...snapshots, ...fits];
