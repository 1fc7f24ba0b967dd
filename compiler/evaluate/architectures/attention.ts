/** How do vectors look at each other? */
import * as ir from "../../ir/build.js";
import type { Value } from "../../ir/value.js";
import { dense, lastOf } from "./layers.js";
import type { Weights } from "./layers.js";

/** Every vector of x looks at all of `others`: softmax(Q Kᵀ / √d) V, head by head (Vaswani et al. 2017, equation 1). */
export function attention(x: Value, others: Value, heads: number, name: string, weights: Weights): Value {
  const width = lastOf(x);
  const split = (value: Value, part: string): Value => {
    const projected = dense(value, width, `${name}.${part}`, weights);
    return ir.transpose(ir.reshape(projected, [Number(value.shape[0]), heads, width / heads]), [1, 0, 2]);
  };
  const scores = ir.batchMatMul(
    ir.mul(split(x, "query"), ir.scalar(Math.sqrt(heads / width))),
    ir.swapLast(split(others, "key")),
  );
  const shifted = ir.exp(ir.sub(scores, ir.stopGradient(ir.keepAxes(ir.reduceMax(scores, [2]), scores, [2]))));
  const shares = ir.div(shifted, ir.keepAxes(ir.sum(shifted, [2]), shifted, [2]));
  const seen = ir.transpose(ir.batchMatMul(shares, split(others, "value")), [1, 0, 2]);
  return dense(ir.reshape(seen, x.shape), width, `${name}.out`, weights);
}

/** Mean 0 and variance 1 of every vector. */
export function normalised(x: Value): Value {
  const last = [x.shape.length - 1];
  const centred = ir.sub(x, ir.keepAxes(ir.mean(x, last), x, last));
  const variance = ir.keepAxes(ir.mean(ir.mul(centred, centred), last), x, last);
  return ir.div(centred, ir.sqrt(ir.add(variance, ir.scalar(1e-5))));
}
