/** How do `--data` options become the data sets of a model? */
import { gatherRows } from "../../runtime/data/rows.js";
import { isRows } from "../../runtime/data/sets.js";
import { readData } from "../../runtime/node/data.js";
import type { NdArray } from "../../runtime/ndarray.js";
import type { DataSpec, ParameterSpec } from "../../runtime/specification.js";
import type { Value } from "../../runtime/api.js";
import type { DataSets } from "./open-model.js";
import { wrongCall } from "./exit.js";
import { suggest } from "../diagnostics/suggest.js";

/** Reads what was given for each of the data sets; `name.field=file` gives one field of a data set of several. */
export async function readDataSets(given: ReadonlyMap<string, string>, sets: readonly DataSpec[]): Promise<DataSets> {
  const data: Record<string, NdArray | Record<string, NdArray>> = {};
  for (const [key, path] of given) {
    const [setName = "", fieldName = null] = key === "" ? [onlySet(sets).name] : splitAtDot(key);
    const set =
      sets.find(({ name }) => name === setName) ??
      unknown(
        "data set",
        setName,
        sets.map(({ name }) => name),
      );
    if (fieldName === null) {
      data[setName] = await readSet(path, set);
      continue;
    }
    const names = set.fields.flatMap(({ name }) => (name === null ? [] : [name]));
    const field = set.fields.find(({ name }) => name === fieldName) ?? unknown(`field of ${setName}`, fieldName, names);
    const before = data[setName];
    const alone = await readSet(path, { name: key, fields: [{ ...field, name: null }] });
    data[setName] = {
      ...(before === undefined || isArray(before) ? {} : before),
      ...(isArray(alone) ? { [fieldName]: alone } : alone),
    };
  }
  return data;
}

/** Rows of every field as arrays, whatever the file held them as. */
async function readSet(path: string, set: DataSpec): Promise<DataSets[string]> {
  const found = await readData(path, set);
  const fields: Record<string, NdArray> = {};
  for (const { name, space } of set.fields) {
    if (name === null) {
      if (isRows(found)) return gatherRows(found, space.shape, path);
      throw wrongCall(`${path} holds several fields; ${set.name} is one`);
    }
    const rows = isRows(found) ? undefined : found[name];
    if (rows === undefined) throw wrongCall(`${path} lacks the field ${name} of ${set.name}`);
    fields[name] = await gatherRows(rows, space.shape, `${path}, ${name}`);
  }
  return fields;
}

export function isArray(rows: DataSets[string]): rows is NdArray {
  return rows["data"] instanceof Float32Array;
}

/** Refuses a call that leaves out a data set the work needs. */
export function requireData(data: DataSets, needed: Iterable<string>): void {
  for (const name of needed) {
    if (!(name in data)) throw wrongCall(`the data set ${name} is needed`, `--data ${name}=FILE (.npy, .csv or .json)`);
  }
}

/** `name=1.5` or `name=1,0,0` for each value parameter. */
export function readParameters(
  given: ReadonlyMap<string, string>,
  parameters: readonly ParameterSpec[],
): Readonly<Record<string, Value>> {
  const values: Record<string, Value> = {};
  for (const [name, words] of given) {
    const parameter =
      parameters.find((candidate) => candidate.name === name) ??
      unknown(
        "parameter",
        name,
        parameters.map((candidate) => candidate.name),
      );
    const numbers = words.split(",").map(Number);
    if (numbers.some((number) => Number.isNaN(number)))
      throw wrongCall(`--parameter ${name} takes numbers, not "${words}"`);
    const { shape } = parameter.space;
    values[name] =
      shape.length === 0 && numbers.length === 1
        ? (numbers[0] ?? Number.NaN)
        : { data: Float32Array.from(numbers), shape: [1, ...shape] };
  }
  const missing = parameters.find(({ name, default: standard }) => standard === null && !given.has(name));
  if (missing !== undefined)
    throw wrongCall(`the parameter ${missing.name} has no default`, `--parameter ${missing.name}=VALUE`);
  return values;
}

/** Ends the command: nothing has this name. */
export function unknown(kind: string, name: string, known: readonly string[]): never {
  const near = suggest(name, known);
  const list = known.length === 0 ? `the model has no ${kind}` : `there is ${known.join(", ")}`;
  throw wrongCall(`there is no ${kind} ${name}`, near === null ? list : `did you mean ${near}?`);
}

function onlySet(sets: readonly DataSpec[]): DataSpec {
  const [only, another] = sets;
  if (only === undefined) throw wrongCall("the model declares no data, so --data has no meaning");
  if (another !== undefined)
    throw wrongCall("the model has several data sets", `write --data ${only.name}=FILE --data ${another.name}=FILE`);
  return only;
}

function splitAtDot(key: string): readonly [string] | readonly [string, string] {
  const at = key.indexOf(".");
  return at === -1 ? [key] : [key.slice(0, at), key.slice(at + 1)];
}
