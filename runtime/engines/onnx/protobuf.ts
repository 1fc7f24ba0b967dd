/** How is a Protocol Buffers message written? Only the wire types that ONNX files use. */

/** A message under construction: fields are appended in the order given. */
export class Message {
  private readonly chunks: Uint8Array[] = [];
  private length = 0;

  integer(field: number, value: number): this {
    return this.append(varint(field * 8)).append(varint(value));
  }

  float(field: number, value: number): this {
    return this.append(varint(field * 8 + 5)).append(new Uint8Array(Float32Array.of(value).buffer));
  }

  string(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  bytes(field: number, value: Uint8Array): this {
    return this.append(varint(field * 8 + 2))
      .append(varint(value.length))
      .append(value);
  }

  message(field: number, value: Message): this {
    this.append(varint(field * 8 + 2)).append(varint(value.length));
    this.chunks.push(...value.chunks);
    this.length += value.length;
    return this;
  }

  finish(): Uint8Array {
    const result = new Uint8Array(this.length);
    let offset = 0;
    for (const chunk of this.chunks) {
      result.set(chunk, offset);
      offset += chunk.length;
    }
    return result;
  }

  private append(chunk: Uint8Array): this {
    this.chunks.push(chunk);
    this.length += chunk.length;
    return this;
  }
}

/** Seven bits a byte, lowest first; negative numbers as 64-bit two's complement. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  return Uint8Array.of(...bytes, Number(rest));
}
