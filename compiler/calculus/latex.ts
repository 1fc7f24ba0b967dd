/** How are formulas, names and words set in LaTeX? In ASCII alone, for every engine. */
import type { Notation } from "./notation.js";

export const LATEX: Notation = {
  symbol: latexSymbol,
  pi: "\\pi",
  decimal: (text) => text.replace(/e\+?(-?\d+)$/, " \\cdot 10^{$1}"),
  fraction: (above, below) => ({ text: `\\frac{${above.text}}{${below.text}}`, strength: "power" }),
  root: (inside) => `\\sqrt{${inside}}`,
  superscript: (base, exponent) => `${base}^{${exponent}}`,
  call: (name, inside) =>
    name === "exp" ? `e^{${inside}}` : `${LATEX_NAMES[name] ?? `\\operatorname{${name}}`}\\left(${inside}\\right)`,
  bars: (inside) => `\\left|${inside}\\right|`,
  brackets: (inside) => `\\left(${inside}\\right)`,
  choice: (left, relation, right, then, otherwise) =>
    `\\begin{cases}${then} & ${left} ${relation === "<" ? "<" : "\\le"} ${right}\\\\${otherwise} & \\text{otherwise}\\end{cases}`,
  integral: (from, to, integrand, variable) => `\\int_{${from}}^{${to}} ${integrand} \\, d${variable}`,
};

const LATEX_NAMES: Readonly<Record<string, string>> = {
  log: "\\log",
  sin: "\\sin",
  cos: "\\cos",
  tan: "\\tan",
  tanh: "\\tanh",
  atan: "\\arctan",
  min: "\\min",
  max: "\\max",
};

const greekLetters = {
  α: "alpha",
  β: "beta",
  γ: "gamma",
  δ: "delta",
  ε: "varepsilon",
  ζ: "zeta",
  η: "eta",
  θ: "theta",
  κ: "kappa",
  λ: "lambda",
  μ: "mu",
  ν: "nu",
  ξ: "xi",
  π: "pi",
  ρ: "rho",
  σ: "sigma",
  τ: "tau",
  φ: "varphi",
  χ: "chi",
  ψ: "psi",
  ω: "omega",
  Γ: "Gamma",
  Δ: "Delta",
  Θ: "Theta",
  Λ: "Lambda",
  Σ: "Sigma",
  Φ: "Phi",
  Ψ: "Psi",
  Ω: "Omega",
} as const;

const greekNames = new Set([...Object.values(greekLetters), "epsilon", "iota", "upsilon", "phi"]);

/** Signs of the derivation's words that LaTeX has in mathematics only. */
const signs: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(greekLetters).map(([letter, name]) => [letter, `\\${name}`])),
  "∫": "\\int",
  "∇": "\\nabla",
  "·": "\\cdot",
  "²": "^2",
  "½": "\\tfrac12",
  ᵀ: "^\\top",
  "≤": "\\le",
};

/** Words with signs among them: `Φ = exp ∫ a` is \text{$\Phi$ = exp $\int$ a}. */
export function latexWords(words: string): string {
  const set = words
    .replace(/[%&#_]/g, "\\$&")
    .replaceAll("ô", "\\^o")
    .replace(/\P{ASCII}/gu, (sign) => `$${signs[sign] ?? `\\text{${sign}}`}$`);
  return `\\text{${set}}`;
}

/** `sigma_min` is σ with index min; `x0` is x with index 0; `score of v` has the index v. */
export function latexSymbol(name: string): string {
  const expectation = /^E\[(.+) \| (.+)\]$/.exec(name);
  if (expectation !== null) return `E[${latexSymbol(expectation[1] ?? "")} \\mid ${latexSymbol(expectation[2] ?? "")}]`;
  if (name.startsWith("log ")) return `\\log ${latexSymbol(name.slice(4))}`;
  const [, head = name, index = ""] = /^(\p{L}+)(?:_| of )?(.*?)$/u.exec(name.replace(/\[(\d+)\]$/, "$1")) ?? [];
  const greek = head in greekLetters ? greekLetters[head as keyof typeof greekLetters] : head;
  const shown = greekNames.has(greek) ? `\\${greek}` : [...head].length === 1 ? head : `\\mathrm{${head}}`;
  return index === "" ? shown : `${shown}_{${index.replaceAll("_", "\\_")}}`;
}

/** Of a step of the derivation: `Φ(t, 0)`, `drift of log x`. */
export function latexName(name: string): string {
  return name
    .replaceAll("σ²", "\\sigma^2")
    .replaceAll("g²", "g^2")
    .replaceAll("Φ", "\\Phi")
    .replaceAll("drift of log", "\\text{drift of }\\log");
}
