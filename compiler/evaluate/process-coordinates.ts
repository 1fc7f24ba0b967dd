/** How an equation for coordinates of the state, `let φ = dct2(x)` and `dφ = …`, becomes a process of the state. */
import type { Equation } from "../../grammar/tree.js";
import type { SpaceSpec } from "../../runtime/specification.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import { substitute } from "../ir/substitute.js";
import type { Value } from "../ir/value.js";
import { constantOf } from "./arithmetic.js";
import type { Context } from "./context.js";
import { report } from "./context.js";
import type { CoordinateMap, Extent } from "./coordinate-map.js";
import { readMap, stateOf } from "./coordinate-map.js";
import type { Frame } from "./elementwise-process.js";
import { elementwiseProcess } from "./elementwise-process.js";
import { dependsOn } from "./formula.js";
import type { Claim, Header } from "./process.js";
import { readEquation } from "./process.js";
import { momentsInCoordinates } from "./process-prior.js";
import { lookUp } from "./scope.js";
import type { Law, Thing } from "./thing.js";
import { poison } from "./thing.js";

/** The graph of a name that a `let` gave to a function of the state; null for any other name. */
export function coordinateNamed(name: string, x: Value, c: Context): Value | null {
  const thing = lookUp(c.scope, name);
  return thing?.kind === "tensor" && thing.value !== x && dependsOn(thing.value, new Set([x])) ? thing.value : null;
}

interface Subject extends Omit<Frame, "state" | "space" | "moments" | "ends"> {
  readonly header: Header;
  /** The name of the coordinates. */
  readonly subject: string;
  readonly ends: Omit<Frame["ends"], "claim"> & { readonly claim: Claim | null };
}

/** The process of the coordinates, seen as one of the state. */
export function coordinateProcess(equation: Equation, about: Subject, c: Context): Thing {
  const { header, subject, x, ends, span } = about;
  const graph = coordinateNamed(subject, x, c);
  if (graph === null) return poison;
  const map = readMap(subject, graph, x, extentOf(header.space));
  if ("why" in map) {
    return report(c, catalogue.notInvertible, map.at.origin ?? equation.differential.span, {
      coordinates: subject,
      why: map.why,
    });
  }
  const terms = readEquation(equation, { time: header.time, shape: map.to }, c);
  if (terms === "matrix")
    return report(c, catalogue.notCompiledYet, equation.span, {
      construct: "A matrix-valued diffusion of coordinates",
      instead: null,
    });
  if (terms === null) return poison;
  const y = ir.input(subject, "real", map.to);
  // The coordinates where they are named, and φ⁻¹ where the equation speaks of the state itself.
  const inCoordinates = (value: Value): Value => {
    const [renamed = value] = substitute([value], new Map([[graph, y]]));
    return substitute([renamed], new Map([[x, stateOf(map, y)]]))[0] ?? renamed;
  };
  const moved = {
    drift: inCoordinates(terms.drift),
    noises: terms.noises.map(({ level, ring }) => {
      const put = inCoordinates(level);
      return { level: put, ring: ring === level ? put : ring === null ? null : inCoordinates(ring) };
    }),
  };
  const { claim } = ends;
  const law = claim === null ? null : claim.of === subject ? claim.law : lawOfCoordinates(claim.law, map);
  const space = plainSpace(map.to);
  const inner = elementwiseProcess(
    moved,
    {
      ...about,
      state: subject,
      space,
      x: y,
      moments: () => momentsInCoordinates(header.data, map),
      ends: { ...ends, known: law, claim: claim === null || law === null ? null : { ...claim, law } },
    },
    c,
  );
  if (inner === null) return poison;
  if (inner.dynamics.kind === "sde" && inner.dynamics.facts.kind === "affine" && !isWhole(map.image)) {
    return report(c, catalogue.leavesSpace, span, {
      process: inner.name,
      space: `the values of \`${subject}\`, ${showExtent(map.image)}`,
      term: "the noise reaches every number",
    });
  }
  if (!staysInside(map, header.space)) {
    return report(c, catalogue.leavesSpace, span, {
      process: inner.name,
      space: `\`${header.space.space}\``,
      term: `\`${subject}\` takes every number`,
    });
  }
  const known = claim === null || claim.of !== subject ? ends.known : lawOfState(claim.law, map, header.space);
  return {
    ...inner,
    state: header.state.name.text,
    space: header.space,
    known,
    dynamics: { kind: "coordinates", map, process: inner },
  };
}

/** Where the numbers of a space lie; a range of data is no bound of the process. */
export function extentOf(space: SpaceSpec): Extent {
  if (space.space === "Positive") return { low: 0, high: Infinity };
  return space.space === "Unit" ? { low: 0, high: 1 } : { low: -Infinity, high: Infinity };
}

export function plainSpace(shape: readonly number[]): SpaceSpec {
  return { space: "Real", shape, low: null, high: null, open: false, integer: false, bits: null };
}

function isWhole({ low, high }: Extent): boolean {
  return low === -Infinity && high === Infinity;
}

function showExtent({ low, high }: Extent): string {
  return low === -Infinity ? `below ${high}` : high === Infinity ? `above ${low}` : `between ${low} and ${high}`;
}

/** Coordinates that take every number must come from every number of the space, and from no other. */
function staysInside(map: CoordinateMap, space: SpaceSpec): boolean {
  return isWhole(extentOf(space)) || isWhole(map.image);
}

/** The law of the state whose coordinates have this law. */
export function lawOfState(law: Law, map: CoordinateMap, like: SpaceSpec): Law {
  return law.law === "data" ? law : { kind: "law", law: "mapped", of: law, map, like };
}

/** A law claimed of the state, as one of the coordinates; null where it is none that can be compared. */
function lawOfCoordinates(law: Law, map: CoordinateMap): Law | null {
  const [link, more] = map.links;
  if (law.law === "log-normal" && link?.op === "log" && more === undefined)
    return { ...law, law: "normal", like: null };
  const isCentred = law.law === "normal" && constantOf(law.mean) === 0 && constantOf(law.std) !== null;
  return isCentred && map.links.every(({ kind }) => kind === "rotation") ? { ...law, like: null } : null;
}
