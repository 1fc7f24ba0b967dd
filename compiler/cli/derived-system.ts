/** What `sdec derive --json` says of a process of several components. */
import { evaluate } from "../calculus/evaluate.js";
import type { Expression } from "../calculus/expression.js";
import { show, showLatex } from "../calculus/show.js";
import type { LinearSystemFacts, Matrix, SystemFacts, SystemKernel, SystemTerminal } from "../calculus/system-facts.js";
import { startCovariance } from "../calculus/system-kernel.js";
import { momentsAt } from "../calculus/system-moments.js";

interface Written {
  readonly expression: string;
  readonly latex: string;
}

export interface SystemJson {
  readonly states: readonly string[];
  readonly closedForm: boolean;
  /** Between the times `earlier` and the process's time; null without a closed form. */
  readonly kernel: {
    readonly earlier: string;
    readonly propagator: readonly (readonly Written[])[];
    readonly shift: readonly Written[];
    readonly covariance: readonly (readonly Written[])[];
  } | null;
  /** At the given time, from the data's; states with a law of their own are averaged over in the covariance. */
  readonly numbers: {
    readonly propagator: readonly (readonly number[])[];
    readonly shift: readonly number[];
    readonly covariance: readonly (readonly number[])[];
  } | null;
  readonly terminal: SystemTerminal | null;
}

export function systemToJson(facts: SystemFacts, time: string, values: ReadonlyMap<string, number>): SystemJson {
  const states = facts.input.states.map(({ name }) => name);
  if (facts.kind === "general system")
    return { states, closedForm: false, kernel: null, numbers: null, terminal: null };
  return {
    states,
    closedForm: facts.between !== null,
    kernel: facts.between === null ? null : { earlier: facts.earlier.name, ...kernelToJson(facts.between) },
    numbers: numbersAt(facts, values.get(time)),
    terminal: facts.terminal,
  };
}

function kernelToJson({
  propagator,
  shift,
  covariance,
}: SystemKernel): Omit<NonNullable<SystemJson["kernel"]>, "earlier"> {
  const written = (e: Expression): Written => ({ expression: show(e), latex: showLatex(e) });
  const matrix = (entries: Matrix): Written[][] => entries.map((row) => row.map(written));
  return { propagator: matrix(propagator), shift: shift.map(written), covariance: matrix(covariance) };
}

function numbersAt(facts: LinearSystemFacts, time: number | undefined): SystemJson["numbers"] {
  const { numbers, clock, earlier, input } = facts;
  if (numbers === null || time === undefined) return null;
  const start = Math.min(input.range[0], input.dataTime);
  const elapsed =
    clock === null
      ? time - start
      : evaluate(
          clock.elapsed,
          new Map([
            [earlier.name, start],
            [input.time.name, time],
          ]),
        );
  const [moments] = momentsAt(numbers.system, startCovariance(input.initial), [elapsed]);
  if (moments === undefined) return null;
  const n = numbers.system.size;
  const rows = (entries: readonly number[]): readonly (readonly number[])[] =>
    Array.from({ length: n }, (_, i) => entries.slice(i * n, i * n + n));
  return { propagator: rows(moments.propagator), shift: moments.shift, covariance: rows(moments.covariance) };
}
