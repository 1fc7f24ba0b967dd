/**
 * Sinkhorn-Newton-Sparse (Tang et al. 2024, arXiv 2401.12253, algorithm 1): after some rounds of Sinkhorn's iteration, steps
 * of Newton's method on the concave dual f(F, G) = a·F + b·G - Σ exp M, whose Hessian
 *     -[[diag(P 1), P], [Pᵀ, diag(Pᵀ 1)]]
 * is kept with the largest entries of P only; conjugate gradients solve for the step, a line search shortens it.
 */
import * as o from "../ir/build.js";
import { loop, loopWhile } from "../ir/loop.js";
import type { Value } from "../ir/value.js";
import { asColumn, marginalError, sinkhorn, stretch, whileScaling } from "./sinkhorn.js";
import type { Scaling, TransportProblem } from "./sinkhorn.js";

/** Rounds of scaling before the first step: Newton's method wants to begin near. */
const warmRounds = 44;
/** Steps of conjugate gradients and halvings of a step; both end earlier, as a rule. */
const mostSolving = 300;
const mostHalvings = 12;

/** `density` is the part of the entries of P that the Hessian keeps. */
export function newtonSparse(problem: TransportProblem, from: Scaling, tolerance: Value, most: number, density: number): Scaling {
  const warm = sinkhorn(problem, from, tolerance, warmRounds);
  return whileScaling(warm, most, (now) => {
    const next = o.less(tolerance, now.error);
    // Rounds of scaling before each step cost little beside it, and move on where too few entries are kept for a good one.
    const step = newtonStep(problem, stretch(problem, now), density);
    return { next: chosen(next, step, now), again: o.less(tolerance, step.error) };
  });
}

/** One scaling or the other, by a condition on the whole batch. */
function chosen(condition: Value, a: Scaling, b: Scaling): Scaling {
  const pick = (key: keyof Scaling): Value => o.select(condition, a[key], b[key]);
  return { logPlan: pick("logPlan"), left: pick("left"), right: pick("right"), error: pick("error"), rounds: pick("rounds") };
}

function newtonStep(problem: TransportProblem, now: Scaling, density: number): Scaling {
  const plan = o.exp(now.logPlan);
  const [a, b] = [o.exp(problem.logLeft), o.exp(problem.logRight)];
  const [rows, columns] = [o.sum(plan, [1]), o.sum(plan, [0])];
  const slope = { left: o.sub(a, rows), right: o.sub(b, columns) };
  const sparse = largestEntries(now.logPlan, plan, density);
  const direction = solve(sparse, { left: rows, right: columns }, slope);
  const length = lineSearch(now.logPlan, plan, { left: a, right: b }, slope, direction);
  const [stepLeft, stepRight] = [o.mul(length, direction.left), o.mul(length, direction.right)];
  const logPlan = o.add(o.add(now.logPlan, asColumn(stepLeft)), stepRight);
  return {
    logPlan,
    left: o.add(now.left, stepLeft),
    right: o.add(now.right, stepRight),
    error: marginalError(problem, o.exp(logPlan)),
    rounds: o.add(now.rounds, o.scalar(1)),
  };
}

/** A vector of the dual: a part for each side. */
interface Pair {
  readonly left: Value;
  readonly right: Value;
}

const axpy = (x: Pair, scale: Value, y: Pair): Pair => ({
  left: o.add(x.left, o.mul(scale, y.left)),
  right: o.add(x.right, o.mul(scale, y.right)),
});
const inner = (x: Pair, y: Pair): Value => o.add(o.dot(x.left, y.left), o.dot(x.right, y.right));

/** Bisections of a threshold between the logarithms of the least and the greatest entry that could be kept. */
const bisections = 16;
/** Entries further below the greatest one, as exponents, are kept by no step. */
const widest = 60;

/** P with all but a part of its entries, the smallest ones, replaced by zero. */
function largestEntries(logPlan: Value, plan: Value, density: number): Value {
  const top = o.reduceMax(logPlan, [0, 1]);
  const wanted = o.mul(o.scalar(density), o.count(plan.shape));
  const kept = (threshold: Value): Value => o.toReal(o.lessEqual(threshold, logPlan));
  const { carry } = loop(bisections, [o.sub(top, o.scalar(widest)), top], [], ([low = top, high = top]) => {
    const middle = o.mul(o.scalar(0.5), o.add(low, high));
    const isMany = o.less(wanted, o.sumAll(kept(middle)));
    return { carry: [o.select(isMany, middle, low), o.select(isMany, high, middle)], rows: [] };
  });
  return o.mul(plan, kept(carry[1] ?? top));
}

/**
 * What is left of the residual's square. Pairs that hardly touch the others make for slow directions, which show in the
 * last digits of the residual only.
 */
const solvedTo = 1e-12;

/** Conjugate gradients with the diagonal as preconditioner. */
function solve(sparse: Value, diagonal: Pair, target: Pair): Pair {
  const turned = o.swapLast(sparse);
  const floor = o.scalar(1e-30);
  const apply = (x: Pair): Pair => ({
    left: o.add(o.mul(diagonal.left, x.left), o.matMul(x.right, turned)),
    right: o.add(o.mul(diagonal.right, x.right), o.matMul(x.left, sparse)),
  });
  const scaled = (x: Pair): Pair => ({
    left: o.div(x.left, o.max(diagonal.left, floor)),
    right: o.div(x.right, o.max(diagonal.right, floor)),
  });
  const first = scaled(target);
  const size = inner(target, first);
  const zero: Pair = { left: o.zeros(target.left.shape), right: o.zeros(target.right.shape) };
  const results = loopWhile(
    mostSolving,
    [zero.left, zero.right, target.left, target.right, first.left, first.right, size],
    (values) => {
      const [xl, xr, rl, rr, pl, pr, before] = values as readonly [Value, Value, Value, Value, Value, Value, Value]; // as carried
      const direction: Pair = { left: pl, right: pr };
      const image = apply(direction);
      const step = o.div(before, o.max(inner(direction, image), floor));
      const x = axpy({ left: xl, right: xr }, step, direction);
      const residual = axpy({ left: rl, right: rr }, o.neg(step), image);
      const z = scaled(residual);
      const after = inner(residual, z);
      const next = axpy(z, o.div(after, o.max(before, floor)), direction);
      return {
        carry: [x.left, x.right, residual.left, residual.right, next.left, next.right, after],
        again: o.less(o.mul(o.scalar(solvedTo), size), after),
      };
    },
  );
  return { left: results[0] ?? zero.left, right: results[1] ?? zero.right };
}

/** The part of the rise that the slope promises which a step must bring (Armijo). */
const enough = 1e-4;
/** Steps that would change an entry of log P by more are shortened to this first. */
const farthest = 10;

/**
 * The longest of a step, its half, its quarter … along which the dual rises as its slope promises, or which brings the
 * marginals nearer: rises of the last steps vanish in rounding, errors do not. 0 for none.
 */
function lineSearch(logPlan: Value, plan: Value, weights: Pair, slope: Pair, direction: Pair): Value {
  const promised = inner(slope, direction);
  const linear = inner(weights, direction);
  const change = o.add(asColumn(direction.left), direction.right);
  const far = o.reduceMax(o.abs(change), [0, 1]);
  const longest = o.div(o.scalar(farthest), o.max(far, o.scalar(farthest)));
  const errorOf = (of: Value): Value =>
    o.add(o.sumAll(o.abs(o.sub(o.sum(of, [1]), weights.left))), o.sumAll(o.abs(o.sub(o.sum(of, [0]), weights.right))));
  const before = errorOf(plan);
  // f(t) - f(0) = t (a·dF + b·dG) - Σ (exp(M + t d) - P)
  const isEnough = (t: Value): Value => {
    const moved = o.exp(o.min(o.add(logPlan, o.mul(t, change)), o.scalar(20)));
    const rise = o.sub(o.mul(t, linear), o.sumAll(o.sub(moved, plan)));
    const rises = o.lessEqual(o.mul(o.mul(o.scalar(enough), t), promised), rise);
    return o.toReal(o.or(rises, o.less(errorOf(moved), o.mul(o.scalar(0.9), before))));
  };
  const results = loopWhile(mostHalvings, [longest, isEnough(longest)], ([t = promised, good = promised]) => {
    const isGood = o.less(o.scalar(0.5), good);
    const next = o.select(isGood, t, o.mul(o.scalar(0.5), t));
    const after = isEnough(next);
    return { carry: [next, after], again: o.less(after, o.scalar(0.5)) };
  });
  const [found = promised, good = promised] = results;
  return o.select(o.less(o.scalar(0.5), good), found, o.scalar(0));
}
