import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { BUYER_KINDS, isOrdering, type BuyerKind } from './buyers/plan';

export interface Options {
  readonly purchases: number;
  readonly seed: string;
  /** Buyers arriving each second. */
  readonly rate: number;
  /** Milliseconds between two faults, on average; 0 injects none. */
  readonly faultEveryMs: number;
  readonly temporal: 'auto' | 'postgres' | 'dev';
  readonly shop: 'gigabridge' | 'naive';
  /** Kinds of buyers that come; empty: every kind. */
  readonly only: readonly BuyerKind[];
  readonly steps: boolean;
  /** One payment that meets five faults; with a file, a picture of its workflow in the Web UI as well. */
  readonly fiveFaults: boolean;
  readonly picture: string | undefined;
  /** The workflows' time limits are shorter than in the shop, so that what waits for them is over sooner. */
  readonly shortLimits: boolean;
  readonly keep: boolean;
}

export const USAGE = `npm run chaos -- [--purchases 500] [--seed S] [--rate 2] [--fault-every 1.5] [--only KIND,KIND]
                 [--temporal auto|postgres|dev]
Starts the whole shop, lets simulated buyers buy while everything breaks, waits until it is idle,
and compares all ledgers.
  --purchases    orders to be made (500)
  --seed         which buyers come and what breaks; any text, printed at the start, so that a run can be repeated
  --rate         buyers arriving each second (2)
  --fault-every  seconds between two faults, on average (1.5); 0: nothing breaks
  --only         the kinds of buyers that come (chaos/buyers/plan.ts), separated by commas; each by default
  --temporal     the production server on PostgreSQL or the dev server with a file (auto: the first if it can be had)
  --naive        breaks a plain in-memory scheduler instead, on the same stand-ins
  --steps        kills the worker at every named step of a purchase, a renewal and a refund, before and after its effect
  --five-faults  one payment that meets five faults, told by the shop's own tools; --picture FILE: its workflow in the Web UI
  --short-limits with shorter time limits in the workflows than the shop has: for CI, see chaos/README.md
  --keep         keeps the logs even when all went well
Exit codes: 0 nothing lost, doubled, stuck or other than confirmed; 1 something is; 2 it could not run.`;

/** @throws Error in words for the person at the keyboard */
export function readOptions(words: readonly string[]): Options | 'help' {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const { values } = parseArgs({
    args: [...words],
    options: {
      purchases: text,
      seed: text,
      rate: text,
      'fault-every': text,
      only: text,
      temporal: text,
      naive: flag,
      steps: flag,
      'five-faults': flag,
      picture: text,
      'short-limits': flag,
      keep: flag,
      help: flag,
    },
  });
  if (values.help) return 'help';
  const number = (name: 'purchases' | 'rate' | 'fault-every', byDefault: number, least: number): number => {
    const value = Number(values[name] ?? byDefault);
    if (!(value >= least)) throw new Error(`--${name} takes a number of at least ${least}`);
    return value;
  };
  const temporal = values.temporal ?? 'auto';
  if (temporal !== 'auto' && temporal !== 'postgres' && temporal !== 'dev')
    throw new Error('--temporal takes auto, postgres or dev');
  const only = (values.only ?? '').split(',').filter(Boolean).map(buyerKind);
  if (only.length > 0 && !only.some(isOrdering))
    throw new Error('--only takes at least one kind that orders something');
  return {
    purchases: Math.round(number('purchases', 500, 1)),
    seed: values.seed ?? String(randomInt(1, 1_000_000)),
    rate: number('rate', 2, 0.01),
    faultEveryMs: number('fault-every', 1.5, 0) * 1000,
    temporal,
    shop: values.naive ? 'naive' : 'gigabridge',
    only,
    steps: values.steps === true,
    fiveFaults: values['five-faults'] === true,
    picture: values.picture,
    shortLimits: values['short-limits'] === true,
    keep: values.keep === true,
  };
}

function buyerKind(word: string): BuyerKind {
  const kind = BUYER_KINDS.find((one) => one === word);
  if (kind === undefined) throw new Error(`--only takes ${BUYER_KINDS.join(', ')}`);
  return kind;
}
