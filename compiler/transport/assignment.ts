/**
 * The cheapest pairing of as many x as y, by Bertsekas' auction: every x without a partner bids for the y that is best for
 * it at the present prices, and raises its price by what it is better than the second best, plus δ. A pairing found with
 * rise δ is within n δ of the cheapest; δ falls by `finer` from pairing to pairing, which keep the prices
 * (Bertsekas 1988, "The auction algorithm": Jacobi version with scaling).
 */
import * as o from "../ir/build.js";
import { loopWhile } from "../ir/loop.js";
import type { Value } from "../ir/value.js";

const coarsest = 0.25;
const finer = 5;
/** The last rise, as a part of the range of the costs: a few units of float32's last place. */
const finest = 1e-6;

export interface Assignment {
  /** The place of the partner of each x, as real numbers, [n]. */
  readonly partner: Value;
  /** How many x are without one: none, unless the rounds ran out. */
  readonly alone: Value;
  readonly rounds: Value;
}

/** `cost` is square. */
export function assignment(cost: Value, most: number): Assignment {
  const [n = 1] = cost.shape;
  const places = o.toReal(o.iota(n));
  const high = o.reduceMax(cost, [0, 1]);
  const low = o.neg(o.reduceMax(o.neg(cost), [0, 1]));
  const range = o.max(o.sub(high, low), o.scalar(1e-30));
  // Benefits from 0 to 1, so that prices and rises are of one size whatever the costs are.
  const benefit = o.div(o.sub(high, cost), range);
  const never = o.scalar(-1e30);
  const nobody = o.fill(-1, [n]);

  const [, owner = nobody, , rounds = range] = loopWhile(
    most,
    [o.zeros([n]), nobody, o.scalar(coarsest), o.scalar(0)],
    (values) => {
      const [price, owners, rise, count] = values as readonly [Value, Value, Value, Value]; // as carried
      const isFree = o.equal(partners(owners, places), o.scalar(-1));
      const worth = o.sub(benefit, price); // [x, y]
      const best = o.reduceMax(worth, [1]);
      const wanted = firstPlace(worth, best, places);
      const isWanted = o.equal(o.reshape(wanted, [n, 1]), places);
      const second = o.max(o.reduceMax(o.select(isWanted, never, worth), [1]), o.sub(best, o.scalar(2)));
      const offer = o.reshape(o.add(o.sub(best, second), rise), [n, 1]);
      const isBid = o.and(isWanted, o.reshape(isFree, [n, 1]));
      const bids = o.select(isBid, offer, never);
      const highest = o.reduceMax(bids, [0]); // [y]
      const isSold = o.less(o.scalar(0), highest);
      const winner = firstPlace(o.swapLast(bids), highest, places);
      const nextPrice = o.select(isSold, o.add(price, highest), price);
      const nextOwner = o.select(isSold, winner, owners);
      const isComplete = o.less(o.scalar(-0.5), least(partners(nextOwner, places)));
      const isLast = o.lessEqual(rise, o.scalar(finest));
      const isOver = o.and(isComplete, isLast);
      const begins = o.and(isComplete, o.not(isLast));
      return {
        carry: [
          nextPrice,
          o.select(begins, nobody, nextOwner),
          o.select(begins, o.max(o.mul(o.scalar(1 / finer), rise), o.scalar(finest)), rise),
          o.add(count, o.scalar(1)),
        ],
        again: o.not(isOver),
      };
    },
  );
  const partner = partners(owner, places);
  return { partner, alone: o.sumAll(o.toReal(o.less(partner, o.scalar(-0.5)))), rounds };
}

/** The y that each x owns, -1 for none, given the owner of each y. */
function partners(owner: Value, places: Value): Value {
  const isOwner = o.equal(owner, asColumn(places)); // [x, y]
  return o.reduceMax(o.select(isOwner, places, o.scalar(-1)), [1]);
}

/** The first place along the last axis at which a row has its greatest value. */
function firstPlace(table: Value, greatest: Value, places: Value): Value {
  const isGreatest = o.equal(table, asColumn(greatest));
  return o.neg(o.reduceMax(o.select(isGreatest, o.neg(places), o.scalar(-1e9)), [1]));
}

function least(x: Value): Value {
  return o.neg(o.reduceMax(o.neg(x), [0]));
}

function asColumn(x: Value): Value {
  return o.reshape(x, [x.shape[0] ?? 1, 1]);
}
