/** Messages about what is learned and by whom: params, references, families of data, KL of paths, players, schedules. */
import { row } from "../../grammar/diagnostic.js";

export const learningMessages = {
  neverFitted: row<{ param: string; owner: string; isReference: boolean }>({
    code: "SDE2160",
    name: "never-fitted",
    severity: "error",
    message: ({ param, owner }) =>
      `Nothing fits \`${param}\`${owner === "" ? "" : ` of \`${owner}\``}: it stays where it starts.`,
    help: ({ param, owner, isReference }) =>
      isReference
        ? `A reference is fitted by a goal that names it: \`minimize … over ${owner}\`. A number that stays is a \`let\`.`
        : `Train an objective whose goal depends on it. A number that stays is a \`let\`: \`let ${param} = …\`.`,
  }),
  startOutside: row<{ name: string; found: string; expected: string }>({
    code: "SDE2161",
    name: "start-outside",
    severity: "error",
    message: ({ name, found, expected }) => `\`${name}\` starts at ${found}, but its space holds numbers ${expected}.`,
    help: () => "It is kept in its space by a smooth bijection, which reaches every number inside and none at an end.",
  }),
  wrongParam: row<{ name: string; reason: string }>({
    code: "SDE2162",
    name: "wrong-param",
    severity: "error",
    message: ({ name, reason }) => `\`${name}\` cannot be learned: ${reason}.`,
    help: () => "Learn a real number, or name the number with `let`.",
  }),
  unusedParam: row<{ param: string; process: string }>({
    code: "SDE2163",
    name: "unused-param",
    severity: "error",
    message: ({ param, process }) =>
      `The equation of \`${process}\` does not contain \`${param}\`, so nothing can be learned about it.`,
    help: () => "Use it in the drift or the diffusion, or delete it.",
  }),
  noMember: row<{ family: string; value: string; values: string }>({
    code: "SDE2164",
    name: "no-member",
    severity: "error",
    message: ({ family, value }) => `\`${family}\` has no set at ${value}.`,
    help: ({ values }) => `It has one for each of ${values}.`,
  }),
  memberUnproven: row<{ family: string; values: string }>({
    code: "SDE2165",
    name: "member-unproven",
    severity: "error",
    message: ({ family, values }) => `Nothing shows that this number is one of the values of \`${family}\`, ${values}.`,
    help: () => "Compute it from constants and drawn whole numbers: `i ~ UniformInteger(0, 4)`, then `2 * i`.",
  }),
  valuesOutOfOrder: row<{ family: string; reason: string }>({
    code: "SDE2166",
    name: "values-out-of-order",
    severity: "error",
    message: ({ family, reason }) => `The values of \`${family}\` do not rise: ${reason}.`,
    help: () => "Write each value once, in rising order.",
  }),
  noisesDiffer: row<{ left: string; right: string }>({
    code: "SDE2167",
    name: "noises-differ",
    severity: "error",
    message: ({ left, right }) =>
      `\`${left}\` and \`${right}\` have different noise, so their paths are told apart for certain: the KL is infinite.`,
    help: ({ left }) => `Compare \`${left}\` with a process of the same diffusion; only drifts may differ.`,
  }),
  driftBesideNoise: row<{ left: string; right: string }>({
    code: "SDE2168",
    name: "drift-beside-noise",
    severity: "error",
    message: ({ left, right }) =>
      `The drifts of \`${left}\` and \`${right}\` differ in a coordinate that has no noise: the KL is infinite.`,
    help: () => "Give the coordinate noise, or let the drifts agree in it.",
  }),
  otherDirection: row<{ process: string; way: string }>({
    code: "SDE2169",
    name: "other-direction",
    severity: "error",
    message: ({ process, way }) => `This path runs ${way} in time, \`${process}\` the other way.`,
    help: () => "A density or a KL along a path compares runs that go the same way.",
  }),
  emptySchedule: row<object>({
    code: "SDE2410",
    name: "empty-schedule",
    severity: "error",
    message: () => "This loop has no rounds, so what is in it never runs.",
    help: () => "The end of a range is not part of it: `0..10` are ten rounds.",
  }),
  roundInSchedule: row<{ name: string }>({
    code: "SDE2411",
    name: "round-in-schedule",
    severity: "error",
    message: ({ name }) => `The rounds of a schedule are alike: \`${name}\` only counts them.`,
    help: () =>
      "A statement that runs again goes on with its optimizer where it stopped; write another statement for another run.",
  }),
  unnamedPlayer: row<{ known: string }>({
    code: "SDE2412",
    name: "unnamed-player",
    severity: "error",
    message: ({ known }) => `Beside goals over ${known}, this one does not say what it moves.`,
    help: () => "Say so with `over`: networks, references or params.",
  }),
  notAPlayer: row<{ name: string; found: string }>({
    code: "SDE2413",
    name: "not-a-player",
    severity: "error",
    message: ({ name, found }) => `\`${name}\` is ${found}: no training can move it.`,
    help: () => "After `over` stand networks, references and params.",
  }),
  nothingToMove: row<{ player: string }>({
    code: "SDE2414",
    name: "nothing-to-move",
    severity: "error",
    message: ({ player }) => `This goal does not depend on ${player}, so it cannot move it.`,
    help: () => "Name what the goal depends on; what is `frozen` or under `stop_gradient` does not count.",
  }),
  unknownPlayer: row<{ name: string; known: string }>({
    code: "SDE2415",
    name: "unknown-player",
    severity: "error",
    message: ({ name }) => `No goal is \`over ${name}\`.`,
    help: ({ known }) =>
      known === "" ? "The goals name no players: `minimize … over critic`." : `The players are ${known}.`,
  }),
  runTimesUnproven: row<object>({
    code: "SDE2416",
    name: "run-times-unproven",
    severity: "error",
    message: () => "A run from a drawn time takes the same time always, and nothing shows that this one does.",
    help: () => "Compute both ends from one drawn whole number: `from: a, to: a + 2`.",
  }),
  newtonTooLarge: row<{ count: string; most: string }>({
    code: "SDE2417",
    name: "newton-too-large",
    severity: "error",
    message: ({ count, most }) =>
      `Newton's method would invert a matrix of all that this moves: ${count} numbers, of at most ${most}.`,
    help: () => "It is meant for a few `param`s; train networks with `adam`, or say with `over` what moves.",
  }),
} as const;
