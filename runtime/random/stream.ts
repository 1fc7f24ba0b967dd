/**
 * Which random number does element i of a draw get? It depends on (seed, site, step, i) alone: not on the engine, on how
 * a batch is split, or on where a run was resumed.
 *
 * The seed and the site's name make the Philox key; the step fills the upper half of the counter and i / 4 the lower.
 * A draw per sample numbers its elements from the sample's index in the whole run: i = index * size + position.
 */
import { SdecError } from "../errors.js";
import { normalsOfWords } from "./normal.js";
import { fillPhilox } from "./philox.js";
import { openWordMaker } from "./philox-wasm.js";
import type { WordMaker } from "./philox-wasm.js";
import type { Key } from "./philox.js";

/** The random numbers of one site under one seed. */
export interface Stream {
  readonly key: Key;
}

/** `seed` is an integer of up to 53 bits. */
export function openStream(seed: number, site: string): Stream {
  if (!Number.isSafeInteger(seed))
    throw new SdecError("option", `A seed is an integer between -2^53 and 2^53, not ${seed}`);
  const key: Key = { k0: seed >>> 0, k1: Math.floor(seed / 2 ** 32) >>> 0 };
  // The name's length and then its characters, four at a time, go through the generator itself.
  const state = Uint32Array.of(site.length, 0, 0, 0);
  const stir = (): void => {
    const [c0 = 0, c1 = 0, c2 = 0, c3 = 0] = state;
    fillPhilox(state, 1, { c0, c1, c2, c3 }, key);
  };
  stir();
  for (let at = 0; at < site.length; at += 4) {
    for (let i = 0; i < 4 && at + i < site.length; i++) state[i] = (state[i] ?? 0) ^ site.charCodeAt(at + i);
    stir();
  }
  return { key: { k0: state[0] ?? 0, k1: state[1] ?? 0 } };
}

/** Standard normal numbers for the elements first, first + 1, … of this step, filling `out`. */
export function fillNormals(out: Float32Array, stream: Stream, step: number, first: number): void {
  forWords(out.length, stream, step, first, (words, skip, from, count) =>
    normalsOfWords(words, skip, out, from, count),
  );
}

/** Uniform numbers in [0, 1), multiples of 2^-24: exact in float32, and never 1. */
export function fillUniforms(out: Float32Array, stream: Stream, step: number, first: number): void {
  forWords(out.length, stream, step, first, (words, skip, from, count) => {
    for (let i = 0; i < count; i++) out[from + i] = ((words[skip + i] as number) >>> 8) * 2 ** -24; // within bounds
  });
}

/** The raw 32-bit words. */
export function fillWords(out: Uint32Array, stream: Stream, step: number, first: number): void {
  forWords(out.length, stream, step, first, (words, skip, from, count) => {
    out.set(words.subarray(skip, skip + count), from);
  });
}

/** Words are made in pieces that stay in the processor's nearest cache. */
const PIECE = 4096;

/** Opened when the first number is drawn. */
let maker: WordMaker | null = null;

function openMaker(): WordMaker {
  const words = new Uint32Array(PIECE);
  return openWordMaker() ?? { words, fill: (blocks, counter, key) => fillPhilox(words, blocks, counter, key) };
}

function forWords(
  length: number,
  stream: Stream,
  step: number,
  first: number,
  use: (words: Uint32Array, skip: number, from: number, count: number) => void,
): void {
  const { words, fill } = (maker ??= openMaker());
  for (let done = 0; done < length;) {
    const element = first + done;
    const block = Math.floor(element / 4);
    const skip = element - block * 4;
    const count = Math.min(length - done, PIECE - skip);
    fill(
      Math.ceil((skip + count) / 4),
      { c0: block >>> 0, c1: Math.floor(block / 2 ** 32) >>> 0, c2: step >>> 0, c3: Math.floor(step / 2 ** 32) >>> 0 },
      stream.key,
    );
    use(words, skip, done, count);
    done += count;
  }
}
