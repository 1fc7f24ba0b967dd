/** What does a model compute from the data before its first step? The tables of its set-up, in float64, beside its weights. */
import type { DataSets } from "../data/sets.js";
import { openReferenceEngine } from "../engines/reference.js";
import { SdecError } from "../errors.js";
import { evaluateSize, inputsFrom, need } from "../programs.js";
import { tensorProgram } from "../session.js";
import type { ModelSpec, SetupSpec } from "../specification.js";
import type { ModelState, Numbers } from "../state.js";

/** The data sets that the set-up reads whole. */
export function dataOfSetup(model: ModelSpec): readonly string[] {
  return model.setup === undefined ? [] : inputsFrom(model.setup.program, "rows").map(({ from }) => from.data);
}

/** The state with the tables of this data. */
export async function setUp(model: ModelSpec, state: ModelState, data: DataSets): Promise<ModelState> {
  if (model.setup === undefined) return state;
  const results = await runSetup(model.setup, data);
  for (const { output, says } of model.setup.checks) {
    if (!((need(results.get(output), output)[0] ?? Number.NaN) >= 0)) throw new SdecError("data", says);
  }
  const weights = new Map(state.weights);
  for (const { weight, output } of model.setup.tables) {
    const numbers = need(results.get(output), output);
    if (!numbers.every(Number.isFinite))
      throw new SdecError("data", `${model.source} computes a table from the data that is not finite`);
    weights.set(weight, numbers);
  }
  return { ...state, weights };
}

async function runSetup({ program }: SetupSpec, data: DataSets): Promise<ReadonlyMap<string, Numbers>> {
  const inputs = inputsFrom(program, "rows");
  const sizes: Record<string, number> = {};
  const tensors = inputs.map(({ from, shape }) => {
    const set = need(data.get(from.data), `the data set ${from.data}`);
    const table = need(set.fields.get(from.field), `the field ${from.field ?? from.data}`);
    if (typeof shape[0] === "string") sizes[shape[0]] = set.rows;
    return {
      data: Float64Array.from(table.data),
      shape: [set.rows, ...shape.slice(1).map((size) => evaluateSize(size, {}))],
      dtype: "real" as const,
    };
  });
  const engine = openReferenceEngine();
  try {
    const executable = await engine.compile(tensorProgram(program, sizes));
    const outputs = await executable.run(tensors);
    const numbers = await Promise.all(outputs.map(async (held) => Float64Array.from((await held.read()).data)));
    return new Map(program.outputs.map((name, i) => [name, need(numbers[i], name)]));
  } finally {
    await engine.dispose();
  }
}
