/** How does the specification of a model become a constant of the module? One table a record, field by field. */
import type {
  CrossingSpec,
  DataSpec,
  Feed,
  InputSpec,
  LikelihoodSpec,
  ModelSpec,
  ObjectiveSpec,
  RewardSpec,
  RolloutSpec,
  OptimizerSpec,
  ParameterSpec,
  SamplerSpec,
  SetupSpec,
  SizeSpec,
  SpaceSpec,
  StateSpec,
  StepSpec,
  TrainSpec,
  TravelSpec,
  Turn,
  WeightSpec,
} from "../../runtime/specification.js";
import { evenly } from "../../runtime/specification.js";
import type { LoweredModel, LoweredProgram } from "../lower/model.js";
import { call, flag, keyText, list, nothing, numeral, text } from "./build.js";
import { identifier } from "./safe.js";
import type { Code } from "./syntax.js";

/** `programCode` says how a program is referred to. */
export function specificationCode(model: LoweredModel, programCode: Writer<LoweredProgram>): Code {
  return modelWriter(programCode)(model);
}

export const inputsCode: Writer<readonly InputSpec[]> = many((input) =>
  record<InputSpec>({ name: keyText, shape: many(size), dtype: text, from: feed })(input),
);

/** Pairs [count, line]. */
export const linesCode: Writer<readonly (readonly [number, number])[]> = many((pair) => list(pair.map(numeral)));

type Writer<T> = (value: T) => Code;

/** Fields in the order of the table; one left out is a type error. */
function record<T extends object>(fields: { readonly [Field in keyof T]-?: Writer<T[Field]> }): Writer<T> {
  return (value) => {
    const properties: { key: ReturnType<typeof identifier>; value: Code }[] = [];
    for (const field in fields) properties.push({ key: identifier(field), value: fields[field](value[field]) });
    return { kind: "object", properties };
  };
}

function many<T>(write: Writer<T>): Writer<readonly T[]> {
  return (values) => list(values.map(write));
}

function orNothing<T>(write: Writer<T>): Writer<T | null> {
  return (value) => (value === null ? nothing : write(value));
}

const numbers: Writer<readonly number[]> = many(numeral);

/** The runtime's function for a grid of even steps. */
export const gridHelper = evenly.name;

/** Hundreds of times in even steps are written as such where that gives each to the last bit. */
export function isEven(nodes: readonly number[]): boolean {
  const [from = 0, to = 0] = [nodes[0], nodes.at(-1)];
  return nodes.length > 4 && evenly(from, to, nodes.length - 1).every((time, i) => time === nodes[i]);
}

function times(nodes: readonly number[]): Code {
  const [from = 0, to = 0] = [nodes[0], nodes.at(-1)];
  return isEven(nodes) ? call(identifier(gridHelper), [from, to, nodes.length - 1].map(numeral)) : numbers(nodes);
}

function size(value: SizeSpec): Code {
  return typeof value === "number" ? numeral(value) : text(value);
}

function feed(from: Feed): Code {
  switch (from.kind) {
    case "weight":
      return record<typeof from>({ kind: text, weight: text })(from);
    case "copy":
      return record<typeof from>({ kind: text, weight: text, of: text })(from);
    case "reward":
      return record<typeof from>({ kind: text, reward: keyText, call: numeral })(from);
    case "normal":
    case "uniform":
      return record<typeof from>({ kind: text, site: text })(from);
    case "data":
      return record<typeof from>({ kind: text, data: keyText, field: orNothing(keyText), draw: text })(from);
    case "parameter":
      return record<typeof from>({ kind: text, parameter: keyText })(from);
    case "rows":
      return record<typeof from>({ kind: text, data: keyText, field: orNothing(keyText) })(from);
    case "state":
      return record<typeof from>({ kind: text, state: keyText })(from);
    case "time":
    case "next time":
      return record<typeof from>({ kind: text })(from);
    case "earlier time":
      return record<typeof from>({ kind: text, back: numeral })(from);
    case "schedule":
      return record<typeof from>({ kind: text, row: keyText })(from);
  }
}

const space = record<SpaceSpec>({
  space: text,
  shape: numbers,
  low: orNothing(numeral),
  high: orNothing(numeral),
  open: flag,
  integer: flag,
  bits: orNothing(numeral),
});

const data = record<DataSpec>({
  name: keyText,
  family: orNothing(record<NonNullable<DataSpec["family"]>>({ name: keyText, at: keyText })),
  fields: many(record<DataSpec["fields"][number]>({ name: orNothing(keyText), space })),
});

function initial(start: WeightSpec["initial"]): Code {
  if (start.kind === "setup") return record<typeof start>({ kind: text })(start);
  if (start.kind === "constant") return record<typeof start>({ kind: text, value: numeral })(start);
  if (start.kind === "values") return record<typeof start>({ kind: text, values: numbers })(start);
  return record<typeof start>({ kind: text, scale: numeral })(start);
}

const weight = record<WeightSpec>({ name: text, shape: numbers, initial, space: orNothing(space) });

const parameter = record<ParameterSpec>({ name: keyText, space, default: orNothing(numbers) });

const crossing = record<CrossingSpec>({
  output: keyText,
  limit: numeral,
  line: orNothing(numeral),
  policy: text,
  what: text,
});

const state = record<StateSpec>({ name: keyText, shape: numbers, perSample: flag });

const optimizer = record<OptimizerSpec>({
  kind: text,
  rate: numeral,
  beta1: numeral,
  beta2: numeral,
  epsilon: numeral,
  momentum: numeral,
  decay: numeral,
  schedule: text,
  warmup: numeral,
  clip: orNothing(numeral),
});

const train = record<TrainSpec>({
  objective: keyText,
  optimizer,
  batch: numeral,
  steps: numeral,
  ema: orNothing(numeral),
  accumulate: numeral,
  reuse: numeral,
  seed: numeral,
});

function turn(part: Turn): Code {
  return part.kind === "statement"
    ? record<typeof part>({ kind: text, statement: numeral })(part)
    : record<typeof part>({ kind: text, times: numeral, of: many(turn) })(part);
}

const reward = record<RewardSpec>({
  name: keyText,
  parameters: many(record<RewardSpec["parameters"][number]>({ name: keyText, space })),
});

type Programs = Writer<LoweredProgram>;

function modelWriter(program: Programs): Writer<LoweredModel> {
  const plain = plainModel(program);
  const before = record<{ readonly setup: SetupSpec<LoweredProgram> }>({ setup: setup(program) });
  return (model) => {
    const [code, more] = [plain(model), model.setup === undefined ? null : before({ setup: model.setup })];
    return code.kind === "object" && more?.kind === "object"
      ? { ...code, properties: [...code.properties, ...more.properties] }
      : code;
  };
}

function setup(program: Programs): Writer<SetupSpec<LoweredProgram>> {
  return record<SetupSpec<LoweredProgram>>({
    program,
    tables: many(record<SetupSpec["tables"][number]>({ weight: text, output: keyText })),
    checks: many(record<SetupSpec["checks"][number]>({ output: keyText, says: text })),
  });
}

function plainModel(program: Programs): Writer<Omit<LoweredModel, "setup">> {
  return record<Omit<ModelSpec<LoweredProgram>, "setup">>({
    name: text,
    source: text,
    fingerprint: text,
    data: many(data),
    weights: many(weight),
    rewards: many(reward),
    objectives: many(objective(program)),
    samplers: many(sampler(program)),
    train: many(train),
    schedule: many(turn),
  });
}

function objective(program: Programs): Writer<ObjectiveSpec<LoweredProgram>> {
  return record<ObjectiveSpec<LoweredProgram>>({
    name: keyText,
    program,
    gradients: many(record<{ readonly weight: string; readonly output: string }>({ weight: text, output: keyText })),
    parameters: many(parameter),
    reports: many(record<ObjectiveSpec["reports"][number]>({ name: keyText, output: keyText })),
    checks: many(
      record<ObjectiveSpec["checks"][number]>({ reward: keyText, range: numbers, high: keyText, low: keyText }),
    ),
    crossings: many(crossing),
    rollout: orNothing(rollout(program)),
  });
}

function rollout(program: Programs): Writer<RolloutSpec<LoweredProgram>> {
  return record<RolloutSpec<LoweredProgram>>({
    program,
    asks: many(
      record<RolloutSpec["asks"][number]>({
        reward: keyText,
        call: numeral,
        range: orNothing<readonly [number, number]>(numbers),
        axes: numbers,
        arguments: many(keyText),
      }),
    ),
  });
}

function sampler(program: Programs): Writer<SamplerSpec<LoweredProgram>> {
  return (spec) =>
    spec.kind === "solver"
      ? record<typeof spec>({
          kind: text,
          name: keyText,
          parameters: many(parameter),
          start: program,
          states: many(state),
          returns: many(record<(typeof spec)["returns"][number]>({ state: keyText, space })),
          travel: travel(program),
          likelihood: orNothing(likelihood(program)),
        })(spec)
      : record<typeof spec>({
          kind: text,
          name: keyText,
          parameters: many(parameter),
          program,
          rollout: orNothing(rollout(program)),
          returns: many(record<(typeof spec)["returns"][number]>({ output: keyText, space })),
        })(spec);
}

function travel(program: Programs): Writer<TravelSpec<LoweredProgram>> {
  const step = record<StepSpec<LoweredProgram>>({ schedule: program, step: program });
  return (spec) =>
    spec.kind === "grid"
      ? record<typeof spec>({ kind: text, nodes: times, every: step, last: orNothing(step), denoise: flag })(spec)
      : record<typeof spec>({ kind: text, from: numeral, to: numeral, rtol: numeral, atol: numeral, field: program })(
          spec,
        );
}

function likelihood(program: Programs): Writer<LikelihoodSpec<LoweredProgram>> {
  return record<LikelihoodSpec<LoweredProgram>>({
    travel: travel(program),
    states: many(state),
    prior: program,
    trace: text,
  });
}
