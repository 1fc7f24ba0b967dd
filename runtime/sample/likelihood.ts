/** How probable are given points under a probability flow: log p(x) = log p(end of its path) + the integrated divergence. */
import type { LikelihoodOptions, LikelihoodResult } from "../api.js";
import { checkSpace } from "../data/check.js";
import { gatherRows } from "../data/rows.js";
import { isRows } from "../data/sets.js";
import type { HeldTensor } from "../engines/engine.js";
import { SdecError } from "../errors.js";
import { elements, rowsOf } from "../ndarray.js";
import type { NdArray } from "../ndarray.js";
import { gatherParameters } from "../parameters.js";
import { need } from "../programs.js";
import { runProgram, takeReals } from "../session.js";
import type { Call, Session } from "../session.js";
import type { LikelihoodSpec, SamplerSpec, StateSpec } from "../specification.js";
import { split } from "./pieces.js";
import type { Piece, Range } from "./pieces.js";
import { releasePieces, travelPieces } from "./sampler.js";

const LOG_DET = "log_det";

export async function logProb(
  session: Session,
  sampler: Extract<SamplerSpec, { kind: "solver" }>,
  likelihood: LikelihoodSpec,
  options: LikelihoodOptions & object,
): Promise<LikelihoodResult> {
  const given = likelihood.states.filter(({ name }) => name !== LOG_DET);
  const points = await gatherPoints(sampler, given, options);
  const count = need([...points.values()][0]?.shape[0], "the number of points");
  const names = [...given.map(({ name }) => name), "seed", "probes", "onProgress", "signal"];
  const parameters = await gatherParameters(options, sampler.parameters, count, names);
  const probes = likelihood.trace === "exact" ? 1 : (options.probes ?? 4);
  if (!Number.isSafeInteger(probes) || probes < 1) {
    throw new SdecError("option", `\`probes\` must be a whole number from 1 on, not ${probes}`);
  }
  const sums = new Float64Array(count);
  const squares = new Float64Array(count);
  for (let probe = 0; probe < probes; probe++) {
    const scope = `log_prob/${sampler.name}/${probe}`;
    const call: Call = { seed: options.seed ?? 0, scope, parameters, data: new Map() };
    const values = await once(
      session,
      call,
      likelihood,
      given,
      points,
      count,
      (done) => options.onProgress?.({ done: (probe + done) / probes }),
      options.signal,
    );
    values.forEach((value, i) => {
      sums[i] = (sums[i] ?? 0) + value;
      squares[i] = (squares[i] ?? 0) + value * value;
    });
  }
  const mean = sums.map((sum) => sum / probes);
  const dimensions = given.reduce((sum, state) => sum + elements(state.shape), 0);
  const array = (data: Float64Array): NdArray => ({ data: Float32Array.from(data), shape: [count] });
  return {
    logProb: array(mean),
    standardError: probes === 1 ? null : array(standardErrors(mean, squares, probes)),
    bitsPerDimension: array(mean.map((value) => -value / (dimensions * Math.LN2) - levelBits(sampler))),
  };
}

/**
 * log₂ of the distance between two levels of rounded data: a density over levels that far apart gives each level the
 * probability density · distance (Theis et al. 2016). 0 for data that is not rounded.
 */
function levelBits({ returns }: Extract<SamplerSpec, { kind: "solver" }>): number {
  const { low, high, bits } = returns[0]?.space ?? {};
  return bits == null || low == null || high == null ? 0 : Math.log2((high - low) / 2 ** bits);
}

/** The log-density of every point, with one set of probes. */
async function once(
  session: Session,
  call: Call,
  likelihood: LikelihoodSpec,
  given: readonly StateSpec[],
  points: ReadonlyMap<string, NdArray>,
  count: number,
  report: (done: number) => void,
  signal: AbortSignal | undefined,
): Promise<Float64Array> {
  const width = given.reduce((sum, state) => sum + elements(state.shape), 0);
  const states = [...given, { name: LOG_DET, shape: [], perSample: true }];
  const pieces = split(count, width).map((range): Piece => ({ ...range, states: startOf(session, points, range) }));
  const journey = { signal, report, fixedDraws: true };
  const arrived = await travelPieces(session, call, likelihood.travel, states, pieces, journey);
  const result = new Float64Array(count);
  for (const piece of arrived) {
    const outputs = await runProgram(session, call, likelihood.prior, { B: piece.size }, piece.first, ({ from }) =>
      need(from.kind === "state" ? piece.states.get(from.state) : undefined, "a state"),
    );
    const prior = await takeReals(need(outputs.get("log_prob"), "log_prob"));
    const { data: logDet } = await need(piece.states.get(LOG_DET), LOG_DET).read();
    prior.forEach((value, i) => (result[piece.first + i] = value + (logDet[i] ?? Number.NaN)));
  }
  releasePieces(arrived);
  const bad = result.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new SdecError("non-finite", `The log-density of point ${bad} is not finite`);
  return result;
}

function startOf(session: Session, points: ReadonlyMap<string, NdArray>, range: Range): Map<string, HeldTensor> {
  const states = new Map<string, HeldTensor>();
  for (const [name, array] of points) {
    const { data, shape } = rowsOf(array, range.first, range.first + range.size);
    states.set(name, session.engine.hold({ data: data.slice(), shape, dtype: "real" }));
  }
  const zeros = new Float32Array(range.size);
  states.set(LOG_DET, session.engine.hold({ data: zeros, shape: [range.size], dtype: "real" }));
  return states;
}

async function gatherPoints(
  sampler: Extract<SamplerSpec, { kind: "solver" }>,
  states: readonly StateSpec[],
  options: object,
): Promise<Map<string, NdArray>> {
  const given = new Map<string, unknown>(Object.entries(options));
  const points = new Map<string, NdArray>();
  let count = -1;
  for (const { name, shape } of states) {
    const value = given.get(name);
    if (!isRows(value)) throw new SdecError("data", `log_prob of ${sampler.name} needs the points as \`${name}\``);
    const array = await gatherRows(value, shape, name);
    const rows = array.shape[0] ?? 0;
    if (rows === 0 || (count >= 0 && rows !== count)) {
      throw new SdecError(
        "data",
        rows === 0 ? `${name} has no rows` : `${name} has ${rows} rows, the states before it ${count}`,
      );
    }
    count = rows;
    const space = sampler.returns.find((entry) => entry.state === name)?.space;
    if (space !== undefined) checkSpace(array, space, name);
    points.set(name, array);
  }
  return points;
}

/** Of the mean over the probes. */
function standardErrors(mean: Float64Array, squares: Float64Array, probes: number): Float64Array {
  return mean.map((value, i) => {
    const variance = Math.max(0, (squares[i] ?? 0) / probes - value * value) * (probes / (probes - 1));
    return Math.sqrt(variance / probes);
  });
}
