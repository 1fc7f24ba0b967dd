/** The other values of weights: as they were when the batch was drawn, at the start of the run, or averaged. */
import type { CopyOf } from "../../runtime/specification.js";
import * as ir from "../ir/build.js";
import { substitute } from "../ir/substitute.js";
import type { Value } from "../ir/value.js";
import { real } from "./arithmetic.js";
import type { Context, World } from "./context.js";
import type { Thing } from "./thing.js";

/** A weight as it is to be taken in this context. */
export function copyOfWeight(name: string, value: Value, c: Context): Value {
  return c.copy === null ? value : copied(name, value, c.copy, c.world);
}

function copied(name: string, value: Value, of: CopyOf, world: World): Value {
  const key = `${of} ${name}`;
  const known = world.copies.get(key);
  if (known !== undefined) return known.value;
  const copy = ir.input(key, "real", value.shape);
  world.copies.set(key, { weight: name, of, value: copy });
  return copy;
}

/** The same thing, made with a copy of the weights and without gradient; null where that means nothing. */
export function copyOfThing(thing: Thing, of: CopyOf, world: World): Thing | null {
  switch (thing.kind) {
    case "tensor": {
      const weights = [...world.weights].map(([name, { value }]) => [value, copied(name, value, of, world)] as const);
      const [value] = substitute([real(thing.value)], new Map(weights));
      return { ...thing, value: ir.stopGradient(value ?? thing.value) };
    }
    case "record": {
      const fields = [...thing.fields].map(([name, field]) => [name, copyOfThing(field, of, world)] as const);
      return fields.every((field): field is readonly [string, Thing] => field[1] !== null)
        ? { ...thing, fields: new Map(fields) }
        : null;
    }
    case "network":
    case "closure":
    case "template":
    case "run":
      return { ...thing, copy: thing.copy ?? of };
    case "sampler":
      return { ...thing, run: { ...thing.run, copy: thing.run.copy ?? of } };
    default:
      return null;
  }
}
