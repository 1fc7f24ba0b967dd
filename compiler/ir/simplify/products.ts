/** Which matrix products are cheaper in parts, or with a shared matrix? */
import * as o from "../build.js";
import type { Value } from "../value.js";
import { operand } from "./rule.js";
import type { Rule, RuleTable } from "./rule.js";

/**
 * [a, b] W = a W₁ + b W₂ where a differs along the leading axes and b was only stretched along them, such as a time
 * embedding beside a batch of states: b W₂ is then computed once, and b is never stretched. Where all parts are of one
 * kind, one product is better.
 */
const stretchedPartsApart: Rule = (value) => {
  const [a, matrix] = [operand(value, 0), operand(value, 1)];
  const axis = a.shape.length - 1;
  if (a.op !== "concat" || a.params.axis !== axis) return null;
  const stretched = a.inputs.map((part) => isStretched(part, axis));
  if (!stretched.includes(true) || !stretched.includes(false)) return null;

  const columns = matrix.shape[1] ?? 1;
  const terms: Value[] = [];
  let row = 0;
  for (let from = 0; from < a.inputs.length;) {
    // Neighbours that all differ along the leading axes stay together.
    let to = from + 1;
    while (stretched[from] === false && stretched[to] === false) to += 1;
    const parts = a.inputs.slice(from, to);
    const rows = parts.reduce((count, part) => count + Number(part.shape[axis]), 0);
    const block = o.slice(matrix, [row, 0], [rows, columns]);
    terms.push(stretched[from] === true ? o.matMul(operand(parts[0] as Value, 0), block) : o.matMul(o.concat(parts, axis), block)); // prettier-ignore
    row += rows;
    from = to;
  }
  return o.broadcastTo(
    terms.reduce((sum, term) => o.add(sum, term)),
    value.shape,
  );
};

/** Products with one stretched matrix are the product with a shared one. */
const sharedMatrix: Rule = (value) => {
  const [a, b] = [operand(value, 0), operand(value, 1)];
  if (b.shape.length === 2) return o.matMul(a, b);
  const isShared = b.op === "broadcast" && operand(b, 0).shape.length === 2;
  return isShared && operand(b, 0).shape.every((dim, i) => dim === b.shape.at(i - 2))
    ? o.matMul(a, operand(b, 0))
    : null;
};

export const products: RuleTable = {
  matMul: [stretchedPartsApart],
  batchMatMul: [sharedMatrix],
};

/** Whether a part repeats the same row along some leading axis. */
function isStretched(part: Value, axis: number): boolean {
  if (part.op !== "broadcast") return false;
  const source = operand(part, 0);
  return source.shape.length > 0 && source.shape.at(-1) === part.shape[axis];
}
