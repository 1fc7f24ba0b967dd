/** How are arrays read from and written to NumPy's `.npy` format, versions 1 to 3? */
import { SdecError } from "../errors.js";
import { elements } from "../ndarray.js";
import type { NdArray } from "../ndarray.js";

export function parseNpy(bytes: Uint8Array): NdArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || !MAGIC.every((byte, i) => bytes[i] === byte)) throw refused("it does not begin as one");
  const [version, start] = bytes[6] === 1 ? [1, 10] : [bytes[6] ?? 0, 12];
  if (version < 1 || version > 3) throw refused(`its version ${version} is not known`);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > 2 ** 20 || start + length > bytes.length) throw refused("its header is longer than the file");
  const { type, isFortran, shape } = parseHeader(
    new TextDecoder("latin1").decode(bytes.subarray(start, start + length)),
  );
  const count = elements(shape);
  const at = start + length;
  if (!Number.isSafeInteger(count) || bytes.length - at !== count * type.bytes) {
    throw refused(
      `it holds ${bytes.length - at} bytes of numbers, its shape [${shape.join(", ")}] needs ${count * type.bytes}`,
    );
  }
  const data = new Float32Array(count);
  for (let i = 0; i < count; i++) data[i] = type.read(view, at + i * type.bytes);
  return { data: isFortran ? transposed(data, shape) : data, shape };
}

/** Version 1.0, float32, C order. */
export function formatNpy(array: NdArray): Uint8Array {
  const tail = array.shape.length === 1 ? "," : "";
  const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': (${array.shape.join(", ")}${tail}), }`;
  const padded = `${dictionary.padEnd(Math.ceil((dictionary.length + 11) / 64) * 64 - 11)}\n`;
  const bytes = new Uint8Array(10 + padded.length + array.data.length * 4);
  bytes.set(MAGIC);
  bytes.set([1, 0, padded.length & 0xff, padded.length >> 8], 6);
  bytes.set(new TextEncoder().encode(padded), 10);
  const view = new DataView(bytes.buffer, 10 + padded.length);
  array.data.forEach((value, i) => view.setFloat32(i * 4, value, true));
  return bytes;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const MOST_AXES = 8;

interface NumberType {
  readonly bytes: number;
  read(view: DataView, at: number): number;
}

interface NpyHeader {
  readonly type: NumberType;
  readonly isFortran: boolean;
  readonly shape: readonly number[];
}

/** The header is a Python dictionary of three known entries. */
function parseHeader(text: string): NpyHeader {
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const sizes = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(text)?.[1];
  if (descr === undefined || order === undefined || sizes === undefined) throw refused("its header is incomplete");
  const type = numberType(descr);
  if (type === null) throw refused(`its numbers are of the kind '${descr}'; real, integer or boolean numbers are read`);
  const shape = sizes
    .split(",")
    .map((size) => size.trim())
    .filter((size) => size !== "")
    .map(Number);
  if (shape.length > MOST_AXES) throw refused(`it has ${shape.length} axes; ${MOST_AXES} are the most`);
  return { type, isFortran: order === "True", shape };
}

function numberType(descr: string): NumberType | null {
  const little = descr[0] !== ">";
  switch (descr.replace(/^[<>|=]/, "")) {
    case "f4":
      return { bytes: 4, read: (view, at) => view.getFloat32(at, little) };
    case "f8":
      return { bytes: 8, read: (view, at) => view.getFloat64(at, little) };
    case "i1":
      return { bytes: 1, read: (view, at) => view.getInt8(at) };
    case "u1":
    case "b1":
      return { bytes: 1, read: (view, at) => view.getUint8(at) };
    case "i2":
      return { bytes: 2, read: (view, at) => view.getInt16(at, little) };
    case "u2":
      return { bytes: 2, read: (view, at) => view.getUint16(at, little) };
    case "i4":
      return { bytes: 4, read: (view, at) => view.getInt32(at, little) };
    case "u4":
      return { bytes: 4, read: (view, at) => view.getUint32(at, little) };
    case "i8":
      return { bytes: 8, read: (view, at) => Number(view.getBigInt64(at, little)) };
    case "u8":
      return { bytes: 8, read: (view, at) => Number(view.getBigUint64(at, little)) };
    default:
      return null;
  }
}

/** Column-major numbers in row-major order. */
function transposed(data: Float32Array, shape: readonly number[]): Float32Array {
  const result = new Float32Array(data.length);
  const index = shape.map(() => 0);
  const strides = shape.map((_, axis) => elements(shape.slice(0, axis)));
  for (let i = 0; i < result.length; i++) {
    let from = 0;
    for (let axis = 0; axis < shape.length; axis++) from += (index[axis] ?? 0) * (strides[axis] ?? 0);
    result[i] = data[from] ?? Number.NaN;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1;
      index[axis] = next === shape[axis] ? 0 : next;
      if (next !== shape[axis]) break;
    }
  }
  return result;
}

function refused(why: string): SdecError {
  return new SdecError("data", `This is not a .npy file that can be read: ${why}`);
}
