/**
 * Sinkhorn-Newton-Sparse (Tang et al. 2024, arXiv 2401.12253, algorithm 1): after some rounds of Sinkhorn's iteration, steps
 * of Newton's method on the concave dual f(F, G) = a·F + b·G - Σ exp M, whose Hessian
 *     -[[diag(P 1), P], [Pᵀ, diag(Pᵀ 1)]]
 * is kept with the largest entries of P only; a line search shortens the step. The paper solves for it by conjugate
 * gradients. Near a plan that pairs one to one, though, pairs touch each other by a billionth of what binds a pair, and
 * the condition of the Hessian is the inverse of that: here the columns are eliminated, which leaves the Laplacian of a
 * graph, and that is solved without losing a digit.
 */
import * as o from "../ir/build.js";
import { loop, loopWhile } from "../ir/loop.js";
import type { Value } from "../ir/value.js";
import { solveLaplacian } from "./laplacian.js";
import { asColumn, marginalError, sinkhorn, stretch, whileScaling } from "./sinkhorn.js";
import type { Scaling, TransportProblem } from "./sinkhorn.js";

/** Rounds of scaling before the first step: Newton's method wants to begin near. */
const warmRounds = 44;
/** Halvings of a step; they end earlier, as a rule. */
const mostHalvings = 12;

/** `density` is the part of the entries of P that the Hessian keeps. */
export function newtonSparse(
  problem: TransportProblem,
  from: Scaling,
  tolerance: Value,
  most: number,
  density: number,
): Scaling {
  const warm = sinkhorn(problem, from, tolerance, warmRounds);
  return whileScaling(warm, most, (now) => {
    const next = o.less(tolerance, now.error);
    // Rounds of scaling before each step cost little beside it, and move on where too few entries are kept for a good one.
    const step = newtonStep(problem, stretch(problem, now), tolerance, density);
    return { next: chosen(next, step, now), again: o.less(tolerance, step.error) };
  });
}

/** One scaling or the other, by a condition on the whole batch. */
function chosen(condition: Value, a: Scaling, b: Scaling): Scaling {
  const pick = (key: keyof Scaling): Value => o.select(condition, a[key], b[key]);
  return {
    logPlan: pick("logPlan"),
    left: pick("left"),
    right: pick("right"),
    error: pick("error"),
    rounds: pick("rounds"),
  };
}

function newtonStep(problem: TransportProblem, now: Scaling, tolerance: Value, density: number): Scaling {
  const plan = o.exp(now.logPlan);
  const [a, b] = [o.exp(problem.logLeft), o.exp(problem.logRight)];
  const [rows, columns] = [o.sum(plan, [1]), o.sum(plan, [0])];
  const slope = { left: o.sub(a, rows), right: o.sub(b, columns) };
  const kept = largestEntries(now.logPlan, density);
  const direction = directionOf(plan, kept, { left: rows, right: columns }, slope, tolerance);
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

const inner = (x: Pair, y: Pair): Value => o.add(o.dot(x.left, y.left), o.dot(x.right, y.right));

/** Bisections of a threshold between the logarithms of the least and the greatest entry that could be kept. */
const bisections = 16;
/** Entries further below the greatest one, as exponents, are kept by no step. */
const widest = 60;

/** 1 for the largest entries of P, a part of them all, 0 for the others. */
function largestEntries(logPlan: Value, density: number): Value {
  const top = o.reduceMax(logPlan, [0, 1]);
  const wanted = o.mul(o.scalar(density), o.count(logPlan.shape));
  const kept = (threshold: Value): Value => o.toReal(o.lessEqual(threshold, logPlan));
  const { carry } = loop(bisections, [o.sub(top, o.scalar(widest)), top], [], ([low = top, high = top]) => {
    const middle = o.mul(o.scalar(0.5), o.add(low, high));
    const isMany = o.less(wanted, o.sumAll(kept(middle)));
    return { carry: [o.select(isMany, middle, low), o.select(isMany, high, middle)], rows: [] };
  });
  return kept(carry[1] ?? top);
}

/** Groups that touch by less than this part of the tolerance stay as they are: what is between them is rounding. */
const loosest = 1e-2;

/**
 * The step (dF, dG) of Newton's method: with S the entries kept,
 *     dG = (slope - Sᵀ dF) / columns,   (diag(rows) - S diag(1/columns) Sᵀ) dF = slope - S (slope / columns).
 * The matrix is the Laplacian of the bonds S diag(1/columns) Sᵀ, and what was not kept leaks from its nodes.
 */
function directionOf(plan: Value, kept: Value, sums: Pair, slope: Pair, tolerance: Value): Pair {
  const sparse = o.mul(plan, kept);
  const dropped = o.mul(plan, o.sub(o.scalar(1), kept));
  const turned = o.swapLast(sparse);
  const columns = o.max(sums.right, o.scalar(1e-30));
  const through = (right: Value): Value => o.matMul(o.div(right, columns), turned);
  const bonds = o.matMul(o.div(sparse, columns), turned);
  const floor = o.mul(o.mul(o.scalar(loosest), tolerance), sums.left);
  const leak = o.add(o.add(o.sum(dropped, [1]), through(o.sum(dropped, [0]))), floor);
  const left = solveLaplacian(bonds, leak, o.sub(slope.left, through(slope.right)));
  return { left, right: o.div(o.sub(slope.right, o.matMul(left, sparse)), columns) };
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
