/** Does the type checker know each model's calls? `tsc` is the judge: an expectation that no longer fails is an error there. */
import { expectTypeOf, test } from "vitest";
import type { Model, NdArray } from "../../runtime/index.js";
import { ou } from "./fixture-model.js";
import type { OuTypes } from "./fixture-model.js";

/** A model with what the hand-written one lacks: a record set, parameters, data in a sampler, two returned states. */
interface PairTypes {
  readonly data: { readonly pairs: { readonly x: number[][]; readonly y: number[] } };
  readonly objectives: { readonly fit: { readonly parameters: {}; readonly data: "pairs" } };
  readonly samplers: {
    readonly both: {
      readonly parameters: { readonly guidance: number; readonly w?: number };
      readonly data: "pairs";
      readonly returns: "x" | "v";
    };
  };
  readonly likelihoods: {};
}

// Never called: only its types matter.
export async function checked(model: Model<OuTypes>, pair: Model<PairTypes>): Promise<void> {
  expectTypeOf(await ou.open()).toEqualTypeOf<Model<OuTypes>>();
  expectTypeOf(await model.sample.em({ count: 3, seed: 1 })).toEqualTypeOf<{ readonly x: NdArray }>();
  expectTypeOf((await model.logProb.flow({ x: [[1]] })).logProb).toEqualTypeOf<NdArray>();
  // @ts-expect-error: there is no such sampler
  await model.sample.eM({ count: 3 });
  // @ts-expect-error: the count is missing
  await model.sample.em({ seed: 1 });
  // @ts-expect-error: it has no likelihood
  await model.logProb.em({ x: [[1]] });
  // @ts-expect-error: the data set is called points
  await model.train({ point: [[1]] });
  // @ts-expect-error: there is no such objective
  await model.loss("dms", { points: [[1]] });
  // @ts-expect-error: there is no such engine
  await ou.open({ engine: "cuda" });

  const pairs = { x: [[1]], y: [0] };
  expectTypeOf(await pair.sample.both({ count: 1, guidance: 2, data: { pairs } })).toEqualTypeOf<{
    readonly x: NdArray;
    readonly v: NdArray;
  }>();
  // @ts-expect-error: guidance has no default
  await pair.sample.both({ count: 1, data: { pairs } });
  // @ts-expect-error: the sampler draws from the data
  await pair.sample.both({ count: 1, guidance: 2 });
  // @ts-expect-error: a field is missing
  await pair.train({ pairs: { x: [[1]] } });
}

test("the model's data set is typed", () => {
  expectTypeOf<Parameters<Model<OuTypes>["train"]>[0]>().toEqualTypeOf<OuTypes["data"]>();
});
