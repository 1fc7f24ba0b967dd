/** How does a lowered model become a file? As TypeScript, or as JavaScript with declarations beside it. */
import type { LoweredModel } from "../lower/model.js";
import { layoutModule } from "./layout-module.js";
import { moduleOf } from "./module.js";

export interface EmitOptions {
  /** What the module imports its runtime from. */
  readonly runtimeImport: string;
}

/** A TypeScript module. The same model gives the same text, whatever else was compiled before. */
export function emitModule(model: LoweredModel, { runtimeImport }: EmitOptions): string {
  return layoutModule(moduleOf(model, runtimeImport), "typescript");
}

/** The same module in JavaScript. */
export function emitJavaScript(model: LoweredModel, { runtimeImport }: EmitOptions): string {
  return layoutModule(moduleOf(model, runtimeImport), "javascript");
}

/** The `.d.ts` beside the JavaScript module. */
export function emitDeclarations(model: LoweredModel, { runtimeImport }: EmitOptions): string {
  return layoutModule(moduleOf(model, runtimeImport), "declarations");
}
