/** What stands in an emitted module, in which order? Types, a function and a description per program, the model. */
import type { InputSpec } from "../../runtime/specification.js";
import { InternalError } from "../internal-error.js";
import type { LoweredModel, LoweredProgram } from "../lower/model.js";
import { call, keyText, list, name, numeral, oneOf, reference, text } from "./build.js";
import { loopHelpers } from "./loop.js";
import { openNames, spellType } from "./names.js";
import type { Names } from "./names.js";
import { openPlaces } from "./origins.js";
import { emitProgram } from "./program.js";
import type { EmittedProgram, Surroundings } from "./program.js";
import { nameOf } from "./region.js";
import { comment, identifier, string } from "./safe.js";
import type { CommentText, Identifier } from "./safe.js";
import { gridHelper, inputsCode, isEven, linesCode, specificationCode } from "./specification.js";
import type { Item, Module, Type } from "./syntax.js";
import { modelTypes, samplerPrograms } from "./types.js";
import { version } from "./version.js";

/** `runtimeImport` is what the module imports its runtime from. */
export function moduleOf(model: LoweredModel, runtimeImport: string): Module {
  const names = openNames([...runtimeValues, ...runtimeTypes, "RewardCall"]);
  const model_ = names.give(model.name, `${model.name} model`);
  const typesName = names.give(`${spellType(model.name)}Types`);
  const tables: Item[] = [];
  const around: Surroundings = { names, places: openPlaces(model.source), numbers: openTables(names, tables) };

  const programs = [...programUses(model)].map(([lowered, use]) => emitOne(lowered, use, around));
  const references = new Map(programs.map((one) => [one.lowered, one.reference]));
  const specification = names.give("specification");
  const specificationItem: Item = {
    kind: "constant",
    doc: [],
    exported: false,
    name: specification,
    annotation: reference(identifier("ModelSpec")),
    satisfies: null,
    value: specificationCode(model, (lowered) => {
      const reference = references.get(lowered);
      if (reference === undefined) throw new InternalError(`the program ${lowered.program.name} was not emitted`);
      return name(reference);
    }),
  };
  const items: Item[] = [
    {
      kind: "interface",
      doc: [comment(`What ${quoted(model.name)} takes and gives, by name.`)],
      exported: true,
      name: typesName,
      members: modelTypes(model),
    },
    ...programs.flatMap((one) => one.items),
    ...tables,
    specificationItem,
    {
      kind: "constant",
      doc: [comment(`The model of ${model.source}: open it to train, sample and evaluate.`)],
      exported: true,
      name: model_,
      annotation: reference(identifier("ModelDefinition"), reference(typesName)),
      satisfies: null,
      value: call(identifier("defineModel"), [name(specification)]),
    },
  ];
  const helpers = Object.values(loopHelpers).filter((helper) =>
    programs.some(({ emitted }) => emitted.helpers.has(helper)),
  );
  return {
    header: headerOf(model),
    runtime: string(runtimeImport),
    values: ["defineModel", ...(hasEvenGrid(model) ? [gridHelper] : []), ...helpers].map(identifier),
    types: [...runtimeTypes, ...(model.rewards.length > 0 ? ["RewardCall"] : [])].sort().map(identifier),
    items,
  };
}

const runtimeValues = ["defineModel", gridHelper, ...Object.values(loopHelpers)];
const runtimeTypes = ["ModelDefinition", "ModelSpec", "Ops", "ProgramSpec", "Rows", "Value"];

function hasEvenGrid({ samplers }: LoweredModel): boolean {
  return samplers
    .flatMap((sampler) => (sampler.kind === "solver" ? [sampler.travel, sampler.likelihood?.travel] : []))
    .some((travel) => travel?.kind === "grid" && isEven(travel.nodes));
}

/** Characters of a doc comment. */
const longestDoc = 400;

function headerOf(model: LoweredModel): readonly CommentText[] {
  return [
    comment(`Made by sdec ${version} from ${model.source}.`),
    comment(`Do not edit: change ${model.source} and compile it again.`),
  ];
}

/** Each program once, in the order of first use, with what uses it. */
function programUses(model: LoweredModel): ReadonlyMap<LoweredProgram, string> {
  const uses = new Map<LoweredProgram, string>();
  const add = (program: LoweredProgram, use: string): void => {
    if (!uses.has(program)) uses.set(program, use);
  };
  for (const { name: objective, program, rollout } of model.objectives) {
    add(program, `Objective ${quoted(objective)}.`);
    if (rollout !== null) add(rollout.program, `Objective ${quoted(objective)}, before its rewards are known.`);
  }
  for (const sampler of model.samplers) {
    samplerPrograms(sampler).forEach((program) => add(program, `Sampler ${quoted(sampler.name)}.`));
  }
  if (model.setup !== undefined) add(model.setup.program, "What is computed from the data before training.");
  return uses;
}

interface Emitted {
  readonly lowered: LoweredProgram;
  /** The name of the constant that describes it. */
  readonly reference: Identifier;
  readonly emitted: EmittedProgram;
  readonly items: readonly Item[];
}

function emitOne(lowered: LoweredProgram, use: string, around: Surroundings): Emitted {
  const { program, feeds, doc } = lowered;
  const { names } = around;
  const functionName = names.give(program.name);
  const stem = spellType(functionName);
  const inputNames = program.inputs.map(nameOf);
  const outputNames = program.outputs.map((output) => output.name);
  const inputs = aliasOf(inputNames, () => names.give(`${stem}Input`), `Inputs of ${quoted(functionName)}.`);
  const outputs = aliasOf(outputNames, () => names.give(`${stem}Output`), `Results of ${quoted(functionName)}.`);
  const emitted = emitProgram(program, functionName, inputs.type, outputs.type, around);

  const descriptionName = names.give(`${functionName}Program`);
  const inputSpecs = program.inputs.map((input, place): InputSpec => {
    const from = feeds[place];
    if (from === undefined) throw new InternalError(`nothing feeds the input ${nameOf(input)} of ${program.name}`);
    return { name: nameOf(input), shape: input.shape, dtype: input.dtype, from };
  });
  const sizeTypes = emitted.sizes.length === 0 ? [] : [oneOf(emitted.sizes)];
  const description: Item = {
    kind: "constant",
    doc: [],
    exported: false,
    name: descriptionName,
    annotation: null,
    satisfies: reference(identifier("ProgramSpec"), inputs.type, outputs.type, ...sizeTypes),
    value: {
      kind: "object",
      properties: [
        { key: identifier("name"), value: text(program.name) },
        { key: identifier("inputs"), value: inputsCode(inputSpecs) },
        { key: identifier("outputs"), value: list(outputNames.map(keyText)) },
        { key: identifier("lines"), value: linesCode(emitted.lines) },
        { key: identifier("run"), value: name(functionName) },
      ],
    },
  };
  const functionItem: Item = { ...emitted.item, doc: [comment(`${use} ${doc}`, longestDoc)], exported: true };
  return {
    lowered,
    reference: descriptionName,
    emitted,
    items: [...inputs.items, ...outputs.items, functionItem, description],
  };
}

/** One name stands for itself; several get a type of their own. */
function aliasOf(
  members: readonly string[],
  give: () => Identifier,
  doc: string,
): { type: Type; items: readonly Item[] } {
  const type = oneOf(members);
  if (members.length <= 1) return { type, items: [] };
  const alias = give();
  return { type: reference(alias), items: [{ kind: "type", doc: [comment(doc)], exported: true, name: alias, type }] };
}

/** Equal lists of numbers share one constant. */
function openTables(names: Names, tables: Item[]): Surroundings["numbers"] {
  const given = new Map<string, Identifier>();
  return (values) => {
    const content = values.map((value) => (Object.is(value, -0) ? "-0" : String(value))).join(",");
    const known = given.get(content);
    if (known !== undefined) return known;
    const table = names.number("table");
    given.set(content, table);
    tables.push({
      kind: "constant",
      doc: [],
      exported: false,
      name: table,
      annotation: { kind: "list", of: { kind: "word", word: "number" } },
      satisfies: null,
      value: list(values.map(numeral)),
    });
    return table;
  };
}

function quoted(model: string): string {
  return `\`${model}\``;
}
