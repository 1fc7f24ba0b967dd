/** Which shape has a draw of a law, and does it fit where the law stands? */
import { broadcastShapes } from "../ir/dims.js";
import type { SymbolicShape } from "../ir/value.js";
import type { Law, Process, Thing } from "./thing.js";

/** The shape that a law's own parameters give a draw; null where a part failed before, or for records. */
export function shapeOfLaw(law: Law): SymbolicShape | null {
  switch (law.law) {
    case "normal":
    case "log-normal":
    case "wrapped-normal":
    case "logit-normal":
      return commonShape([law.mean, law.std]);
    case "uniform":
    case "uniform-integer":
      return commonShape([law.low, law.high]);
    case "bernoulli":
      return commonShape([law.probability]);
    case "categorical":
    case "rademacher":
    case "uniform-torus":
      return [];
    case "mixture":
      return shapeOfComponent(law.component);
    case "data":
    case "family": {
      const [field, more] = (law.law === "data" ? law.data : law.family).fields;
      return field === undefined || more !== undefined ? null : field.space.shape;
    }
    case "state":
      return isRecord(law.process) ? null : law.process.space.shape;
    case "joint":
      return isRecord(law.process) ? null : law.process.space.shape;
    case "record":
      return null;
    case "antithetic":
      return shapeOfLaw(law.of);
    case "mapped":
      return law.like.shape;
    case "transition":
    case "advanced":
      return law.x.shape;
    case "path":
    case "independent":
      return null;
  }
}

function isRecord({ dynamics }: Process): boolean {
  return dynamics.kind === "system" && dynamics.form === "states";
}

/** What all of these broadcast to; null if they do not. */
export function commonShape(parts: readonly Thing[]): SymbolicShape | null {
  return parts.reduce<SymbolicShape | null>((shape, part) => {
    return shape === null || part.kind !== "tensor" ? null : broadcastShapes(shape, part.value.shape);
  }, []);
}

/** Whether a draw of the law can be a value of this shape: it may be stretched, the value may not. */
export function fitsShape(law: Law, shape: SymbolicShape): boolean {
  const own = shapeOfLaw(law);
  if (own === null) return true;
  const common = broadcastShapes(own, shape);
  return common !== null && common.length === shape.length && common.every((size, axis) => size === shape[axis]);
}

/** Parameters of a component have one row per component, or are one number for all. */
function shapeOfComponent(component: Law): SymbolicShape | null {
  const shape = shapeOfLaw(component);
  return shape === null ? null : shape.slice(1);
}
