/** Are numbers read as they stand in files and lists, and are those that do not belong named by row and column? */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formatCsv, parseCsv } from "../../runtime/data/csv.js";
import { formatJson, parseJson } from "../../runtime/data/json.js";
import { formatNpy, parseNpy } from "../../runtime/data/npy.js";
import { gatherRows } from "../../runtime/data/rows.js";
import { gatherData } from "../../runtime/data/sets.js";
import type { NdArray } from "../../runtime/index.js";
import { readData, writeData } from "../../runtime/node/index.js";
import { fillWords, openStream } from "../../runtime/random/stream.js";
import type { DataSpec, SpaceSpec } from "../../runtime/specification.js";

const real2: SpaceSpec = { space: "Real", shape: [2], low: null, high: null, open: false, integer: false, bits: null };
const class3: SpaceSpec = { space: "Class", shape: [], low: 0, high: 2, open: false, integer: true, bits: null };
const positive: SpaceSpec = {
  space: "Positive",
  shape: [2, 2],
  low: 0,
  high: null,
  open: true,
  integer: false,
  bits: null,
};
const plain: DataSpec = { name: "points", family: null, fields: [{ name: null, space: real2 }] };
const labelled: DataSpec = {
  name: "set",
  family: null,
  fields: [
    { name: "x", space: real2 },
    { name: "y", space: class3 },
  ],
};

const array = (data: number[], shape: number[]): NdArray => ({ data: Float32Array.from(data), shape });

/** A version 1.0 file with this header and these bytes. */
function npy(header: string, payload: ArrayBuffer): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(10 + text.length + payload.byteLength);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length & 0xff, text.length >> 8]);
  bytes.set(text, 10);
  bytes.set(new Uint8Array(payload), 10 + text.length);
  return bytes;
}

describe(".npy", () => {
  test("what is written is read, for any rank", () => {
    for (const value of [array([1, 2, 3, 4, 5, 6], [3, 2]), array([1, -0.5], [2]), array([7], []), array([], [0, 4])]) {
      expect(parseNpy(formatNpy(value))).toEqual(value);
      expect((formatNpy(value).length - value.data.length * 4) % 64).toBe(0);
    }
  });

  test.each<[string, ArrayBuffer]>([
    ["<f8", Float64Array.of(1, 2, 3, 250).buffer],
    ["<i4", Int32Array.of(1, 2, 3, 250).buffer],
    ["<i8", BigInt64Array.of(1n, 2n, 3n, 250n).buffer],
    ["|u1", Uint8Array.of(1, 2, 3, 250).buffer],
    [">i2", Uint8Array.of(0, 1, 0, 2, 0, 3, 0, 250).buffer],
  ])("numbers of the kind %s, in either order of axes", (descr, payload) => {
    const header = (order: string): string => `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (2, 2), }\n`;
    expect(parseNpy(npy(header("False"), payload))).toEqual(array([1, 2, 3, 250], [2, 2]));
    expect(parseNpy(npy(header("True"), payload))).toEqual(array([1, 3, 2, 250], [2, 2]));
  });

  test("what is not one is refused in words", () => {
    const four = Float32Array.of(1).buffer;
    const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }";
    expect(() => parseNpy(npy(header.replace("(1,)", "(2,)"), four))).toThrow("its shape [2] needs 8");
    expect(() => parseNpy(npy(header.replace("<f4", "<c8"), four))).toThrow("kind '<c8'");
    expect(() => parseNpy(npy(header.replace("<f4", "|O"), four))).toThrow("kind '|O'");
    expect(() => parseNpy(npy("{}", four))).toThrow("incomplete");
    expect(() => parseNpy(new TextEncoder().encode("a,b\n1,2,3,4,5"))).toThrow("does not begin as one");
    expect(() => parseNpy(npy(header.replace("(1,)", `(${"9".repeat(30)},)`), four))).toThrow("needs");
  });

  test("no changed byte brings the reader down", () => {
    const bytes = formatNpy(array([1, 2, 3, 4], [2, 2]));
    const words = new Uint32Array(4000);
    fillWords(words, openStream(3, "npy"), 0, 0);
    for (let i = 0; i < words.length; i += 2) {
      const changed = bytes.slice();
      changed[(words[i] ?? 0) % changed.length] = (words[i + 1] ?? 0) & 0xff;
      try {
        expect(parseNpy(changed).data.length).toBe(4);
      } catch (error) {
        expect(error).toMatchObject({ code: "data" });
      }
    }
  });
});

describe(".csv", () => {
  test("with and without names, quotes, other marks, empty cells", async () => {
    expect((await parseCsv("1,2\n3,4\n")).array).toEqual(array([1, 2, 3, 4], [2, 2]));
    const named = await parseCsv('\ufeff"x, left";y\r\n-1.5e3; .5\r\n;nan\r\n');
    expect(named.columns).toEqual(["x, left", "y"]);
    expect(named.array).toEqual(array([-1500, 0.5, Number.NaN, Number.NaN], [2, 2]));
  });

  test("what is no table of numbers is named by its line in the file, and its column", async () => {
    await expect(parseCsv("a,b\n1,2\n3,x\n")).rejects.toThrow('line 3, column 2 (b): "x" is not a number');
    await expect(parseCsv('"a\n1",b\n\n1,2\n3,x\n')).rejects.toThrow('line 5, column 2 (b): "x" is not a number');
    await expect(parseCsv("1;2\n2,5;1\n")).rejects.toThrow(
      'line 2, column 1: "2,5" is not a number; write decimals with a point',
    );
    await expect(parseCsv("1,2\n3\n")).rejects.toThrow("line 2 has 1 cell, the first line 2");
    await expect(parseCsv('1,"2\n3,4')).rejects.toMatchObject({ code: "data" });
    await expect(parseCsv("1,2\n0x10,4\n")).rejects.toThrow('"0x10"');
  });

  test("float32 numbers go out as the shortest text that reads back", async () => {
    const values = new Float32Array(
      new Uint32Array([0x3dcccccd, 0x00000001, 0x7f7fffff, 0xbf800000, 0x40490fdb]).buffer,
    );
    const text = formatCsv({ data: values, shape: [5, 1] }, ["x,y"]);
    expect(text.split("\n").slice(0, 2)).toEqual(['"x,y"', "0.1"]);
    expect((await parseCsv(text)).array.data).toEqual(values);
  });
});

test(".json holds rows or fields", () => {
  expect(parseJson("[[1, 2], [3, 4]]")).toEqual([
    [1, 2],
    [3, 4],
  ]);
  expect(parseJson('{"x": [[1, 2]], "y": [0]}')).toEqual(
    new Map<string, unknown>([
      ["x", [[1, 2]]],
      ["y", [0]],
    ]),
  );
  expect(() => parseJson("[1, 2")).toThrow("not JSON");
  expect(() => parseJson('"text"')).toThrow("neither");
  expect(() => parseJson('{"x": 1}')).toThrow('The field "x"');
  expect(formatJson(array([1, 2, 3, 4], [2, 2]))).toBe("[[1,2],[3,4]]\n");
});

describe("rows", () => {
  const expected = array([1, 2, 3, 4], [2, 2]);
  async function* later(): AsyncGenerator<number[]> {
    yield [1, 2];
    yield await Promise.resolve([3, 4]);
  }
  test.each([
    [
      "lists",
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ["a typed array with its shape", { data: Float64Array.of(1, 2, 3, 4), shape: [2, 2] }],
    ["an iterable", new Set([Float32Array.of(1, 2), Float32Array.of(3, 4)])],
    ["an asynchronous iterable", later()],
  ])("come as %s", async (_name, rows) => {
    expect(await gatherRows(rows, [2], "points")).toEqual(expected);
  });

  test("many rows fill many chunks in order", async () => {
    const many = Array.from({ length: 200_000 }, (_, i) => [i, -i]);
    const { data, shape } = await gatherRows(many, [2], "points");
    expect(shape).toEqual([200_000, 2]);
    expect(data.every((value, i) => value === (i % 2 === 0 ? i / 2 : -(i - 1) / 2))).toBe(true);
  });

  test("flat rows fill a sample of several axes, others must have its shape", async () => {
    expect((await gatherRows([[1, 2, 3, 4]], [2, 2], "images")).shape).toEqual([1, 2, 2]);
    expect((await gatherRows({ data: new Float32Array(8), shape: [2, 4] }, [2, 2], "images")).shape).toEqual([2, 2, 2]);
    await expect(gatherRows([[1, 2], [3]], [2], "points")).rejects.toThrow("points: row 1 has 1 numbers");
    await expect(gatherRows([[1, 2, 3]], [2], "points")).rejects.toThrow("row 0 has more numbers");
    await expect(gatherRows({ data: new Float32Array(6), shape: [2, 3] }, [2], "points")).rejects.toThrow(
      "expected [n, 2]",
    );
    await expect(gatherRows({ data: new Float32Array(5), shape: [2, 3] }, [3], "points")).rejects.toThrow(
      "do not fill",
    );
  });
});

describe("spaces", () => {
  const check = (rows: number[][], space: SpaceSpec): Promise<unknown> =>
    gatherData(
      { points: rows },
      [{ name: "points", family: null, fields: [{ name: null, space }] }],
      new Set(["points"]),
    );

  test("the first number outside is named, and the rows like it counted", async () => {
    await expect(
      check(
        [
          [1, 2],
          [3, Number.NaN],
          [Number.NaN, 0],
          [Number.POSITIVE_INFINITY, 0],
        ],
        real2,
      ),
    ).rejects.toThrow(
      "points, row 1, column 1 (counted from 0): a number is missing (NaN, or an empty cell). 3 of 4 rows are so, 2 of them with a missing number (NaN).",
    );
    await expect(
      check(
        [
          [1, 1, 1, 1],
          [1, 0, 1, 1],
        ],
        positive,
      ),
    ).rejects.toThrow("row 1, at [0, 1] (counted from 0): 0 does not lie in Positive");
    await expect(check([[1], [3]], class3)).rejects.toThrow(
      "row 1 (counted from 0): 3 does not lie in Class: the integers in [0, 2]",
    );
    await expect(check([[0.5]], class3)).rejects.toThrow("row 0 (counted from 0): 0.5");
    await check([[0], [2]], class3);
  });

  test("texts among the rows are no numbers", async () => {
    await expect(check([["1", "2"]] as unknown as number[][], real2)).rejects.toThrow(
      "row 0, column 0 (counted from 0): a number is missing",
    );
    await expect(check([null] as unknown as number[][], real2)).rejects.toThrow("row 0 has 1 numbers");
  });

  test("the fields of a set must be there and as long as each other", async () => {
    const gather = (given: object): Promise<unknown> => gatherData({ set: given }, [labelled], new Set(["set"]));
    await expect(gather({ x: [[1, 2]] })).rejects.toThrow("set.y is missing");
    await expect(gather({ x: [[1, 2]], y: [0, 1] })).rejects.toThrow(
      "set.y has 2 rows, but the fields before it have 1",
    );
    await expect(gather({ x: [], y: [] })).rejects.toThrow("set.x has no rows");
    await expect(gather({ x: 3, y: [] })).rejects.toThrow("expected rows of numbers, found number");
  });
});

describe("files", () => {
  let folder = "";
  beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), "data-"))));
  afterAll(() => rm(folder, { recursive: true }));

  test.each(["npy", "csv", "json"])("what is written to .%s is read back", async (ending) => {
    const path = join(folder, `points.${ending}`);
    const value = array([0.1, 2, 3, -4], [2, 2]);
    await writeData(path, value, ending === "csv" ? ["a", "b"] : null);
    const rows = (await readData(path, plain)) as NdArray;
    expect(await gatherRows(rows, [2], "points")).toEqual(value);
  });

  test("a table's columns go to the fields of a set", async () => {
    const path = join(folder, "set.csv");
    await writeFile(path, "a,b,label\n1,2,0\n3,4,2\n");
    const sets = await gatherData({ set: await readData(path, labelled) }, [labelled], new Set(["set"]));
    expect(sets.get("set")?.fields.get("x")).toEqual(array([1, 2, 3, 4], [2, 2]));
    expect(sets.get("set")?.fields.get("y")).toEqual(array([0, 2], [2]));
    await writeFile(path, "1,2\n");
    await expect(readData(path, labelled)).rejects.toThrow("has 2 columns, the data set set needs 3 (x: 2, y: 1)");
  });

  test("columns go by name where the fields are numbers", async () => {
    const scalar = (name: string) => ({ name, space: { ...real2, shape: [] } });
    const spec: DataSpec = { name: "pair", family: null, fields: [scalar("u"), scalar("v")] };
    const path = join(folder, "pair.csv");
    await writeFile(path, "v,other,u\n1,2,3\n");
    expect(await readData(path, spec)).toEqual({ u: array([3], [1]), v: array([1], [1]) });
  });

  test("absent and strange files are errors with the path", async () => {
    await expect(readData(join(folder, "absent.npy"), plain)).rejects.toMatchObject({ code: "file" });
    await expect(readData(join(folder, "x.xls"), plain)).rejects.toThrow("only .npy, .csv and .json");
    await expect(writeData(join(folder, "x.xls"), array([], [0]))).rejects.toMatchObject({ code: "file" });
  });
});
