/** Are the laws that are claimed for the states at the end those that the process reaches? */
import { checkSystemPrior } from "../calculus/system-prior.js";
import { showNumber } from "../calculus/show.js";
import { catalogue } from "../diagnostics/catalogue.js";
import type { Context } from "./context.js";
import { report } from "./context.js";
import { claimedNumbers } from "./system-process.js";
import type { StateClaim } from "./system-equations.js";
import { componentCount, componentNames } from "./system-state.js";
import type { Process, System, Thing } from "./thing.js";
import { poison } from "./thing.js";

/** The process, with how its claims compare; poison after reporting that they are not reached. */
export function claimOfSystem(process: Process, system: System, claims: readonly StateClaim[], c: Context): Thing {
  const { facts } = system;
  const [first] = claims;
  if (facts.kind !== "linear system" || first === undefined || first.time !== process.range[1]) return process;
  const width = system.form === "states" ? 1 : componentCount(system);
  const claimed = claims.flatMap(({ state, law }) =>
    (claimedNumbers(law, width) ?? []).map((numbers, i) => ({ component: state * width + i, ...numbers })),
  );
  if (claimed.length < claims.length * width) return process;
  const hasLaw = system.states.every(
    ({ data }) => data === null || (data.kind === "data" && data.law?.law === "normal"),
  );
  const verdict = checkSystemPrior(facts, claimed, hasLaw);
  if (verdict === null || verdict.reached) return process;
  const names = componentNames(system);
  const [worst] = [...verdict.components].sort((a, b) => b.kl - a.kl);
  const { mean, std, component } = worst ?? { mean: 0, std: 0, component: 0 };
  const wanted = claimed.find((claim) => claim.component === component) ?? { mean: 0, std: 0 };
  const span = claims.find((claim) => claim.state === Math.floor(component / width))?.span ?? first.span;
  report(c, catalogue.priorNotReached, span, {
    process: process.name,
    claimed: `the claimed law of \`${names[component] ?? ""}\`, mean ${showNumber(wanted.mean)} and standard deviation ${showNumber(wanted.std)}`,
    reached: `mean ${showNumber(mean)}, standard deviation ${showNumber(std)}${verdict.remaining > 1e-3 ? `, of which a datum still moves the mean by ${showNumber(verdict.remaining)} of itself` : ""}`,
    divergence: verdict.kl.toPrecision(2),
  });
  return poison;
}
