/** How do tests run and check emitted text? It is transformed by esbuild, given the real `scan`, and imported. */
import { build } from "esbuild";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "prettier";
import ts from "typescript";
import { emitDeclarations, emitJavaScript, emitModule } from "../../compiler/emit/index.js";
import type { LoweredModel } from "../../compiler/lower/model.js";
import type { Ops } from "../../runtime/ops.js";
import type { ModelSpec, ProgramSpec } from "../../runtime/specification.js";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
export const runtimeImport = "sdec/runtime";

export type Emitted = Readonly<Record<"ts" | "js" | "d.ts", string>>;

export function emitAll(model: LoweredModel, from = runtimeImport): Emitted {
  const options = { runtimeImport: from };
  return {
    ts: emitModule(model, options),
    js: emitJavaScript(model, options),
    "d.ts": emitDeclarations(model, options),
  };
}

export function pretty(text: string, kind: keyof Emitted): Promise<string> {
  return format(text, { parser: kind === "js" ? "babel" : "typescript" });
}

/** The specification that the emitted module hands to the runtime. */
export async function specificationOf(text: string, loader: "ts" | "js"): Promise<ModelSpec> {
  const result = await build({
    stdin: { contents: text, loader, resolveDir: root },
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    plugins: [
      {
        name: "runtime",
        setup(builder) {
          builder.onResolve({ filter: /^sdec\/runtime$/ }, () => ({ path: "runtime", namespace: "runtime" }));
          builder.onLoad({ filter: /.*/, namespace: "runtime" }, () => ({
            contents:
              'export { evenly } from "./runtime/specification.js"; export { repeat, scan } from "./runtime/scan.js"; export const defineModel = (given) => ({ given });',
            resolveDir: root,
          }));
        },
      },
    ],
  });
  const code = result.outputFiles[0]?.text ?? "";
  const module: Record<string, unknown> = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  const model = Object.values(module).find((value) => typeof value === "object" && value !== null && "given" in value);
  if (model === undefined) throw new Error("the module exports no model");
  // The module under test says that this is what it hands over; the tests then look at every part of it.
  return (model as { given: ModelSpec }).given;
}

/** All programs of a specification by name. */
export function programsOf(specification: ModelSpec): ReadonlyMap<string, ProgramSpec> {
  const programs: ProgramSpec[] = specification.objectives.map((objective) => objective.program);
  for (const sampler of specification.samplers) {
    if (sampler.kind === "program") programs.push(sampler.program);
    else programs.push(sampler.start);
  }
  return new Map(programs.map((program) => [program.name, program]));
}

/**
 * Ops that note the name of each call, in the order in which calls begin. Of a loop they note the call and one round.
 */
export function noting<T>(ops: Ops<T>): { readonly ops: Ops<T>; readonly calls: string[] } {
  const calls: string[] = [];
  const noted: Ops<T> = new Proxy(ops, {
    get(target, property: keyof Ops<T> & string) {
      const method: unknown = Reflect.get(target, property);
      if (typeof method !== "function") throw new Error(`emitted code read ${property}`);
      if (property === "scan") return noteLoop;
      if (property === "while") return noteWhile;
      return (...operands: unknown[]): unknown => {
        calls.push(property);
        return Reflect.apply(method, target, operands);
      };
    },
  });
  const noteLoop: Ops<T>["scan"] = (length, carry, xs, body) => {
    calls.push("scan");
    let round = 0;
    return ops.scan(length, carry, xs, (inner, carried, row) => {
      round += 1;
      return body(round === 1 ? noted : inner, carried, row);
    });
  };
  const noteWhile: Ops<T>["while"] = (most, carry, body) => {
    calls.push("while");
    let round = 0;
    return ops.while(most, carry, (inner, carried) => {
      round += 1;
      return body(round === 1 ? noted : inner, carried);
    });
  };
  return { ops: noted, calls };
}

/** Libraries and the runtime, parsed once. */
const parsed = new Map<string, ts.SourceFile>();

/** What the type checker says about these files, as if they stood in test/emit. */
export function typeErrors(files: Readonly<Record<string, string>>, flags: ts.CompilerOptions): readonly string[] {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ["lib.es2023.d.ts"],
    types: ["node"],
    skipLibCheck: true,
    noEmit: true,
    paths: { [runtimeImport]: [resolve(root, "runtime/index.ts")] },
    ...flags,
  };
  const texts = new Map(Object.entries(files).map(([name, text]) => [resolve(root, "test/emit", name), text]));
  const host = ts.createCompilerHost(options);
  const readFile = host.readFile.bind(host);
  const fileExists = host.fileExists.bind(host);
  host.readFile = (path) => texts.get(path) ?? readFile(path);
  host.fileExists = (path) => texts.has(path) || fileExists(path);
  const parse = host.getSourceFile.bind(host);
  host.getSourceFile = (path, version, ...rest) => {
    const text = texts.get(path);
    if (text !== undefined) return ts.createSourceFile(path, text, version);
    const file = parsed.get(path) ?? parse(path, version, ...rest);
    if (file !== undefined) parsed.set(path, file);
    return file;
  };
  const program = ts.createProgram([...texts.keys()], options, host);
  const diagnostics = [...texts.keys()].flatMap((path) => {
    const file = program.getSourceFile(path);
    if (file === undefined) return [];
    return [
      ...program.getSyntacticDiagnostics(file),
      ...program.getSemanticDiagnostics(file),
      ...(options.declaration === true ? program.getDeclarationDiagnostics(file) : []),
    ];
  });
  return diagnostics.map(({ file, start, messageText }) => {
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start ?? 0).line + 1;
    return `${file?.fileName.split("/").pop() ?? ""}:${line} ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
}
