import { describe, expect, it } from '@jest/globals';
import { assertNever } from '../../src/domain/assertNever';
import {
  FINAL_STATUSES,
  isFinal,
  isOpen,
  mayBecome,
  OPEN_STATUSES,
  PAYMENT_STATUSES,
  whereIsTheMoney,
  type PaymentStatus,
} from '../../src/domain/payment';

/**
 * Every allowed step, written out once more: a step that appears or vanishes must be meant. Staying is always allowed.
 */
const STEPS: Record<PaymentStatus, readonly PaymentStatus[]> = {
  created: ['pending', 'canceled', 'paid', 'refunding'],
  pending: ['guarding', 'canceled', 'expired', 'paid', 'refunding'],
  guarding: ['canceled', 'expired', 'paid', 'refunding'],
  paid: ['delayed', 'issued', 'refunding'],
  delayed: ['issued', 'refunding'],
  issued: ['refunding'],
  refunding: ['refunded'],
  refunded: [],
  canceled: [],
  expired: [],
};
const PAIRS = PAYMENT_STATUSES.flatMap((from) =>
  PAYMENT_STATUSES.map((to) => ({ from, to, allowed: from === to || STEPS[from].includes(to) })),
);

describe('the life of a payment', () => {
  it.each(PAIRS)('$from → $to: $allowed', ({ from, to, allowed }) => {
    expect(mayBecome(from, to)).toBe(allowed);
  });

  it('has no way out of an end, except that a delivered purchase may be paid back', () => {
    const waysOut = PAIRS.filter(({ from, to, allowed }) => isFinal(from) && from !== to && allowed).map(
      ({ from, to }) => `${from} → ${to}`,
    );
    expect(waysOut).toEqual(['issued → refunding']);
  });

  it('once the money is recorded, ends with a key or with the money back: never as "not paid"', () => {
    const reachable = new Set<PaymentStatus>(['paid']);
    for (const from of reachable) for (const to of PAYMENT_STATUSES) if (mayBecome(from, to)) reachable.add(to);
    expect([...reachable].filter(isFinal).sort()).toEqual(['issued', 'refunded']);
    expect([...reachable].some(isOpen)).toBe(false);
  });

  it('money on its way back can buy nothing any more', () => {
    expect(PAYMENT_STATUSES.filter((to) => mayBecome('refunding', to))).toEqual(['refunding', 'refunded']);
  });

  it('from every state an end can be reached', () => {
    for (const start of PAYMENT_STATUSES) {
      const reachable = new Set<PaymentStatus>([start]);
      for (const from of reachable) for (const to of PAYMENT_STATUSES) if (mayBecome(from, to)) reachable.add(to);
      expect([...reachable].some(isFinal)).toBe(true);
    }
  });

  it('each state is open, ended or under way, never two of them', () => {
    expect(PAYMENT_STATUSES.filter((status) => isOpen(status) && isFinal(status))).toEqual([]);
    expect(PAYMENT_STATUSES.filter((status) => !isOpen(status) && !isFinal(status))).toEqual([
      'paid',
      'delayed',
      'refunding',
    ]);
    expect(PAYMENT_STATUSES.filter(isOpen)).toEqual([...OPEN_STATUSES]);
    expect(PAYMENT_STATUSES.filter(isFinal).sort()).toEqual([...FINAL_STATUSES].sort());
  });

  it.each([
    ['created', 'buyer'],
    ['pending', 'buyer'],
    ['guarding', 'buyer'],
    ['paid', 'shop'],
    ['delayed', 'shop'],
    ['issued', 'shop'],
    ['refunding', 'on-the-way-back'],
    ['refunded', 'buyer'],
    ['canceled', 'buyer'],
    ['expired', 'buyer'],
  ] as const)('%s: the money is with the %s', (status, where) => {
    expect(whereIsTheMoney(status)).toBe(where);
  });
});

it('an unknown state throws', () => {
  expect(() => assertNever('stolen' as never)).toThrow('unexpected value: "stolen"');
});
