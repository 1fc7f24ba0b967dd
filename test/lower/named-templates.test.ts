/** Does every template of the main job train and sample? */
import { expect, it } from "vitest";
import { namedTemplates } from "../figures/language.js";

it("trains and samples with every named process, objective, step and corrector", async () => {
  expect(await namedTemplates()).toMatchObject({ passed: true });
});
