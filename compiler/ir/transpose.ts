/** Which cotangents reach the inputs of a graph that is linear in them? One walk backwards over the transpose rules. */
import { InternalError } from "../internal-error.js";
import * as build from "./build.js";
import { dependents } from "./dependents.js";
import type { Tangent } from "./row.js";
import { transposeScan } from "./scan-transpose.js";
import { table } from "./table.js";
import type { Value } from "./value.js";

/**
 * The cotangents of `moves` when those of `outputs`, linear in `moves`, are `cotangents`. Null stands for zero.
 * The results do not contain `moves`.
 */
export function transposeLinear(
  outputs: readonly Tangent[],
  moves: readonly Value[],
  cotangents: readonly Tangent[],
): Tangent[] {
  const sums = new Map<Value, Value>();
  const loopSums = new Map<Value, Tangent[]>();
  const collect = (value: Value, cotangent: Tangent): void => {
    if (cotangent === null || build.uniform(cotangent) === 0) return;
    const sum = sums.get(value);
    sums.set(value, sum === undefined ? cotangent : build.add(sum, cotangent));
  };
  for (const [place, output] of outputs.entries()) if (output !== null) collect(output, cotangents[place] ?? null);

  const roots = outputs.filter((output) => output !== null);
  const linear = dependents(roots, moves);
  const isLinear = (value: Value): boolean => linear.has(value);
  const isMove = new Set(moves);
  for (const value of [...linear].reverse()) {
    if (isMove.has(value)) continue;
    const cotangent = sums.get(value);
    build.withOrigin(value.origin, () => {
      if (value.op === "scan") {
        const results = loopSums.get(value);
        if (results === undefined) return;
        const own = transposeScan(value, value.inputs.map(isLinear), results);
        for (const [place, input] of value.inputs.entries()) collect(input, own[place] ?? null);
      } else if (cotangent !== undefined && value.op === "pick") {
        const [loop] = value.inputs;
        if (loop === undefined) throw new InternalError("a pick lacks its scan");
        const results = loopSums.get(loop) ?? [];
        const index = value.params.index ?? 0;
        const before = results[index];
        results[index] = before === null || before === undefined ? cotangent : build.add(before, cotangent);
        loopSums.set(loop, results);
      } else if (cotangent !== undefined) {
        for (const [place, input] of value.inputs.entries()) {
          if (isLinear(input)) collect(input, transposeByRule(value, place, cotangent, isLinear));
        }
      }
    });
  }
  return moves.map((move) => sums.get(move) ?? null);
}

function transposeByRule(value: Value, place: number, cotangent: Value, isLinear: (value: Value) => boolean): Tangent {
  const { derivative } = table[value.op];
  if (derivative.kind === "linear" && (derivative.operands === "all" || derivative.operands.includes(place))) {
    return derivative.transpose(build, cotangent, value, place);
  }
  if (derivative.kind === "bilinear" && !value.inputs.every(isLinear)) {
    return derivative.transpose(build, cotangent, value, place === 0 ? 0 : 1);
  }
  throw new InternalError(`${value.op} is not linear in its operand ${place}`);
}
