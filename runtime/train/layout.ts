/** Where does each learned tensor lie in the one flat vector that an optimizer moves? */
import { elements } from "../ndarray.js";
import type { Ops, Shape } from "../ops.js";
import { need } from "../programs.js";
import type { WeightSpec } from "../specification.js";

export interface Layout {
  readonly places: readonly Place[];
  readonly length: number;
}

export interface Place {
  readonly name: string;
  readonly shape: Shape;
  readonly offset: number;
  readonly length: number;
}

/** The weights of the given names, in that order. */
export function layOut(weights: readonly WeightSpec[], names: readonly string[]): Layout {
  let offset = 0;
  const places = names.map((name): Place => {
    const { shape } = need(
      weights.find((weight) => weight.name === name),
      `the weight ${name}`,
    );
    const length = elements(shape);
    offset += length;
    return { name, shape, offset: offset - length, length };
  });
  return { places, length: offset };
}

/** One tensor out of the flat vector. */
export function takeTensor<T>(o: Ops<T>, flat: T, place: Place): T {
  return o.reshape(o.slice(flat, [place.offset], [place.length]), place.shape);
}

/** The flat vector of tensors in the layout's order. */
export function flatten<T>(o: Ops<T>, layout: Layout, tensors: readonly T[]): T {
  const flat = layout.places.map((place, i) => o.reshape(need(tensors[i], place.name), [place.length]));
  const [first] = flat;
  return flat.length === 1 && first !== undefined ? first : o.concat(flat, 0);
}
