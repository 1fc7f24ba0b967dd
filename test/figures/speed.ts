/** Rows 8 to 10: training and sampling speed beside PyTorch, JAX and a hand-written TensorFlow.js model. */
import { compare } from "../bench/measure.js";
import type { Comparison } from "../bench/measure.js";
import type { PeerName } from "../bench/peers.js";
import { sections } from "../bench/sections.js";
import { digits, median } from "./figure.js";
import type { Figure } from "./figure.js";

const pairs = 7;

/** How many times faster than each peer, by width. Sizes between take the bound of the nearest width below. */
type Bounds = Readonly<Partial<Record<PeerName, (width: number) => number>>>;

const trainingBounds: Bounds = {
  pytorch: (width) => (width < 512 ? 1.6 : 1.7),
  jax: (width) => (width < 512 ? 1 : 0.9),
};
const samplingBounds: Bounds = { pytorch: (width) => (width < 512 ? 4 : 1), jax: () => 1 };
const wasmBounds: Bounds = { "tfjs-wasm": (width) => (width < 512 ? 1 : 5) };

export const measureTraining = (): Promise<readonly Figure[]> => measure(8, "abc", trainingBounds);
export const measureSampling = (): Promise<readonly Figure[]> => measure(9, "d", samplingBounds);
export const measureWasm = (): Promise<readonly Figure[]> => measure(10, "e", wasmBounds);

async function measure(row: number, letters: string, bounds: Bounds): Promise<readonly Figure[]> {
  const chosen = sections.filter(({ letter }) => letters.includes(letter));
  const { comparisons, notes } = await compare(chosen, pairs, (line) => void process.stderr.write(`${line}\n`));
  return [
    ...comparisons.map((comparison) => figure(row, comparison, bounds)),
    ...notes.map((note) => missing(row, note)),
  ];
}

function figure(row: number, { section, what, request, peer, peerTitle, ratios }: Comparison, bounds: Bounds): Figure {
  const bound = bounds[peer]?.(request.width) ?? Number.NaN;
  const ratio = median(ratios);
  return {
    row,
    what: `${section}: ${request.task === "train" ? "training" : "sampling"}, ${what}, times faster than ${peerTitle}`,
    measured: `${digits(ratio)} (${digits(Math.min(...ratios))} … ${digits(Math.max(...ratios))})`,
    bound: `>= ${bound}`,
    passed: ratio >= bound,
  };
}

function missing(row: number, note: string): Figure {
  return { row, what: note, measured: "not measured", bound: "", passed: false };
}
