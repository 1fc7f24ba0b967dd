/** How does a data set come from a file, and an array go to one, by the file's ending? */
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { formatCsv, parseCsv } from "../data/csv.js";
import { formatJson, parseJson } from "../data/json.js";
import { formatNpy, parseNpy } from "../data/npy.js";
import type { Rows } from "../data/rows.js";
import { splitColumns } from "../data/table.js";
import { SdecError } from "../errors.js";
import { elements } from "../ndarray.js";
import type { NdArray } from "../ndarray.js";
import type { DataSpec } from "../specification.js";
import { writeBytes } from "./files.js";

/** What `model.train` takes for this data set. */
export async function readData(
  path: string,
  spec: Pick<DataSpec, "name" | "fields">,
): Promise<Rows | Record<string, Rows>> {
  try {
    return await parse(path, spec);
  } catch (cause) {
    if (cause instanceof SdecError) throw new SdecError(cause.code, `${path}: ${cause.message}`, { cause });
    throw new SdecError("file", `${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** Writes an array as the ending says. `columns` names the columns of a `.csv`. */
export async function writeData(path: string, array: NdArray, columns: readonly string[] | null = null): Promise<void> {
  switch (extname(path).toLowerCase()) {
    case ".npy":
      return writeBytes(path, formatNpy(array));
    case ".csv":
      return writeBytes(path, new TextEncoder().encode(formatCsv(array, columns)));
    case ".json":
      return writeBytes(path, new TextEncoder().encode(formatJson(array)));
    default:
      throw new SdecError("file", `${path}: only .npy, .csv and .json files are written`);
  }
}

async function parse(path: string, spec: Pick<DataSpec, "name" | "fields">): Promise<Rows | Record<string, Rows>> {
  switch (extname(path).toLowerCase()) {
    case ".npy": {
      const array = parseNpy(new Uint8Array(await readFile(path)));
      const [rows = 0, ...inner] = array.shape;
      if (spec.fields.length === 1 && spec.fields[0]?.name === null) return array;
      return splitColumns({ columns: null, array: { data: array.data, shape: [rows, elements(inner)] } }, spec);
    }
    case ".csv":
      return splitColumns(await parseCsv(await readFile(path, "utf8")), spec);
    case ".json": {
      const parsed = parseJson(await readFile(path, "utf8"));
      return parsed instanceof Map ? Object.fromEntries<Rows>(parsed) : (parsed as Rows); // parseJson returns a Map or rows
    }
    default:
      throw new SdecError("file", "only .npy, .csv and .json files are read");
  }
}
