/** Are derivations written as a paper would write them, and is their LaTeX fit to be set? */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { factsToLatex, factsToText } from "../../compiler/calculus/show.js";
import { packageRoot } from "../../compiler/cli/package.js";
import { compile } from "../../compiler/index.js";
import type { Compilation } from "../../compiler/index.js";
import { library } from "../../compiler/library.js";

describe("constants that cancel", () => {
  it("are gone from the variance of a growing noise, whose coefficients are floats", () => {
    const text = derived("data x0s : Real[2]\nprocess noising = ve(x0s, sigma_min: 0.1, sigma_max: 50)\n")
      .processes.map(factsToText)
      .join("");
    expect(text).toMatch(/^ {2}σ² += \(500\^\(2 t\) - 1\)\/100 /m);
    expect(text).toMatch(/^ {2}std\[x \| x0\] += √\(500\^\(2 t\) - 1\)\/10$/m);
    expect(text).not.toMatch(/\d{9}/);
  });

  it("leave a number where it is written", () => {
    const text = derived(
      "data x0s : Real[2]\nprocess p on x : x0s, t in [0, 1] {\n  dx = -1e-9 * log(3) * x dt + dW\n}\n",
    );
    expect(text.processes.map(factsToText).join("")).toMatch(/^ {2}drift += -1\.098612e-9 x$/m);
  });
});

describe("LaTeX", () => {
  const examples = join(packageRoot(), "examples");
  const files = readdirSync(examples, { recursive: true, encoding: "utf8" }).filter((path) =>
    /(?<!\.wrong)\.sde$/.test(path),
  );

  it.each(files)("of %s is ASCII, one display a process, its braces closed and its names read", (file) => {
    for (const process of derived(readFileSync(join(examples, file), "utf8")).processes) {
      const [, ...lines] = factsToLatex(process).trimEnd().split("\n");
      const text = lines.join("\n");
      expect(lines[0]).toBe("\\begin{align*}");
      expect(lines.at(-1)).toBe("\\end{align*}");
      expect(text).not.toMatch(/[^\n -~]/);
      expect(depth(text)).toBe(0);
      expect(text).not.toMatch(/_\{ | of v\}/);
      // A `\\` before the end makes an empty last line.
      expect(lines.at(-2)).not.toMatch(/\\\\$/);
    }
  });
});

function derived(text: string): Compilation {
  return compile({ name: "model.sde", text }, { library, read: () => null });
}

/** Of braces that are left open; negative where one closes nothing. */
function depth(text: string): number {
  let open = 0;
  for (const sign of text.replace(/\\[{}]/g, "")) {
    open += sign === "{" ? 1 : sign === "}" ? -1 : 0;
    if (open < 0) return open;
  }
  return open;
}
