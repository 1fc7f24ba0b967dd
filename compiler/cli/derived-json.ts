/** What `sdec derive --json` says of a process: its kind, its laws as expressions, and their numbers at given values. */
import { evaluate } from "../calculus/evaluate.js";
import type { Expression } from "../calculus/expression.js";
import type { AffineFacts, LogAffineFacts, ProcessFacts, TerminalLaw } from "../calculus/facts.js";
import { showLatex, show, factsToLatex, factsToText } from "../calculus/show.js";
import { freeSymbols } from "../calculus/traverse.js";
import type { DerivedProcess } from "../index.js";
import { systemToJson } from "./derived-system.js";
import type { SystemJson } from "./derived-system.js";

interface Quantity {
  readonly expression: string;
  readonly latex: string;
  /** The number at the given values; null where one of its symbols has none. */
  readonly value: number | null;
  /** Symbols that a number needs. */
  readonly symbols: readonly string[];
}

interface TransitionLaw {
  readonly law: "normal" | "log-normal";
  readonly given: string;
  /** Of x, or of log x for a log-normal law. */
  readonly mean: Quantity;
  readonly std: Quantity;
  readonly scale: Quantity;
  readonly shift: Quantity;
  readonly closedForm: boolean;
}

export interface DerivedJson {
  readonly name: string;
  readonly kind: string;
  readonly time: string;
  readonly range: readonly [number, number];
  /** The law of the state given the data's state; null without a closed kernel. */
  readonly transition: TransitionLaw | null;
  readonly terminal: TerminalLaw | null;
  /** Of a process of several components: propagator, shift and covariance given the data, as matrices. */
  readonly system: SystemJson | null;
  /** The claimed law beside the one derived: KL in nats per dimension. */
  readonly prior: {
    readonly claimed: object;
    readonly reached: boolean;
    readonly kl: number;
    readonly tolerance: number;
  } | null;
  /** The coefficients of an interpolant's draws, and its velocity. */
  readonly path: { readonly velocity: Quantity; readonly coefficients: Readonly<Record<string, Quantity>> } | null;
  readonly text: string;
  readonly latex: string;
}

export function derivedToJson(process: DerivedProcess, values: ReadonlyMap<string, number>): DerivedJson {
  const { name, time, range, facts, prior } = process;
  const isSystem = facts.kind === "linear system" || facts.kind === "general system";
  const isProcess = !isSystem && facts.kind !== "linear" && facts.kind !== "nonlinear";
  return {
    name,
    kind: isProcess || isSystem ? facts.kind : "interpolant",
    time,
    range,
    transition: isProcess ? transitionOf(facts, values) : null,
    terminal: isProcess && facts.kind !== "general" ? facts.terminal : null,
    prior:
      prior === null
        ? null
        : {
            claimed: prior.claimed,
            reached: prior.verdict.reached,
            kl: prior.verdict.kl,
            tolerance: prior.verdict.tolerance,
          },
    system: isSystem ? systemToJson(facts, time, values) : null,
    path:
      isProcess || isSystem
        ? null
        : {
            velocity: quantity(facts.velocity, values),
            coefficients: Object.fromEntries(
              facts.kind === "linear"
                ? facts.draws.map(({ draw, coefficient }) => [draw.name, quantity(coefficient, values)])
                : [],
            ),
          },
    text: factsToText(process),
    latex: factsToLatex(process),
  };
}

function transitionOf(facts: ProcessFacts, values: ReadonlyMap<string, number>): TransitionLaw | null {
  if (facts.kind === "general" || facts.fromData === null) return null;
  const kernel = facts.fromData;
  const known = givenState(facts, values);
  return {
    law: facts.kind === "affine" ? "normal" : "log-normal",
    given: kernel.given.name,
    mean: quantity(kernel.mean, known),
    std: quantity(kernel.std, known),
    scale: quantity(kernel.scale, known),
    shift: quantity(kernel.shift, known),
    closedForm: kernel.closed,
  };
}

/** `x0` names the state at the data's time; the kernel of a logarithm takes log(x0). */
function givenState(
  facts: AffineFacts | LogAffineFacts,
  values: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const start = values.get(`${facts.input.state.name}0`);
  const given = facts.fromData?.given.name;
  if (start === undefined || given === undefined) return values;
  return new Map([...values, [given, facts.kind === "affine" ? start : Math.log(start)]]);
}

function quantity(expression: Expression, values: ReadonlyMap<string, number>): Quantity {
  const symbols = [...freeSymbols(expression)];
  const value = symbols.every((name) => values.has(name)) ? evaluate(expression, values) : null;
  return { expression: show(expression), latex: showLatex(expression), value, symbols };
}
