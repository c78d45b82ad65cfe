/** A trial in the book of grants, over random use and purchases: what it turns into, and what a refund brings back. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DAY_MS, HOUR_MS } from '../../src/domain/duration';
import { grantEntry, refundEntry, usageEntry, type BookEntry } from '../../src/domain/bookEntry';
import { aheadOf } from '../../src/domain/bookTraffic';
import { foldBook, grantOfSource } from '../../src/domain/grantBook';
import { createBook, NOW } from './books';

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
        const at = new Date(NOW.getTime() + Math.floor(bought * trial.days * DAY_MS));
        const usedGb = used * trial.trafficGb;
        const entries = [grantEntry(cause('trial', NOW, null), trial), grantEntry(cause('renewal', at, usedGb), of)];
        const book = foldBook(entries);
        expect(book.expiresAt.getTime()).toBe(NOW.getTime() + (trial.days + of.days) * DAY_MS);
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
        const at = (share: number) => new Date(NOW.getTime() + Math.floor(share * trial.days * DAY_MS) - HOUR_MS);
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
        const at = new Date(NOW.getTime() + Math.floor(bought * trial.days * DAY_MS));
        const usedGb = used * trial.trafficGb;
        const entries: BookEntry[] = [
          { ...start, id: 1 },
          { ...grantEntry(cause('renewal', at, usedGb), of), id: 2 },
        ];
        const book = foldBook(entries);
        expect(book.expiresAt.getTime()).toBe(at.getTime() + of.days * DAY_MS);
        const grant = grantOfSource(book, 'renewal');
        const now = new Date(at.getTime() + Math.floor(refunded * HOUR_MS));
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
    expect(book.expiresAt.getTime()).toBe(NOW.getTime() + 33 * DAY_MS);
  });

  it('and is back with all of the money, whatever was given for nothing on the same key meanwhile', () => {
    const given = fc.record({
      kind: fc.constantFrom('gift' as const, 'referral' as const, 'promo' as const),
      days: fc.integer({ min: 1, max: 30 }),
      trafficGb: fc.integer({ min: 0, max: 100 }),
    });
    const life = fc.record({
      ...{ of: lifeOfTrial, gift: given, ends: fc.boolean(), later: fc.integer({ min: 0, max: 500 }) },
    });
    fc.assert(
      fc.property(life, ({ of: { trial, plan: of, bought, used }, gift, ends, later }) => {
        const at = new Date(NOW.getTime() + Math.floor(bought * trial.days * DAY_MS));
        const usedGb = Math.floor(used * trial.trafficGb);
        const start = { ...grantEntry({ ...cause('trial', NOW, null), endsWithPurchase: ends }, trial), id: 1 };
        const entries: BookEntry[] = [
          start,
          { ...grantEntry(cause('renewal', at, usedGb), { ...of, trafficGb: of.trafficGb ?? 1 }), id: 2 },
          { ...grantEntry({ ...cause('trial', at, usedGb), kind: gift.kind, source: 'given' }, gift), id: 3 },
        ];
        const book = foldBook(entries);
        const grant = grantOfSource(book, 'renewal');
        const now = new Date(Math.min(at.getTime() + later * HOUR_MS, book.expiresAt.getTime()));
        const taken = { ...aheadOf(book, grant, { now, usedGb, isDelivered: true }), kopecks: 10_000, whole: true };
        const after = foldBook([...entries, refundEntry(grant.entry, taken, { source: 'refund', at: now, usedGb })]);
        // What was used of the purchase has passed, in place of the trial's time where that had ended with it.
        const usedMs = of.days * DAY_MS - taken.ms;
        const aside = ends ? NOW.getTime() + trial.days * DAY_MS - at.getTime() : 0;
        const end = NOW.getTime() + (trial.days + gift.days) * DAY_MS + Math.max(0, usedMs - aside);
        expect(after.expiresAt.getTime()).toBe(end);
        expect(after.trafficGb).toBe(Math.max(1, trial.trafficGb + gift.trafficGb));
      }),
    );
  });

  it('is back as often as all of the money goes back, and never longer than it was', () => {
    const at = (days: number) => new Date(NOW.getTime() + days * DAY_MS);
    let entries: BookEntry[] = [
      { ...grantEntry({ ...cause('trial', NOW, null), endsWithPurchase: true }, { days: 3, trafficGb: 5 }), id: 1 },
    ];
    for (const [n, days] of [1, 2].entries()) {
      const source = `buy ${n}`;
      const month = { days: 30, trafficGb: 100 };
      entries = [...entries, { ...grantEntry({ ...cause('renewal', at(days), 0), source }, month), id: n + 2 }];
      expect(foldBook(entries).expiresAt).toEqual(at(days + 30));
      const now = at(days + 0.5);
      const book = foldBook(entries);
      const grant = grantOfSource(book, source);
      const taken = { ...aheadOf(book, grant, { now, usedGb: 0, isDelivered: true }), kopecks: 10_000, whole: true };
      entries = [...entries, refundEntry(grant.entry, taken, { source: `refund ${n}`, at: now, usedGb: 0 })];
      expect(foldBook(entries)).toMatchObject({ expiresAt: at(3), trafficGb: 5, planCode: 'trial' });
    }
  });

  it('is back without a day less of what lies behind a purchase whose key came late', () => {
    const hours = (count: number) => new Date(NOW.getTime() + count * HOUR_MS);
    const day = { days: 1, gb: null };
    const book = createBook();
    book.given('trial', 'trial', NOW, day, { endsWithPurchase: true });
    book.deliver('trial');
    book.pay('bought', NOW, day);
    book.given('gift', 'gift', NOW, day);
    book.deliver('bought', hours(1));
    expect(book.book().expiresAt).toEqual(hours(49));
    // An hour passed without any key, then the bought day: 23 hours of it in place of the trial's.
    book.refund('bought', hours(25), 0);
    expect(book.book().expiresAt).toEqual(hours(49));
    expect(book.grant('trial')).toMatchObject({ ms: DAY_MS, setAsideMs: 0 });
    expect(book.grant('bought')).toMatchObject({ ms: HOUR_MS, setAsideMs: 23 * HOUR_MS });
  });

  it('one that is unlimited is so again, until its own end, also when what was used was counted meanwhile', () => {
    const at = (days: number) => new Date(NOW.getTime() + days * DAY_MS);
    const trial = { ...cause('trial', NOW, null), endsWithPurchase: true };
    for (const isCounted of [false, true]) {
      const entries: BookEntry[] = [
        { ...grantEntry(trial, { days: 3, trafficGb: null }), id: 1 },
        { ...grantEntry(cause('renewal', at(1), 7), { days: 30, trafficGb: 100 }), id: 2 },
        ...(isCounted ? [usageEntry({ source: 'sync', at: at(1), usedGb: 7 })] : []),
      ];
      const book = foldBook(entries);
      const grant = grantOfSource(book, 'renewal');
      const facts = { now: at(1.5), usedGb: 9, isDelivered: true };
      const taken = { ...aheadOf(book, grant, facts), kopecks: 10_000, whole: true };
      const refunded = refundEntry(grant.entry, taken, { source: 'refund', at: at(1.5), usedGb: 9 });
      expect(foldBook([...entries, refunded])).toMatchObject({
        ...{ expiresAt: at(3), trafficGb: null, unlimitedUntil: at(3), laterTrafficGb: 0 },
      });
    }
  });

  it('without knowing what was used, nothing of the trial is set aside', () => {
    const entries = [
      grantEntry(cause('trial', NOW, null), { days: 3, trafficGb: 5 }),
      grantEntry(cause('renewal', NOW, null), { days: 30, trafficGb: 100 }),
    ];
    expect(foldBook(entries).trafficGb).toBe(105);
  });
});
