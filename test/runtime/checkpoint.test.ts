/** Does nothing but a whole checkpoint of this model come through the reader, whatever the bytes? */
import { describe, expect, test } from "vitest";
import { readCheckpoint, verify, writeCheckpoint } from "../../runtime/checkpoint.js";
import { SdecError } from "../../runtime/errors.js";
import { fillWords, openStream } from "../../runtime/random/stream.js";
import { MOST_HEADER_BYTES, readTensors, writeTensors } from "../../runtime/safetensors.js";
import type { ModelState } from "../../runtime/state.js";
import { specification } from "./fixture-model.js";

const state: ModelState = {
  weights: new Map([
    ["net.f.weight", Float32Array.of(1.5, -2)],
    ["net.f.bias", Float32Array.of(0.1)],
  ]),
  averages: new Map([["net.f.weight", Float64Array.of(1 / 3, Math.PI)]]),
  run: {
    seed: -(2 ** 40),
    turn: 0,
    step: 17,
    statements: new Map([[0, { taken: 17, vectors: new Map([["moment1", Float64Array.of(1, 2, Number.MIN_VALUE)]]) }]]),
  },
};

/** A file with this header and so many bytes of numbers. */
function file(header: string, payload: number): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + payload);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 8);
  return bytes;
}

describe("safetensors", () => {
  test("names of any kind and shapes of any rank come back in order", () => {
    const tensors = new Map([
      ["__proto__", { data: Float32Array.of(1, 2), shape: [2, 1] }],
      ["constructor", { data: Float64Array.of(3), shape: [] }],
      ["7", { data: Int32Array.of(-4, 5, 6), shape: [3] }],
      ['a "quoted" \\ name\n', { data: new Float32Array(0), shape: [0, 3] }],
      ["ε", { data: Float32Array.of(Number.NaN), shape: [1, 1, 1] }],
    ]);
    const metadata = new Map([
      ["__proto__", "text"],
      ["x", "\u2028"],
    ]);
    const read = readTensors(writeTensors({ tensors, metadata }));
    expect([...read.tensors]).toEqual([...tensors]);
    expect(read.metadata).toEqual(metadata);
    expect(Object.getPrototypeOf(read.tensors)).toBe(Map.prototype);
  });

  test("a file at an odd place in memory is read all the same", () => {
    const bytes = writeTensors({
      tensors: new Map([["x", { data: Float64Array.of(1, 2), shape: [2] }]]),
      metadata: new Map(),
    });
    const moved = new Uint8Array(bytes.length + 3);
    moved.set(bytes, 3);
    expect(readTensors(moved.subarray(3)).tensors.get("x")?.data).toEqual(Float64Array.of(1, 2));
  });

  const one = '"dtype":"F32","shape":[1],"data_offsets":[0,4]';
  test.each<[string, Uint8Array]>([
    ["nothing", new Uint8Array(0)],
    ["a header length beyond the file", file("{}", 0).subarray(0, 9)],
    ["a header of more than 16 MiB", file(" ".repeat(MOST_HEADER_BYTES + 1), 0)],
    ["two tensors of one name", file(`{"a":{${one}},"a":{${one}}}`, 4)],
    ["two equal properties", file(`{"a":{${one},"dtype":"F32"}}`, 4)],
    ["two metadata", file('{"__metadata__":{},"__metadata__":{}}', 0)],
    ["metadata that is no text", file('{"__metadata__":{"a":1}}', 0)],
    ["an unknown property", file(`{"a":{${one},"extra":"x"}}`, 4)],
    ["a missing property", file('{"a":{"dtype":"F32","shape":[1]}}', 4)],
    ["bytes after the last tensor", file(`{"a":{${one}}}`, 5)],
    ["fewer bytes than the header says", file(`{"a":{${one}}}`, 3)],
    ["a hole", file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}', 8)],
    ["an overlap", file(`{"a":{${one}},"b":{${one}}}`, 4)],
    ["offsets backwards", file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}', 4)],
    ["a size that is not the shape's", file('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}', 4)],
    [
      "a shape whose product overflows",
      file('{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}', 0),
    ],
    ["an unknown number format", file('{"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}', 4)],
    ["an inherited number format", file('{"a":{"dtype":"constructor","shape":[1],"data_offsets":[0,4]}}', 4)],
    ["a negative size", file('{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}', 4)],
    ["a size with a fraction", file('{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}', 4)],
    [
      "a size that floats cannot hold",
      file('{"a":{"dtype":"F32","shape":[9007199254740993],"data_offsets":[0,4]}}', 4),
    ],
    ["nine axes", file('{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}', 4)],
    ["a list as header", file("[]", 0)],
    ["an open string", file('{"a', 0)],
    ["a line break in a string", file('{"a\n":{}}', 0)],
    ["something after the header", file("{}x", 0)],
    ["bytes that are no text", Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe)],
  ])("%s is refused", (_name, bytes) => {
    expect(() => readTensors(bytes)).toThrow(SdecError);
    expect(() => readTensors(bytes)).toThrow("not a whole safetensors file");
  });
});

describe("checkpoints", () => {
  test("come back as they were, the engine's precision too", async () => {
    const bytes = await writeCheckpoint(specification, state);
    expect(await readCheckpoint(specification, bytes)).toEqual(state);
  });

  test("of another model are told from damaged ones", async () => {
    const bytes = await writeCheckpoint(specification, state);
    const other = { ...specification, fingerprint: "another" };
    await expect(readCheckpoint(other, bytes)).rejects.toMatchObject({ code: "fingerprint" });
    await expect(readCheckpoint(specification, bytes.subarray(0, -1))).rejects.toMatchObject({ code: "checkpoint" });
  });

  test("no changed byte goes unnoticed, and none brings the reader down", async () => {
    const bytes = await writeCheckpoint(specification, state);
    const words = new Uint32Array(6000);
    fillWords(words, openStream(99, "mutations"), 0, 0);
    for (let i = 0; i < words.length; i += 3) {
      const [place = 0, kind = 0, value = 0] = words.subarray(i, i + 3);
      const mutated = mutate(bytes, place % bytes.length, kind % 4, value & 0xff);
      const same = mutated.length === bytes.length && mutated.every((byte, k) => byte === bytes[k]);
      const error = await verify(mutated).then(
        () => null,
        (reason: unknown) => reason,
      );
      if (same) expect(error).toBeNull();
      // Spaces may be added or lost between the header's words without a change of meaning; all else is noticed.
      else if (error === null) expect(await readCheckpoint(specification, mutated)).toEqual(state);
      else expect(error).toMatchObject({ code: "checkpoint" });
    }
  });
});

function mutate(bytes: Uint8Array, place: number, kind: number, value: number): Uint8Array {
  if (kind === 0) return bytes.map((byte, i) => (i === place ? value : byte));
  if (kind === 1) return bytes.map((byte, i) => (i === place ? byte ^ (1 << (value % 8)) : byte));
  if (kind === 2) return bytes.slice(0, place);
  return Uint8Array.from([...bytes.subarray(0, place), value, ...bytes.subarray(place)]);
}
