/** Where does each learned tensor lie in the vector that an optimizer moves, and into which pieces is that vector cut? */
import { elements } from "../ndarray.js";
import type { Ops, Shape } from "../ops.js";
import { need } from "../programs.js";
import type { WeightSpec } from "../specification.js";

export interface Layout {
  /** In the order of the names given. */
  readonly places: readonly Place[];
  /** One behind the other they make the vector. */
  readonly pieces: readonly Piece[];
  readonly length: number;
}

export interface Place {
  readonly name: string;
  readonly shape: Shape;
  readonly offset: number;
  readonly length: number;
  /** Number of the piece it is in. */
  readonly piece: number;
}

/** What the engine has as one tensor: many small weights as a vector, or a large one as it is. */
export interface Piece {
  readonly shape: Shape;
  readonly offset: number;
  readonly length: number;
}

/**
 * Weights with more numbers are pieces of their own. Small ones share one, so that a step of the optimizer is a few
 * operations; to copy large ones in and out of it would cost more than operations of their own.
 */
const LARGEST_SHARED = 2 ** 16;

/** The weights of the given names. */
export function layOut(weights: readonly WeightSpec[], names: readonly string[]): Layout {
  const shapes = names.map(
    (name) =>
      need(
        weights.find((weight) => weight.name === name),
        `the weight ${name}`,
      ).shape,
  );
  const isLarge = (shape: Shape): boolean => elements(shape) > LARGEST_SHARED;
  const shared = shapes.reduce((sum, shape) => sum + (isLarge(shape) ? 0 : elements(shape)), 0);
  const pieces: Piece[] = shared > 0 ? [{ shape: [shared], offset: 0, length: shared }] : [];
  let [within, length] = [0, shared];
  const places = names.map((name, i): Place => {
    const shape = shapes[i] ?? [];
    const size = elements(shape);
    if (isLarge(shape)) {
      pieces.push({ shape, offset: length, length: size });
      length += size;
      return { name, shape, offset: length - size, length: size, piece: pieces.length - 1 };
    }
    within += size;
    return { name, shape, offset: within - size, length: size, piece: 0 };
  });
  return { places, pieces, length };
}

/** One tensor out of the pieces. */
export function takeTensor<T>(o: Ops<T>, layout: Layout, pieces: readonly T[], place: Place): T {
  const { offset } = need(layout.pieces[place.piece], place.name);
  const piece = need(pieces[place.piece], place.name);
  if (o.shapeOf(piece).join() === place.shape.join()) return piece;
  return o.reshape(o.slice(piece, [place.offset - offset], [place.length]), place.shape);
}

/** The pieces of tensors that come in the order of the layout's places. */
export function flatten<T>(o: Ops<T>, layout: Layout, tensors: readonly T[]): readonly T[] {
  return layout.pieces.map((piece, number) => {
    const parts = layout.places.flatMap((place, i) =>
      place.piece === number ? [{ place, tensor: need(tensors[i], place.name) }] : [],
    );
    const [first] = parts;
    if (parts.length === 1 && first !== undefined) return o.reshape(first.tensor, piece.shape);
    return o.concat(
      parts.map(({ place, tensor }) => o.reshape(tensor, [place.length])),
      0,
    );
  });
}
