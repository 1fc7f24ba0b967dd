/** How messages name the things of the language. */
import type { Thing } from "./thing.js";

export function describe(thing: Thing): string {
  switch (thing.kind) {
    case "tensor":
      return thing.value.shape.length === 0 ? "a number" : `a tensor of shape [${thing.value.shape.join(", ")}]`;
    case "record":
      return `a record of ${[...thing.fields.keys()].map((name) => `\`${name}\``).join(", ")}`;
    case "tuple":
      return `${thing.items.length} values`;
    case "set":
      return "a set";
    case "closure":
      return thing.name === "" ? "a function" : `the fn \`${thing.name}\``;
    case "curve":
      return "a function of one number";
    case "builtin":
      return `the built-in \`${thing.name}\``;
    case "template":
      return `the ${thing.declaration.keyword} template \`${thing.declaration.name.text}\``;
    case "architecture":
      return `the architecture \`${thing.name}\``;
    case "network":
    case "reward":
    case "process":
    case "coupling":
    case "objective":
      return `the ${thing.kind} \`${thing.name}\``;
    case "data":
      return `the data set \`${thing.name}\``;
    case "family":
      return `the family of data sets \`${thing.name}\``;
    case "sampler":
    case "sampler program":
      return `the sampler \`${thing.name}\``;
    case "law":
      return "a law";
    case "run":
      return `a run of the process \`${thing.process.name}\``;
    case "step":
    case "step law":
      return "a step";
    case "grid":
      return "a time grid";
    case "path":
      return "a path";
    case "steps":
      return "the steps of a path";
    case "path step":
      return "a step of a path";
    case "group":
      return `${thing.count} independent draws`;
    case "plan":
      return "a plan of transport";
    case "word":
      return `the option \`${thing.text}\``;
    case "none":
      return "`none`";
    case "poison":
      return "something with an error";
  }
}
