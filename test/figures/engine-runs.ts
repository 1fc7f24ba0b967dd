/** What does a lowered program compute on an engine, and how far apart are two engines? */
import { run } from "../../compiler/ir/evaluate.js";
import type { LoweredProgram } from "../../compiler/lower/model.js";
import { EngineUnavailable } from "../../runtime/engines/engine.js";
import type { Engine, Tensor, TensorType } from "../../runtime/engines/engine.js";
import { openEngine } from "../../runtime/engines/registry.js";
import type { EngineName } from "../../runtime/engines/registry.js";
import { evaluateSize, need } from "../../runtime/programs.js";
import type { Sizes } from "../../runtime/programs.js";
import type { Feed } from "../../runtime/specification.js";

/** Those of `names` that can be opened here. */
export async function presentEngines(names: readonly EngineName[]): Promise<readonly Engine[]> {
  const present: Engine[] = [];
  for (const name of names) {
    try {
      present.push((await openEngine(name)).engine);
    } catch (cause) {
      if (!(cause instanceof EngineUnavailable)) throw cause;
    }
  }
  return present;
}

export type Supply = (feed: Feed, type: TensorType) => ArrayLike<number>;

/** Results of a program by name, its inputs as `supply` gives them. */
export async function runOn(
  engine: Engine,
  { program, feeds }: LoweredProgram,
  sizes: Sizes,
  supply: Supply,
): Promise<ReadonlyMap<string, Float64Array>> {
  const types = program.inputs.map(({ params, dtype, shape }, i): TensorType => {
    return { name: params.name ?? `input ${i}`, shape: shape.map((size) => evaluateSize(size, sizes)), dtype };
  });
  const executable = await engine.compile({
    name: program.name,
    inputs: types,
    build: (o, inputs) => {
      const named = Object.fromEntries(types.map(({ name }, i) => [name, given(inputs, i)]));
      const results = run(program, named, o, sizes);
      return program.outputs.map(({ name }) => need(results[name], name));
    },
  });
  const held = await executable.run(types.map((type, i) => tensorOf(type, supply(given(feeds, i), type))));
  const results = new Map<string, Float64Array>();
  for (const [i, { name }] of program.outputs.entries()) {
    const { data } = await given(held, i).read();
    results.set(name, Float64Array.from(data));
  }
  for (const tensor of held) tensor.release();
  await executable.dispose();
  return results;
}

/** |a - b| / |b| over all that two runs gave; an infinity that both have (a ratio that the first step does not use) is no gap. */
export function distance(a: Iterable<ArrayLike<number>>, b: Iterable<ArrayLike<number>>): number {
  const [left, right] = [flat(a), flat(b)];
  if (left.length !== right.length) throw new Error(`${left.length} numbers beside ${right.length}`);
  let [gap, size] = [0, 0];
  right.forEach((value, i) => {
    if (!Number.isFinite(value) && left[i] === value) return;
    gap += ((left[i] ?? Number.NaN) - value) ** 2;
    size += value ** 2;
  });
  return gap === 0 ? 0 : Math.sqrt(gap / size);
}

function flat(parts: Iterable<ArrayLike<number>>): readonly number[] {
  return [...parts].flatMap((part) => Array.from(part));
}

function tensorOf({ shape, dtype }: TensorType, values: ArrayLike<number>): Tensor {
  const data =
    dtype === "real" ? Float64Array.from(values) : dtype === "int" ? Int32Array.from(values) : Uint8Array.from(values);
  return { data, shape, dtype };
}

function given<T>(items: readonly T[], place: number): T {
  if (place >= items.length) throw new Error(`no item ${place} of ${items.length}`);
  return items[place] as T; // Inside the bounds by the line above.
}
