/**
 * How are named tensors written to bytes and read back from bytes that nobody vouches for?
 *
 * The safetensors format: 8 bytes of header length, a JSON header {name: {dtype, shape, data_offsets}}, the numbers. The
 * reader accepts nothing that the format does not define: it has its own scanner, since JSON.parse silently keeps the last
 * of two equal names and rounds large integers, and it checks every size before it allocates.
 */
import { elements } from "./ndarray.js";
import { damaged, scanHeader } from "./safetensors-header.js";

export type StoredNumbers = Float32Array | Float64Array | Int32Array;

export interface StoredTensor {
  readonly data: StoredNumbers;
  readonly shape: readonly number[];
}

export interface TensorFile {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Texts by name. */
  readonly metadata: ReadonlyMap<string, string>;
}

export const MOST_HEADER_BYTES = 16 * 2 ** 20;

const kinds = {
  F32: { bytes: 4, make: (buffer: ArrayBuffer): StoredNumbers => new Float32Array(buffer) },
  F64: { bytes: 8, make: (buffer: ArrayBuffer): StoredNumbers => new Float64Array(buffer) },
  I32: { bytes: 4, make: (buffer: ArrayBuffer): StoredNumbers => new Int32Array(buffer) },
} as const;

type Kind = keyof typeof kinds;

export function writeTensors(file: TensorFile): Uint8Array<ArrayBuffer> {
  let offset = 0;
  const entries: [string, unknown][] = [["__metadata__", Object.fromEntries(file.metadata)]];
  for (const [name, { data, shape }] of file.tensors) {
    const end = offset + data.byteLength;
    entries.push([name, { dtype: kindOf(data), shape, data_offsets: [offset, end] }]);
    offset = end;
  }
  // A list of entries, since an object would swallow the name "__proto__" and put integer-like names first.
  const json = `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(",")}}`;
  const text = new TextEncoder().encode(json);
  const padded = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + padded + offset);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.fill(0x20, 8, 8 + padded);
  bytes.set(text, 8);
  let at = 8 + padded;
  for (const { data } of file.tensors.values()) {
    bytes.set(littleEndian(data), at);
    at += data.byteLength;
  }
  return bytes;
}

export function readTensors(bytes: Uint8Array): TensorFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8) throw damaged("it is shorter than its header");
  const length = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  if (length > MOST_HEADER_BYTES || length > bytes.length - 8) throw damaged("its header is longer than it may be");
  const header = scanHeader(decode(bytes.subarray(8, 8 + length)));
  const payload = bytes.subarray(8 + length);
  const places = [...header.tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let end = 0;
  for (const [name, place] of places) {
    if (place.begin !== end) throw damaged(`the tensor ${name} does not begin where the one before it ends`);
    if (!isKind(place.dtype)) throw damaged(`the tensor ${name} has the number format ${place.dtype}`);
    const count = elements(place.shape);
    if (!Number.isSafeInteger(count) || count * kinds[place.dtype].bytes !== place.end - place.begin) {
      throw damaged(`the tensor ${name} has more or fewer bytes than its shape says`);
    }
    end = place.end;
  }
  if (end !== payload.length) throw damaged("its numbers do not end where the file ends");
  const tensors = new Map<string, StoredTensor>();
  for (const [name, { dtype, shape, begin, end: stop }] of header.tensors) {
    if (!isKind(dtype)) continue; // thrown above
    tensors.set(name, { data: fromLittleEndian(payload.slice(begin, stop), dtype), shape });
  }
  return { tensors, metadata: header.metadata };
}

function kindOf(data: StoredNumbers): Kind {
  if (data instanceof Float32Array) return "F32";
  return data instanceof Float64Array ? "F64" : "I32";
}

function isKind(dtype: string): dtype is Kind {
  return Object.hasOwn(kinds, dtype);
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw damaged("its header is not text");
  }
}

/** The format is little-endian; so is every machine that runs this, or the bytes are turned. */
function littleEndian(data: StoredNumbers): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return IS_LITTLE ? bytes : turned(bytes.slice(), data.BYTES_PER_ELEMENT);
}

function fromLittleEndian(bytes: Uint8Array<ArrayBuffer>, kind: Kind): StoredNumbers {
  return kinds[kind].make((IS_LITTLE ? bytes : turned(bytes, kinds[kind].bytes)).buffer);
}

const IS_LITTLE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function turned(bytes: Uint8Array<ArrayBuffer>, width: number): Uint8Array<ArrayBuffer> {
  for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse();
  return bytes;
}
