/** Does a consistency function leave its argument alone at the data's end, as the flow's endpoint does? */
import { catalogue } from "../diagnostics/catalogue.js";
import { tensor } from "../evaluate/arithmetic.js";
import type { Context } from "../evaluate/context.js";
import { report } from "../evaluate/context.js";
import { predict } from "../evaluate/heads.js";
import type { Closure, Head, Network } from "../evaluate/thing.js";
import * as ir from "../ir/build.js";
import { evaluateNumbers, sizesOf } from "../ir/evaluate-numbers.js";
import { leavesOf } from "./batched.js";

/**
 * f(x, t) = x at the time of the process that is nearest to the data: an identity in x and in all weights, tried at three
 * random choices of them. False after reporting that it does not hold.
 */
export function keepsBoundary(predictor: Network | Closure, head: Head, c: Context): boolean {
  const { process } = head;
  const time = Math.min(Math.max(process.dataTime, process.range[0]), process.range[1]);
  const x = ir.input("x", "real", process.space.shape);
  const span = predictor.kind === "network" ? predictor.declaration.name.span : head.span;
  const there = predict(predictor, "endpoint", [tensor(x), tensor(ir.scalar(time))], span, c);
  if (there.kind !== "tensor") return there.kind !== "poison";
  const gap = largest(ir.abs(ir.sub(there.value, x)));
  const inputs = [...leavesOf([gap])];
  const random = pseudoRandom();
  for (let trial = 0; trial < 3; trial += 1) {
    const numbers = new Map(
      inputs.map((input) => [input, Array.from({ length: sizesOf(input).reduce((a, b) => a * b, 1) }, random)]),
    );
    const difference = evaluateNumbers([gap], numbers)[0]?.[0] ?? Number.NaN;
    if (difference < 1e-9) continue;
    report(c, catalogue.boundaryBroken, span, {
      network: predictor.name,
      at: `${process.time} = ${time}`,
      difference: Number.isNaN(difference) ? "is not a number" : `differs from it by ${difference.toPrecision(2)}`,
    });
    return false;
  }
  return true;
}

function largest(value: ReturnType<typeof ir.abs>): ReturnType<typeof ir.abs> {
  return value.shape.length === 0
    ? value
    : ir.reduceMax(
        value,
        value.shape.map((_, axis) => axis),
      );
}

/** Numbers in [-1, 1): the fractional parts of a multiple of the golden ratio, the same in every compilation. */
function pseudoRandom(): () => number {
  let place = 0;
  return () => {
    place += 1;
    return 2 * ((place * 0.6180339887498949) % 1) - 1;
  };
}
