/** How are formulas and derived facts written, as text and as LaTeX? */
import { divide, negate } from "./algebra.js";
import { isZero, symbol } from "./expression.js";
import type { Expression } from "./expression.js";
import type { CommonFacts, GaussianKernel, InterpolantFacts, ProcessFacts } from "./facts.js";
import { convertHead, probabilityFlowDrift, reverseDrift } from "./process.js";
import { LATEX, latexName, latexSymbol, latexWords } from "./latex.js";
import { describeNoise, noiseFacts } from "./noise-structure.js";
import { layOut } from "./notation.js";
import { systemLines } from "./show-system.js";
import type { SystemFacts } from "./system-facts.js";
import type { Notation, Piece } from "./notation.js";

/** As a paper would print it, on one line: `exp(-t/20 - 199 t²/40)`. */
export function show(e: Expression): string {
  return layOut(e, TEXT);
}

export function showLatex(e: Expression): string {
  return layOut(e, LATEX);
}

/** Six significant digits; what rounding leaves of a zero is none. */
export function showNumber(value: number): string {
  return Math.abs(value) < 1e-12 ? "0" : `${Number(value.toPrecision(6))}`;
}

export interface NamedFacts {
  readonly name: string;
  readonly facts: ProcessFacts | SystemFacts | InterpolantFacts;
}

export function factsToText(process: NamedFacts): string {
  const { title, lines } = linesOf(process);
  const width = Math.max(...lines.map(({ name }) => name.text.length));
  const body = lines.map(({ name, value, note }) => {
    const shown = typeof value === "string" ? value : show(value);
    return `  ${name.text.padEnd(width)}  ${name.text === "" ? " " : "="} ${shown}${note === "" ? "" : `    (${note})`}`;
  });
  return [title, ...body, ""].join("\n");
}

export function factsToLatex(process: NamedFacts): string {
  const { title, lines } = linesOf(process);
  const body = lines.map(({ name, value, note }) => {
    const shown = typeof value === "string" ? latexWords(value) : showLatex(value);
    return `  ${name.latex} &= ${shown}${note === "" ? "" : ` && ${latexWords(note)}`}`;
  });
  return [`% ${title}`, "\\begin{align*}", body.join(" \\\\\n"), "\\end{align*}", ""].join("\n");
}

interface Line {
  readonly name: { readonly text: string; readonly latex: string };
  readonly value: Expression | string;
  readonly note: string;
}

function linesOf({ name, facts }: NamedFacts): { title: string; lines: readonly Line[] } {
  switch (facts.kind) {
    case "affine":
      return {
        title: `${name}: affine, Gaussian kernel${(facts.fromData ?? facts.between).closed ? " in closed form" : " by quadrature"}`,
        lines: [
          ...derivationLines(facts),
          ...(facts.fromData === null ? [] : kernelLines(facts.fromData, facts.input.state.name, "x0", "x_0")),
          ...kernelLines(facts.between, facts.input.state.name, "x_s", "x_s").map((entry) => ({
            ...entry,
            note: "two times",
          })),
          ...(facts.signal === null
            ? []
            : [
                line("snr", "\\mathrm{snr}", facts.signal.snr),
                line("log snr", "\\log\\mathrm{snr}", facts.signal.logSnr),
              ]),
          ...reverseLines(facts),
          ...(facts.signal === null
            ? []
            : (["noise", "denoised", "velocity"] as const).map((head) =>
                line(
                  `score from ${head}`,
                  `s(\\mathrm{${head}})`,
                  convertHead(facts.signal ?? never(), head, "score", symbol(head), facts.input.state).value,
                ),
              )),
          ...(facts.terminal === null
            ? []
            : [
                line(
                  `law at ${facts.input.time.name} = ${showNumber(facts.terminal.time)}`,
                  `p_{${showNumber(facts.terminal.time)}}`,
                  `mean ${interval(facts.terminal.mean)}, standard deviation ${interval(facts.terminal.std)}`,
                  facts.input.data === undefined ? "unit data" : "the data's moments",
                ),
              ]),
        ],
      };
    case "log-affine":
      return {
        title: `${name}: log-affine, LogNormal kernel`,
        lines: [
          ...derivationLines(facts),
          ...(facts.fromData === null
            ? []
            : kernelLines(facts.fromData, `log ${facts.input.state.name}`, "log x0", "\\log x_0")),
          line("∇·D", "\\nabla\\cdot D", facts.divergence),
          ...reverseLines(facts),
        ],
      };
    case "general":
      return {
        title: `${name}: no closed kernel`,
        lines: [
          line("drift", "f", facts.drift),
          line("diffusion", "g", facts.diffusion),
          ...noiseLines(facts),
          line("spoiled by", "\\text{spoiled by}", facts.spoiler, facts.reason),
          line("∇·D", "\\nabla\\cdot D", facts.divergence),
          ...reverseLines(facts),
          line("instead", "\\text{instead}", facts.instead),
        ],
      };
    case "linear system":
    case "general system": {
      const { title, lines } = systemLines(name, facts, showNumber);
      return { title, lines: lines.map((entry) => line(entry.name, entry.latex, entry.value, entry.note)) };
    }
    case "linear":
      return {
        title: `${name}: interpolant, linear in its ${facts.draws.length === facts.order.length ? "draws" : "noise"}`,
        lines: [
          ...facts.draws.flatMap(({ draw, coefficient, rate, product }) => [
            line(`coefficient of ${draw.name}`, `c_{${latexSymbol(draw.name)}}`, coefficient),
            line("  its rate", `\\dot c_{${latexSymbol(draw.name)}}`, rate),
            line("  times itself", `c_{${latexSymbol(draw.name)}} \\dot c_{${latexSymbol(draw.name)}}`, product),
          ]),
          ...(isZero(facts.remainder) ? [] : [line("the rest", "I", facts.remainder)]),
          line("velocity", "\\partial_t x", facts.velocity, "draws held fixed"),
          ...(facts.score === null
            ? []
            : [line("score", "s", negate(divide(symbol(`E[${facts.score.draw.name} | x]`), facts.score.factor)))]),
          line("start", "x(\\text{start})", facts.start ?? "no draw alone"),
          line("end", "x(\\text{end})", facts.end ?? "no draw alone"),
        ],
      };
    case "nonlinear":
      return {
        title: `${name}: interpolant, not linear in its noise`,
        lines: [
          line("spoiled by", "\\text{spoiled by}", facts.spoiler),
          line("velocity", "\\partial_t x", facts.velocity),
        ],
      };
  }
}

function derivationLines(facts: CommonFacts): readonly Line[] {
  return [
    line("drift", "f", facts.drift),
    line("diffusion", "g", facts.diffusion),
    ...noiseLines(facts),
    ...facts.derivation.map(({ rule, name, value }) => line(name, latexName(name), value, rule === name ? "" : rule)),
  ];
}

function noiseLines({ diffusion, input }: CommonFacts): readonly Line[] {
  const noise = describeNoise(noiseFacts([[diffusion]], [input.state]), [input.state]);
  return noise === null ? [] : [line("noise", "\\text{noise}", noise.value, noise.note)];
}

function kernelLines(kernel: GaussianKernel, state: string, given: string, latexGiven: string): readonly Line[] {
  return [
    line(`E[${state} | ${given}]`, `E[${latexSymbol(state)} \\mid ${latexGiven}]`, kernel.mean),
    line(`std[${state} | ${given}]`, `\\operatorname{std}[${latexSymbol(state)} \\mid ${latexGiven}]`, kernel.std),
  ];
}

function reverseLines(facts: CommonFacts): readonly Line[] {
  const score = symbol("score");
  return [
    line("reverse drift", "f_{\\mathrm{reverse}}", reverseDrift(facts, score)),
    line("flow drift", "f_{\\mathrm{flow}}", probabilityFlowDrift(facts, score)),
  ];
}

function line(text: string, latex: string, value: Expression | string, note = ""): Line {
  return { name: { text, latex }, value, note };
}

function interval({ low, high }: { readonly low: number; readonly high: number }): string {
  return showNumber(low) === showNumber(high) ? showNumber(low) : `between ${showNumber(low)} and ${showNumber(high)}`;
}

function never(): never {
  throw new Error("a signal that was there is gone");
}

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

const TEXT: Notation = {
  symbol: (name) => name,
  pi: "π",
  decimal: (text) => text,
  fraction: (above, below) => ({
    text: `${inline(above, ["product", "power", "atom"])}/${inline(below, ["power", "atom"])}`,
    strength: "product",
  }),
  root: (inside, isAtom) => (isAtom && !inside.includes("(") ? `√${inside}` : `√(${inside})`),
  superscript: (base, exponent, isWhole) => {
    if (/^\d+$/.test(exponent) && isWhole)
      return base + [...exponent].map((digit) => SUPERSCRIPTS[Number(digit)] ?? "").join("");
    return isWhole ? `${base}^${exponent}` : `${base}^(${exponent})`;
  },
  call: (name, inside) => `${name}(${inside})`,
  bars: (inside) => `|${inside}|`,
  brackets: (inside) => `(${inside})`,
  choice: (left, relation, right, then, otherwise) =>
    `if ${left} ${relation === "<" ? "<" : "≤"} ${right} then ${then} else ${otherwise}`,
  integral: (from, to, integrand, variable) => `∫[${from}, ${to}] ${integrand} d${variable}`,
};

function inline({ text, strength }: Piece, allowed: readonly Piece["strength"][]): string {
  return allowed.includes(strength) ? text : `(${text})`;
}
