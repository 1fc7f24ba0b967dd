/** What do the states, equations and claims of a process of several states say, before anything is derived from them? */
import type { Block, Declaration, Equation, Expression, Parameter, Relation } from "../../grammar/tree.js";
import type { Span } from "../../grammar/source.js";
import type { SpaceSpec } from "../../runtime/specification.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import type { SymbolicShape, Value } from "../ir/value.js";
import { real, showShape, tensor } from "./arithmetic.js";
import type { Context, ParamOwner } from "./context.js";
import { report } from "./context.js";
import { describe } from "./describe.js";
import { evaluate, evaluateConstant } from "./evaluate.js";
import { fitsShape } from "./law-shapes.js";
import { asLaw } from "./laws.js";
import { declareParams } from "./params.js";
import { addends, fieldData } from "./process.js";
import { lookUp } from "./scope.js";
import { intervalOf, spaceOfType } from "./spaces.js";
import { bindNames, evaluateValues } from "./statements.js";
import type { Coupling, Data, Law, System } from "./thing.js";

export interface DeclaredState {
  readonly parameter: Parameter;
  readonly name: string;
  readonly space: SpaceSpec;
  readonly data: Data | Coupling | null;
  readonly x: Value;
}

export interface StateClaim {
  readonly state: number;
  readonly time: number;
  readonly law: Law;
  readonly span: Span;
}

/** Coefficients by differential. */
export type Terms = ReadonlyMap<string, Value>;

export function readStates(
  declaration: Declaration,
  c: Context,
): {
  readonly states: readonly DeclaredState[];
  readonly time: string;
  readonly range: readonly [number, number];
} | null {
  const all = declaration.states ?? [];
  const [time, otherTime] = all.filter((state) => state.type === null);
  if (time === undefined || otherTime !== undefined || time.domain === null || time.domain.to !== null) {
    const owner = `The ${declaration.keyword} \`${declaration.name.text}\``;
    report(c, catalogue.missingPart, (otherTime ?? time)?.span ?? declaration.name.span, {
      owner,
      part: "one time with its range",
      instead: "Write `t in [0, 1]`.",
    });
    return null;
  }
  const range = intervalOf(time.domain.value, c, "A time range");
  const states: DeclaredState[] = [];
  for (const parameter of all) {
    if (parameter.type === null) continue;
    const space = spaceOfType(parameter.type, c);
    if (space === null) return null;
    const named = parameter.type.kind === "space" ? lookUp(c.scope, parameter.type.path[0]?.text ?? "") : null;
    const data = named?.kind === "data" || named?.kind === "coupling" ? fieldData(named, parameter) : null;
    states.push({
      parameter,
      name: parameter.name.text,
      space,
      data,
      x: ir.input(parameter.name.text, "real", space.shape),
    });
  }
  return range === null ? null : { states, time: time.name.text, range };
}

export interface Contents {
  readonly equations: readonly (Equation | undefined)[];
  readonly claims: readonly StateClaim[];
}

export function readBody(
  body: Block,
  states: readonly DeclaredState[],
  owner: ParamOwner,
  c: Context,
): Contents | null {
  const equations: (Equation | undefined)[] = states.map(() => undefined);
  const claims: StateClaim[] = [];
  for (const statement of body.statements) {
    if (statement.kind === "let") {
      const values = evaluateValues(statement.values, c);
      if (values === null || !bindNames(statement.names, values, statement.span, c)) return null;
    } else if (statement.kind === "equation") {
      const { differential } = statement;
      const place = states.findIndex((state) => `d${state.name}` === differential.text);
      if (place < 0) {
        report(c, catalogue.unknownDifferential, differential.span, {
          differential: differential.text,
          known: states.map((state) => `\`d${state.name}\``).join(", "),
        });
        return null;
      }
      if (statement.sign === "~") {
        report(c, catalogue.notCompiledYet, statement.span, { construct: "A jump process", instead: null });
        return null;
      }
      if (equations[place] !== undefined) {
        report(c, catalogue.declaredTwice, differential.span, { name: differential.text });
        return null;
      }
      equations[place] = statement;
    } else if (statement.kind === "relation") {
      const read = readClaims(statement, states, c);
      if (read === null) return null;
      claims.push(...read);
    } else if (statement.kind === "param") {
      if (!declareParams(statement, owner, c)) return null;
    } else {
      report(c, catalogue.misplaced, statement.span, {
        construct: "This statement",
        place: "a process",
        instead: null,
      });
      return null;
    }
  }
  return { equations, claims };
}

/** `x(1) ~ Normal(0, 1)`; several states at a time may have one law each alike. */
function readClaims(relation: Relation, states: readonly DeclaredState[], c: Context): readonly StateClaim[] | null {
  const [value] = relation.values;
  const claims: StateClaim[] = [];
  for (const target of relation.targets) {
    const [access] = target.access;
    const state = states.findIndex(({ name }) => name === target.name.text);
    if (state < 0 || access?.kind !== "at time" || value === undefined || relation.sign !== "~") {
      const isDraw = relation.sign === "~" && target.access.length === 0;
      if (isDraw)
        report(c, catalogue.notCompiledYet, relation.span, {
          construct: "A noise drawn by a process",
          instead: "Use a Brownian motion `dW`.",
        });
      else if (relation.sign === "=" && access !== undefined)
        report(c, catalogue.notCompiledYet, relation.span, {
          construct: "A fixed state",
          instead: "Claim a law with `~`.",
        });
      else if (lookUp(c.scope, target.name.text) !== null)
        report(c, catalogue.misplaced, relation.span, {
          construct: "This relation",
          place: "a process",
          instead: "Claim a law at a time: `x(1) ~ Normal(0, 1)`.",
        });
      return null;
    }
    const time = evaluateConstant(access.time, "The time of a claim", c);
    const law = asLaw(evaluate(value, c), value.span, c);
    const shape = states[state]?.space.shape ?? [];
    if (time === null || law === null) return null;
    if (!fitsShape(law, shape)) {
      report(c, catalogue.wrongShape, value.span, {
        what: "The claimed law",
        expected: showShape(shape),
        found: describe(law),
      });
      return null;
    }
    claims.push({ state, time, law, span: relation.span });
  }
  return claims;
}

/** The coefficients of an equation: of dt one of the state's shape, of a motion also one with an axis more. */
export function readTerms(
  equation: Equation,
  time: string,
  shape: SymbolicShape,
  isOneOfSeveral: boolean,
  c: Context,
): Terms | null {
  const terms = new Map<string, Value>();
  for (const { sign, term } of addends(equation.value, 1)) {
    const [coefficient, differential]: readonly [
      Expression | null,
      { readonly text: string; readonly span: Span } | null,
    ] =
      term.kind === "increment"
        ? [term.coefficient, term.differential]
        : term.kind === "differential"
          ? [null, term]
          : [null, null];
    if (differential === null) {
      if (term.kind !== "missing") report(c, catalogue.termWithoutDifferential, term.span, {});
      return null;
    }
    const isTime = differential.text === `d${time}`;
    if (!isTime && !/^dW/.test(differential.text)) {
      report(c, catalogue.unknownDifferential, differential.span, {
        differential: differential.text,
        known: `\`d${time}\`, \`dW\``,
      });
      return null;
    }
    if (term.kind === "increment" && term.stratonovich) {
      report(c, catalogue.notCompiledYet, term.span, {
        construct: "A Stratonovich term of a process of several components",
        instead: "Write the equation in Itô's sense.",
      });
      return null;
    }
    const thing = coefficient === null ? tensor(ir.scalar(1)) : evaluate(coefficient, c);
    if (thing.kind !== "tensor") {
      if (thing.kind !== "poison")
        report(c, catalogue.wrongKind, term.span, { found: describe(thing), expected: "a coefficient" });
      return null;
    }
    const value = sign < 0 ? ir.neg(real(thing.value)) : real(thing.value);
    const isElementwise = value.shape.length === 0 || showShape(value.shape) === showShape(shape);
    const isMatrix =
      !isTime && value.shape.length === shape.length + 1 && showShape(value.shape.slice(0, -1)) === showShape(shape);
    if (!isElementwise && !(isMatrix && !isOneOfSeveral)) {
      const span = coefficient?.span ?? term.span;
      if (isMatrix)
        report(c, catalogue.notCompiledYet, span, {
          construct: "A matrix-valued diffusion of one of several states",
          instead: "Put the states into one vector.",
        });
      else
        report(c, catalogue.wrongShape, span, {
          what: isTime ? "The drift" : "The diffusion",
          expected:
            isTime || isOneOfSeveral
              ? showShape(shape)
              : `${showShape(shape)}, or a matrix with the ${String(shape[0] ?? 1)} rows of the state`,
          found: showShape(value.shape),
        });
      return null;
    }
    const known = terms.get(differential.text);
    if (
      known !== undefined &&
      known.shape.length !== value.shape.length &&
      known.shape.length + value.shape.length > shape.length
    ) {
      report(c, catalogue.motionOfTwoShapes, differential.span, {
        motion: differential.text,
        first: motionShape(known, shape),
        second: motionShape(value, shape),
      });
      return null;
    }
    terms.set(differential.text, known === undefined ? value : ir.add(known, value));
  }
  return terms;
}

/** What a coefficient contracts with: one number per number of the state, or one per column. */
function motionShape(coefficient: Value, shape: SymbolicShape): string {
  return showShape(coefficient.shape.length > shape.length ? coefficient.shape.slice(-1) : shape);
}

/** The Brownian motions: one name is one motion, of one shape. */
export function readMotions(
  terms: readonly Terms[],
  states: readonly DeclaredState[],
  equations: Contents["equations"],
  time: string,
  at: Span,
  c: Context,
): System["motions"] | null {
  const motions = new Map<string, SymbolicShape>();
  for (const [place, own] of terms.entries()) {
    const shape = states[place]?.space.shape ?? [];
    for (const [name, value] of own) {
      if (name === `d${time}`) continue;
      const here = value.shape.length > shape.length ? value.shape.slice(-1) : shape;
      const known = motions.get(name);
      if (known !== undefined && showShape(known) !== showShape(here)) {
        report(c, catalogue.motionOfTwoShapes, equations[place]?.span ?? at, {
          motion: name,
          first: showShape(known),
          second: showShape(here),
        });
        return null;
      }
      motions.set(name, here);
    }
  }
  return [...motions].map(([name, shape]) => ({ name, shape }));
}
