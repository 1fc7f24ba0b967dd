/** How do the values of a program or of a loop's body become statements? In their order, small ones inside others. */
import { InternalError } from "../internal-error.js";
import type { Value } from "../ir/value.js";
import { name } from "./build.js";
import { callOf, settingsOf, width } from "./calls.js";
import { behind, onlyReaders } from "./graph.js";
import { emitLoop, isLoop } from "./loop.js";
import type { Names } from "./names.js";
import { namedValues } from "./origins.js";
import type { Place } from "./origins.js";
import type { Surroundings } from "./program.js";
import type { Identifier } from "./safe.js";
import type { Code, Statement } from "./syntax.js";

/** What the regions of one program share. */
export interface ProgramWriter extends Surroundings {
  readonly sizes: ReadonlyMap<string, Identifier>;
  /** The line that the last comment named. */
  readonly lastPlace: { key: string | null };
  /** What the code calls beside the engine. */
  readonly helpers: Set<string>;
  /** To be called in the order in which the emitted code calls the engine. */
  countCall(line: number): void;
}

/** The values between inputs and results. */
export interface RegionGraph {
  readonly values: readonly Value[];
  readonly results: readonly Value[];
  /** What is known from outside, by name. */
  readonly environment: ReadonlyMap<Value, Identifier>;
  /** Inputs that stand for a constant outside, which is then written where it is used. */
  readonly constants: ReadonlyMap<Value, Value>;
}

export interface Region {
  readonly statements: readonly Statement[];
  /** A result as code, to be read after all statements; counts its calls. */
  read(value: Value): Code;
}

/** A region being written, as loop.ts sees it. */
export interface RegionWriter {
  readonly program: ProgramWriter;
  readonly names: Names;
  readonly graph: RegionGraph;
  readonly statements: Statement[];
  /** A comment, where the line is not that of the statement before. */
  comment(value: Value): void;
  /** An operand that a statement reads at once; counts its calls. */
  read(value: Value): Code;
  /** The name of a value, or the constant it is. */
  constantOrName(value: Value): Value | Identifier;
  bind(value: Value, bound: Identifier): void;
  /** Names for a value, the best first. */
  wishes(value: Value): readonly string[];
  /** The name of a value that is not just called after its op. */
  ownName(value: Value): string | undefined;
}

/** `outputNames` are wishes for the names of results. */
export function emitRegion(
  program: ProgramWriter,
  graph: RegionGraph,
  names: Names,
  outputNames: ReadonlyMap<Value, string>,
): Region {
  const readers = onlyReaders(graph.values, graph.results);
  const written = namedValues(graph.values, graph.results);
  const bound = new Map<Value, Identifier>(graph.environment);
  const waiting = new Map<Value, Expression>();
  const statements: Statement[] = [];

  const source = (value: Value): Value => graph.constants.get(behind(value)) ?? behind(value);
  const placeOf = (value: Value): Place | null => (value.origin === null ? null : program.places.of(value.origin));

  const wishes = (value: Value): readonly string[] => {
    const output = outputNames.get(value);
    const outputWishes = output === undefined ? [] : [output, `${output} out`];
    const name = written.get(value);
    return [...(name === undefined ? [] : [name]), ...outputWishes, ...(name === undefined ? [] : [`${name} next`])];
  };

  const comment = (value: Value): void => {
    const place = placeOf(value);
    if (place === null || place.key === program.lastPlace.key) return;
    program.lastPlace.key = place.key;
    statements.push({ kind: "comment", text: place.comment });
  };

  const state = (value: Value, { code, calls }: Expression): Identifier => {
    comment(value);
    calls.forEach((line) => program.countCall(line));
    const wished = wishes(value);
    const given = wished.length > 0 ? names.give(...wished) : names.number(value.op);
    statements.push({ kind: "const", pattern: name(given), value: code });
    bound.set(value, given);
    waiting.delete(value);
    return given;
  };

  /** What stands for an operand whose reader has room for `room` more columns. */
  const operand = (value: Value, reader: Value | null, room: number): Expression => {
    const operandValue = source(value);
    const known = bound.get(operandValue);
    if (known !== undefined) return { code: name(known), calls: [], depth: 0 };
    if (isConstant(operandValue)) return invoke(operandValue, [], settingsOf(operandValue, program));
    const expression = waiting.get(operandValue);
    if (expression === undefined) throw new InternalError(`a ${operandValue.op} is read before it is written`);
    const isSameLine =
      operandValue.origin === null || (reader !== null && placeOf(operandValue)?.key === placeOf(reader)?.key);
    if (isSameLine && expression.depth < deepest && width(expression.code) <= room) return expression;
    return { code: name(state(operandValue, expression)), calls: [], depth: 0 };
  };

  const invoke = (value: Value, operands: readonly Expression[], settings: readonly Code[]): Expression => {
    const codes = operands.map((item) => item.code);
    const lines = operands.flatMap((item) => item.calls);
    return {
      code: callOf(value, codes, settings),
      calls: [...lines, placeOf(value)?.line ?? 0],
      depth: 1 + Math.max(0, ...operands.map((item) => item.depth)),
    };
  };

  const express = (value: Value): Expression => {
    const settings = settingsOf(value, program);
    let room = longestExpression - width(callOf(value, [], settings));
    const operands = value.inputs.map((input, place) => {
      const others = value.inputs.length - 1 - place;
      const expression = operand(input, value, room - others * shortOperand);
      room -= width(expression.code) + 2;
      return expression;
    });
    return invoke(value, operands, settings);
  };

  const writer: RegionWriter = {
    program,
    names,
    graph,
    statements,
    comment,
    wishes,
    ownName: (value) => {
      const inner = source(value);
      const isNamed = graph.environment.has(inner) || wishes(inner).length > 0;
      return isNamed ? bound.get(inner) : undefined;
    },
    bind: (value, given) => bound.set(value, given),
    read: (value) => {
      const { code, calls } = operand(value, null, 0);
      calls.forEach((line) => program.countCall(line));
      return code;
    },
    constantOrName: (value) => {
      const inner = source(value);
      if (isConstant(inner)) return inner;
      const { code } = operand(inner, null, 0);
      if (code.kind !== "name") throw new InternalError(`a ${inner.op} has no name`);
      return code.name;
    },
  };

  for (const value of graph.values) {
    if (isConstant(value) || value.op === "stopGradient" || value.op === "pick") continue;
    if (value.op === "input") throw new InternalError(`the input ${nameOf(value)} is not one of its program`);
    if (isLoop(value)) {
      emitLoop(writer, value);
      continue;
    }
    const expression = express(value);
    const reader = readers.get(value);
    const canWait = reader !== null && reader !== undefined && !isLoop(reader) && reader.op !== "concat";
    if (canWait && !written.has(value)) waiting.set(value, expression);
    else state(value, expression);
  }
  return { statements, read: writer.read };
}

export function nameOf(input: Value): string {
  return input.params.name ?? "input";
}

/** Code not yet in a statement. */
interface Expression {
  readonly code: Code;
  /** The line of each call in it, in the order of the calls. */
  readonly calls: readonly number[];
  /** How many calls are inside each other. */
  readonly depth: number;
}

/** Calls inside each other, and columns: beyond these a value gets a statement of its own. */
const deepest = 4;
const longestExpression = 56;
/** Columns kept for each operand that follows. */
const shortOperand = 10;

/** Scalars are written where they are used. */
function isConstant(value: Value): boolean {
  return value.op === "scalar" || value.op === "size";
}
