/** A path whose coefficients are tables of time: from its Gaussian draw to its other one, which is checked once the tables are known. */
import type { Span } from "../../grammar/source.js";
import { isZero, symbol } from "../calculus/expression.js";
import type { Expression, SymbolExpression } from "../calculus/expression.js";
import { affineIn } from "../calculus/polynomial.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import { substitute } from "../ir/substitute.js";
import type { Value } from "../ir/value.js";
import { constantOf, tensor } from "./arithmetic.js";
import type { Context } from "./context.js";
import { report } from "./context.js";
import { buildFormula, dependsOn } from "./formula.js";
import { folded } from "../ir/folded.js";
import { demand, needsData } from "./setup.js";

interface Path {
  readonly formula: Expression;
  /** What the formula's symbols stand for that are neither time nor draws. */
  readonly opaque: ReadonlyMap<string, Value>;
  readonly time: Value;
  readonly draws: ReadonlyMap<string, Value>;
  readonly gaussian: ReadonlySet<string>;
  readonly range: readonly [number, number];
  readonly name: string;
  readonly span: Span;
}

export interface TabulatedEnds {
  readonly start: SymbolExpression;
  readonly end: SymbolExpression;
}

/** How far from 0 and 1 a table may be at the ends. */
const tolerance = 1e-3;

/** null where the path is not of this kind; "failed" after reporting. */
export function tabulatedEnds(path: Path, c: Context): TabulatedEnds | null | "failed" {
  const { formula, opaque, time, draws, gaussian, range, span } = path;
  const isOfTime = [...opaque.values()].every(
    (graph) =>
      graph.shape.length === 0 && dependsOn(graph, new Set([time])) && !dependsOn(graph, new Set(draws.values())),
  );
  const base = [...draws.keys()].find((name) => gaussian.has(name));
  const data = [...draws.keys()].find((name) => !gaussian.has(name));
  if (opaque.size === 0 || !isOfTime || base === undefined || data === undefined || draws.size !== 2) return null;
  const inBase = affineIn(formula, base);
  const inData = inBase === null ? null : affineIn(inBase.constant, data);
  if (inBase === null || inData === null || !isZero(inData.constant)) return null;
  const at = (coefficient: Expression, end: number): Value => {
    const built = buildFormula(coefficient, {
      values: new Map([...opaque, [timeName(time), time]]),
      ranges: new Map(),
    });
    return substitute([built], new Map([[time, ir.scalar(end)]]))[0] ?? built;
  };
  const away = [
    [inBase.linear, range[0], 1],
    [inData.linear, range[0], 0],
    [inBase.linear, range[1], 0],
    [inData.linear, range[1], 1],
  ] as const;
  const errors = away.map(([coefficient, end, wanted]) => ir.abs(ir.sub(at(coefficient, end), ir.scalar(wanted))));
  const worst = errors.reduce((a, b) => ir.max(a, b));
  const says = `The path of \`${path.name}\` does not start at ${base} and end at ${data} with the tables of this data`;
  if (needsData(worst, c)) demand(ir.sub(ir.scalar(tolerance), worst), says, c);
  else {
    const [first = 0, second = 0, ...rest] = errors.map((error) => constantOf(tensor(folded(error))) ?? 0);
    const isStart = !(Math.max(first, second) <= tolerance);
    if (isStart || !(Math.max(...rest) <= tolerance)) {
      report(c, catalogue.badEnd, span, {
        end: `${timeName(time)} = ${isStart ? range[0] : range[1]}`,
        reason: `a path of tables goes from ${base} to ${data}`,
      });
      return "failed";
    }
  }
  return { start: symbol(base), end: symbol(data) };
}

function timeName(time: Value): string {
  return time.params.name ?? "t";
}
