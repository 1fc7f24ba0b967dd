/** Can text of a model become code? Hostile names, strings and comments, and what the output may consist of. */
import { describe, expect, test } from "vitest";
import ts from "typescript";
import { identifier, comment, number, string } from "../../compiler/emit/safe.js";
import { openNames, spell } from "../../compiler/emit/names.js";
import * as o from "../../compiler/ir/build.js";
import { loop } from "../../compiler/ir/loop.js";
import { opNames } from "../../compiler/ir/table.js";
import type { Program } from "../../compiler/ir/value.js";
import type { LoweredModel } from "../../compiler/lower/model.js";
import { span } from "../../grammar/source.js";
import type { Source } from "../../grammar/source.js";
import { generator } from "../ir/random-program.js";
import { lowered, real, training } from "./models.js";
import { emitAll, pretty, typeErrors } from "./support.js";

// prettier-ignore
const pieces = [
  "__proto__", "constructor", "prototype", "hasOwnProperty", "toString", "class", "await", "eval", "arguments",
  "undefined", "NaN", "default", "import", "yield", "let", "static", "async", "of", "type", "interface", "any",
  "never", "Record", "Readonly", "o", "T", "B", "K", "x", "scan", "Ops", "ModelSpec", "defineModel",
  "specification", "ProgramSpec", "Rows", "Value", "*/", "/*", "//", "/**", "*\\/", "`", "${process.exit()}",
  "${", "}", "{", ")", "(", "]", ";", "'", '"', '\\"', "\\", "\\u0022", "\\x22", "\n", "\r", "\r\n", "\u2028",
  "\u2029", "\u0085", "\0", "\u200b", "\u202e", "\u2066", "\ufeff", "\ud800", "\udfff", "😀", "</script>",
  "<!--", "-->", "#!", "@ts-ignore", "@ts-nocheck", "@type {any}", "prettier-ignore", "# sourceMappingURL=x",
  "хо", "ο", "Ａ", "ａ", "x̂", "ẋ", "σ", "Σ", "ß", "ﬁ", "x₁", "x¹", "ℝ", "变量", "а", "е", "i\u0307", "İ", "ſ",
  "K", "alert(1)", "globalThis", "process.env", "=>", "...", "?.", "0", "1e999", "-0", " ", "  ", "",
];

/** Two to five pieces, or one. */
function hostile(random: () => number): string {
  const count = random() < 0.4 ? 1 : 2 + Math.floor(random() * 4);
  return Array.from({ length: count }, () => pieces[Math.floor(random() * pieces.length)] ?? "").join("");
}

function hostileModel(seed: number): LoweredModel {
  const random = generator(seed);
  const text = (): string => hostile(random);
  const source: Source = { name: text(), text: Array.from({ length: 4 }, text).join("") + "let a = b\n" };
  const somewhere = (): ReturnType<typeof span> => {
    const start = Math.floor(random() * source.text.length);
    return span(source, start, Math.min(source.text.length, start + 5));
  };
  const distinct = (count: number): string[] => {
    const names = new Set<string>();
    while (names.size < count) names.add(text());
    return [...names];
  };
  const program = (name: string, inputNames: readonly string[], outputNames: readonly string[]): Program => {
    const inputs = inputNames.map((input) => o.input(input, "real", ["B", 2]));
    const [first, second] = inputs;
    if (first === undefined || second === undefined) throw new Error("two inputs are needed");
    const total = inputs.reduce((sum, input) => o.withOrigin(somewhere(), () => o.add(sum, o.exp(input))));
    const rounds = loop(3, [total], [], ([x = total]) => ({
      carry: [o.withOrigin(somewhere(), () => o.mul(x, second))],
      rows: [x],
    }));
    return {
      name,
      inputs,
      outputs: outputNames.map((output, place) => ({
        name: output,
        value:
          place === 0 ? (rounds.carry[0] ?? total) : o.withOrigin(somewhere(), () => o.neg(inputs[place] ?? first)),
      })),
    };
  };
  const [data = "", field = "", other = ""] = distinct(3);
  const inputNames = distinct(4);
  const outputNames = distinct(3);
  const loss = program(text(), inputNames, outputNames);
  const [state = ""] = outputNames;
  const space = { ...real([2]), space: text(), low: -1.5, high: 1e300 };
  return {
    name: text(),
    source: text(),
    fingerprint: text(),
    rewards: [],
    data: [
      {
        name: data,
        family: random() < 0.5 ? null : { name: data, at: text() },
        fields: [
          { name: field, space },
          { name: other, space },
        ],
      },
      { name: other, family: null, fields: [{ name: null, space }] },
    ],
    weights: [{ name: text(), shape: [2, 3], initial: { kind: "normal", scale: 0.1 }, space: null }],
    objectives: [
      {
        name: data,
        program: lowered(
          loss,
          [
            { kind: "weight", weight: text() },
            { kind: "data", data, field, draw: text() },
            { kind: "normal", site: text() },
            { kind: "parameter", parameter: field },
          ],
          text(),
        ),
        gradients: [{ weight: text(), output: state }],
        reports: [],
        checks: [],
        rollout: null,
        parameters: [{ name: field, space, default: [0.5, -2] }],
        crossings: [{ output: state, limit: 1e-3, line: 3, policy: "warn", what: text() }],
      },
    ],
    samplers: [
      {
        kind: "program",
        name: other,
        parameters: [{ name: data, space, default: null }],
        program: lowered(
          program(text(), distinct(3), outputNames),
          inputNames.slice(0, 3).map((site) => ({ kind: "uniform", site })),
          text(),
        ),
        rollout: null,
        returns: [{ output: state, space }],
      },
    ],
    train: [{ ...training(data), seed: Math.floor(random() * 1e9) }],
    schedule: [{ kind: "repeat", times: 1 + Math.floor(random() * 9), of: [{ kind: "statement", statement: 0 }] }],
  };
}

const kinds = new Set(
  (
    "SourceFile EndOfFileToken ImportDeclaration ImportClause NamedImports ImportSpecifier StringLiteral " +
    "NumericLiteral PrefixUnaryExpression Identifier NullKeyword TrueKeyword FalseKeyword ExportKeyword " +
    "InterfaceDeclaration TypeAliasDeclaration PropertySignature ReadonlyKeyword QuestionToken " +
    "TypeLiteral TypeReference UnionType LiteralType TypeOperator ArrayType NumberKeyword NeverKeyword " +
    "TypeParameter FunctionDeclaration Parameter ObjectBindingPattern ArrayBindingPattern BindingElement " +
    "OmittedExpression Block FirstStatement VariableStatement VariableDeclarationList VariableDeclaration " +
    "ReturnStatement CallExpression PropertyAccessExpression ArrowFunction EqualsGreaterThanToken " +
    "BinaryExpression AsteriskToken ObjectLiteralExpression PropertyAssignment " +
    "ShorthandPropertyAssignment ArrayLiteralExpression SatisfiesExpression FirstLiteralToken " +
    "DeclareKeyword"
  ).split(" "),
);

const runtimeNames = new Set([
  "defineModel",
  "evenly",
  "repeat",
  "scan",
  "ModelDefinition",
  "ModelSpec",
  "Ops",
  "ProgramSpec",
  "Rows",
  "Value",
]);
const languageNames = new Set(["Readonly", "Record"]);
const members = new Set<string>([...opNames, "again", "carry", "rows"]);

/** Everything in the text that emission never writes. */
function strangers(text: string): readonly string[] {
  const file = ts.createSourceFile("a.ts", text, ts.ScriptTarget.ES2022, true);
  const found: string[] = Reflect.get(file, "parseDiagnostics").map(
    (fault: ts.Diagnostic) => `syntax: ${String(fault.messageText)}`,
  );
  const declared = new Set<string>([...runtimeNames, ...languageNames]);
  const visit = (node: ts.Node, see: (node: ts.Node) => void): void => {
    see(node);
    node.forEachChild((child) => visit(child, see));
  };
  visit(file, (node) => {
    const isBinding =
      ts.isBindingElement(node) ||
      ts.isVariableDeclaration(node) ||
      ts.isParameter(node) ||
      ts.isTypeParameterDeclaration(node) ||
      ts.isFunctionDeclaration(node) ||
      ts.isInterfaceDeclaration(node) ||
      ts.isTypeAliasDeclaration(node);
    if (!isBinding || node.name === undefined || !ts.isIdentifier(node.name)) return;
    const name = node.name.text;
    if (!/^(?:[A-Za-z][A-Za-z0-9_]*|_o|_inputs|_carry)$/.test(name)) found.push(`name ${name}`);
    if (runtimeNames.has(name) || languageNames.has(name)) found.push(`shadows ${name}`);
    declared.add(name);
  });
  visit(file, (node) => {
    const kind = ts.SyntaxKind[node.kind];
    if (!kinds.has(kind)) found.push(`node ${kind}: ${node.getText(file).slice(0, 40)}`);
    if (ts.isCallExpression(node)) {
      const callee = node.expression.getText(file);
      if (!/^(?:o\.[a-zA-Z0-9]+|scan|repeat|evenly|defineModel)$/.test(callee)) found.push(`call ${callee}`);
    }
    if (ts.isPropertyAccessExpression(node) && !members.has(node.name.text)) found.push(`member ${node.name.text}`);
    if (ts.isImportDeclaration(node) && node.moduleSpecifier.getText(file) !== '"sdec/runtime"') found.push("import");
    if (ts.isIdentifier(node) && !isKey(node) && !declared.has(node.text)) found.push(`reference ${node.text}`);
    if (ts.isPropertyAssignment(node) && /^["']?__proto__["']?$/.test(node.name.getText(file))) found.push("prototype");
  });
  const invisible =
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ud800-\udfff]/u.exec(text);
  if (invisible !== null) found.push(`character U+${invisible[0].codePointAt(0)?.toString(16) ?? ""}`);
  for (const line of text.split("\n")) {
    if (/^\s*(?:\/\/+|\/?\*+)\s*(?:@|#|prettier-ignore$)/.test(line)) found.push(`directive ${line}`);
  }
  return found;
}

/** A name that only says which entry of a record is meant. */
function isKey(node: ts.Identifier): boolean {
  const { parent } = node;
  return (
    ((ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent)) && parent.name === node) ||
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    (ts.isBindingElement(parent) && parent.propertyName === node)
  );
}

const many = process.env["SDEC_DEEP"] === "1" ? 2000 : 500;

test(`${many} hostile models: only known nodes, names and calls`, { timeout: 180_000 }, () => {
  for (let seed = 0; seed < many; seed += 1) {
    const emitted = emitAll(hostileModel(seed));
    expect(strangers(emitted.ts), `seed ${seed}`).toEqual([]);
    if (seed % 10 === 0) {
      expect(strangers(emitted.js), `seed ${seed}, JavaScript`).toEqual([]);
      expect(strangers(emitted["d.ts"]), `seed ${seed}, declarations`).toEqual([]);
    }
  }
});

test("the strings that come back are the strings that went in", () => {
  for (let seed = 0; seed < 200; seed += 1) {
    const model = hostileModel(seed);
    const file = ts.createSourceFile("a.ts", emitAll(model).ts, ts.ScriptTarget.ES2022, true);
    const strings = new Set<string>();
    const visit = (node: ts.Node): void => {
      if (ts.isStringLiteral(node)) strings.add(node.text);
      node.forEachChild(visit);
    };
    visit(file);
    for (const text of [model.name, model.source, model.fingerprint, ...model.weights.map(({ name }) => name)]) {
      expect(strings.has(text), `seed ${seed}: ${JSON.stringify(text)}`).toBe(true);
    }
  }
});

test("Prettier agrees with 100 hostile models", { timeout: 60_000 }, async () => {
  for (let seed = 0; seed < 100; seed += 1) {
    const { ts: text } = emitAll(hostileModel(seed));
    expect(text, `seed ${seed}`).toBe(await pretty(text, "ts"));
  }
});

test("40 hostile models type-check", { timeout: 120_000 }, () => {
  const files = Array.from({ length: 40 }, (_, seed): [string, string] => [
    `h${seed}.ts`,
    emitAll(hostileModel(seed)).ts,
  ]);
  expect(
    typeErrors(Object.fromEntries(files), { strict: true, noUnusedLocals: true, noUnusedParameters: true }),
  ).toEqual([]);
});

test("the walk over the tree does find what should not be there", () => {
  const good = emitAll(hostileModel(1)).ts;
  expect(strangers(good)).toEqual([]);
  for (const bad of [
    "process.exit();",
    "const a = `x`;",
    "eval('1');",
    "const b = globalThis;",
    "const c = { __proto__: null };",
    "new Date();",
    "const scan = 1;",
    "/* \u2028 */",
    "let х = 1;",
    "// @ts-nocheck",
    "  // prettier-ignore",
  ]) {
    expect(strangers(`${good}${bad}\n`), bad).not.toEqual([]);
  }
});

describe("the four ways in", () => {
  test("identifier refuses what is no name", () => {
    for (const text of ["", "1a", "a b", "a-b", "х", "a\n", "a;b"]) expect(() => identifier(text)).toThrow();
    expect(identifier("_carry2")).toBe("_carry2");
  });
  test("string escapes what could end it or hide", () => {
    expect(string('a"b\\c`${d}\u2028\n\ud800х')).toBe('"a\\u0022b\\\\c`${d}\\u2028\\u000a\\ud800\\u0445"');
    expect(string("x̂₀ σ ∂f")).toBe('"x̂₀ σ ∂f"');
    for (const piece of pieces) expect(JSON.parse(string(piece)), piece).toBe(piece);
  });
  test("number is short, exact and finite", () => {
    for (const value of [0, -0, 1e21, 1e-7, 5e-324, 0.1 + 0.2, -3])
      expect(Object.is(Number(number(value)), value)).toBe(true);
    expect([number(1e21), number(-0), number(0.5)]).toEqual(["1e21", "-0", "0.5"]);
    for (const value of [NaN, Infinity, -Infinity]) expect(() => number(value)).toThrow();
  });
  test("comment is one harmless line", () => {
    expect(comment(" a\r\nb\u2028c */ d /* e \u202e f ")).toBe("a b c * / d / * e f");
    expect(comment("@ts-ignore")).toBe("ts-ignore");
    expect(comment("/// <reference path='x' />")).toBe("<reference path='x' />");
    expect(Array.from(comment("x".repeat(500)))).toHaveLength(100);
    expect(comment("**/ **//*/")).not.toMatch(/\*\/|\/\*/);
  });
});

test("names are near, distinct and never reserved", () => {
  const spelled = { x̂0: "xHat0", "x₁": "x1", σ: "sigma", dθ: "dTheta", σt: "sigmaT", "flow.step": "flowStep" };
  const strange = { "dsm(moons, vp)": "dsmMoonsVp", 变: "u53d8", _: "v", __class__: "vclass__", "2x": "v2x", "": "v" };
  for (const [text, name] of Object.entries({ ...spelled, ...strange })) expect(spell(text)).toBe(name);
  const names = openNames(["Ops"]);
  expect([names.give("x"), names.give("x"), names.give("x", "x out")]).toEqual(["x", "x_2", "xOut"]);
  expect([names.give("class"), names.give("Ops"), names.give("x")]).toEqual(["class_2", "Ops_2", "x_3"]);
  expect([names.number("atan2"), names.number("atan2")]).toEqual(["atan2_1", "atan2_2"]);
  const inner = names.inner(["o"]);
  expect([inner.give("o"), inner.give("x"), inner.number("add"), inner.number("add")]).toEqual([
    "o_2",
    "x_4",
    "add1",
    "add2",
  ]);
});
