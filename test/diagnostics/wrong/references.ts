/** Which mistakes with learned numbers, references, families of data and schedules must be refused? */
import type { WrongModel } from "../wrong-models.js";

const data = "data moons : Real[2]\n";
const process = "process p = vp(moons)\n";
const network = "network net(x, t) predicts noise of p = mlp(hidden: [8])\n";
const run = "train noise_prediction(moons, p, net) { steps: 10 }";
const scheduled = (loop: string): string => `${data}${process}${network}train {\n  ${loop}\n}\n`;

const schedules: readonly WrongModel[] = [
  { name: "a schedule whose number of rounds is not known", code: "SDE2003", text: `${scheduled(`for round in 0..⟦«net» → 3⟧ { ${run} }`)}` },
  { name: "a loop of runs without a round", code: "SDE2410", text: scheduled(`for round in «0..⟦0 → 2⟧» { ${run} }`) },
  { name: "a run that differs from round to round", code: "SDE2411", text: scheduled(`for round in 1..3 { train noise_prediction(moons, p, net) { steps: 10 * ⟦«round» → 2⟧ } }`), says: "round" },
  { name: "a draw in a schedule", code: "SDE1015", text: scheduled(`⟦«x0 ~ moons» → ⟧ ${run}`), says: "for" },
];

export const references: readonly WrongModel[] = [...schedules];
