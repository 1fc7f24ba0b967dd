/** What does a model hold of the data an application gave: every field of every set, checked, with as many rows each. */
import { SdecError } from "../errors.js";
import type { NdArray } from "../ndarray.js";
import type { DataSpec } from "../specification.js";
import { checkSpace } from "./check.js";
import { gatherRows, isShaped } from "./rows.js";
import type { Rows } from "./rows.js";

/** By data set, then by field; a plain set has the one field null. */
export type DataSets = ReadonlyMap<string, DataSet>;

export interface DataSet {
  readonly rows: number;
  readonly fields: ReadonlyMap<string | null, NdArray>;
}

/** Reads the sets named in `wanted` out of what the application gave. */
export async function gatherData(
  given: object,
  specs: readonly DataSpec[],
  wanted: ReadonlySet<string>,
): Promise<DataSets> {
  const entries = new Map<string, unknown>(Object.entries(given));
  const known = [...new Set(specs.map(({ name, family }) => family?.name ?? name))];
  for (const name of entries.keys()) {
    if (!known.includes(name)) {
      throw new SdecError("data", `The model has no data set "${name}"; it has ${known.join(", ") || "none"}`);
    }
  }
  const sets = new Map<string, DataSet>();
  for (const spec of specs) {
    if (wanted.has(spec.name)) sets.set(spec.name, await gatherSet(givenFor(spec, entries), spec));
  }
  return sets;
}

/** What was given for a set; of a family, under the member's value. */
function givenFor({ name, family }: DataSpec, entries: ReadonlyMap<string, unknown>): unknown {
  if (family === null) return entries.get(name);
  const members = entries.get(family.name);
  if (typeof members !== "object" || members === null) return undefined;
  return new Map<string, unknown>(Object.entries(members)).get(family.at);
}

async function gatherSet(given: unknown, spec: DataSpec): Promise<DataSet> {
  if (given === undefined) throw new SdecError("data", `The data set "${spec.name}" is missing`);
  const fields = new Map<string | null, NdArray>();
  let rows = -1;
  for (const { name, space } of spec.fields) {
    const what = name === null ? spec.name : `${spec.name}.${name}`;
    const value = name === null ? given : fieldOf(given, name, what);
    if (!isRows(value)) throw new SdecError("data", `${what}: expected rows of numbers, found ${describe(value)}`);
    const array = await gatherRows(value, space.shape, what);
    const count = array.shape[0] ?? 0;
    if (count === 0) throw new SdecError("data", `${what} has no rows`);
    if (rows >= 0 && count !== rows) {
      throw new SdecError("data", `${what} has ${count} rows, but the fields before it have ${rows}`);
    }
    rows = count;
    checkSpace(array, space, what);
    fields.set(name, array);
  }
  return { rows, fields };
}

function fieldOf(given: unknown, name: string, what: string): unknown {
  if (typeof given !== "object" || given === null || !Object.hasOwn(given, name)) {
    throw new SdecError("data", `The field ${what} is missing`);
  }
  return new Map<string, unknown>(Object.entries(given)).get(name);
}

/** Whether the value has one of the forms of `Rows`; what is inside is checked when it is read. */
export function isRows(value: unknown): value is Rows {
  if (typeof value !== "object" || value === null) return false;
  return isShaped(value) || Symbol.iterator in value || Symbol.asyncIterator in value;
}

function describe(value: unknown): string {
  return value === null ? "null" : typeof value;
}
