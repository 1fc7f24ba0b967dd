/** What of a process of several components is written, line by line? */
import { add, divide, multiply, negate, sqrt } from "./algebra.js";
import { isZero, number, symbol } from "./expression.js";
import { describeNoise } from "./noise-structure.js";
import type { Expression } from "./expression.js";
import { latexSymbol } from "./latex.js";
import type { SystemFacts } from "./system-facts.js";

export interface SystemLine {
  readonly name: string;
  readonly latex: string;
  readonly value: Expression | string;
  readonly note: string;
}

export function systemLines(
  name: string,
  facts: SystemFacts,
  write: (value: number) => string,
): { readonly title: string; readonly lines: readonly SystemLine[] } {
  const states = facts.input.states.map((state) => state.name);
  const structure = describeNoise(facts.structure, facts.input.states);
  const components = states.flatMap((state, i) => {
    const noise = (facts.noise[i] ?? []).flatMap((value, k) =>
      isZero(value) ? [] : [line(`noise ${k + 1} in ${state}`, `g_{${latexSymbol(state)}, ${k + 1}}`, value)],
    );
    return [line(`drift of ${state}`, `f_{${latexSymbol(state)}}`, facts.drift[i] ?? number(0)), ...noise];
  });
  const equation = [
    ...components,
    ...(structure === null ? [] : [line("noise", "\\text{noise}", structure.value, structure.note)]),
  ];
  const reversed = (["reverse", "flow"] as const).flatMap((way) =>
    states.flatMap((state, i) => {
      const value = drift(facts, i, way === "reverse" ? number(1) : divide(number(1), number(2)));
      return way === "flow" && isZero(facts.squaredDiffusion[i]?.[i] ?? number(0))
        ? []
        : [line(`${way} drift of ${state}`, `f^{\\mathrm{${way}}}_{${latexSymbol(state)}}`, value)];
    }),
  );
  if (facts.kind === "general system") {
    return {
      title: `${name}: ${states.length} components, no closed kernel`,
      lines: [
        ...equation,
        line("spoiled by", "\\text{spoiled by}", facts.spoiler, facts.reason),
        ...reversed,
        line("instead", "\\text{instead}", facts.instead),
      ],
    };
  }
  const { between, numbers, clock, terminal, derivation } = facts;
  const manner =
    between !== null
      ? "in closed form"
      : numbers !== null
        ? "as a table of numbers"
        : "with coefficients given from outside";
  const deviations = (between?.covariance ?? []).flatMap((row, i) => {
    const value = row[i];
    return value === undefined || isZero(value)
      ? []
      : [
          line(
            `std of ${states[i] ?? ""} | X_s`,
            `\\operatorname{std}[${latexSymbol(states[i] ?? "")} \\mid X_s]`,
            sqrt(value),
          ),
        ];
  });
  const end =
    terminal === null
      ? []
      : states.map((state, i) => {
          const mean = write(terminal.mean[i] ?? 0);
          const others = states.flatMap((other, j) =>
            j > i ? [`covariance with ${other} ${write(terminal.covariance[i]?.[j] ?? 0)}`] : [],
          );
          const text = [
            `mean ${mean}`,
            `standard deviation ${write(Math.sqrt(terminal.covariance[i]?.[i] ?? 0))}`,
            ...others,
          ].join(", ");
          return line(
            `${state} at ${facts.input.time.name} = ${write(terminal.time)}`,
            `p(${latexSymbol(state)})`,
            text,
            facts.input.data === undefined ? "unit data" : "the data's moments",
          );
        });
  return {
    title: `${name}: linear in ${states.length} components, Gaussian kernel ${manner}`,
    lines: [
      ...equation,
      ...derivation.map(({ rule, name: of, value }) => line(of, latexEntry(of), value, rule)),
      ...deviations,
      ...(between === null && numbers !== null
        ? [
            line(
              "Φ, m, Σ",
              "\\Phi, m, \\Sigma",
              `from Φ' = AΦ, m' = Am + c, Σ' = AΣ + ΣAᵀ + D${clock === null ? "" : " in τ"}, to 1e-10`,
            ),
          ]
        : []),
      ...reversed,
      ...end,
    ],
  };
}

/** f - share · (∇·D + D score) */
function drift(facts: SystemFacts, i: number, share: Expression): Expression {
  const pull = (facts.squaredDiffusion[i] ?? []).map((entry, j) =>
    multiply(entry, symbol(`score of ${facts.input.states[j]?.name ?? ""}`)),
  );
  return add(facts.drift[i] ?? number(0), negate(multiply(share, add(facts.divergence[i] ?? number(0), ...pull))));
}

function line(name: string, latexName: string, value: Expression | string, note = ""): SystemLine {
  return { name, latex: latexName, value, note };
}

/** `Φ[x, v]` is Φ with both as indices. */
function latexEntry(name: string): string {
  const [, head = name, index] = /^([^[]+)\[(.*)\]$/.exec(name) ?? [];
  const indices = index?.split(", ").map(latexSymbol);
  return indices === undefined ? latexSymbol(head) : `${latexSymbol(head)}_{${indices.join(", ")}}`;
}
