/** How does a loop become code? A call of `scan` or `repeat` with the body as a function, then names for the results in use. */
import { InternalError } from "../internal-error.js";
import type { ScanBody, Value } from "../ir/value.js";
import { call, engine, list, name } from "./build.js";
import { sizeCode } from "./calls.js";
import { bodyInputs, reachable } from "./graph.js";
import { emitRegion, nameOf } from "./region.js";
import type { RegionWriter } from "./region.js";
import { identifier } from "./safe.js";
import type { Identifier } from "./safe.js";
import type { Code, ListPattern } from "./syntax.js";

/** What the module imports for each kind of loop. */
export const loopHelpers = { scan: "scan", while: "repeat" } as const;
export type LoopOp = keyof typeof loopHelpers;

export function isLoop(value: Value): value is Value & { readonly op: LoopOp } {
  return value.op === "scan" || value.op === "while";
}

export function emitLoop(writer: RegionWriter, scan: Value & { readonly op: LoopOp }): void {
  const { program, names, statements } = writer;
  const { body, length } = scan.params;
  if (body === undefined || length === undefined) throw new InternalError("a loop has no body or no length");
  const [carryCount, rowEnd] = [body.carry.length, body.carry.length + body.xs.length];

  const outside = scan.inputs.slice(rowEnd);
  const carry = scan.inputs.slice(0, carryCount).map(writer.read);
  const xs = scan.inputs.slice(carryCount, rowEnd).map(writer.read);
  writer.comment(scan);
  program.countCall(scan.origin === null ? 0 : program.places.of(scan.origin).line);
  const loop = names.number("loop");
  const round = emitRound(writer, scan, body, outside);
  const counted = sizeCode(length, program.sizes);
  const lists = scan.op === "scan" ? [list(carry), list(xs)] : [list(carry)];
  const helper = loopHelpers[scan.op];
  program.helpers.add(helper);
  statements.push({
    kind: "const",
    pattern: name(loop),
    value: call(identifier(helper), [name(engine), counted, ...lists, round]),
  });

  const picks = writer.graph.values.filter((value) => value.op === "pick" && value.inputs[0] === scan);
  bindResults(writer, loop, scan.op === "scan" ? "carry" : null, picks, 0, body.carry);
  if (scan.op === "scan") bindResults(writer, loop, "rows", picks, carryCount, body.rows);
}

/** `const [a, , b] = loop.carry;` with a name for each result that something reads; without a part they are the loop's own. */
function bindResults(
  writer: RegionWriter,
  loop: Identifier,
  part: "carry" | "rows" | null,
  picks: readonly Value[],
  from: number,
  results: readonly Value[],
): void {
  const bound = results.map((result, place) => {
    const readers = picks.filter((pick) => pick.params.index === from + place);
    const [first] = readers;
    if (first === undefined) return null;
    const start = part !== "rows" ? first.inputs[0]?.inputs[place] : undefined;
    const outer = start === undefined ? undefined : writer.ownName(start);
    const stem = outer ?? (result.op === "input" ? nameOf(result) : (part ?? "carry"));
    const given = writer.names.give(...writer.wishes(first), outer === undefined ? stem : `last ${stem}`);
    readers.forEach((pick) => writer.bind(pick, given));
    return given;
  });
  if (bound.every((given) => given === null)) return;
  const value: Code = part === null ? name(loop) : { kind: "member", base: loop, member: identifier(part) };
  writer.statements.push({ kind: "const", pattern: elements(bound), value });
}

/** `outside` are the captured values. */
function emitRound(writer: RegionWriter, scan: Value, body: ScanBody, outside: readonly Value[]): Code {
  const names = writer.names.inner([]);
  const results = [...body.nextCarry, ...body.rows];
  const { values, used } = reachable(results, bodyInputs(body));
  const environment = new Map<Value, Identifier>();
  const constants = new Map<Value, Value>();
  body.captures.forEach((capture, place) => {
    const operand = outside[place];
    const captured = operand === undefined || !used.has(capture) ? undefined : writer.constantOrName(operand);
    if (typeof captured === "string") environment.set(capture, captured);
    else if (captured !== undefined) constants.set(capture, captured);
  });
  const enter = (inputs: readonly Value[], from: number): ListPattern | null => {
    const bound = inputs.map((input, place) => {
      if (!used.has(input)) return null;
      const given = names.give(...inputWishes(writer, input, scan.inputs[from + place]));
      environment.set(input, given);
      return given;
    });
    return bound.every((given) => given === null) ? null : elements(bound);
  };
  const carry = enter(body.carry, 0);
  const xs = enter(body.xs, body.carry.length);

  let calls = 0;
  const region = emitRegion(
    {
      ...writer.program,
      countCall: (line) => {
        calls += 1;
        writer.program.countCall(line);
      },
    },
    { values, results, environment, constants },
    names,
    new Map(),
  );
  const nextCarry = list(body.nextCarry.map(region.read));
  const rows = body.rows.map(region.read);
  const [again] = rows;
  const rest =
    scan.op === "while" && again !== undefined
      ? ({ key: "again", value: again } as const)
      : { key: "rows", value: list(rows) };
  const properties = [
    { key: identifier("carry"), value: nextCarry },
    { key: identifier(rest.key), value: rest.value },
  ];
  const parameters: ListPattern[] = [name(calls > 0 ? engine : identifier(`_${engine}`))];
  if (carry !== null || xs !== null) parameters.push(carry ?? name(identifier("_carry")));
  if (xs !== null) parameters.push(xs);
  return {
    kind: "arrow",
    parameters: calls === 0 && parameters.length === 1 ? [] : parameters,
    body: [...region.statements, { kind: "return", value: { kind: "object", properties } }],
  };
}

/** A carried value is called after the one it starts as, where that has a name of its own. */
function inputWishes(writer: RegionWriter, input: Value, start: Value | undefined): readonly string[] {
  const outer = start === undefined ? undefined : writer.ownName(start);
  return outer === undefined ? [nameOf(input)] : [`${outer} now`, nameOf(input)];
}

/** Nothing is written for what follows the last name. */
function elements(names: readonly (Identifier | null)[]): ListPattern {
  const end = names.reduce((last, given, place) => (given === null ? last : place + 1), 0);
  return { kind: "elements", names: names.slice(0, end) };
}
