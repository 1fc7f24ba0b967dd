/** How is the system of a graph whose bonds are of very different strength solved with all its digits? */
import * as o from "../ir/build.js";
import { loop } from "../ir/loop.js";
import type { Value } from "../ir/value.js";
import { asColumn } from "./sinkhorn.js";

/** Pivots below this belong to nodes without bonds. */
const smallest = 1e-30;

/**
 * x [n] with Σ_j bonds_ij (x_i - x_j) + leak_i x_i = target_i: `bonds` [n, n] symmetric and `leak` [n], neither negative; the
 * diagonal of `bonds` is not read. From the last node to the first each is replaced by the bonds that its neighbours have
 * through it (the star-mesh transform of networks of resistors). Strengths are only added, multiplied and divided, so
 * that the weakest of them keep their digits (Grassmann, Taksar and Heyman 1985, for Markov chains); elimination with
 * the diagonal as a sum, and conjugate gradients, lose what is below the rounding of the strongest.
 */
export function solveLaplacian(bonds: Value, leak: Value, target: Value): Value {
  const count = target.shape[0] ?? 1;
  const numbers = o.toReal(o.iota(count));
  const before = (k: Value): Value => o.toReal(o.less(numbers, k));
  const unit = (k: Value): Value => o.toReal(o.equal(numbers, k));

  const down = loop(
    count,
    [bonds, leak, target],
    [o.reverse(numbers, [0])],
    ([b = bonds, e = leak, r = target], [k = leak]) => {
      const at = unit(k);
      const row = o.mul(before(k), o.matMul(at, b));
      const [own, pull] = [o.dot(at, e), o.dot(at, r)];
      const pivot = o.max(o.add(o.sumAll(row), own), o.scalar(smallest));
      const share = o.div(row, pivot);
      const carry = [o.add(b, o.mul(asColumn(share), row)), o.add(e, o.mul(share, own)), o.add(r, o.mul(share, pull))];
      return { carry, rows: [share, o.div(pull, pivot)] };
    },
  );
  // x_k = (target_k + Σ_j bonds_kj x_j) / pivot_k over the nodes before k, as they stood when k was eliminated.
  const [shares = bonds, rests = target] = down.rows.map((rows) => o.reverse(rows, [0]));
  const up = loop(
    count,
    [o.zeros([count])],
    [numbers, shares, rests],
    ([x = target], [k = leak, share = target, rest = leak]) => ({
      carry: [o.add(x, o.mul(unit(k), o.add(rest, o.dot(share, x))))],
      rows: [],
    }),
  );
  return up.carry[0] ?? target;
}
