/**
 * How are many random words made fast? By the rounds of philox.ts in WebAssembly, whose 64-bit product has both halves in
 * one multiplication: nine times as fast. The module is written down here, instruction by instruction, as in the
 * WebAssembly Core Specification 1.0, sections 5.4 and 5.5.
 */
import type { Counter, Key } from "./philox.js";

export interface WordMaker {
  /** Where the words come, overwritten by the next call. */
  readonly words: Uint32Array;
  /** As `fillPhilox`, into `words`. */
  fill(blocks: number, counter: Counter, key: Key): void;
}

/** Null where WebAssembly is not to be had, as under a page's content security policy. */
export function openWordMaker(): WordMaker | null {
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes()));
    const { memory, philox } = exports as Exports;
    return {
      words: new Uint32Array(memory.buffer),
      fill: (blocks, { c0, c1, c2, c3 }, { k0, k1 }) => philox(blocks, c0, c1, c2, c3, k0, k1),
    };
  } catch {
    return null;
  }
}

/** As JavaScript has it; the types of Node leave its classes out. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

/** What moduleBytes() exports. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  philox(blocks: number, c0: number, c1: number, c2: number, c3: number, k0: number, k1: number): void;
}

type Code = readonly number[];

const I32 = 0x7f;
const I64 = 0x7e;
const ADD = [0x6a];
const SUB = [0x6b];
const XOR = [0x73];
const IS_ZERO = [0x45];
const TO_I64 = [0xad]; // i64.extend_i32_u
const LOW_HALF = [0xa7]; // i32.wrap_i64
const MULTIPLY = [0x7e]; // i64.mul

/** Parameters, then the locals of the function. */
const BLOCKS = 0;
const COUNTER = [1, 2, 3, 4] as const;
const KEY = [5, 6] as const;
const AT = 7;
const STATE = [8, 9, 10, 11] as const;
const ROUND_KEY = [12, 13] as const;
const PRODUCT = [14, 15] as const;

/** One page of memory, 16,384 words, and the function that fills it from its beginning. */
function moduleBytes(): Uint8Array {
  const locals = [2, ...unsigned(7), I32, ...unsigned(2), I64];
  const body = [...locals, ...philox(), 0x0b];
  const name = (text: string): Code => [text.length, ...[...text].map((letter) => letter.charCodeAt(0))];
  const section = (id: number, content: Code): Code => [id, ...unsigned(content.length), ...content];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, 7, ...Array<number>(7).fill(I32), 0]), // the type of the function
    ...section(3, [1, 0]), // one function, of that type
    ...section(5, [1, 0, 1]), // one memory, of one page
    ...section(7, [2, ...name("memory"), 2, 0, ...name("philox"), 0, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ]);
}

/** Blocks one after the other, at least one. */
function philox(): Code {
  const [low, high] = COUNTER;
  return [
    ...[0x03, 0x40], // loop
    ...COUNTER.flatMap((word, i) => [...get(word), ...set(STATE[i] ?? 0)]),
    ...KEY.flatMap((word, i) => [...get(word), ...set(ROUND_KEY[i] ?? 0)]),
    ...Array<Code>(10).fill(round()).flat(),
    ...STATE.flatMap((word, i) => [...get(AT), ...get(word), 0x36, 2, 4 * i]), // i32.store
    ...[...get(AT), ...constant32(16), ...ADD, ...set(AT)],
    ...[...get(low), ...constant32(1), ...ADD, ...set(low)],
    ...[...get(high), ...get(low), ...IS_ZERO, ...ADD, ...set(high)],
    ...[...get(BLOCKS), ...constant32(1), ...SUB, ...set(BLOCKS)],
    ...[...get(BLOCKS), 0x0d, 0], // br_if: again while blocks are left
    0x0b,
  ];
}

function round(): Code {
  const [s0, s1, s2, s3] = STATE;
  const [k0, k1] = ROUND_KEY;
  const [p, q] = PRODUCT;
  const product = (word: number, factor: bigint): Code => [...get(word), ...TO_I64, ...constant64(factor), ...MULTIPLY];
  const upper = (half: number): Code => [...get(half), ...constant64(32n), 0x88, ...LOW_HALF]; // i64.shr_u
  const raised = (word: number, by: number): Code => [...get(word), ...constant32(by), ...ADD, ...set(word)];
  return [
    ...[...product(s0, 0xd2511f53n), ...set(p)],
    ...[...product(s2, 0xcd9e8d57n), ...set(q)],
    ...[...upper(q), ...get(s1), ...XOR, ...get(k0), ...XOR, ...set(s0)],
    ...[...get(q), ...LOW_HALF, ...set(s1)],
    ...[...upper(p), ...get(s3), ...XOR, ...get(k1), ...XOR, ...set(s2)],
    ...[...get(p), ...LOW_HALF, ...set(s3)],
    ...raised(k0, 0x9e3779b9 | 0),
    ...raised(k1, 0xbb67ae85 | 0),
  ];
}

function get(local: number): Code {
  return [0x20, local];
}

function set(local: number): Code {
  return [0x21, local];
}

function constant32(value: number): Code {
  return [0x41, ...signed(BigInt(value))];
}

function constant64(value: bigint): Code {
  return [0x42, ...signed(value)];
}

/** LEB128, seven bits a byte, the lowest first. */
function unsigned(value: number): Code {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}

function signed(value: bigint): Code {
  const byte = Number(value & 127n);
  const rest = value >> 7n;
  const isLast = rest === (byte < 64 ? 0n : -1n);
  return isLast ? [byte] : [byte | 128, ...signed(rest)];
}
