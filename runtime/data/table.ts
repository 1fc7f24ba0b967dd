/** Which columns of a table belong to which field of a data set? */
import { SdecError } from "../errors.js";
import { elements } from "../ndarray.js";
import type { NdArray } from "../ndarray.js";
import type { DataSpec } from "../specification.js";

/**
 * A table as the data set that the model declares. The columns go to the fields in the order of their declaration, unless
 * the fields are numbers and every one has a column of its name.
 */
export function splitColumns(
  table: { readonly columns: readonly string[] | null; readonly array: NdArray },
  spec: Pick<DataSpec, "name" | "fields">,
): NdArray | Record<string, NdArray> {
  const { columns, array } = table;
  if (columns === null && array.data.length === 0) throw new SdecError("data", "there are no rows in it");
  const [rows = 0, width = 0] = array.shape;
  const widths = spec.fields.map(({ space }) => elements(space.shape));
  const named = spec.fields.map(({ name }) => (name === null ? -1 : (columns?.indexOf(name) ?? -1)));
  const byName = named.every((column, i) => column >= 0 && widths[i] === 1);
  const needed = widths.reduce((sum, size) => sum + size, 0);
  if (!byName && needed !== width) {
    const list = spec.fields.map(({ name }, i) => `${name ?? spec.name}: ${widths[i] ?? 0}`).join(", ");
    throw new SdecError("data", `The table has ${width} columns, the data set ${spec.name} needs ${needed} (${list})`);
  }
  const fields: Record<string, NdArray> = {};
  let next = 0;
  for (const [i, { name, space }] of spec.fields.entries()) {
    const size = widths[i] ?? 0;
    const from = byName ? (named[i] ?? 0) : next;
    next += size;
    const data = new Float32Array(rows * size);
    for (let row = 0; row < rows; row++) {
      data.set(array.data.subarray(row * width + from, row * width + from + size), row * size);
    }
    const field = { data, shape: [rows, ...space.shape] };
    if (name === null) return field;
    fields[name] = field;
  }
  return fields;
}
