/** Row 14: wrong models are refused once, at the right place; their right twins are not. */
import { diagnosticsOf, textsOf } from "../diagnostics/support.js";
import { wrongModels } from "../diagnostics/wrong-models.js";
import type { Figure } from "./figure.js";

export function measureRefusals(): Promise<readonly Figure[]> {
  const judged = wrongModels.map((model) => {
    const { wrong, right, start, end } = textsOf(model);
    const found = diagnosticsOf(wrong);
    const [only] = found;
    const isOne = found.length === 1 && only?.code === model.code;
    const isPlaced = only?.span.source.name === "model.sde" && only.span.start === start && only.span.end === end;
    return { name: model.name, isRefused: isOne && isPlaced, isTwinClean: diagnosticsOf(right).length === 0 };
  });
  const missed = judged.filter(({ isRefused, isTwinClean }) => !isRefused || !isTwinClean).map(({ name }) => name);
  const refused = judged.filter(({ isRefused }) => isRefused).length;
  const clean = judged.filter(({ isTwinClean }) => isTwinClean).length;
  return Promise.resolve([
    {
      row: 14,
      what: `${wrongModels.length} wrong models, ${new Set(wrongModels.map(({ code }) => code)).size} codes`,
      measured: `${refused} refused once at the marked place, ${clean} right twins clean${missed.length === 0 ? "" : `; missed: ${missed.join(", ")}`}`,
      bound: "all, at least 25",
      passed: missed.length === 0 && wrongModels.length >= 25,
    },
  ]);
}
