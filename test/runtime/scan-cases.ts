/** On which loops are the engines compared? */
import { spread } from "./case.js";
import type { Case } from "./case.js";
import type { Ops } from "../../runtime/ops.js";

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

export const whileCases: readonly Case[] = [
  {
    name: "while that halves until it is small, with captures",
    inputs: [spread([3], 1, 5), spread([3], 0.3, 0.6)],
    build(o, [x, factor]) {
      return o.while(50, [x!, o.scalar(0)], (p, [state, count]) => {
        const next = p.mul(state!, factor!);
        return {
          carry: [next, p.add(count!, p.scalar(1))],
          again: p.less(p.scalar(0.2), p.reduceMax(next, [0])),
        };
      });
    },
  },
  {
    name: "while that its bound ends, and one that ends at once",
    inputs: [spread([2], 1, 2)],
    build(o, [x]) {
      const grow = (most: number, limit: number) =>
        o.while(most, [x!], (p, [state]) => {
          const next = p.add(state!, p.scalar(1));
          return { carry: [next], again: p.less(p.sum(next, [0]), p.scalar(limit)) };
        });
      return [...grow(4, 1e6), ...grow(4, -1)];
    },
  },
  {
    name: "while inside a scan, inside a while",
    inputs: [spread([2], 0.5, 1), spread([3, 2], 0.1, 0.2)],
    build(o, [x, xs]) {
      return o.while(3, [x!, o.scalar(0)], (p, [outer, rounds]) => {
        const { carry } = p.scan(3, [outer!], [xs!], (q, [state], [row]) => {
          const [found] = q.while(9, [state!], (r, [value]) => {
            const next = r.sub(value!, row!);
            return { carry: [next], again: r.less(r.scalar(0.3), r.reduceMax(next, [0])) };
          });
          return { carry: [q.add(q.mul(found!, found!), q.scalar(0.5))], rows: [] };
        });
        const next = p.add(rounds!, p.scalar(1));
        return { carry: [carry[0]!, next], again: p.less(next, p.scalar(2)) };
      });
    },
  },
  {
    name: "while that carries a value it does not change, exchanges two, and of which only a part is read",
    inputs: [spread([2], 0, 1), spread([2], 2, 3)],
    build(o, [a, b]) {
      const [left, , count] = o.while(6, [a!, b!, o.toInt(o.scalar(0)), x0(o)], (p, [x, y, n, z]) => {
        const next = p.add(n!, p.toInt(p.scalar(1)));
        return { carry: [y!, x!, next, z!], again: p.less(p.toReal(next), p.scalar(4.5)) };
      });
      return [left!, count!];
    },
  },
];

function x0<T>(o: Ops<T>): T {
  return o.scalar(7);
}
