/** What does the type checker of an application learn about a model? Its data, parameters and results, by name. */
import type { DataSpec, ParameterSpec, SamplerSpec } from "../../runtime/specification.js";
import type { LoweredModel, LoweredProgram } from "../lower/model.js";
import { key, oneOf, reference } from "./build.js";
import { identifier } from "./safe.js";
import type { Member, Type } from "./syntax.js";

/** Members of the interface that the runtime's `ModelTypes` describes. */
export function modelTypes(model: LoweredModel): readonly Member[] {
  const solvers = model.samplers.filter((sampler) => sampler.kind === "solver");
  return [
    member(
      "data",
      record([
        ...suppliedSets(model).map(({ name, sets }) => member(name, suppliedType(sets))),
        ...(model.rewards.length === 0
          ? []
          : [
              member(
                "rewards",
                record(model.rewards.map(({ name }) => member(name, reference(identifier("RewardCall"))))),
              ),
            ]),
      ]),
    ),
    member(
      "objectives",
      record(
        model.objectives.map(({ name, parameters, program }) =>
          member(name, record([parametersMember(parameters), member("data", dataNames([program], model))])),
        ),
      ),
    ),
    member("samplers", record(model.samplers.map((sampler) => samplerMember(sampler, model)))),
    member(
      "likelihoods",
      record(
        solvers.flatMap(({ name, parameters, likelihood, returns }) => {
          if (likelihood === null) return [];
          const states = oneOf(returns.map(({ state }) => state));
          return [member(name, record([parametersMember(parameters), member("states", states)]))];
        }),
      ),
    ),
  ];
}

/** All programs of a sampler, in the order of its specification. */
export function samplerPrograms(sampler: SamplerSpec<LoweredProgram>): readonly LoweredProgram[] {
  if (sampler.kind === "program")
    return [sampler.program, ...(sampler.rollout === null ? [] : [sampler.rollout.program])];
  const { start, travel, likelihood } = sampler;
  const backward = likelihood === null ? [] : [...travelPrograms(likelihood.travel), likelihood.prior];
  return [start, ...travelPrograms(travel), ...backward];
}

type Travel = Extract<SamplerSpec<LoweredProgram>, { kind: "solver" }>["travel"];

function travelPrograms(travel: Travel): readonly LoweredProgram[] {
  if (travel.kind === "adaptive") return [travel.field];
  const { every, last } = travel;
  return [every, ...(last === null ? [] : [last])].flatMap(({ schedule, step }) => [schedule, step]);
}

function samplerMember(sampler: SamplerSpec<LoweredProgram>, model: LoweredModel): Member {
  const returns =
    sampler.kind === "solver" ? sampler.returns.map(({ state }) => state) : sampler.returns.map(({ output }) => output);
  return member(
    sampler.name,
    record([
      parametersMember(sampler.parameters),
      member("data", dataNames(samplerPrograms(sampler), model)),
      ...rewardsMember(sampler),
      member("returns", oneOf(returns)),
    ]),
  );
}

/** The rewards that a sampler asks the application for. */
function rewardsMember(sampler: SamplerSpec<LoweredProgram>): readonly Member[] {
  const asks = sampler.kind === "program" ? (sampler.rollout?.asks ?? []) : [];
  return asks.length === 0 ? [] : [member("rewards", oneOf([...new Set(asks.map(({ reward }) => reward))]))];
}

function parametersMember(parameters: readonly ParameterSpec[]): Member {
  const value = reference(identifier("Value"));
  return member(
    "parameters",
    record(parameters.map((spec) => ({ ...member(spec.name, value), optional: spec.default !== null }))),
  );
}

/** A set without fields is one tensor. */
function dataType(fields: readonly (string | null)[]): Type {
  const rows = reference(identifier("Rows"));
  const names = fields.filter((field) => field !== null);
  return names.length === 0 ? rows : record(names.map((field) => member(field, rows)));
}

/** What an application supplies under one name: a set, or the members of a family. */
function suppliedSets(model: LoweredModel): readonly { readonly name: string; readonly sets: readonly DataSpec[] }[] {
  const names = [...new Set(model.data.map(({ name, family }) => family?.name ?? name))];
  return names.map((name) => ({ name, sets: model.data.filter((set) => (set.family?.name ?? set.name) === name) }));
}

function suppliedType(sets: readonly DataSpec[]): Type {
  const typeOf = ({ fields }: DataSpec): Type => dataType(fields.map((field) => field.name));
  const [only] = sets;
  if (only?.family === null) return typeOf(only);
  return record(sets.map((set) => member(set.family?.at ?? "", typeOf(set))));
}

function dataNames(programs: readonly LoweredProgram[], model: LoweredModel): Type {
  const feeds = programs.flatMap((program) =>
    program.feeds.flatMap((feed) => (feed.kind === "data" ? [feed.data] : [])),
  );
  return oneOf([...new Set(feeds.map((data) => model.data.find(({ name }) => name === data)?.family?.name ?? data))]);
}

function member(name: string, type: Type): Member {
  return { key: key(name), optional: false, type };
}

function record(members: readonly Member[]): Type {
  return { kind: "record", members };
}
