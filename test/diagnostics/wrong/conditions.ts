/** Wrong uses of states given at times. */
import type { WrongModel } from "../wrong-models.js";

const given = (law: string): string => `data moons : Real[2]
process p on x : moons, t in [0, 1] {
  dx = -x dt + dW
}
sampler draw {
  a ~ moons
  b ~ moons
  y ~ ${law}
  return y
}
`;

export const conditions: readonly WrongModel[] = [
  {
    name: "a law before its conditions",
    code: "SDE2120",
    text: given("«p(⟦0.2 → 0.5⟧ | x(0.4) = a, x(1) = b)»"),
    says: "0.2",
  },
  {
    name: "a law after its conditions",
    code: "SDE2120",
    text: given("«p(⟦0.9 → 0.5⟧ | x(0.1) = a, x(0.8) = b)»"),
    says: "later",
  },
  { name: "two states at one time", code: "SDE2120", text: given("«p(0.6 | x(0.4) = a, x(⟦0.4 → 1⟧) = b)»") },
  {
    name: "a condition that names no state",
    code: "SDE2121",
    text: given("p(0.6 | «⟦y → x⟧(0.4)» = a)"),
    says: "`x(…)`",
  },
  { name: "a condition outside the range", code: "SDE2109", text: given("p(0.6 | «x(⟦-1 → 0⟧) = a»)") },
  { name: "a condition of another shape", code: "SDE2010", text: given("p(0.6 | «x(0.4) = ⟦[1, 2, 3] → a⟧»)") },
];
