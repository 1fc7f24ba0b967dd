/** Does a diagnostic look right on a terminal and to a machine? */
import { describe, expect, it } from "vitest";
import { diagnosticToJson } from "../../compiler/diagnostics/json.js";
import { parsePage } from "../../compiler/diagnostics/explain.js";
import { renderPage } from "../../compiler/diagnostics/render-page.js";
import { renderDiagnostic, renderDiagnostics, summary } from "../../compiler/diagnostics/render.js";
import { layOut, visible } from "../../compiler/diagnostics/text-width.js";
import type { Diagnostic } from "../../grammar/diagnostic.js";
import { span } from "../../grammar/source.js";
import type { Source } from "../../grammar/source.js";

const plain = { colour: false, width: 80 };

function source(text: string): Source {
  return { name: "moons.sde", text };
}

function at(from: Source, words: string): ReturnType<typeof span> {
  const start = from.text.indexOf(words);
  return span(from, start, start + words.length);
}

function diagnostic(from: Source, words: string, more: Partial<Diagnostic> = {}): Diagnostic {
  const base = {
    code: "SDE2104",
    severity: "error",
    message: "The prior is not reached.",
    help: null,
    related: [],
  } as const;
  return { ...base, span: at(from, words), ...more };
}

const process = source(`data moons : Real[2]
process vp on x : moons, t in [0, 1] {
  dx = -x dt + dW
  x(1) ~ Normal(0, 2)
}
`);

describe("renderDiagnostic", () => {
  it("shows title, place, frame, the other party and help", () => {
    const found = diagnostic(process, "Normal(0, 2)", {
      help: "write Normal(0, 0.7)",
      related: [{ message: "the equation is here", span: at(process, "-x dt + dW") }],
    });
    expect(renderDiagnostic(found, plain)).toBe(`error[SDE2104]: The prior is not reached.
  ┌─ moons.sde:4:10
4 │   x(1) ~ Normal(0, 2)
  │          ^^^^^^^^^^^^
  ├─ moons.sde:3:8  the equation is here
3 │   dx = -x dt + dW
  │        ----------
  └─ help: write Normal(0, 0.7)
`);
  });

  it("shows the first and the last line of a long span", () => {
    const start = process.text.indexOf("process");
    const found = diagnostic(process, "", { span: span(process, start, process.text.lastIndexOf("}") + 1) });
    expect(renderDiagnostic(found, plain)).toBe(`error[SDE2104]: The prior is not reached.
  ┌─ moons.sde:2:1
2 │ process vp on x : moons, t in [0, 1] {
  │ ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
⋮ │
5 │ }
  │ ^
`);
  });

  it("counts cells, not characters: tabs reach their stop, wide characters take two", () => {
    const text = source("\tlet 日本 = σ + x\r\n");
    expect(renderDiagnostic(diagnostic(text, "σ"), plain)).toContain(
      "1 │     let 日本 = σ + x\n  │                ^\n",
    );
    expect(renderDiagnostic(diagnostic(text, "日本"), plain)).toContain("  │         ^^^^\n");
  });

  it("points at one cell where text is missing", () => {
    const text = source("let a =");
    const found = diagnostic(text, "", { span: span(text, 7, 7) });
    expect(renderDiagnostic(found, plain)).toContain("1 │ let a =\n  │        ^\n");
  });

  it("cuts a long line around the place", () => {
    const text = source(`let x = ${"1 + ".repeat(60)}oops${" + 2".repeat(60)}`);
    const lines = renderDiagnostic(diagnostic(text, "oops"), plain).split("\n");
    const [, , line = "", mark = ""] = lines;
    expect(Math.max(...lines.map((each) => each.length))).toBeLessThanOrEqual(80);
    expect(line.slice(mark.indexOf("^"), mark.lastIndexOf("^") + 1)).toBe("oops");
    expect(line).toMatch(/│ ….*…$/);
  });

  it("lets no text of a file control the terminal", () => {
    const text = source("let \u001b[31mred = 1\u202e");
    const shown = renderDiagnostic(diagnostic(text, "red", { message: "bad \u001b]0;title\u0007" }), plain);
    expect(shown).not.toMatch(/[\u001b\u0007\u202e]/);
    expect(shown).toContain("␛[31mred");
  });

  it("colours only when asked", () => {
    const found = diagnostic(process, "Normal(0, 2)");
    expect(renderDiagnostic(found, { ...plain, colour: true })).toContain("\u001b[31m");
    expect(renderDiagnostic(found, plain)).not.toContain("\u001b");
  });
});

describe("renderDiagnostics", () => {
  it("stops at fifty and says how many are left", () => {
    const many = Array.from({ length: 53 }, () => diagnostic(process, "Normal(0, 2)"));
    const shown = renderDiagnostics(many, plain);
    expect(shown.match(/^error\[/gm)).toHaveLength(50);
    expect(shown).toContain("and 3 messages more");
  });

  it("counts by severity", () => {
    const severities = ["error", "warning", "error", "information"] as const;
    expect(summary(severities.map((severity) => diagnostic(process, "x", { severity })))).toBe(
      "2 errors, 1 warning, 1 remark",
    );
    expect(summary([])).toBeNull();
  });
});

describe("layOut", () => {
  it("gives every UTF-16 unit its cell", () => {
    expect(layOut("a\tb")).toEqual({ text: "a   b", offsets: [0, 1, 4, 5] });
    expect(layOut("𝔼x").offsets).toEqual([0, 0, 1, 2]);
    expect(layOut("e\u0301x").offsets).toEqual([0, 0, 1, 2]);
  });

  it("names what it cannot show", () => {
    expect(visible("\u0000\u007f\u0085")).toBe("␀␡<U+0085>");
  });
});

describe("diagnosticToJson", () => {
  it("counts lines and characters from 0, in UTF-16 units", () => {
    const found = diagnostic(process, "Normal(0, 2)", { related: [{ message: "here", span: at(process, "moons") }] });
    expect(diagnosticToJson(found)).toEqual({
      code: "SDE2104",
      severity: "error",
      message: "The prior is not reached.",
      help: null,
      file: "moons.sde",
      range: { start: { line: 3, character: 9, offset: 87 }, end: { line: 3, character: 21, offset: 99 } },
      related: [
        {
          message: "here",
          file: "moons.sde",
          range: { start: { line: 0, character: 5, offset: 5 }, end: { line: 0, character: 10, offset: 10 } },
        },
      ],
    });
  });
});

describe("renderPage", () => {
  const markdown = `# SDE2104: the prior is not reached

The process ends at \`Normal(0, 1)\`, so sampling would start from another law than the one
it was trained to.

\`\`\`sde wrong
x(1) ~ Normal(0, 2)
\`\`\`

\`\`\`sde right
x(1) ~ Normal(0, 1)
\`\`\`

- Look at \`sdec derive\`.
`;

  it("takes a page apart", () => {
    const page = parsePage("SDE2104", markdown);
    expect(page).toMatchObject({
      title: "the prior is not reached",
      wrong: ["x(1) ~ Normal(0, 2)\n"],
      right: ["x(1) ~ Normal(0, 1)\n"],
    });
  });

  it("prints it", () => {
    expect(renderPage(parsePage("SDE2104", markdown), { colour: false, width: 60 }))
      .toBe(`SDE2104  the prior is not reached

The process ends at \`Normal(0, 1)\`, so sampling would start
from another law than the one it was trained to.

  ✗ wrong
  │ x(1) ~ Normal(0, 2)

  ✓ right
  │ x(1) ~ Normal(0, 1)
  • Look at \`sdec derive\`.
`);
  });
});
