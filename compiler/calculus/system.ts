/** What kind of process is an equation of several components, and what is its kernel? */
import { add, divide, negate, splitCoefficient, subtract } from "./algebra.js";
import { integral } from "./choice.js";
import { differentiate } from "./differentiate.js";
import { compile, evaluate } from "./evaluate.js";
import { isZero, number, ONE, symbol, ZERO } from "./expression.js";
import type { Expression, SymbolExpression } from "./expression.js";
import type { DerivationStep } from "./facts.js";
import { antiderivativeOn } from "./integrate.js";
import { mapMatrix, matrixProduct, transposed } from "./matrix.js";
import { constantKernel } from "./matrix-exponential.js";
import { noiseFacts } from "./noise-structure.js";
import { expand, termsOf } from "./polynomial.js";
import type {
  GeneralSystemFacts,
  LinearSystemFacts,
  Matrix,
  NumericSystem,
  SystemClock,
  SystemFacts,
  SystemInput,
  SystemKernel,
  Vector,
} from "./system-facts.js";
import { terminalOf } from "./system-kernel.js";
import { momentsAt } from "./system-moments.js";
import { contains, freeSymbols, mapParts, replaceSymbol, substitute } from "./traverse.js";

export function analyseSystem(input: SystemInput): SystemFacts {
  const time = symbol(input.time.name, Math.min(input.range[0], input.dataTime) >= 0 ? "nonnegative" : "any");
  const inTime = (e: Expression): Expression => replaceSymbol(e, time.name, time);
  const drift = input.drift.map(inTime);
  const noise = mapMatrix(input.noise, inTime);
  const squaredDiffusion = mapMatrix(matrixProduct(noise, transposed(noise)), expand);
  const divergence = squaredDiffusion.map((row) =>
    add(...row.map((entry, j) => differentiate(entry, input.states[j]?.name ?? ""))),
  );
  const structure = noiseFacts(noise, input.states);
  const common = { input: { ...input, time }, drift, noise, squaredDiffusion, divergence, structure };
  const hasState = (e: Expression): boolean => input.states.some((state) => contains(e, state.name));
  const wild = noise.flat().find(hasState);
  if (wild !== undefined) return general(common, wild, "the diffusion depends on the state");
  const linear = drift.map((f) => input.states.map((state) => expand(differentiate(f, state.name))));
  const bent = drift.find((_, i) => linear[i]?.some(hasState) === true);
  if (bent !== undefined) return general(common, spoilerOf(bent, input.states), "the drift is not linear in the state");
  const origin = new Map(input.states.map((state) => [state.name, ZERO]));
  const constant = drift.map((f) => expand(substitute(f, origin)));
  return linearFacts(common, linear, constant);
}

type Common = Pick<LinearSystemFacts, "input" | "drift" | "noise" | "squaredDiffusion" | "divergence" | "structure">;

function linearFacts(common: Common, linear: Matrix, constant: Vector): LinearSystemFacts {
  const { input, squaredDiffusion } = common;
  const { time, range, dataTime } = input;
  const earlier = symbol(time.name === "s" ? "s′" : "s", time.sign);
  const span = [Math.min(range[0], dataTime), Math.max(range[1], dataTime)] as const;
  const found = clockOf([...linear.flat(), ...constant, ...squaredDiffusion.flat()], time, span);
  const clock = found === null ? null : elapsedBy(found, earlier, time, span);
  const inClock = (e: Expression): Expression => (found === null ? e : settled(divide(e, found), time, span));
  const [A, c, D] = [mapMatrix(linear, inClock), constant.map(inClock), mapMatrix(squaredDiffusion, inClock)];
  const all = [...A.flat(), ...c, ...D.flat(), ...(clock === null ? [] : [clock.rate])];
  const isKnown = all.every((e) => [...freeSymbols(e)].every((name) => name === time.name));
  const length = !isKnown ? 0 : clock === null ? span[1] - span[0] : elapsedNumber(clock, earlier, time, span);
  const numbers = isKnown && length > 0 ? { system: numericSystem(A, c, D, time, span[0]), span: length } : null;
  const between = clock === null ? null : closedKernel(A, c, D, clock, numbers);
  const facts: LinearSystemFacts = {
    ...common,
    kind: "linear system",
    linear,
    constant,
    earlier,
    clock,
    between,
    numbers,
    terminal: null,
    derivation: derivationOf(input, linear, constant, squaredDiffusion, clock, between),
  };
  return { ...facts, terminal: terminalOf(facts) };
}

/** One function of time that all coefficients are multiples of, not negative; null if there is none. */
function clockOf(entries: Vector, time: SymbolExpression, span: readonly [number, number]): Expression | null {
  const moving = entries.filter((e) => contains(e, time.name));
  const last = [...moving].reverse().find((e) => !isZero(e));
  if (last === undefined) return ONE;
  const rate = splitCoefficient(last).rest;
  if (entries.some((e) => !isZero(e) && contains(settled(divide(e, rate), time, span), time.name))) return null;
  const values = samplesOf(rate, time, span);
  if (values === null || values.every((value) => value >= 0)) return rate;
  return values.every((value) => value <= 0) ? negate(rate) : null;
}

/** A ratio that is one number at all times, as that number. */
function settled(e: Expression, time: SymbolExpression, span: readonly [number, number]): Expression {
  const expanded = expand(e);
  if (!contains(expanded, time.name)) return expanded;
  const values = samplesOf(expanded, time, span);
  const [first = Number.NaN] = values ?? [];
  if (values === null || !values.every((value) => Math.abs(value - first) <= 1e-13 * Math.abs(first))) return expanded;
  return number(first);
}

/** null where other symbols are in the way. */
function samplesOf(
  e: Expression,
  time: SymbolExpression,
  [low, high]: readonly [number, number],
): readonly number[] | null {
  if ([...freeSymbols(e)].some((name) => name !== time.name)) return null;
  return [0.03, 0.17, 0.31, 0.52, 0.74, 0.98].map((share) =>
    evaluate(e, new Map([[time.name, low + share * (high - low)]])),
  );
}

function elapsedBy(
  rate: Expression,
  earlier: SymbolExpression,
  time: SymbolExpression,
  span: readonly [number, number],
): SystemClock {
  const variable = symbol("u", time.sign);
  const inner = replaceSymbol(rate, time.name, variable);
  const sum = antiderivativeOn(inner, variable, { values: new Map(), range: span });
  if (sum === null) return { rate, elapsed: integral(inner, variable, earlier, time), isClosed: false };
  const at = (bound: Expression): Expression => replaceSymbol(sum, variable.name, bound);
  return { rate, elapsed: expand(subtract(at(time), at(earlier))), isClosed: true };
}

function elapsedNumber(
  clock: SystemClock,
  earlier: SymbolExpression,
  time: SymbolExpression,
  [low, high]: readonly [number, number],
): number {
  const found = evaluate(
    clock.elapsed,
    new Map([
      [earlier.name, low],
      [time.name, high],
    ]),
  );
  return Number.isFinite(found) ? found : 0;
}

/** Coefficients of the clock where there is one (then constants), of the time since `start` otherwise. */
function numericSystem(A: Matrix, c: Vector, D: Matrix, time: SymbolExpression, start: number): NumericSystem {
  const read = (entries: Vector): ((w: number) => readonly number[]) => {
    if (!entries.some((e) => contains(e, time.name))) {
      const values = entries.map((e) => evaluate(e));
      return () => values;
    }
    const functions = entries.map((e) => compile(e, [time.name]));
    return (w) => functions.map((f) => f(start + w));
  };
  return { size: c.length, linear: read(A.flat()), constant: read(c), squared: read(D.flat()) };
}

/** In closed form, where one is found and agrees with the numbers. */
function closedKernel(
  A: Matrix,
  c: Vector,
  D: Matrix,
  clock: SystemClock,
  numbers: LinearSystemFacts["numbers"],
): SystemKernel | null {
  const elapsed = symbol("elapsed", "nonnegative");
  const kernel = constantKernel(A, c, D, elapsed, numbers?.span ?? 1);
  if (kernel === null) return null;
  if (numbers !== null && !agrees(kernel, elapsed, numbers)) return null;
  const place = (e: Expression): Expression => expandExponents(replaceSymbol(e, elapsed.name, clock.elapsed));
  return {
    propagator: mapMatrix(kernel.propagator, place),
    shift: kernel.shift.map(place),
    covariance: mapMatrix(kernel.covariance, place),
  };
}

/** Multiplies out inside exponentials and waves, where the parts of the clock collect. */
function expandExponents(e: Expression): Expression {
  if (e.kind !== "call") return mapParts(e, expandExponents);
  return mapParts(e, expand);
}

function agrees(
  kernel: SystemKernel,
  elapsed: SymbolExpression,
  { system, span }: NonNullable<LinearSystemFacts["numbers"]>,
): boolean {
  const moments = [0.1, 0.35, 0.7, 1].map((share) => share * span);
  const n = system.size;
  const right = momentsAt(system, new Array<number>(n * n).fill(0), moments);
  return moments.every((moment, place) => {
    const at = (e: Expression): number => evaluate(e, new Map([[elapsed.name, moment]]));
    const expected = right[place];
    if (expected === undefined) return false;
    const close = (found: readonly number[], wanted: readonly number[]): boolean => {
      const size = Math.max(...wanted.map(Math.abs));
      return found.every((value, i) => Math.abs(value - (wanted[i] ?? 0)) <= 1e-8 * size);
    };
    return (
      close(kernel.propagator.flat().map(at), expected.propagator) &&
      close(kernel.shift.map(at), expected.shift) &&
      close(kernel.covariance.flat().map(at), expected.covariance)
    );
  });
}

function derivationOf(
  input: SystemInput,
  linear: Matrix,
  constant: Vector,
  squared: Matrix,
  clock: SystemClock | null,
  between: SystemKernel | null,
): readonly DerivationStep[] {
  const names = input.states.map(({ name }) => name);
  const entries = (name: string, rule: string, matrix: Matrix, isSymmetric: boolean): readonly DerivationStep[] =>
    matrix.flatMap((row, i) =>
      row.flatMap((value, j) =>
        isZero(value) || (isSymmetric && j < i)
          ? []
          : [{ rule, name: `${name}[${names[i] ?? ""}, ${names[j] ?? ""}]`, value }],
      ),
    );
  const vector = (name: string, rule: string, values: Vector): readonly DerivationStep[] =>
    values.flatMap((value, i) => (isZero(value) ? [] : [{ rule, name: `${name}[${names[i] ?? ""}]`, value }]));
  return [
    ...entries("A", "drift = A X + c", linear, false),
    ...vector("c", "drift = A X + c", constant),
    ...entries("D", "D = G Gᵀ", squared, true),
    ...(clock === null ? [] : [{ rule: "all coefficients go with one rate", name: "τ", value: clock.elapsed }]),
    ...(between === null
      ? []
      : [
          ...entries("Φ", "Φ = exp(A τ)", between.propagator, false),
          ...vector("m", "m = ∫ Φ c", between.shift),
          ...entries("Σ", "Σ = ∫ Φ D Φᵀ", between.covariance, true),
        ]),
  ];
}

function general(common: Common, spoiler: Expression, reason: string): GeneralSystemFacts {
  return {
    ...common,
    kind: "general system",
    spoiler,
    reason,
    instead:
      "There is no closed kernel: draw paths with a solver (euler_maruyama), and train with an objective that needs no kernel, or change the term.",
    derivation: [],
  };
}

/** The smallest term that is not affine in the states together. */
function spoilerOf(f: Expression, states: readonly SymbolExpression[]): Expression {
  const isBent = (term: Expression): boolean =>
    states.some((a) =>
      states.some(
        (b) =>
          contains(expand(differentiate(differentiate(term, a.name), b.name)), a.name) ||
          !isZero(expand(differentiate(differentiate(term, a.name), b.name))),
      ),
    );
  return termsOf(expand(f)).find(isBent) ?? f;
}
