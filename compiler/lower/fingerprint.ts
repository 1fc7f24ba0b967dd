/** A short name for what a checkpoint depends on: equal texts give equal names, on every machine. */

/** 64 bits in hexadecimal: two FNV-1a hashes of 32 bits with different offsets. */
export function fingerprintOf(texts: readonly string[]): string {
  const joined = texts.join("\u0000");
  return [0x811c9dc5, 0x9747b28c].map((offset) => hash(joined, offset).toString(16).padStart(8, "0")).join("");
}

function hash(text: string, offset: number): number {
  let state = offset;
  for (let i = 0; i < text.length; i += 1) {
    state ^= text.charCodeAt(i);
    state = Math.imul(state, 0x01000193);
  }
  return state >>> 0;
}
