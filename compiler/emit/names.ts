/** Which name does a thing of the model get in the emitted code? One of our own making, near to the one it has. */
import { identifier } from "./safe.js";
import type { Identifier } from "./safe.js";

/** Names of one region of code. A name given out once, here or around, is not given out again. */
export interface Names {
  /** A free name near to the first of `wishes` that can be had as it is, else near to the first. */
  give(...wishes: readonly string[]): Identifier;
  /** The first free one of `stem1`, `stem2`, …. */
  number(stem: string): Identifier;
  /** Names of a region inside this one, in which `taken` stand for something already. */
  inner(taken: readonly string[]): Names;
}

/** `taken` are the names that the code uses from elsewhere. */
export function openNames(taken: readonly string[]): Names {
  return namesBeside(new Set([...reserved, ...taken]), () => false);
}

/** Letters of the target alphabet that come near to a text: `x̂₀` is xHat0, `σ` sigma, `flow.step` flowStep. */
export function spell(text: string): string {
  let name = "";
  let starts = false;
  for (const letter of text.normalize("NFKD")) {
    const spelled = spellings.get(letter) ?? (/^[A-Za-z0-9_]$/.test(letter) ? letter : null);
    if (spelled === null) {
      if (/^[\p{L}\p{N}]$/u.test(letter)) name += `u${letter.codePointAt(0)?.toString(16) ?? ""}`;
      starts = name !== "";
      continue;
    }
    const isWord = spelled !== letter;
    name += (starts || isWord) && name !== "" ? capitalise(spelled) : spelled;
    starts = isWord;
  }
  const short = name.slice(0, longestName);
  return /^[A-Za-z]/.test(short) ? short : `v${short.replace(/^_+/, "")}`.slice(0, longestName);
}

/** `dsm.loss` is DsmLoss. */
export function spellType(text: string): string {
  return spell(text).split("_").map(capitalise).join("");
}

/** As a key of a record. `__proto__` would not be an entry, so it gets a sign that no name of the language has. */
export function recordKey(text: string): string {
  return /^__proto__-*$/.test(text) ? `${text}-` : text;
}

const longestName = 40;

function capitalise(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}

/** `own` fills with what is given out; `isAround` tells what regions around have given out. */
function namesBeside(own: Set<string>, isAround: (name: string) => boolean): Names {
  const counts = new Map<string, number>();
  const isTaken = (name: string): boolean => own.has(name) || isAround(name);
  const take = (name: string): Identifier => {
    own.add(name);
    return identifier(name);
  };
  const takeNumbered = (stem: string, first: number): Identifier => {
    let count = counts.get(stem) ?? first;
    while (isTaken(`${stem}${count}`)) count += 1;
    counts.set(stem, count + 1);
    return take(`${stem}${count}`);
  };
  return {
    give(...wishes) {
      const spelled = wishes.map(spell);
      const free = spelled.find((name) => !isTaken(name));
      return free === undefined ? takeNumbered(`${spelled[0] ?? "value"}_`, 2) : take(free);
    },
    number: (stem) => takeNumbered(/\d$/.test(stem) ? `${stem}_` : stem, 1),
    inner: (taken) => namesBeside(new Set(taken), isTaken),
  };
}

const greek =
  "α alpha  β beta  γ gamma  δ delta  ε epsilon  ϵ epsilon  ζ zeta  η eta  θ theta  ϑ theta  ι iota  κ kappa" +
  "  λ lambda  μ mu  µ mu  ν nu  ξ xi  ο omicron  π pi  ρ rho  σ sigma  ς sigma  τ tau  υ upsilon  φ phi  ϕ phi" +
  "  χ chi  ψ psi  ω omega  Α Alpha  Β Beta  Γ Gamma  Δ Delta  Ε Epsilon  Ζ Zeta  Η Eta  Θ Theta  Ι Iota  Κ Kappa" +
  "  Λ Lambda  Μ Mu  Ν Nu  Ξ Xi  Ο Omicron  Π Pi  Ρ Rho  Σ Sigma  Τ Tau  Υ Upsilon  Φ Phi  Χ Chi  Ψ Psi  Ω Omega" +
  "  ∂ d  ∇ grad  \u0302 Hat  \u0303 Tilde  \u0304 Bar  \u0305 Bar  \u0307 Dot  \u0308 Ddot";

const spellings: ReadonlyMap<string, string> = new Map(
  greek.split("  ").map((pair): [string, string] => [pair.slice(0, 1), pair.slice(2)]),
);

/** Words that mean something to the target language or its checker, and members that every object has. */
const reserved = (
  "abstract any arguments as asserts async await bigint boolean break case catch class const " +
  "constructor continue debugger declare default delete do else enum eval export extends false finally " +
  "for from function get global globalThis if implements import in Infinity infer instanceof interface " +
  "is keyof let module NaN namespace never new null number object of out override package private " +
  "protected prototype public readonly require return satisfies set static string super switch symbol " +
  "this throw true try type typeof undefined unique unknown using var void while with yield " +
  "hasOwnProperty isPrototypeOf propertyIsEnumerable toLocaleString toString valueOf Array Object " +
  "Function Number String Boolean Symbol Promise Readonly Record Math JSON exports process window self"
).split(" ");
