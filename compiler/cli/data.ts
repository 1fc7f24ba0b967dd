/** How do `--data` options become the data sets of a model? */
import { gatherRows } from "../../runtime/data/rows.js";
import { isRows } from "../../runtime/data/sets.js";
import { readData } from "../../runtime/node/data.js";
import { elements } from "../../runtime/ndarray.js";
import type { NdArray } from "../../runtime/ndarray.js";
import type { DataSpec, ParameterSpec } from "../../runtime/specification.js";
import type { Value } from "../../runtime/api.js";
import type { DataSets } from "./open-model.js";
import { wrongCall } from "./exit.js";
import { suggest } from "../diagnostics/suggest.js";

/**
 * Reads what was given for each of the data sets; `name.field=file` gives one field of a data set of several. Of a family,
 * `name.value=file` gives one set, and `name=file` all: rows that begin with the value they belong to.
 */
export async function readDataSets(given: ReadonlyMap<string, string>, sets: readonly DataSpec[]): Promise<DataSets> {
  const data: Record<string, NdArray | Record<string, NdArray>> = {};
  for (const [key, path] of given) {
    const [setName = "", fieldName = null] = key === "" ? [onlySet(sets).name] : splitAtDot(key);
    const members = sets.filter(({ family }) => family?.name === setName);
    if (members.length > 0) {
      const before = data[setName] as Record<string, NdArray> | undefined; // a family is a record of its members
      data[setName] = {
        ...before,
        ...(fieldName === null ? await readFamily(path, setName, members) : await readMember(path, fieldName, members)),
      };
      continue;
    }
    const set =
      sets.find(({ name, family }) => name === setName && family === null) ??
      unknown(
        "data set",
        setName,
        sets.map(({ name, family }) => family?.name ?? name),
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

async function readMember(path: string, value: string, members: readonly DataSpec[]): Promise<Record<string, NdArray>> {
  const at = (member: DataSpec): string => member.family?.at ?? "";
  const member =
    members.find((candidate) => Number(at(candidate)) === Number(value)) ??
    unknown(`set of ${members[0]?.family?.name ?? ""} at`, value, members.map(at));
  return { [at(member)]: await plainSet(path, member) };
}

async function plainSet(path: string, set: Pick<DataSpec, "name" | "fields">): Promise<NdArray> {
  const rows = await readSet(path, set);
  if (!isArray(rows))
    throw wrongCall(
      `${path}: a family of data sets of several fields is supplied by an application, not on the command line`,
    );
  return rows;
}

/** One file for a whole family: each row begins with the value of the set it belongs to. */
async function readFamily(path: string, name: string, members: readonly DataSpec[]): Promise<Record<string, NdArray>> {
  const [first] = members;
  const [field] = first?.fields ?? [];
  if (field === undefined || field.name !== null)
    throw wrongCall(
      `${name} is a family of data sets of several fields`,
      `--data ${name}.${first?.family?.at ?? ""}=FILE`,
    );
  const width = elements(field.space.shape);
  const any = { low: null, high: null, open: false, integer: false, bits: null };
  const table = await plainSet(path, {
    name,
    fields: [{ name: null, space: { space: "Real", shape: [width + 1], ...any } }],
  });
  const found: Record<string, NdArray> = {};
  const rows = Array.from({ length: table.shape[0] ?? 0 }, (_, row) =>
    table.data.subarray(row * (width + 1), (row + 1) * (width + 1)),
  );
  const stray = rows.find(([value]) => !members.some(({ family }) => Math.fround(Number(family?.at)) === value));
  if (stray !== undefined)
    unknown(
      `set of ${name} at`,
      String(stray[0]),
      members.map(({ family }) => family?.at ?? ""),
    );
  for (const { family } of members) {
    const own = rows.filter(([value]) => value === Math.fround(Number(family?.at)));
    if (own.length === 0) throw wrongCall(`${path} has no row of ${name} at ${family?.at ?? ""}`);
    const data = Float32Array.from(own.flatMap((row) => [...row.subarray(1)]));
    found[family?.at ?? ""] = { data, shape: [own.length, ...field.space.shape] };
  }
  return found;
}

/** Rows of every field as arrays, whatever the file held them as. */
async function readSet(
  path: string,
  set: Pick<DataSpec, "name" | "fields">,
): Promise<NdArray | Readonly<Record<string, NdArray>>> {
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
    const [, family, at] = /^(.*)\((.*)\)$/.exec(name) ?? [];
    const isThere = family === undefined || at === undefined ? name in data : at in (data[family] ?? {});
    const option = family === undefined || at === undefined ? name : `${family}.${at}`;
    if (!isThere) throw wrongCall(`the data set ${name} is needed`, `--data ${option}=FILE (.npy, .csv or .json)`);
  }
}

/** `name=1.5` or `name=1,0,0` for each value parameter; all that have no default, unless some may be left out. */
export function readParameters(
  given: ReadonlyMap<string, string>,
  parameters: readonly ParameterSpec[],
  needsAll = true,
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
  if (needsAll && missing !== undefined)
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
  if (only?.family !== null && only !== undefined)
    throw wrongCall("the model's data are a family", `write --data ${only.family.name}=FILE`);
  if (only === undefined) throw wrongCall("the model declares no data, so --data has no meaning");
  if (another !== undefined)
    throw wrongCall("the model has several data sets", `write --data ${only.name}=FILE --data ${another.name}=FILE`);
  return only;
}

function splitAtDot(key: string): readonly [string] | readonly [string, string] {
  const at = key.indexOf(".");
  return at === -1 ? [key] : [key.slice(0, at), key.slice(at + 1)];
}
