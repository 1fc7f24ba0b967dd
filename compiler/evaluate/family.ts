/** Families of data sets, `data snapshots(t in {0, 2, 4}) : Real[2]`: one set per value, chosen by a number known or drawn. */
import type { Call, Declaration } from "../../grammar/tree.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import type { Value } from "../ir/value.js";
import { constantOf, real } from "./arithmetic.js";
import type { Context } from "./context.js";
import { report } from "./context.js";
import { describe } from "./describe.js";
import { elementsOf, evaluate } from "./evaluate.js";
import { possibleValues } from "./possible.js";
import type { Data, Family, Thing } from "./thing.js";
import { poison } from "./thing.js";

/** The values of a family's parameter, rising; null after reporting. */
export function familyValues(declaration: Declaration, c: Context): readonly number[] | null {
  const [parameter, more] = declaration.parameters ?? [];
  if (parameter === undefined || parameter.domain === null || parameter.type !== null || more !== undefined) {
    const owner = `The family \`${declaration.name.text}\``;
    report(c, catalogue.missingPart, (more ?? parameter ?? declaration.name).span, {
      owner,
      part: "one parameter with its values",
      instead: `Write \`data ${declaration.name.text}(t in {0, 1}) : …\`.`,
    });
    return null;
  }
  const elements = elementsOf(parameter.domain, c);
  if (elements === null) return null;
  const values: number[] = [];
  for (const element of elements) {
    const value = constantOf(element);
    if (value === null) {
      if (element.kind !== "poison")
        report(c, catalogue.notConstant, parameter.domain.span, { what: "A value of the family" });
      return null;
    }
    values.push(value);
  }
  const place = values.findIndex((value, i) => i > 0 && !(value > (values[i - 1] ?? value)));
  if (place < 0 && values.length > 0) return values;
  report(c, catalogue.valuesOutOfOrder, parameter.domain.span, {
    family: declaration.name.text,
    reason:
      values.length === 0
        ? "it has no value"
        : values[place] === values[place - 1]
          ? `${values[place]} is there twice`
          : `${values[place]} comes after ${values[place - 1]}`,
  });
  return null;
}

/** The set of one value. */
export function memberOf(family: Family, at: number): Data {
  const set = `${family.name}(${at})`;
  return { kind: "data", name: set, set, declaration: family.declaration, fields: family.fields, law: null };
}

/** `snapshots(2)`, or of a computed or drawn number that can only be one of the values. */
export function callFamily(family: Family, e: Call, c: Context): Thing {
  const [argument, more] = e.arguments;
  if (argument === undefined)
    return report(c, catalogue.missingArgument, e.span, { name: family.parameter, callee: family.name });
  if (more !== undefined)
    return report(c, catalogue.tooManyArguments, more.span, {
      callee: family.name,
      expected: 1,
      found: e.arguments.length,
    });
  const thing = evaluate(argument.value, c);
  if (thing.kind === "poison") return poison;
  const { span } = argument.value;
  if (thing.kind !== "tensor" || thing.value.shape.length > 0)
    return report(c, catalogue.wrongKind, span, { found: describe(thing), expected: "a number" });
  const index = real(thing.value);
  const known = constantOf(thing);
  const possible = known !== null ? [known] : possibleValues(index);
  const values = `{${family.values.join(", ")}}`;
  if (possible === null) return report(c, catalogue.memberUnproven, span, { family: family.name, values });
  const stray = possible.find((value) => placeOf(family, value) < 0);
  if (stray !== undefined)
    return report(c, catalogue.noMember, span, { family: family.name, value: String(stray), values });
  const [only, another] = possible;
  if (only !== undefined && another === undefined)
    return memberOf(family, family.values[placeOf(family, only)] ?? only);
  return { kind: "law", law: "family", family, index, places: possible.map((value) => placeOf(family, value)) };
}

/** Which of the values a number is, up to rounding; -1 if none. */
function placeOf(family: Family, value: number): number {
  return family.values.findIndex((known) => Math.abs(known - value) <= 1e-9 * Math.max(1, Math.abs(known)));
}

/** Of one draw from each of these members, that whose value is the index. */
export function chosen(index: Value, values: readonly number[], draws: readonly Value[]): Value {
  const [first, ...rest] = draws;
  if (first === undefined) throw new Error("a family without a member");
  return rest.reduce((otherwise, draw, i) => {
    const between = ((values[i] ?? 0) + (values[i + 1] ?? 0)) / 2;
    return ir.select(ir.less(ir.scalar(between), index), draw, otherwise);
  }, first);
}
