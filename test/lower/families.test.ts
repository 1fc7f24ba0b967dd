/** Does a family of data sets hand out the right set, for a number known, computed or drawn? */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readDataSets } from "../../compiler/cli/data.js";
import { lowered, openText } from "../support/model.js";

const family = "data snapshots(t in {0, 2, 4.5}) : Real\n";
/** Every row of the set at t is 100 t and a little. */
const rowsAt = (t: number, count: number): { data: Float32Array; shape: number[] } => ({
  data: Float32Array.from({ length: count }, (_, i) => 100 * t + i / 10),
  shape: [count],
});
const supplied = { snapshots: { 0: rowsAt(0, 3), 2: rowsAt(2, 5), 4.5: rowsAt(4.5, 2) } };

/** Draws of (index, row). */
const program = (index: string): string =>
  `${family}sampler draw {\n  i ~ UniformInteger(0, 3)\n  let t = ${index}\n  x ~ snapshots(t)\n  return t + 0 * i, x\n}\n`;

describe("a family", () => {
  test.each([
    ["2", [2]],
    ["if i == 0 then 0 else (if i == 1 then 2 else 4.5)", null],
    ["2 * min(i, 1)", [0, 2]],
  ] as const)("draws from the set at %s", async (index, expected) => {
    if (expected === null) {
      expect(() => lowered(program(index))).toThrow("SDE2165");
      return;
    }
    const model = await openText(program(index), "reference");
    const drawn = await model.sample["draw"]!({ count: 400, seed: 1, data: supplied });
    const [times, rows] = [drawn["x1"]!.data, drawn["x2"]!.data];
    expect([...new Set(times)].sort()).toEqual(expected);
    times.forEach((t, k) => expect(rows[k]! - 100 * t).toBeLessThan(1));
    times.forEach((t, k) => expect(rows[k]! - 100 * t).toBeGreaterThanOrEqual(0));
    // Every row of the set at 2 has its turn.
    expect(new Set([...rows].filter((_, k) => times[k] === 2)).size).toBe(5);
    await model.dispose();
  });

  test("comes from files: one for each set, or one whose rows begin with the value", async () => {
    const { data } = lowered(program("2"));
    const folder = mkdtempSync(join(tmpdir(), "family-"));
    const path = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const whole = path("all.csv", "t,x\n4.5,7\n0,1\n2,3\n0,2\n");
    const plain = (sets: unknown): unknown =>
      JSON.parse(JSON.stringify(sets, (_, value: unknown) => (value instanceof Float32Array ? [...value] : value)));
    expect(plain(await readDataSets(new Map([["snapshots", whole]]), data))).toEqual({
      snapshots: {
        "0": { data: [1, 2], shape: [2] },
        "2": { data: [3], shape: [1] },
        "4.5": { data: [7], shape: [1] },
      },
    });
    const one = await readDataSets(
      new Map([
        ["snapshots", whole],
        ["snapshots.2", path("two.csv", "x\n8\n9\n")],
      ]),
      data,
    );
    expect(plain(one)).toMatchObject({ snapshots: { "2": { data: [8, 9] } } });
    await expect(readDataSets(new Map([["snapshots", path("stray.csv", "t,x\n0,1\n3,1\n")]]), data)).rejects.toThrow(
      "3",
    );
    await expect(readDataSets(new Map([["snapshots.3", whole]]), data)).rejects.toThrow(
      "there is no set of snapshots at 3",
    );
  });
});
