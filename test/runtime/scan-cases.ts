/** On which loops are the engines compared? */
import { spread } from "./case.js";
import type { Case } from "./case.js";

export const scanCases: readonly Case[] = [
  {
    name: "scan with rows",
    inputs: [spread([2], -1, 1), spread([5, 2], -1, 1)],
    build(o, [start, xs]) {
      const { carry, rows } = o.scan(5, [start!], [xs!], (p, [state], [x]) => {
        const next = p.add(p.mul(state!, p.scalar(0.5)), x!);
        return { carry: [next], rows: [next, p.sum(x!, [0])] };
      });
      return [...carry, ...rows];
    },
  },
  {
    name: "scan with captures of the program and work that does not depend on the loop",
    inputs: [spread([2], -1, 1), spread([3, 2], -1, 1), spread([2, 2], -1, 1)],
    build(o, [start, xs, weight]) {
      const { carry } = o.scan(3, [start!], [xs!], (p, [state], [x]) => ({
        carry: [p.tanh(p.add(p.matMul(state!, p.exp(weight!)), x!))],
        rows: [],
      }));
      return carry;
    },
  },
  {
    name: "scan without xs",
    inputs: [spread([3], 0, 1)],
    build(o, [x]) {
      const { carry, rows } = o.scan(4, [x!], [], (p, [state]) => ({
        carry: [p.mul(state!, state!)],
        rows: [p.sum(state!, [0])],
      }));
      return [...carry, ...rows];
    },
  },
  {
    name: "scan inside a scan, reading values of both",
    inputs: [spread([2], -1, 1), spread([3, 4], -1, 1), spread([2], -1, 1, 6)],
    build(o, [start, xs, shift]) {
      const { carry, rows } = o.scan(3, [start!], [xs!], (p, [state], [x]) => {
        const scaled = p.mul(p.scalar(0.3), state!);
        const inner = p.scan(4, [state!], [x!], (q, [value], [element]) => {
          const next = q.add(q.add(q.mul(value!, element!), shift!), scaled);
          return { carry: [next], rows: [q.sum(next, [0])] };
        });
        return { carry: inner.carry, rows: inner.rows };
      });
      return [...carry, ...rows];
    },
  },
  {
    name: "scan that carries values through, exchanges them and counts",
    inputs: [spread([2], -1, 1), spread([2], -1, 1, 4), spread([], -1, 1)],
    build(o, [a, b, c]) {
      const count = o.toInt(o.scalar(0));
      const { carry, rows } = o.scan(3, [a!, b!, c!, count], [], (p, [x, y, z, n]) => ({
        carry: [y!, x!, z!, p.add(n!, p.toInt(p.scalar(1)))],
        rows: [n!, z!, z!, p.less(p.toReal(n!), p.scalar(1))],
      }));
      return [...carry, ...rows];
    },
  },
  {
    name: "scan whose rows come from outside",
    inputs: [spread([2], -1, 1), spread([2, 2], -1, 1)],
    build(o, [a, xs]) {
      const { carry, rows } = o.scan(2, [a!], [xs!], (p, [x], [row]) => ({
        carry: [a!],
        rows: [a!, row!, p.scalar(7), p.add(x!, row!)],
      }));
      return [...carry, ...rows];
    },
  },
  {
    name: "scan of no rounds",
    inputs: [spread([2], -1, 1), spread([1, 2], -1, 1)],
    build(o, [a, xs]) {
      const none = o.slice(xs!, [0, 0], [0, 2]);
      const { carry, rows } = o.scan(0, [a!], [none], (p, [x], [row]) => {
        const next = p.add(x!, row!);
        return { carry: [next], rows: [next] };
      });
      return [...carry, ...rows];
    },
  },
  {
    name: "scan of which only a part is read",
    inputs: [spread([2], -1, 1), spread([3, 2], -1, 1), spread([3, 5], -1, 1)],
    build(o, [a, xs, ys]) {
      const { carry, rows } = o.scan(3, [a!, a!, a!], [xs!, ys!], (p, [x, y, z], [row, unread]) => ({
        carry: [p.add(x!, row!), p.exp(y!), p.add(z!, x!)],
        rows: [p.sum(unread!, [0]), p.neg(z!)],
      }));
      return [carry[2]!, rows[1]!];
    },
  },
];
