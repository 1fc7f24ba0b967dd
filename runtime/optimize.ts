/** How do weights move, given a gradient? Every optimizer as a few operations on each piece of their vector. */
import type { Ops } from "./ops.js";
import type { OptimizerSpec } from "./specification.js";

/**
 * `vectors` more vectors travel beside the weights, zero at first. `row` gives, on the host, the numbers that change from
 * step to step; `update` gets them as scalars, and every vector in pieces.
 */
export interface Optimizer {
  readonly vectors: readonly string[];
  readonly rowNames: readonly string[];
  row(step: number): readonly number[];
  update<T>(
    o: Ops<T>,
    weights: readonly T[],
    gradient: readonly T[],
    vectors: readonly (readonly T[])[],
    row: readonly T[],
  ): Moved<readonly T[]>;
}

export interface Moved<T> {
  readonly weights: T;
  readonly vectors: readonly T[];
}

/** How one piece moves: the same for all. */
interface Rule extends Omit<Optimizer, "update"> {
  move<T>(o: Ops<T>, weights: T, gradient: T, vectors: readonly T[], row: readonly T[]): Moved<T>;
}

export function makeOptimizer(spec: OptimizerSpec, steps: number): Optimizer {
  const { vectors, rowNames, row, move } = spec.kind === "sgd" ? descent(spec, steps) : adam(spec, steps);
  return {
    vectors,
    rowNames,
    row,
    update<T>(
      o: Ops<T>,
      weights: readonly T[],
      gradient: readonly T[],
      vectors: readonly (readonly T[])[],
      row: readonly T[],
    ) {
      const followed = spec.clip === null ? gradient : clipped(o, gradient, spec.clip);
      const moved = weights.map((piece, i) => {
        const pieces = [followed, ...vectors].map((vector) => vector[i] as T); // all have the same pieces
        const [gradient, ...own] = pieces as [T, ...T[]];
        return move(o, piece, gradient, own, row);
      });
      return {
        weights: moved.map(({ weights }) => weights),
        vectors: vectors.map((_, k) => moved.map((piece) => piece.vectors[k] as T)), // as many as `vectors` names
      };
    },
  };
}

/** The learning rate of a step: a linear rise over `warmup` steps, then constant or half a cosine down to 0 at `steps`. */
export function rateAt(spec: OptimizerSpec, step: number, steps: number): number {
  if (step < spec.warmup) return (spec.rate * (step + 1)) / spec.warmup;
  if (spec.schedule === "constant") return spec.rate;
  const done = (step - spec.warmup) / Math.max(steps - spec.warmup, 1);
  return spec.rate * 0.5 * (1 + Math.cos(Math.PI * Math.min(done, 1)));
}

/** v <- momentum v + g; w <- w - rate v. */
function descent(spec: OptimizerSpec, steps: number): Rule {
  const row = (step: number): readonly number[] => [rateAt(spec, step, steps)];
  if (spec.momentum === 0) {
    return {
      vectors: [],
      rowNames: ["rate"],
      row,
      move: (o, weights, gradient, _vectors, [rate]) => ({
        weights: o.sub(weights, o.mul(rate as typeof weights, gradient)), // row() gives one number
        vectors: [],
      }),
    };
  }
  return {
    vectors: ["velocity"],
    rowNames: ["rate"],
    row,
    move(o, weights, gradient, vectors, row) {
      const [velocity] = vectors as [typeof weights]; // as many as `vectors` names
      const [rate] = row as [typeof weights];
      const next = o.add(o.mul(o.scalar(spec.momentum), velocity), gradient);
      return { weights: o.sub(weights, o.mul(rate, next)), vectors: [next] };
    },
  };
}

/**
 * Adam (Kingma, Ba 2015, algorithm 1) and AdamW (Loshchilov, Hutter 2019, algorithm 2) with rescaled moments:
 * M = m / (1 - beta1) and V = v / (1 - beta2) need no second multiplication,
 *
 *     M <- beta1 M + g,   V <- beta2 V + g^2,   w <- w - r M / (sqrt(V) + e)   [ - rate decay w ],
 *
 * with what the bias corrections and rescalings come to put into the numbers of the step, c = (1 - beta2)/(1 - beta2^t):
 * r = rate (1 - beta1) / ((1 - beta1^t) sqrt(c)),   e = epsilon / sqrt(c).
 */
function adam(spec: OptimizerSpec, steps: number): Rule {
  // The engine's betas are float32 ones; 1 - beta2 is off by 3e-5 unless the corrections use the same.
  const beta1 = Math.fround(spec.beta1);
  const beta2 = Math.fround(spec.beta2);
  const decays = spec.kind === "adamw" && spec.decay !== 0;
  return {
    vectors: ["moment1", "moment2"],
    rowNames: decays ? ["rate", "epsilon", "decay"] : ["rate", "epsilon"],
    row(step) {
      const rate = rateAt(spec, step, steps);
      const scale = Math.sqrt((1 - beta2) / (1 - beta2 ** (step + 1)));
      const numbers = [(rate * (1 - beta1)) / ((1 - beta1 ** (step + 1)) * scale), spec.epsilon / scale];
      return decays ? [...numbers, rate * spec.decay] : numbers;
    },
    move(o, weights, gradient, vectors, row) {
      const [moment1, moment2] = vectors as [typeof weights, typeof weights]; // as many as `vectors` names
      const [rate, epsilon, decay] = row as [typeof weights, typeof weights, typeof weights?];
      const first = o.add(o.mul(o.scalar(beta1), moment1), gradient);
      const second = o.add(o.mul(o.scalar(beta2), moment2), o.mul(gradient, gradient));
      const step = o.div(o.mul(rate, first), o.add(o.sqrt(second), epsilon));
      const moved = o.sub(weights, step);
      return {
        weights: decay === undefined ? moved : o.sub(moved, o.mul(decay, weights)),
        vectors: [first, second],
      };
    },
  };
}

/** The gradient, shortened to `bound` where its norm is larger. */
function clipped<T>(o: Ops<T>, gradient: readonly T[], bound: number): readonly T[] {
  const squares = gradient.map((piece) => o.sum(o.mul(piece, piece), [...o.shapeOf(piece).keys()]));
  const norm = o.sqrt(squares.reduce((a, b) => o.add(a, b)));
  const limit = o.scalar(bound);
  const factor = o.div(limit, o.max(norm, limit));
  return gradient.map((piece) => o.mul(piece, factor));
}

/**
 * The moving average of the weights, E <- d E + (1 - d) w, with d = min(decay, (1 + t)/(10 + t)) so that the first
 * steps are soon forgotten. It travels rescaled, A = E / (1 - d), which saves a multiplication: A <- f A + w with
 * f = d_t (1 - d_(t-1)) / (1 - d_t). The weights in A add up to `scale`, followed exactly in float64: E = A / scale.
 */
export interface Average {
  /** f of this step, as float32. */
  factor(step: number): number;
  /** The sum of the weights of all samples in A after `steps` steps. */
  scaleAfter(steps: number): number;
}

export function makeAverage(decay: number): Average {
  const at = (step: number): number => (step < 0 ? 0 : Math.min(decay, (1 + step) / (10 + step)));
  const factor = (step: number): number => Math.fround((at(step) * (1 - at(step - 1))) / (1 - at(step)));
  const scales = [1]; // before the first step A is the initial weights
  return {
    factor,
    scaleAfter(steps) {
      for (let step = scales.length - 1; step < steps; step++) scales.push((scales[step] ?? 1) * factor(step) + 1);
      return scales[steps] ?? 1;
    },
  };
}
