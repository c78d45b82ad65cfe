/** A trial in the book of grants, over random use and purchases: what it turns into, and what a refund brings back. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { grantEntry, refundEntry, type BookEntry } from '../../src/domain/bookEntry';
import { aheadOf } from '../../src/domain/bookTraffic';
import { foldBook, grantOfSource } from '../../src/domain/grantBook';
import { DAY, NOW } from './books';

const HOUR = 3_600_000;
const plan = fc.record({
  days: fc.integer({ min: 1, max: 400 }),
  trafficGb: fc.option(fc.integer({ min: 1, max: 500 }), { freq: 3 }),
});
const lifeOfTrial = fc.record({
  trial: fc.record({ days: fc.integer({ min: 1, max: 10 }), trafficGb: fc.integer({ min: 1, max: 50 }) }),
  plan,
  /** Of the trial's time, when it is bought and when that is refunded; of its traffic, what was used by then. */
  bought: fc.double({ min: 0, max: 0.5, noNaN: true }),
  refunded: fc.double({ min: 0.5, max: 1, noNaN: true }),
  used: fc.integer({ min: 0, max: 1_024 }).map((share) => share / 1_024),
});

const cause = (kind: 'trial' | 'renewal', at: Date, usedGb: number | null) => ({
  kind,
  source: kind,
  at,
  usedGb,
  kopecks: kind === 'trial' ? 0 : 10_000,
  planCode: kind,
});

describe('T2: a trial turns into a purchase', () => {
  it('ends at the end of the trial and the bought days; its limit is what was used and what was bought', () => {
    fc.assert(
      fc.property(lifeOfTrial, ({ trial, plan: of, bought, used }) => {
        const at = new Date(NOW.getTime() + Math.floor(bought * trial.days * DAY));
        const usedGb = used * trial.trafficGb;
        const entries = [grantEntry(cause('trial', NOW, null), trial), grantEntry(cause('renewal', at, usedGb), of)];
        const book = foldBook(entries);
        expect(book.expiresAt.getTime()).toBe(NOW.getTime() + (trial.days + of.days) * DAY);
        expect(book.planCode).toBe('renewal');
        // Behind unlimited days at most what is left of a GiB that was begun.
        if (of.trafficGb === null) expect([book.trafficGb, book.laterTrafficGb <= 1]).toEqual([null, true]);
        else expect(book.trafficGb).toBe(Math.ceil(usedGb) + of.trafficGb);
      }),
    );
  });

  it('and is the trial it was when the purchase is refunded: its end, and the traffic that was not used', () => {
    fc.assert(
      fc.property(lifeOfTrial, ({ trial, plan: of, bought, refunded, used }) => {
        const start = grantEntry(cause('trial', NOW, null), trial);
        const at = (share: number) => new Date(NOW.getTime() + Math.floor(share * trial.days * DAY) - HOUR);
        const usedGb = used * trial.trafficGb;
        const entries: BookEntry[] = [
          { ...start, id: 1 },
          { ...grantEntry(cause('renewal', at(bought), usedGb), of), id: 2 },
        ];
        const book = foldBook(entries);
        const grant = grantOfSource(book, 'renewal');
        const now = at(refunded);
        const taken = { ...aheadOf(book, grant, { now, usedGb, isDelivered: true }), kopecks: 10_000, whole: true };
        const after = foldBook([...entries, refundEntry(grant.entry, taken, { source: 'refund', at: now, usedGb })]);
        const before = foldBook([start]);
        expect(after.expiresAt).toEqual(before.expiresAt);
        expect(after.planCode).toBe('trial');
        // What was used counts in whole GiB once unlimited time was in between.
        expect(after.trafficGb! - before.trafficGb!).toBeGreaterThanOrEqual(0);
        expect(after.trafficGb! - before.trafficGb!).toBeLessThanOrEqual(of.trafficGb === null ? 1 : 0);
      }),
    );
  });

  it('a trial that ends with a purchase: what is bought begins at once, and a refund of it brings the end of the trial back', () => {
    fc.assert(
      fc.property(lifeOfTrial, ({ trial, plan: of, bought, refunded, used }) => {
        const start = grantEntry({ ...cause('trial', NOW, null), endsWithPurchase: true }, trial);
        const at = new Date(NOW.getTime() + Math.floor(bought * trial.days * DAY));
        const usedGb = used * trial.trafficGb;
        const entries: BookEntry[] = [
          { ...start, id: 1 },
          { ...grantEntry(cause('renewal', at, usedGb), of), id: 2 },
        ];
        const book = foldBook(entries);
        expect(book.expiresAt.getTime()).toBe(at.getTime() + of.days * DAY);
        const grant = grantOfSource(book, 'renewal');
        const now = new Date(at.getTime() + Math.floor(refunded * HOUR));
        const taken = { ...aheadOf(book, grant, { now, usedGb, isDelivered: true }), kopecks: 10_000, whole: true };
        const after = foldBook([...entries, refundEntry(grant.entry, taken, { source: 'refund', at: now, usedGb })]);
        expect(after.expiresAt).toEqual(foldBook([start]).expiresAt);
      }),
    );
  });

  it('a trial that ends with a purchase: days that were given for nothing are added to it', () => {
    const trial = { ...cause('trial', NOW, null), endsWithPurchase: true };
    const gift = { ...cause('trial', NOW, null), kind: 'gift', source: 'gift' } as const;
    const book = foldBook([
      grantEntry(trial, { days: 3, trafficGb: 5 }),
      grantEntry(gift, { days: 30, trafficGb: 100 }),
    ]);
    expect(book.expiresAt.getTime()).toBe(NOW.getTime() + 33 * DAY);
  });

  it('without knowing what was used, nothing of the trial is set aside', () => {
    const entries = [
      grantEntry(cause('trial', NOW, null), { days: 3, trafficGb: 5 }),
      grantEntry(cause('renewal', NOW, null), { days: 30, trafficGb: 100 }),
    ];
    expect(foldBook(entries).trafficGb).toBe(105);
  });
});
