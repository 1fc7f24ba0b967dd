/** Is a tape as small as it can be, and are the functions beyond Math exact? */
import { describe, expect, it } from "vitest";
import type { TensorProgram } from "../../runtime/engines/engine.js";
import { referenceOps } from "../../runtime/engines/reference.js";
import { erf, roundToEven, sigmoid, softplus } from "../../runtime/engines/special.js";
import { printTape } from "../../runtime/engines/tape.js";
import type { Node, Tape } from "../../runtime/engines/tape.js";
import { trace } from "../../runtime/engines/trace.js";
import type { Shape } from "../../runtime/ops.js";
import { opCases } from "./cases.js";

function traced(shapes: readonly Shape[], build: TensorProgram["build"]): Tape {
  const inputs = shapes.map((shape, i) => ({ name: `input ${i}`, shape, dtype: "real" as const }));
  return trace({ name: "test", inputs, build });
}

function ops(nodes: readonly Node[]): string[] {
  return nodes.map((node) => node.op);
}

describe("trace", () => {
  it("merges equal nodes, whatever the operation", () => {
    const tape = traced([[3]], (o, [x]) => [o.add(o.exp(x!), o.sum(o.reshape(o.exp(x!), [1, 3]), [0]))]);
    expect(ops(tape.nodes)).toEqual(["exp", "reshape", "sum", "add"]);
  });

  it("leaves out what no output needs", () => {
    const tape = traced([[3]], (o, [x]) => {
      o.log(x!);
      return [o.exp(x!)];
    });
    expect(ops(tape.nodes)).toEqual(["exp"]);
  });

  it("computes what is constant", () => {
    const tape = traced([[3]], (o, [x]) => [
      o.mul(x!, o.sum(o.exp(o.concat([o.toReal(o.iota(2)), o.constant([1, 2], [2])], 0)), [0])),
    ]);
    expect(ops(tape.nodes)).toEqual(["mul"]);
    expect(tape.constants.map(({ data }) => [...data])).toEqual([[1 + 2 * Math.E + Math.exp(2)]]);
  });

  it("drops what changes nothing", () => {
    const tape = traced([[2, 3]], (o, [x]) => {
      const same = o.pad(o.slice(o.transpose(x!, [0, 1]), [0, 0], [2, 3]), [0, 0], [0, 0]);
      const neutral = o.pow(o.div(o.mul(o.add(same, o.scalar(0)), o.scalar(1)), o.scalar(1)), o.scalar(1));
      return [o.reshape(o.reshape(o.exp(neutral), [6]), [2, 3])];
    });
    expect(ops(tape.nodes)).toEqual(["exp"]);
  });

  it("keeps a neutral operand that stretches", () => {
    const tape = traced([[3]], (o, [x]) => [o.add(x!, o.constant([0, 0], [2, 1]))]);
    expect(tape.outputs[0]!.shape).toEqual([2, 3]);
    expect(ops(tape.nodes)).toEqual(["add"]);
  });

  it("computes before it stretches", () => {
    const tape = traced([[3], [2, 3]], (o, [row, matrix]) => {
      const stretched = o.broadcast(row!, [2, 3]);
      return [o.mul(stretched, matrix!), o.exp(stretched)];
    });
    expect(tape.nodes.map(({ op, shape }) => [op, shape])).toEqual([
      ["mul", [2, 3]],
      ["exp", [3]],
      ["broadcast", [2, 3]],
    ]);
  });

  it("moves out of a loop what does not depend on it, from any depth", () => {
    const tape = traced([[2], [2]], (o, [x, w]) => {
      const { carry } = o.scan(3, [x!], [], (p, [state]) => {
        const inner = p.scan(2, [state!], [], (q, [value]) => ({
          carry: [q.add(q.mul(value!, q.exp(w!)), q.sin(state!))],
          rows: [],
        }));
        return { carry: inner.carry, rows: [] };
      });
      return carry;
    });
    expect(ops(tape.nodes)).toEqual(["exp", "scan", "pick"]);
    const outer = tape.nodes[1]!;
    if (outer.op !== "scan") throw new Error("no scan");
    expect(ops(outer.body.nodes)).toEqual(["sin", "scan", "pick"]);
    expect(ops(outer.body.captures)).toEqual(["exp"]);
  });

  it("moves a whole loop out of a loop", () => {
    const tape = traced([[2], [2]], (o, [x, w]) => {
      const { carry } = o.scan(3, [x!], [], (p, [state]) => {
        const inner = p.scan(2, [w!], [], (q, [value]) => ({ carry: [q.exp(value!)], rows: [] }));
        return { carry: [p.add(state!, inner.carry[0]!)], rows: [] };
      });
      return carry;
    });
    expect(ops(tape.nodes)).toEqual(["scan", "pick", "scan", "pick"]);
  });

  it("drops carried values, rows and operands of a loop that nobody reads", () => {
    const tape = traced([[2], [3, 2], [3, 5]], (o, [x, xs, ys]) => {
      const { carry, rows } = o.scan(3, [x!, x!, x!], [xs!, ys!], (p, [a, b, c], [row, unread]) => ({
        carry: [p.add(a!, row!), p.exp(b!), p.add(c!, a!)],
        rows: [p.sum(unread!, [0]), p.neg(c!)],
      }));
      return [carry[2]!, rows[1]!];
    });
    const scan = tape.nodes.find((node) => node.op === "scan")!;
    if (scan.op !== "scan") throw new Error("no scan");
    expect(scan.body.carry).toHaveLength(2);
    expect(scan.body.xs).toHaveLength(1);
    expect(scan.body.rows).toHaveLength(1);
    expect(ops(scan.body.nodes)).toEqual(["add", "add", "neg"]);
    expect(tape.outputs.map(({ shape }) => shape)).toEqual([[2], [3, 2]]);
  });

  it("refuses what the compiler must not emit", () => {
    const build = (f: TensorProgram["build"]) => () => traced([[2], [3]], f);
    expect(build((o, [a, b]) => [o.add(a!, b!)])).toThrow("[2] and [3] do not broadcast");
    expect(build((o, [a]) => [o.not(a!)])).toThrow("not takes bool, not real");
    expect(build((o, [a]) => [o.add(a!, o.iota(2))])).toThrow("add of real and int");
    expect(build((o, [a]) => [o.slice(a!, [1], [2])])).toThrow("leaves [2]");
    expect(build((o, [a]) => o.scan(2, [a!], [], (p) => ({ carry: [p.scalar(1)], rows: [] })).carry)).toThrow(
      "carries real[2] in and real[] out",
    );
    expect(
      build((o, [a]) => {
        const leaked: unknown[] = [];
        o.scan(2, [a!], [], (p, [x]) => {
          leaked.push(p.exp(x!));
          return { carry: [x!], rows: [] };
        });
        return [o.neg(leaked[0] as typeof a & {})];
      }),
    ).toThrow("a loop that has ended");
  });

  it("knows every operation, and every operation has a case", () => {
    const methods = new Set<string>();
    traced([], (o) => {
      Object.keys(o).forEach((method) => methods.add(method));
      return [o.scalar(0)];
    });
    expect([...methods].sort()).toEqual(Object.keys(referenceOps).sort());
    expect([...methods].filter((method) => method !== "shapeOf").sort()).toEqual(Object.keys(opCases).sort());
  });

  it("has a printed form for every case", () => {
    for (const example of Object.values(opCases).flat()) {
      const inputs = example.inputs.map(({ shape, dtype }, i) => ({ name: `${i}`, shape, dtype }));
      const tape = trace({ name: example.name, inputs, build: example.build });
      expect(printTape(tape).split("\n").at(-1)).toMatch(/^return( %\d+)+$/);
    }
  });
});

describe("functions beyond Math", () => {
  it("erf to 1e-15 of its value", () => {
    // Values of the 40-digit function of mpmath 1.3; the largest error over 841 points of [-6.6, 6.6] was 6.7e-16.
    const table: readonly (readonly [number, number])[] = [
      [0.0625, 0.07043197772238708],
      [0.5, 0.5204998778130465],
      [1, 0.8427007929497149],
      [1.5, 0.9661051464753108],
      [1.984375, 0.9949890660500735],
      [2, 0.9953222650189527],
      [2.5, 0.9995930479825551],
      [3.25, 0.9999956972205363],
      [5, 0.9999999999984626],
    ];
    for (const [x, value] of table) {
      expect(Math.abs(erf(x) / value - 1)).toBeLessThan(1e-15);
      expect(erf(-x)).toBe(-erf(x));
    }
    expect([erf(0), erf(30), erf(-Infinity), erf(NaN)]).toEqual([0, 1, -1, NaN]);
  });

  it("sigmoid and softplus without overflow", () => {
    expect([sigmoid(0), sigmoid(800), sigmoid(-800), sigmoid(-40)]).toEqual([0.5, 1, 0, Math.exp(-40)]);
    expect([softplus(0), softplus(800), softplus(-800), softplus(-40)]).toEqual([Math.LN2, 800, 0, Math.exp(-40)]);
  });

  it("rounds ties to even", () => {
    expect([0.5, 1.5, 2.5, -0.5, -1.5, 3.49, -3.51, 7].map(roundToEven)).toEqual([0, 2, 2, -0, -2, 3, -4, 7]);
  });
});
