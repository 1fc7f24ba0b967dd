/** What does the header of a safetensors file say? A scanner for exactly its JSON; anything else is refused. */
import { SdecError } from "./errors.js";

export interface Header {
  readonly tensors: ReadonlyMap<string, HeaderEntry>;
  readonly metadata: ReadonlyMap<string, string>;
}

export interface HeaderEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

const MOST_TENSORS = 100_000;
const MOST_AXES = 8;

export function scanHeader(text: string): Header {
  const scanner = new Scanner(text);
  const tensors = new Map<string, HeaderEntry>();
  let metadata: ReadonlyMap<string, string> | null = null;
  scanner.object((name) => {
    if (name === "__metadata__") {
      metadata = texts(scanner);
      return;
    }
    if (tensors.size >= MOST_TENSORS) throw damaged("it has too many tensors");
    tensors.set(name, entry(scanner, name));
  });
  scanner.end();
  return { tensors, metadata: metadata ?? new Map() };
}

export function damaged(what: string): SdecError {
  return new SdecError("checkpoint", `This is not a whole safetensors file: ${what}`);
}

function texts(scanner: Scanner): Map<string, string> {
  const result = new Map<string, string>();
  scanner.object((name) => result.set(name, scanner.string()));
  return result;
}

function entry(scanner: Scanner, name: string): HeaderEntry {
  let dtype: string | null = null;
  let shape: number[] | null = null;
  let offsets: number[] | null = null;
  scanner.object((key) => {
    if (key === "dtype") dtype = scanner.string();
    else if (key === "shape") shape = scanner.integers(MOST_AXES);
    else if (key === "data_offsets") offsets = scanner.integers(2);
    else throw damaged(`the tensor ${name} has an unknown property`);
  });
  const [begin, end] = offsets ?? [];
  if (dtype === null || shape === null || begin === undefined || end === undefined || end < begin) {
    throw damaged(`the tensor ${name} is described incompletely`);
  }
  return { dtype, shape, begin, end };
}

/** Reads the header's JSON from left to right. */
class Scanner {
  #at = 0;

  constructor(readonly text: string) {}

  /** `{"name": …, …}`; `member` reads each value. A name may occur once. */
  object(member: (name: string) => void): void {
    const seen = new Set<string>();
    this.#expect("{");
    if (this.#skip("}")) return;
    do {
      const name = this.string();
      if (seen.has(name)) throw damaged(`the name ${name} occurs twice`);
      seen.add(name);
      this.#expect(":");
      member(name);
    } while (this.#skip(","));
    this.#expect("}");
  }

  /** `[1, 2, …]` of integers from 0 on, at most `most` of them. */
  integers(most: number): number[] {
    const result: number[] = [];
    this.#expect("[");
    if (this.#skip("]")) return result;
    do {
      if (result.length >= most) throw damaged("a list in its header is too long");
      result.push(this.#integer());
    } while (this.#skip(","));
    this.#expect("]");
    return result;
  }

  string(): string {
    this.#space();
    const start = this.#at;
    if (this.text[this.#at] !== '"') throw damaged("its header is not as the format says");
    for (this.#at++; this.text[this.#at] !== '"'; this.#at++) {
      if (this.#at >= this.text.length) throw damaged("its header stops in the middle");
      if (this.text[this.#at] === "\\") this.#at++;
    }
    this.#at++;
    try {
      const value: unknown = JSON.parse(this.text.slice(start, this.#at));
      if (typeof value === "string") return value;
    } catch {
      // Falls through to the error: an escape or a character that JSON does not know.
    }
    throw damaged("a text in its header is not as the format says");
  }

  end(): void {
    this.#space();
    if (this.#at !== this.text.length) throw damaged("its header goes on after its end");
  }

  #integer(): number {
    this.#space();
    const start = this.#at;
    while (this.#at - start < 17 && isDigit(this.text.charCodeAt(this.#at))) this.#at++;
    const digits = this.text.slice(start, this.#at);
    const value = Number(digits);
    if (digits === "" || (digits.length > 1 && digits.startsWith("0")) || !Number.isSafeInteger(value)) {
      throw damaged("a number in its header is not a whole number");
    }
    return value;
  }

  #expect(character: string): void {
    if (!this.#skip(character)) throw damaged("its header is not as the format says");
  }

  #skip(character: string): boolean {
    this.#space();
    if (this.text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #space(): void {
    while (" \t\n\r".includes(this.text[this.#at] ?? "x")) this.#at++;
  }
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
