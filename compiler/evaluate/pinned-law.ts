/** The law of a process's state given states at one or two times: its transition, posterior and bridge. */
import type { Span } from "../../grammar/source.js";
import { number as formulaNumber, symbol } from "../calculus/expression.js";
import type { Expression } from "../calculus/expression.js";
import type { AffineFacts, GaussianKernel, LogAffineFacts } from "../calculus/facts.js";
import { kernelBetween, posterior } from "../calculus/process.js";
import * as ir from "../ir/build.js";
import type { Value } from "../ir/value.js";
import { constantOf, real, tensor } from "./arithmetic.js";
import { catalogue } from "../diagnostics/catalogue.js";
import type { Context } from "./context.js";
import { report } from "./context.js";
import { coordinatesOf } from "./coordinate-map.js";
import { buildFormula } from "./formula.js";
import { lawOfState } from "./process-coordinates.js";
import { refuseKernel, signalOf, tableRange } from "./process-law.js";
import { isTorus } from "./torus.js";
import type { Law, Pin, Process } from "./thing.js";

/** x(to) = scale · x(from) + shift + sqrt(variance) z */
interface Step {
  readonly scale: Value;
  readonly shift: Value;
  readonly variance: Value;
}

/** null after reporting. */
export function pinnedLaw(process: Process, time: Value, pins: readonly Pin[], span: Span, c: Context): Law | null {
  const { dynamics } = process;
  const [before, after] = pins;
  if (before === undefined) return null;
  if (dynamics.kind === "interpolant") return alongPath(process, time, pins, span, c);
  if (dynamics.kind === "coordinates") {
    const { map } = dynamics;
    const moved = pins.map((pin) => ({ ...pin, state: tensor(coordinatesOf(map, real(pin.state.value))) }));
    const of = pinnedLaw(dynamics.process, time, moved, span, c);
    return of === null ? null : lawOfState(of, map, process.space);
  }
  if (dynamics.kind === "system") return null;
  const { facts } = dynamics;
  if (facts.kind === "general") return refuseKernel(process, span, c);
  const logarithmic = facts.kind === "log-affine";
  const state = (pin: Pin): Value => (logarithmic ? ir.log(real(pin.state.value)) : real(pin.state.value));
  const name = isTorus(process.space) ? "wrapped-normal" : logarithmic ? "log-normal" : "normal";
  const law = (mean: Value, std: Value): Law => ({
    kind: "law",
    law: name,
    mean: tensor(mean),
    std: tensor(std),
    like: process.space,
  });
  const start = stepBetween(process, facts, before.time, time);
  if (after === undefined) return law(ir.add(ir.mul(start.scale, state(before)), start.shift), ir.sqrt(start.variance));
  if (isTorus(process.space)) {
    report(c, catalogue.notCompiledYet, span, {
      construct: "A process on the torus pinned at two times",
      instead: "Condition on one state: the number of turns between two is not known.",
    });
    return null;
  }
  const end = stepBetween(process, facts, time, after.time);
  const named = new Map<string, Value>([
    ["initial", state(before)],
    ["later", state(after)],
  ]);
  const formula = posterior(
    kernelOf("start", start, named),
    kernelOf("end", end, named),
    symbol("initial"),
    symbol("later"),
  );
  const build = (e: Expression): Value => buildFormula(e, { values: named, ranges: new Map() });
  return law(build(formula.mean), build(formula.std));
}

/** The kernel between two times that are known when the program runs. */
function stepBetween(process: Process, facts: AffineFacts | LogAffineFacts, from: Value, to: Value): Step {
  const { between, earlier } = facts;
  const signal = constantOf(tensor(from)) === process.dataTime ? signalOf(process) : null;
  const range = tableRange(process);
  const build = (
    kernel: Pick<GaussianKernel, "scale" | "shift" | "variance">,
    times: readonly (readonly [string, Value])[],
  ): Step => {
    const environment = { values: new Map([...process.constants, ...times]), ranges: new Map([[process.time, range]]) };
    const [scale, shift, variance] = [kernel.scale, kernel.shift, kernel.variance].map((e) =>
      buildFormula(e, environment),
    );
    return { scale: scale ?? to, shift: shift ?? to, variance: variance ?? to };
  };
  if (signal !== null) return build(signal, [[process.time, to]]);
  if (between.closed)
    return build(between, [
      [earlier.name, from],
      [process.time, to],
    ]);
  // Integrals without closed form are tables of one time: Φ(t, s) = Φ(t, 0) / Φ(s, 0), and the rest follows.
  const base = baseKernel(facts, range[0]);
  const [first, last] = [build(base, [[process.time, from]]), build(base, [[process.time, to]])];
  const scale = ir.div(last.scale, first.scale);
  return {
    scale,
    shift: ir.sub(last.shift, ir.mul(scale, first.shift)),
    variance: ir.sub(last.variance, ir.mul(ir.mul(scale, scale), first.variance)),
  };
}

/** Tables belong to the formula they were made for: it is derived once. */
const baseKernels = new WeakMap<AffineFacts | LogAffineFacts, GaussianKernel>();

function baseKernel(facts: AffineFacts | LogAffineFacts, from: number): GaussianKernel {
  const known = facts.input.dataTime === from ? facts.fromData : null;
  const base = known ?? baseKernels.get(facts) ?? kernelBetween(facts, formulaNumber(from), facts.input.time);
  baseKernels.set(facts, base);
  return base;
}

/** The kernel in symbols that stand for its graphs, so that no formula of one is mixed with that of another. */
function kernelOf(name: string, { scale, shift, variance }: Step, named: Map<string, Value>): GaussianKernel {
  const place = (part: string, value: Value): Expression => {
    named.set(`${part} of ${name}`, value);
    return symbol(`${part} of ${name}`, part === "variance" ? "nonnegative" : "any");
  };
  const [a, m, v] = [place("scale", scale), place("shift", shift), place("variance", variance)];
  const given = symbol(name);
  return { from: given, to: given, given, scale: a, shift: m, mean: a, variance: v, std: v, closed: true };
}

/** x = α x0 + shift + σ z given x0 and x at one time: z is known, and with it the whole path. */
function alongPath(process: Process, time: Value, pins: readonly Pin[], span: Span, c: Context): Law | null {
  const signal = signalOf(process);
  const data = pins.find((pin) => constantOf(tensor(pin.time)) === process.dataTime);
  const other = pins.find((pin) => pin !== data);
  if (signal === null || data === undefined || other === undefined) return refuseKernel(process, span, c);
  const at = (e: Expression, t: Value): Value =>
    buildFormula(e, {
      values: new Map([...process.constants, [process.time, t]]),
      ranges: new Map([[process.time, tableRange(process)]]),
    });
  const x0 = real(data.state.value);
  const mean = (t: Value): Value => ir.add(ir.mul(at(signal.scale, t), x0), at(signal.shift, t));
  const rest = ir.sub(real(other.state.value), mean(other.time));
  const value = ir.add(mean(time), ir.mul(ir.div(at(signal.std, time), at(signal.std, other.time)), rest));
  return { kind: "law", law: "normal", mean: tensor(value), std: tensor(ir.scalar(0)), like: process.space };
}
