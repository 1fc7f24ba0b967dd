/** What are the penguins' measurements, and how are they cut into folds? */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { NdArray } from "sdec/runtime";
import { random } from "../support/random.js";
import type { Row } from "./gaussian.js";

export const measurements = ["Beak Length (mm)", "Beak Depth (mm)", "Flipper Length (mm)", "Body Mass (g)"] as const;

/** The rows without missing values (Horst, Hill & Gorman 2020, from the package vega-datasets). */
export function readPenguins(): readonly Row[] {
  const path = join(dirname(createRequire(import.meta.url).resolve("vega-datasets")), "..", "data", "penguins.json");
  const penguins: unknown = JSON.parse(readFileSync(path, "utf8"));
  if (!Array.isArray(penguins)) throw new Error(`${path} is not a list of penguins`);
  return penguins
    .map((penguin: object) => {
      const entries = new Map<string, unknown>(Object.entries(penguin));
      return measurements.map((name) => entries.get(name));
    })
    .filter((row): row is number[] => row.every((value) => typeof value === "number"));
}

export interface Units {
  readonly means: Row;
  readonly deviations: Row;
}

export function unitsOf(rows: readonly Row[]): Units {
  const columns = (rows[0] ?? []).map((_, i) => rows.map((row) => row[i] ?? Number.NaN));
  const means = columns.map((column) => column.reduce((sum, value) => sum + value, 0) / column.length);
  const deviations = columns.map((column, i) =>
    Math.sqrt(column.reduce((sum, value) => sum + (value - (means[i] ?? 0)) ** 2, 0) / column.length),
  );
  return { means, deviations };
}

/** With the rows that the units come from: mean 0 and deviation 1 in every column. */
export function standardise(rows: readonly Row[], { means, deviations }: Units): readonly Row[] {
  return rows.map((row) => row.map((value, i) => (value - (means[i] ?? 0)) / (deviations[i] ?? 1)));
}

export function restore(rows: readonly Row[], { means, deviations }: Units): readonly Row[] {
  return rows.map((row) => row.map((value, i) => value * (deviations[i] ?? 1) + (means[i] ?? 0)));
}

export interface Fold {
  readonly training: readonly Row[];
  readonly test: readonly Row[];
}

/** Every row is in one test set; the rows are shuffled first. */
export function folds(rows: readonly Row[], count: number, seed: number): readonly Fold[] {
  const shuffled = shuffle(rows, seed);
  return Array.from({ length: count }, (_, k) => ({
    training: shuffled.filter((_row, i) => i % count !== k),
    test: shuffled.filter((_row, i) => i % count === k),
  }));
}

export function toArray(rows: readonly Row[]): NdArray {
  return { data: Float32Array.from(rows.flat()), shape: [rows.length, rows[0]?.length ?? 0] };
}

export function toRows({ data, shape: [count = 0, width = 1] }: NdArray): readonly Row[] {
  return Array.from({ length: count }, (_, row) => Array.from(data.subarray(row * width, (row + 1) * width)));
}

/** Fisher-Yates. */
function shuffle(rows: readonly Row[], seed: number): readonly Row[] {
  const { uniform } = random(seed);
  const result = [...rows];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1));
    const row = result[i] ?? [];
    result[i] = result[j] ?? [];
    result[j] = row;
  }
  return result;
}
