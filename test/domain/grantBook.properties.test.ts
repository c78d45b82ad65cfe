/**
 * What holds of every book of grants, over random sequences of purchases, renewals, late deliveries, refunds and use.
 * The letters are those of the invariants of the book (docs/book-of-grants.md).
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DAY_MS } from '../../src/domain/duration';
import { aheadOf } from '../../src/domain/bookTraffic';
import { foldBook, type Book } from '../../src/domain/grantBook';
import { createBook, NOW } from './books';

type Command =
  | { readonly does: 'renew'; readonly days: number; readonly gb: number | null; readonly promoDays: number }
  | { readonly does: 'deliver' | 'deliver-late' | 'refund'; readonly which: number }
  | { readonly does: 'refund-part'; readonly which: number; readonly share: number }
  | { readonly does: 'use'; readonly gb: number };

const plan = fc.record({
  days: fc.integer({ min: 1, max: 60 }),
  gb: fc.option(fc.integer({ min: 1, max: 300 }), { freq: 3 }),
  /** Of a promo code. */
  promoDays: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 10 })),
});
const which = fc.nat({ max: 9 });
const command: fc.Arbitrary<Command> = fc.oneof(
  plan.map((of) => ({ does: 'renew' as const, ...of })),
  fc.record({ does: fc.constantFrom('deliver', 'deliver-late', 'refund'), which }),
  fc.record({ does: fc.constant('refund-part' as const), which, share: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({ does: fc.constant('use' as const), gb: fc.double({ min: 0, max: 400, noNaN: true }) }),
);
/** Each command so many hours after the one before. */
const sequence = fc.array(fc.tuple(command, fc.integer({ min: 0, max: 40 * 24 })), { maxLength: 25 });

/** The GiB that are left of each grant, counted one by one as they are used: the oldest first, none while unlimited. */
function createMeter() {
  const left = new Map<string, number>();
  const sum = () => [...left.values()].reduce((all, gb) => all + gb, 0);
  return {
    left,
    sum,
    /** @returns how much could be used */
    use(gb: number): number {
      let wanted = gb;
      for (const [source, there] of left) {
        const used = Math.min(wanted, there);
        left.set(source, there - used);
        wanted -= used;
      }
      return gb - wanted;
    },
  };
}

/**
 * Runs commands on a new book. `onRefund` sees the book before and after each refund, `onStep` what is there after each
 * command.
 */
function run(
  first: { days: number; gb: number | null; promoDays: number },
  commands: readonly (readonly [Command, number])[],
  onRefund: (refund: {
    before: Book;
    after: Book;
    source: string;
    isDelivered: boolean;
    at: Date;
    usedGb: number;
    book: ReturnType<typeof createBook>;
  }) => void = () => undefined,
  onStep: (step: { after: Book; usedGb: number; leftGb: number; entries: number }) => void = () => undefined,
) {
  const book = createBook();
  const meter = createMeter();
  let at = NOW;
  let usedGb = 0;
  let count = 1;
  book.pay('p1', at, first);
  if (first.promoDays > 0) book.give('code of p1', at, first.promoDays, first.gb === null);
  meter.left.set('p1', first.gb ?? 0);
  for (const [one, hours] of commands) {
    at = new Date(at.getTime() + hours * 3_600_000);
    const { unlimitedUntil, expiresAt } = book.book();
    // As the sync of the panel does.
    if (unlimitedUntil !== null && unlimitedUntil <= at && unlimitedUntil < expiresAt) book.limit(at, usedGb);
    if (one.does === 'use') usedGb += book.book().trafficGb === null ? one.gb : meter.use(one.gb);
    else if (one.does === 'renew') {
      // What was never delivered cannot be prolonged.
      if (!book.delivered.has('p1')) continue;
      book.pay(`p${(count += 1)}`, at, one, usedGb);
      if (one.promoDays > 0) book.give(`code of p${count}`, at, one.promoDays, one.gb === null, usedGb);
      meter.left.set(`p${count}`, one.gb ?? 0);
    } else {
      const source = `p${(one.which % count) + 1}`;
      const isDelivered = book.delivered.has(source);
      if (one.does === 'deliver' || one.does === 'deliver-late') {
        if (!isDelivered && !book.grant(source).whole)
          book.deliver(source, one.does === 'deliver-late' ? at : undefined);
        continue;
      }
      const before = book.book();
      const { ms, gb } = book.grant(source);
      const wanted =
        one.does === 'refund-part' && isDelivered
          ? { ms: Math.floor(ms * one.share), gb: Math.floor(gb * one.share) }
          : undefined;
      const taken = book.refund(source, at, usedGb, wanted);
      // Not below nothing: what was used of it cannot be taken.
      meter.left.set(source, Math.max(0, meter.left.get(source)! - taken.gb));
      onRefund({ before, after: book.book(), source, isDelivered, at, usedGb, book });
    }
    onStep({ after: book.book(), usedGb, leftGb: meter.sum(), entries: book.entries.length });
  }
  return book;
}

const othersAhead = (book: Book, source: string, now: Date, usedGb: number) =>
  book.grants
    .filter(({ entry }) => entry.source !== source)
    .map((grant) => aheadOf(book, grant, { now, usedGb, isDelivered: true }));

describe('G1: what a subscription is, is what its entries come to', () => {
  it('whoever computes it, whenever, from entries that came out of the database or were just added', () => {
    fc.assert(
      fc.property(plan, sequence, (first, commands) => {
        const { entries, book } = run(first, commands);
        expect(foldBook(JSON.parse(JSON.stringify(entries), reviveDates))).toEqual(book());
      }),
    );
  });

  it('every ms that was given is in the term, less what was taken, with the gaps between', () => {
    fc.assert(
      fc.property(plan, sequence, (first, commands) => {
        const { entries, book } = run(first, commands);
        const { grants, startsAt, expiresAt } = book();
        const there = grants.filter(({ ms }) => ms > 0);
        const gaps = there.reduce(
          (sum, { begins }, index) => sum + begins - (there[index - 1]?.ends ?? startsAt.getTime()),
          0,
        );
        const given = entries.reduce((sum, { ms }) => sum + ms, 0);
        expect(expiresAt.getTime() - startsAt.getTime()).toBe(given + (there.length === 0 ? 0 : gaps));
        for (const { begins, ends, ms, gb, revoked, entry } of grants) {
          expect([ends - begins, ms + revoked.ms]).toEqual([ms, entry.ms]);
          expect(Math.min(ms, gb, revoked.ms, revoked.gb)).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  it('the limits are always such that a panel can be told them', () => {
    fc.assert(
      fc.property(plan, sequence, (first, commands) => {
        const { trafficGb, unlimitedUntil, laterTrafficGb } = run(first, commands).book();
        expect(trafficGb === null).toBe(unlimitedUntil !== null);
        expect(trafficGb ?? 1).toBeGreaterThan(0);
        expect(Number.isInteger(trafficGb ?? 1) && Number.isInteger(laterTrafficGb) && laterTrafficGb >= 0).toBe(true);
      }),
    );
  });
});

describe('G4: a refund', () => {
  it('of what was delivered takes nothing that another grant gave: no ms, no GB', () => {
    fc.assert(
      fc.property(plan, sequence, (first, commands) => {
        run(first, commands, ({ before, after, source, isDelivered, at, usedGb }) => {
          if (!isDelivered) return;
          expect(othersAhead(after, source, at, usedGb)).toEqual(othersAhead(before, source, at, usedGb));
        });
      }),
    );
  });

  it('and every other event leave each grant the GB that were not used of it: the account may use all of them', () => {
    fc.assert(
      fc.property(plan, sequence, (first, commands) => {
        run(first, commands, undefined, ({ after, usedGb, leftGb, entries }) => {
          const there = after.trafficGb === null ? after.laterTrafficGb : after.trafficGb - usedGb;
          expect(there).toBeGreaterThanOrEqual(leftGb - 1e-6);
          // What is rounded is rounded up, once for an entry at most.
          expect(there).toBeLessThanOrEqual(leftGb + entries);
        });
      }),
    );
  });

  it('never moves the end before now, and never later', () => {
    fc.assert(
      fc.property(plan, sequence, (first, commands) => {
        run(first, commands, ({ before, after, isDelivered, at }) => {
          expect(after.expiresAt.getTime()).toBeLessThanOrEqual(before.expiresAt.getTime());
          if (!isDelivered) return;
          expect(after.expiresAt.getTime()).toBeGreaterThanOrEqual(Math.min(at.getTime(), before.expiresAt.getTime()));
        });
      }),
    );
  });

  it('of all the money leaves nothing ahead, and asked for again takes nothing more', () => {
    fc.assert(
      fc.property(plan, sequence, (first, commands) => {
        run(first, commands, ({ after, source, at, usedGb, book }) => {
          const refunded = after.grants.find(({ entry }) => entry.source === source)!;
          if (!refunded.whole) return;
          expect(aheadOf(after, refunded, { now: at, usedGb, isDelivered: true })).toEqual({ ms: 0, gb: 0 });
          const { startsAt, expiresAt, planCode } = after;
          book.refund(source, at, usedGb);
          expect(book.book()).toMatchObject({ startsAt, expiresAt, planCode });
          expect(othersAhead(book.book(), source, at, usedGb)).toEqual(othersAhead(after, source, at, usedGb));
        });
      }),
    );
  });

  it('of a renewal that was never delivered leaves the term as if it had not been', () => {
    fc.assert(
      fc.property(plan, sequence, (first, commands) => {
        run(first, commands, ({ after, source, isDelivered, book }) => {
          if (isDelivered || source === 'p1') return;
          const { id } = book.grant(source).entry;
          const without = book.entries.filter((entry) => entry.id !== id && entry.grantId !== id);
          expect(foldBook(without).expiresAt).toEqual(after.expiresAt);
        });
      }),
    );
  });
});

it('a late delivery gives all the days that were bought, from the delivery on', () => {
  fc.assert(
    fc.property(plan, sequence, fc.integer({ min: 0, max: 100 }), (first, commands, hours) => {
      const book = run(first, commands);
      const last = book.entries.at(-1)!.at.getTime();
      const open = book.book().grants.find(({ entry, whole }) => !whole && !book.delivered.has(entry.source));
      if (!open) return;
      const at = new Date(last + hours * 3_600_000 + 40 * DAY_MS);
      book.deliver(open.entry.source, at);
      const { ends, ms } = book.grant(open.entry.source);
      expect(ends - at.getTime()).toBeGreaterThanOrEqual(ms);
    }),
  );
});

const reviveDates = (key: string, value: unknown): unknown => (key === 'at' ? new Date(value as string) : value);
