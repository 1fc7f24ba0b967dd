/** Is every mistake refused once, at the right place, in words that help, and its right twin not at all? */
import { describe, expect, it } from "vitest";
import { diagnosticsOf, textsOf } from "./support.js";
import { wrongModels } from "./wrong-models.js";

describe.each(wrongModels.map((model) => [`${model.code} ${model.name}`, model] as const))("%s", (_, model) => {
  const { wrong, right, start, end } = textsOf(model);

  it("is refused once, where the mistake is", () => {
    const found = diagnosticsOf(wrong);
    expect(found.map(({ code, message }) => `${code} ${message}`)).toEqual([expect.stringMatching(`^${model.code} `)]);
    const [diagnostic] = found;
    expect(diagnostic?.span.source.name).toBe("model.sde");
    expect(wrong.slice(diagnostic?.span.start, diagnostic?.span.end)).toBe(wrong.slice(start, end));
    expect(diagnostic?.span.start).toBe(start);
    expect(`${diagnostic?.message} ${diagnostic?.help ?? ""}`).toContain(model.says ?? "");
  });

  it("is a small change away from a model that is right", () => {
    expect(wrong).not.toBe(right);
    expect(diagnosticsOf(right).map(({ code, message }) => `${code} ${message}`)).toEqual([]);
  });
});

describe("the list of mistakes", () => {
  it("has different names, one place each, and at least 100 of them", () => {
    expect(new Set(wrongModels.map(({ name }) => name)).size).toBe(wrongModels.length);
    expect(wrongModels.length).toBeGreaterThanOrEqual(100);
    for (const { text } of wrongModels) expect(text.match(/[«»]/g)).toEqual(["«", "»"]);
  });
});

describe("a mistake that shows inside of the library", () => {
  it("is reported at the use, with the library's line as a note", () => {
    const text = "data moons : Real[2]\nprocess p = vp(moons, beta_max: 2)\n";
    const [diagnostic] = diagnosticsOf(text);
    expect(text.slice(diagnostic?.span.start, diagnostic?.span.end)).toBe("vp(moons, beta_max: 2)");
    const [note] = diagnostic?.related ?? [];
    expect(note?.span.source.name).toBe("std/processes.sde");
    expect(note?.span.source.text.slice(note.span.start, note.span.end)).toBe("x(1) ~ Normal(0, 1)");
  });
});
