/** How large is an objective on data that training has not seen? */
import type { LossOptions } from "./api.js";
import { gatherData } from "./data/sets.js";
import type { DataSets } from "./data/sets.js";
import { NonFiniteError, SdecError, throwIfAborted, UnconvergedError } from "./errors.js";
import { gatherParameters } from "./parameters.js";
import { inputType, need, rowsPerSample } from "./programs.js";
import type { Sizes } from "./programs.js";
import { standingInput, takeReals, tensorProgram } from "./session.js";
import type { Call, Input, Session } from "./session.js";
import type { InputSpec, ModelSpec } from "./specification.js";
import { elements } from "./ndarray.js";
import { describeViolation, violationsOf } from "./train/crossings.js";
import { asTensor } from "./train/feed.js";
import { dataOf, objectiveOf } from "./train/schedule.js";

/**
 * The mean over all rows, `passes` times, each time with other draws. Batches have the size of training, the last what is
 * left; every data set is read in its own order, again from its beginning where it is shorter than another.
 */
export async function heldOutLoss(
  session: Session,
  model: ModelSpec,
  name: string,
  given: object,
  options: LossOptions,
): Promise<number> {
  if (!model.objectives.some((objective) => objective.name === name)) {
    throw new SdecError("option", `There is no objective "${name}" in ${model.source}`);
  }
  const objective = objectiveOf(model, name);
  if (objective.rollout !== null) {
    throw new SdecError(
      "option",
      `${name} asks the application for rewards: its value is a curve of training, and is not evaluated alone`,
    );
  }
  const data = await gatherData(given, model.data, new Set(dataOf(objective)));
  const parameters = await gatherParameters(options.parameters ?? {}, objective.parameters, null, []);
  const batch = model.train.find((statement) => statement.objective === name)?.batch ?? 256;
  const rows = Math.max(0, ...[...data.values()].map((set) => set.rows)) || batch;
  const { program } = objective;
  const wanted = ["loss", ...objective.crossings.map(({ output }) => output)];
  const passes = options.passes ?? 1;
  let sum = 0;
  for (let pass = 0; pass < passes; pass++) {
    const call: Call = { seed: options.seed ?? 0, scope: `loss/${name}/${pass}`, parameters, data };
    for (let first = 0; first < rows; first += batch) {
      throwIfAborted(options.signal, "Evaluation");
      const sizes = { B: Math.min(batch, rows - first) };
      const executable = await session.executable(program, `loss of ${sizes.B}`, () => {
        const whole = tensorProgram(program, sizes);
        return {
          ...whole,
          build: (o, values) => {
            const results = whole.build(o, values);
            return wanted.map((output) => need(results[program.outputs.indexOf(output)], output));
          },
        };
      });
      const inputs = program.inputs.map(
        (input) =>
          rowInput(data, input, sizes, first) ?? need(standingInput(session, call, input, sizes, first), input.name),
      );
      const [lossOut, ...errors] = await executable.run(inputs);
      const [violation] = violationsOf(objective, await Promise.all(errors.map(takeReals)));
      if (violation?.crossing.policy === "fail") {
        const { crossing, found } = violation;
        const place = {
          program: name,
          step: 0,
          line: crossing.line,
          source: model.source,
          error: found,
          limit: crossing.limit,
        };
        throw new UnconvergedError(place, describeViolation(model, `Evaluating ${name}`, violation));
      }
      const [loss = Number.NaN] = await takeReals(need(lossOut, "the loss"));
      sum += loss * sizes.B;
    }
  }
  const mean = sum / (rows * passes);
  if (Number.isFinite(mean)) return mean;
  throw new NonFiniteError(
    { program: name, step: 0, op: null, line: null, source: model.source },
    `The loss of ${name} on this data is not finite`,
  );
}

/** Rows of data in their own order. */
function rowInput(data: DataSets, input: InputSpec, sizes: Sizes, first: number): Input | null {
  const { from } = input;
  if (from.kind !== "data") return null;
  const table = need(data.get(from.data)?.fields.get(from.field), `the data ${from.data}`);
  const type = inputType(input, sizes);
  const [count = 0, ...inner] = type.shape;
  const width = elements(inner);
  const rows = table.shape[0] ?? 1;
  const start = first * need(rowsPerSample(input), "the batch axis");
  const out = new Float32Array(count * width);
  for (let i = 0; i < count; i++) {
    const row = (start + i) % rows;
    out.set(table.data.subarray(row * width, (row + 1) * width), i * width);
  }
  return asTensor({ data: out, shape: type.shape }, type);
}
