/** How do rows for a figure come from a file, without a model that says what they are? */
import { readFileSync } from "node:fs";
import { extname } from "node:path";
import { parseCsv } from "../../../runtime/data/csv.js";
import { parseJson } from "../../../runtime/data/json.js";
import { parseNpy } from "../../../runtime/data/npy.js";
import { machineLacks } from "../exit.js";
import { reason } from "../files.js";
import { columnsOf } from "./columns.js";
import type { Columns } from "./columns.js";

export async function readColumns(path: string): Promise<Columns> {
  let columns: Columns;
  try {
    columns = await parse(path);
  } catch (error) {
    throw machineLacks(`cannot read ${path}: ${reason(error)}`);
  }
  if (columns.count === 0 || columns.values.length === 0) throw machineLacks(`${path} holds no rows`);
  return columns;
}

async function parse(path: string): Promise<Columns> {
  switch (extname(path).toLowerCase()) {
    case ".npy": {
      const { data, shape } = parseNpy(new Uint8Array(readFileSync(path)));
      return columnsOf(data, shape[0] ?? 0, null);
    }
    case ".csv": {
      const { columns, array } = await parseCsv(readFileSync(path, "utf8"));
      return columnsOf(array.data, array.shape[0] ?? 0, columns);
    }
    case ".json": {
      const rows = parseJson(readFileSync(path, "utf8"));
      if (!Array.isArray(rows)) throw new Error("it holds several fields");
      const lists: unknown[] = rows;
      // A row may nest, as an image does; infinitely deep flattening gives its numbers in order.
      const flat = lists.map((row) => (Array.isArray(row) ? row.flat(Infinity) : [row]).map(Number));
      const width = flat[0]?.length ?? 0;
      if (flat.some((row) => row.length !== width)) throw new Error("its rows differ in length");
      return columnsOf(flat.flat(), flat.length, null);
    }
    default:
      throw new Error("only .npy, .csv and .json files are read");
  }
}
