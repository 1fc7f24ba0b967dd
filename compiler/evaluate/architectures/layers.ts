/** What is every architecture made of? Weights by their place in the network, and dense layers. */
import type { Span } from "../../../grammar/source.js";
import type { WeightSpec } from "../../../runtime/specification.js";
import { catalogue } from "../../diagnostics/catalogue.js";
import * as ir from "../../ir/build.js";
import type { Value } from "../../ir/value.js";
import type { Context, WeightOwner } from "../context.js";
import { report } from "../context.js";
import { copyOfWeight } from "../copies.js";

/** The weights of one architecture. Asking for a name again gives the same tensor: a network called twice is one network. */
export interface Weights {
  take(name: string, shape: readonly number[], initial: WeightSpec["initial"]): Value;
  /** Whether a weight was asked for with another shape than before: that has been reported, and results mean nothing. */
  hasMisfit(): boolean;
}

/** In one tensor: a gibibyte in float32. */
const mostNumbers = 2 ** 28;

export const zero: WeightSpec["initial"] = { kind: "constant", value: 0 };
export const one: WeightSpec["initial"] = { kind: "constant", value: 1 };

/** LeCun's scale keeps the variance of a layer of independent inputs. */
export function leCun(inputs: number): WeightSpec["initial"] {
  return { kind: "normal", scale: 1 / Math.sqrt(inputs) };
}

export function weightsAt(span: Span, owner: WeightOwner, c: Context): Weights {
  const place = placeOf(owner, span);
  let misfit = false;
  return {
    take(name, shape, initial) {
      const spec = { name: `${place}.${name}`, shape, initial, space: null };
      const known = c.world.weights.get(spec.name);
      if (known !== undefined && known.spec.shape.join() === shape.join())
        return copyOfWeight(spec.name, known.value, c);
      const numbers = shape.reduce((a, b) => a * b, 1);
      if (numbers > mostNumbers)
        report(c, catalogue.outOfRange, span, {
          what: "The number of weights of a layer",
          found: String(numbers),
          expected: "at most 2^28",
        });
      const value = ir.input(spec.name, "real", shape);
      if (known === undefined) {
        c.world.weights.set(spec.name, { spec, value, network: owner.network });
      } else if (!misfit) {
        misfit = true;
        const [first, second] = [known.spec.shape, shape].map((sizes) => String(sizes[0] ?? 1));
        report(c, catalogue.weightsDiffer, span, { network: owner.network, first: first ?? "", second: second ?? "" });
      }
      return copyOfWeight(spec.name, value, c);
    },
    hasMisfit: () => misfit,
  };
}

/** Weights of the architectures of one network are named in the order in which they are first used. */
function placeOf(owner: WeightOwner, span: Span): string {
  const known = owner.places.get(span);
  if (known !== undefined) return known;
  const place = owner.places.size === 0 ? owner.network : `${owner.network}.${owner.places.size}`;
  owner.places.set(span, place);
  return place;
}

/** x W + b over the last axis. */
export function dense(x: Value, width: number, name: string, weights: Weights, initial = leCun(lastOf(x))): Value {
  const weight = weights.take(`${name}.weight`, [lastOf(x), width], initial);
  return ir.add(ir.matMul(x, weight), weights.take(`${name}.bias`, [width], zero));
}

/** The size of the last axis: those of one sample are known. */
export function lastOf(x: Value): number {
  const last = x.shape.at(-1);
  return typeof last === "number" ? last : 1;
}

export function numbersIn(value: Value): number {
  return value.shape.reduce<number>((product, dim) => product * (typeof dim === "number" ? dim : 1), 1);
}

/** All numbers of some tensors in one vector. */
export function joined(parts: readonly Value[]): Value {
  const flat = parts.map((part) => ir.reshape(part, [numbersIn(part)]));
  return flat.length === 1 && flat[0] !== undefined ? flat[0] : ir.concat(flat, 0);
}
