/**
 * Which row of the data does sample i of step n see? Shuffled epochs: position n * batch + i counts through one random
 * order of the rows after another, so each row is seen once before any is seen again, and a batch may span two orders.
 * The order of an epoch is made of (seed, draw, epoch) alone, so a resumed run finds its place by counting.
 */
import { fillWords } from "../random/stream.js";
import type { Stream } from "../random/stream.js";

export interface RowOrder {
  /** Rows of the positions first, first + 1, …. */
  fill(out: Int32Array, first: number): void;
}

export function openOrder(rows: number, stream: Stream): RowOrder {
  const order = new Int32Array(rows);
  const words = new Uint32Array(rows);
  let shuffled = -1;
  return {
    fill(out, first) {
      for (let done = 0; done < out.length;) {
        const position = first + done;
        const epoch = Math.floor(position / rows);
        if (epoch !== shuffled) {
          fillWords(words, stream, epoch, 0);
          shuffle(order, words);
          shuffled = epoch;
        }
        const from = position - epoch * rows;
        const count = Math.min(out.length - done, rows - from);
        out.set(order.subarray(from, from + count), done);
        done += count;
      }
    },
  };
}

/** Fisher and Yates' shuffle of 0 … n - 1, from the last place down. */
function shuffle(order: Int32Array, words: Uint32Array): void {
  for (let i = 0; i < order.length; i++) order[i] = i;
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(((words[i] ?? 0) / 2 ** 32) * (i + 1));
    const kept = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = kept;
  }
}
