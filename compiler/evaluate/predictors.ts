/** What of a run's predictors is bound by name (`c: c`). */
import type { Predictor } from "./network.js";
import type { Run, Thing } from "./thing.js";

/** Arguments after the state and time. */
export function boundArguments(predictor: Predictor, run: Run): readonly Thing[] {
  const parameters =
    (predictor.kind === "network" ? predictor.declaration.parameters : predictor.source.parameters) ?? [];
  return parameters.slice(2).flatMap((parameter) => run.bound.get(parameter.name.text) ?? []);
}
