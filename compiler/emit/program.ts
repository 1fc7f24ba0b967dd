/** How does a program become a function? Its signature; region.ts writes what is between the braces. */
import type { Program } from "../ir/value.js";
import { engine, key, name, oneOf, recordType, reference } from "./build.js";
import { reachable, runTimeSizes } from "./graph.js";
import type { Names } from "./names.js";
import type { Places } from "./origins.js";
import { emitRegion, nameOf } from "./region.js";
import { identifier } from "./safe.js";
import type { Identifier } from "./safe.js";
import type { FunctionItem, Parameter, Pattern, Type } from "./syntax.js";

/** What the programs of one module share. */
export interface Surroundings {
  readonly names: Names;
  readonly places: Places;
  /** The name of a constant of the module that holds these numbers. */
  numbers(values: readonly number[]): Identifier;
}

export interface EmittedProgram {
  readonly item: FunctionItem;
  /** Line behind each call, as pairs [count, line]; a loop counts once, then one round of its body. */
  readonly lines: readonly (readonly [number, number])[];
  /** The run-time sizes that the function reads. */
  readonly sizes: readonly string[];
  /** What it calls beside the engine. */
  readonly helpers: ReadonlySet<string>;
}

/** `inputType` and `outputType` are the unions of the names of the inputs and of the outputs. */
export function emitProgram(
  program: Program,
  functionName: Identifier,
  inputType: Type,
  outputType: Type,
  around: Surroundings,
): EmittedProgram {
  const results = program.outputs.map((output) => output.value);
  const { values, used: read } = reachable(results, program.inputs);
  const names = around.names.inner([engine, tensor]);
  const fields = program.inputs
    .filter((input) => read.has(input))
    .map((input) => ({ input, key: key(nameOf(input)), name: names.give(nameOf(input)) }));
  const sizes = [...runTimeSizes(values)].sort();
  const sizeFields = sizes.map((size) => ({ size, key: key(size), name: names.give(size) }));

  const lines: [number, number][] = [];
  const helpers = new Set<string>();
  const region = emitRegion(
    {
      ...around,
      sizes: new Map(sizeFields.map((field) => [field.size, field.name])),
      lastPlace: { key: null },
      helpers,
      countCall: (line) => {
        const last = lines[lines.length - 1];
        if (last?.[1] === line) last[0] += 1;
        else lines.push([1, line]);
      },
    },
    { values, results, environment: new Map(fields.map((field) => [field.input, field.name])), constants: new Map() },
    names,
    new Map(program.outputs.map((output) => [output.value, output.name])),
  );
  const properties = program.outputs.map(({ name: output, value }) => ({
    key: key(output),
    value: region.read(value),
  }));

  const engineName = lines.length > 0 ? engine : identifier(`_${engine}`);
  const inputs: Pattern = fields.length > 0 ? { kind: "fields", fields } : name(identifier("_inputs"));
  const sizeType = recordType(oneOf(sizes), { kind: "word", word: "number" });
  const parameters: Parameter[] = [
    { pattern: name(engineName), type: reference(identifier("Ops"), tensorType) },
    { pattern: inputs, type: recordType(inputType, tensorType) },
    { pattern: { kind: "fields", fields: sizeFields }, type: sizeType },
  ];
  const used = sizes.length > 0 ? 3 : fields.length > 0 ? 2 : 1;
  return {
    item: {
      kind: "function",
      name: functionName,
      typeParameter: tensor,
      parameters: parameters.slice(0, used),
      result: recordType(outputType, tensorType),
      body: [...region.statements, { kind: "return", value: { kind: "object", properties } }],
    },
    lines,
    sizes,
    helpers,
  };
}

/** The type of tensors in every emitted function. */
const tensor = identifier("T");
const tensorType = reference(tensor);
