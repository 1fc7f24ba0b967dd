/** What an expression of the language denotes while the compiler evaluates it: tensors, laws, processes, samplers, … */
import type { Declaration, Expression, FunctionExpression, Parameter, Statement } from "../../grammar/tree.js";
import type { Span } from "../../grammar/source.js";
import type { CopyOf, SpaceSpec } from "../../runtime/specification.js";
import type { ClaimedLaw, InterpolantFacts, PriorVerdict, ProcessFacts } from "../calculus/facts.js";
import type { SystemFacts } from "../calculus/system-facts.js";
import type { SymbolicShape, Value } from "../ir/value.js";
import type { CoordinateMap } from "./coordinate-map.js";
import type { Law } from "./law-thing.js";
import type { Grid, Group, Path, PathStep, Steps } from "./path-thing.js";
import type { Scope } from "./scope.js";

export type { Law, Pin } from "./law-thing.js";
export type { Grid, GridPart, Group, Path, PathStep, Steps } from "./path-thing.js";

export type Thing =
  | Tensor
  | RecordThing
  | TupleThing
  | SetThing
  | Closure
  | Curve
  | Reward
  | Builtin
  | Template
  | Architecture
  | Network
  | Data
  | Family
  | Coupling
  | Law
  | Process
  | Run
  | Step
  | StepLaw
  | Grid
  | Path
  | Steps
  | PathStep
  | Group
  | SamplerThing
  | SamplerProgram
  | Objective
  | Plan
  | Word
  | Nothing
  | Poison;

/** A number, vector, … of one sample. Compile-time numbers are tensors whose value is a `scalar`. */
export interface Tensor {
  readonly kind: "tensor";
  readonly value: Value;
  /** What the numbers mean, where that is known; adding things of different meaning is an error. */
  readonly meaning: Meaning | null;
  /** How it was drawn, for `noise(xt)` and `ddt(xt)`. */
  readonly draw: Drawn | null;
  /** The classes it is one of, if it is a label. */
  readonly label?: Label;
}

export interface Label {
  readonly classes: number;
  /** It may be `none`, which is the number after the last class. */
  readonly optional: boolean;
}

export type Quantity = "score" | "noise" | "velocity" | "denoised" | "drift";
export const quantities: readonly Quantity[] = ["score", "noise", "velocity", "denoised", "drift"];
export interface Meaning {
  readonly quantity: Quantity;
  readonly process: Process;
  /** The draw that it is a prediction at, or the target of; null where it is of no single draw. */
  readonly of?: { readonly draw: Value; readonly isTarget: boolean } | null;
}

export interface Drawn {
  /** The standard normal behind the draw, if one made it. */
  readonly noise: Value | null;
  /** The time it was drawn at, if it is a state of a process. */
  readonly time: Value | null;
  readonly process: Process | null;
  /** The states, and the times of those pinned, that the law it was drawn from is conditioned on. */
  readonly condition: readonly Value[];
}

export interface RecordThing {
  readonly kind: "record";
  readonly fields: ReadonlyMap<string, Thing>;
}
export interface TupleThing {
  readonly kind: "tuple";
  readonly items: readonly Thing[];
}
export interface SetThing {
  readonly kind: "set";
  readonly items: readonly Thing[];
}

/** A fn: its parameters, where its names are looked up, and what it predicts if it stands for a network. */
export interface Closure {
  readonly kind: "closure";
  readonly name: string;
  readonly source: Declaration | FunctionExpression;
  readonly scope: Scope;
  readonly head: Head | null;
  /** The values of weights that networks called in it take; null for those where it is called. */
  readonly copy: CopyOf | null;
  /** Where the modeller's text asked for it, if its own text is the library's. */
  readonly made?: Span;
}
/** A function of one number that is more than its text: tabulated or inverted, on an interval. */
export interface Curve {
  readonly kind: "curve";
  readonly low: number;
  readonly high: number;
  /** As it is computed wherever it is called, and without the rounding of a table. */
  readonly at: (x: Value) => Value;
  readonly exact: (x: Value) => Value;
}
export interface Head {
  readonly quantity: string;
  readonly process: Process;
  readonly span: Span;
}

/** A reward: with a body a number that is computed, without one what the application answers. */
export interface Reward {
  readonly kind: "reward";
  readonly name: string;
  readonly declaration: Declaration;
  readonly scope: Scope;
  readonly range: readonly [number, number] | null;
}

export interface Builtin {
  readonly kind: "builtin";
  readonly name: string;
}

/** A declaration that has parameters still to be given. */
export interface Template {
  readonly kind: "template";
  readonly declaration: Declaration;
  readonly scope: Scope;
  readonly parameters: readonly Parameter[];
  readonly copy: CopyOf | null;
}

/** `mlp(hidden: [64])`: owns its weights by the place it is written at. */
export interface Architecture {
  readonly kind: "architecture";
  readonly name: string;
  readonly options: ReadonlyMap<string, Thing>;
  /** Prefix of its weights' names. */
  readonly owner: string;
  readonly span: Span;
}

export interface Network {
  readonly kind: "network";
  readonly name: string;
  readonly declaration: Declaration;
  readonly scope: Scope;
  readonly head: Head | null;
  /** `frozen`, `initial`, `ema`: other values of its weights, which no gradient reaches. */
  readonly copy: CopyOf | null;
}

export interface Data {
  readonly kind: "data";
  readonly name: string;
  /** The set that the application supplies, whatever field of it this is. */
  readonly set: string;
  readonly declaration: Declaration;
  readonly fields: readonly { readonly name: string | null; readonly space: SpaceSpec }[];
  /** A law in place of rows that the application supplies. */
  readonly law: Law | null;
}

/** One data set per value of a parameter. */
export interface Family {
  readonly kind: "family";
  readonly name: string;
  readonly parameter: string;
  /** Rising. */
  readonly values: readonly number[];
  readonly declaration: Declaration;
  readonly fields: Data["fields"];
}

export interface Coupling {
  readonly kind: "coupling";
  readonly name: string;
  readonly declaration: Declaration;
  readonly scope: Scope;
  readonly space: SpaceSpec;
}

/** A process of one state, with all that was derived about it. */
export interface Process {
  readonly kind: "process";
  readonly name: string;
  readonly declaration: Declaration;
  readonly state: string;
  readonly time: string;
  readonly space: SpaceSpec;
  readonly range: readonly [number, number];
  /** Where the data is, and the end that samplers start from (null if both ends are data). */
  readonly dataTime: number;
  readonly knownTime: number | null;
  readonly known: Law | null;
  /** How the claimed law compares with the derived one; null where they cannot be compared. */
  readonly prior: { readonly claimed: ClaimedLaw; readonly verdict: PriorVerdict } | null;
  /** The data at `dataTime`. */
  readonly data: Data | Coupling | null;
  readonly dynamics: Dynamics;
  /** What the formulas' opaque symbols stand for, by name: tensors given from outside. */
  readonly constants: ReadonlyMap<string, Value>;
  /** Names of the weights that its own `param`s are kept in. */
  readonly params: readonly string[];
}

export type Dynamics =
  /** dx = drift dt + diffusion dW (Itô, elementwise): graphs of the two placeholders, and the derived facts. */
  | {
      readonly kind: "sde";
      readonly x: Value;
      readonly t: Value;
      readonly drift: Value;
      readonly diffusion: Value;
      readonly facts: ProcessFacts;
      /** How the equation was written; drift and facts are Itô's either way. */
      readonly convention: "ito" | "stratonovich";
    }
  /** The equation is written for coordinates of the state: `process` is that of the coordinates. */
  | { readonly kind: "coordinates"; readonly map: CoordinateMap; readonly process: Process }
  | System
  /** x = path(t, draws). */
  | {
      readonly kind: "interpolant";
      /** The body's draws and lets, in order, and the path; evaluated anew for each draw of the state. */
      readonly statements: readonly Statement[];
      readonly path: Expression;
      readonly scope: Scope;
      readonly facts: InterpolantFacts;
      /** The laws of the draws that the path is at its first and last time, where they can be drawn from. */
      readonly ends: readonly [Law | null, Law | null];
    };

/** Coordinates of a process's state, and the process that they follow. */
export interface Coordinates {
  readonly map: CoordinateMap;
  readonly process: Process;
}

/** dX = f dt + G dW of several states, or of one vector with matrix coefficients: graphs of placeholders, and the facts. */
export interface System {
  readonly kind: "system";
  /** A record of states on which everything acts elementwise, or one vector whose numbers are the components. */
  readonly form: "states" | "vector";
  readonly states: readonly SystemState[];
  readonly t: Value;
  readonly motions: readonly { readonly name: string; readonly shape: SymbolicShape }[];
  /** What `P.X` names: the component whose score, noise and deviation are meant, given the others. */
  readonly focus: number | null;
  readonly facts: SystemFacts;
}
export interface SystemState {
  readonly name: string;
  readonly space: SpaceSpec;
  /** Its placeholder in the graphs. */
  readonly x: Value;
  readonly drift: Value;
  /** By motion; null where a motion does not enter. */
  readonly noise: readonly (Value | null)[];
  readonly data: Data | Coupling | null;
  /** Its own law at the data's time, where it is not the data's. */
  readonly initial: Law | null;
}

/** A process to be run: forward, reversed, as its probability flow, with any noise level, or with another drift. */
export interface Run {
  readonly kind: "run";
  readonly process: Process;
  readonly mode: "forward" | "reverse" | "flow" | "stochastic" | "redrift";
  /** Predictions by quantity as given, `{b, η}` or one network. */
  readonly predictors: readonly (Network | Closure)[];
  /** Noise level λ(t) of a stochastic flow. */
  readonly noise: Thing | null;
  /** Arguments bound by name (`c: c`). */
  readonly bound: ReadonlyMap<string, Thing>;
  /** Random signs that estimate the divergence of the drift; null: it is summed exactly. */
  readonly probe: Value | null;
  /** The values of weights its predictors take. */
  readonly copy: CopyOf | null;
  /** The coordinates in which steps are taken; null: those of the state. */
  readonly coordinates: Coordinates | null;
  /** Set where `process` is that of coordinates, while the predictors speak of the state. */
  readonly view: CoordinateMap | null;
  readonly start: Law | null;
  readonly from: number | null;
  readonly to: number | null;
  /** What `from` and `to` are counted from, if they are drawn: then `from` is 0. */
  readonly offset?: Value;
  readonly span: Span;
}

/** A step or corrector ready to be applied: its declaration, and the arguments after the process. */
export interface Step {
  readonly kind: "step";
  readonly name: string;
  /** null for a solver that is built in (`dopri5`). */
  readonly declaration: Declaration | null;
  readonly scope: Scope | null;
  readonly options: ReadonlyMap<string, { readonly thing: Thing; readonly span: Span }>;
  readonly span: Span;
}
export interface StepLaw {
  readonly kind: "step law";
  readonly step: Step;
  readonly run: Run;
}

/** `R using step with corrector …`. */
export interface SamplerThing {
  readonly kind: "sampler";
  readonly name: string;
  readonly run: Run;
  readonly step: Step;
  readonly correctors: readonly Step[];
  readonly span: Span;
}

/** A sampler written out, its template's parameters bound in the scope. */
export interface SamplerProgram {
  readonly kind: "sampler program";
  readonly name: string;
  readonly statements: readonly Statement[];
  readonly scope: Scope;
}
export interface ObjectiveTerm {
  readonly weight: number;
  readonly declaration: Declaration;
  readonly scope: Scope;
  /** Where it was specialised. */
  readonly use: Span;
}
export interface Objective {
  readonly kind: "objective";
  readonly name: string;
  readonly terms: readonly ObjectiveTerm[];
}

/** How two batches are to be paired: a plan of transport, found when the batch is there. */
export type Plan = {
  readonly kind: "plan";
  /** Of two samples, a number. */
  readonly cost: Closure;
  /** At most. */
  readonly rounds: number;
  /** What a run does where the plan is not found within them. */
  readonly policy: "fail" | "warn";
  readonly span: Span;
} & (
  | { readonly method: "exact" }
  | {
      readonly method: "entropic";
      readonly epsilon: Value;
      /** The part of the entries that Newton's method keeps; null: no Newton steps. */
      readonly density: number | null;
      /** Of both marginals together, in L1. */
      readonly tolerance: number;
    }
);

/** An option's value that is a name: `softplus`, `log_snr`. */
export interface Word {
  readonly kind: "word";
  readonly text: string;
  readonly arguments: readonly Thing[];
}

/** `none`. */
export interface Nothing {
  readonly kind: "none";
}

/** An error was reported here; whatever uses it stays silent. */
export interface Poison {
  readonly kind: "poison";
}
export const poison: Poison = { kind: "poison" };
