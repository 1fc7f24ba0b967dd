/**
 * Entropic optimal transport: min over P of <P, C> + ε KL(P | a ⊗ b) with marginals a and b (Cuturi 2013; methods R). The
 * plan is P = exp(M), M = log a + log b + F + G - C / ε, with the potentials F, G in units of ε.
 *
 * What is carried is M itself: near convergence the entries that matter are of size one and are rounded as such, while the
 * potentials and C / ε may be thousands.
 */
import * as o from "../ir/build.js";
import { loop, loopWhile } from "../ir/loop.js";
import type { Dim, Value } from "../ir/value.js";

/** A problem: C [n, m], the logarithms of the marginals [n] and [m], and ε. */
export interface TransportProblem {
  readonly cost: Value;
  readonly logLeft: Value;
  readonly logRight: Value;
  readonly epsilon: Value;
}

/** Where an iteration stands. */
export interface Scaling {
  /** log P, [n, m]. */
  readonly logPlan: Value;
  /** F [n] and G [m]. */
  readonly left: Value;
  readonly right: Value;
  /** Σ_i |Σ_j P_ij - a_i| + Σ_j |Σ_i P_ij - b_j| */
  readonly error: Value;
  /** Rounds of scaling so far. */
  readonly rounds: Value;
}

/** Both samples have equal weights. */
export function equalWeights(cost: Value, epsilon: Value): TransportProblem {
  const uniform = (dim: Dim): Value => o.broadcast(o.neg(o.log(o.size(dim))), [dim]);
  return { cost, epsilon, logLeft: uniform(cost.shape[0] ?? 1), logRight: uniform(cost.shape[1] ?? 1) };
}

export function start({ cost, logLeft, logRight, epsilon }: TransportProblem): Scaling {
  const logPlan = o.add(o.add(asColumn(logLeft), logRight), o.neg(o.div(cost, epsilon)));
  const far = o.scalar(2); // nothing is known of the marginals yet
  return { logPlan, left: o.zeros(logLeft.shape), right: o.zeros(logRight.shape), error: far, rounds: o.scalar(0) };
}

/** From one ε to the next of the descent, and the most there are of them. */
const descent = 0.25;
const mostDescents = 24;

/**
 * A start near the solution: rounds at an ε as large as the costs, then at a quarter of it, and so on down to the one
 * asked for. The potentials are kept, so that log P - log a - log b = (φ + ψ - C) / ε only changes its scale (Kosowsky and
 * Yuille 1994; Schmitzer 2019, section 3.2).
 */
export function descend(problem: TransportProblem): Scaling {
  const range = o.sub(o.reduceMax(problem.cost, [0, 1]), o.neg(o.reduceMax(o.neg(problem.cost), [0, 1])));
  const first = o.max(range, problem.epsilon);
  const weights = o.add(asColumn(problem.logLeft), problem.logRight);
  const from = start({ ...problem, epsilon: first });
  const results = loopWhile(mostDescents, [from.logPlan, from.left, from.right, from.rounds, first], (values) => {
    const [logPlan, left, right, rounds, now] = values as readonly [Value, Value, Value, Value, Value]; // as carried
    const next = stretch(problem, { logPlan, left, right, rounds, error: rounds }, descentRounds);
    const lower = o.max(o.mul(o.scalar(descent), now), problem.epsilon);
    const scale = o.div(now, lower);
    return {
      carry: [
        o.add(weights, o.mul(scale, o.sub(next.logPlan, weights))),
        o.mul(scale, next.left),
        o.mul(scale, next.right),
        next.rounds,
        lower,
      ],
      again: o.less(problem.epsilon, lower),
    };
  });
  const [logPlan = range, left = range, right = range, rounds = range] = results;
  return { logPlan, left, right, rounds, error: from.error };
}

/** Rounds in products of matrices that follow one in logarithms; fewer on the way down, where the next ε moves all again. */
const usualRounds = 10;
const descentRounds = 4;

/**
 * Sinkhorn's iteration until the marginals are met within `tolerance`, or for `most` rounds. Of every eleven rounds one
 * works on logarithms, and is exact however small ε is; ten follow as products with exp M, which cost a tenth of it
 * (Schmitzer 2019, "Stabilized sparse scaling algorithms", section 3: absorption after each stretch of scalings).
 */
export function sinkhorn(problem: TransportProblem, from: Scaling, tolerance: Value, most: number): Scaling {
  const stretches = Math.max(1, Math.ceil(most / (usualRounds + 1)));
  return whileScaling(from, stretches, (now) => {
    const next = stretch(problem, now);
    return { next, again: o.less(tolerance, next.error) };
  });
}

/** A loop over scalings: the records of the loop's carried values. */
export function whileScaling(
  from: Scaling,
  most: number,
  round: (now: Scaling) => { readonly next: Scaling; readonly again: Value },
): Scaling {
  const parts = ({ logPlan, left, right, error, rounds }: Scaling): Value[] => [logPlan, left, right, error, rounds];
  const whole = (values: readonly Value[]): Scaling => {
    const [logPlan, left, right, error, rounds] = values as readonly [Value, Value, Value, Value, Value]; // as `parts` has them
    return { logPlan, left, right, error, rounds };
  };
  const results = loopWhile(most, parts(from), (values) => {
    const { next, again } = round(whole(values));
    return { carry: parts(next), again };
  });
  return whole(results);
}

/** One round in logarithms: F ← F + log a - log Σ_j exp M, then the same for G, so that the columns of P sum to b. */
function scaleOnce(problem: TransportProblem, now: Scaling): Scaling {
  const byRow = o.sub(problem.logLeft, logSumExp(now.logPlan, 1));
  const rowScaled = o.add(now.logPlan, asColumn(byRow));
  const byColumn = o.sub(problem.logRight, logSumExp(rowScaled, 0));
  return {
    logPlan: o.add(rowScaled, byColumn),
    left: o.add(now.left, byRow),
    right: o.add(now.right, byColumn),
    error: now.error,
    rounds: o.add(now.rounds, o.scalar(1)),
  };
}

/** One round in logarithms and `scaledRounds` as products, each of them relaxed. */
export function stretch(problem: TransportProblem, before: Scaling, scaledRounds = usualRounds): Scaling {
  const now = scaleOnce(problem, before);

  // u ← a / (K v), v ← b / (Kᵀ u) with K = exp M; all are rows, as products of matrices take them.
  const kernel = o.exp(now.logPlan);
  const turned = o.swapLast(kernel);
  const [a, b] = [asRow(o.exp(problem.logLeft)), asRow(o.exp(problem.logRight))];
  const scaled = loop(scaledRounds, [o.ones(a.shape), o.ones(b.shape)], [], (carried) => {
    const [u, v] = carried as readonly [Value, Value]; // as carried
    const nextLeft = relaxed(u, over(a, o.matMul(v, turned)));
    return { carry: [nextLeft, relaxed(v, over(b, o.matMul(nextLeft, kernel)))], rows: [] };
  });
  const v = scaled.carry[1] as Value; // two are carried
  const u = over(a, o.matMul(v, turned));
  const [stepLeft, stepRight] = [o.reshape(o.log(u), now.left.shape), o.reshape(o.log(v), now.right.shape)];
  const logPlan = o.add(o.add(now.logPlan, asColumn(stepLeft)), stepRight);
  // After the last u the rows sum to a, but for what was too small to divide by.
  const plan = o.mul(o.mul(kernel, asColumn(u)), v);
  return {
    logPlan,
    left: o.add(now.left, stepLeft),
    right: o.add(now.right, stepRight),
    error: marginalError(problem, plan),
    rounds: o.add(now.rounds, o.scalar(scaledRounds)),
  };
}

/**
 * A step from the factors x past the y that meet their marginal: x r^ω with r = y / x. Near the solution rounds contract like
 * sweeps of successive over-relaxation, in a tenth of the number where plain ones are slow (Thibault, Chizat, Dossal and
 * Papadakis 2021, "Overrelaxed Sinkhorn-Knopp"). The dual falls in every coordinate where r^(ω - 1) - ω log r <= 1 / r,
 * as it does for r from 1/2 to 2 at this ω; the part beyond y, r^(ω - 1), is held there, and so the dual never rises.
 */
function relaxed(x: Value, y: Value): Value {
  const ratio = o.min(o.max(o.div(y, x), o.scalar(1 / farthest)), o.scalar(farthest));
  return o.mul(y, o.pow(ratio, o.scalar(relaxation - 1)));
}

const relaxation = 1.8;
const farthest = 2;

/** Sums of a kernel that all but vanish in float32 are no divisors: the next round of logarithms takes care of them. */
const smallest = 1e-30;

function over(weights: Value, sums: Value): Value {
  return o.div(weights, o.max(sums, o.scalar(smallest)));
}

/** The distance of both marginals of a plan from those asked for, in L1. */
export function marginalError({ logLeft, logRight }: TransportProblem, plan: Value): Value {
  const rows = o.sumAll(o.abs(o.sub(o.sum(plan, [1]), o.exp(logLeft))));
  const columns = o.sumAll(o.abs(o.sub(o.sum(plan, [0]), o.exp(logRight))));
  return o.add(rows, columns);
}

/** log Σ exp along an axis, the greatest entry taken out. */
function logSumExp(x: Value, axis: number): Value {
  const top = o.reduceMax(x, [axis]);
  return o.add(top, o.log(o.sum(o.exp(o.sub(x, o.keepAxes(top, x, [axis]))), [axis])));
}

/** A vector, or a row, as a column. */
export function asColumn(x: Value): Value {
  return o.reshape(x, [x.shape.at(-1) ?? 1, 1]);
}

function asRow(x: Value): Value {
  return o.reshape(x, [1, x.shape[0] ?? 1]);
}

/**
 * <P, C> + ε KL(P | a ⊗ b), with the derivatives of the optimum: by the envelope theorem those of the plan do not count,
 * so that ∂/∂C = P and ∂/∂ε = KL. KL(P | a ⊗ b) = Σ P (F + G - C / ε) for a plan of sum one.
 */
export function transportValue(problem: TransportProblem, found: Scaling): Value {
  const plan = o.stopGradient(o.exp(found.logPlan));
  const { cost, epsilon } = problem;
  const logRatio = o.sub(found.logPlan, o.add(asColumn(problem.logLeft), problem.logRight));
  const divergence = o.stopGradient(o.dot(plan, o.stopGradient(logRatio)));
  return o.add(o.dot(plan, cost), o.mul(epsilon, divergence));
}

/** The problem as numbers: what is found from it is held fixed under derivatives. */
export function heldFixed(problem: TransportProblem): TransportProblem {
  return { ...problem, cost: o.stopGradient(problem.cost), epsilon: o.stopGradient(problem.epsilon) };
}
