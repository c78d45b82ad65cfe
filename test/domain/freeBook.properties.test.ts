/**
 * G1 and G4 with everything that is given for nothing among what is bought: a trial first, gifts, rewards and promo codes
 * later, each of them delivered, late or not, and revoked, in any order. The letters are those of docs/book-of-grants.md.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HOUR_MS } from '../../src/domain/duration';
import { aheadOf } from '../../src/domain/bookTraffic';
import { foldBook, type Book, type GrantInBook } from '../../src/domain/grantBook';
import { createBook, NOW } from './books';

const plan = fc.record({
  days: fc.integer({ min: 1, max: 60 }),
  gb: fc.option(fc.integer({ min: 1, max: 300 }), { freq: 3 }),
});
/** With traffic of their own, and days alone. */
const WITH_TRAFFIC = ['gift', 'referral'] as const;
const DAYS_ALONE = ['promo', 'compensation', 'owner'] as const;
const command = fc.oneof(
  plan.map((of) => ({ does: 'renew' as const, ...of })),
  fc.tuple(fc.constantFrom(...WITH_TRAFFIC), plan).map(([kind, of]) => ({ does: 'give' as const, kind, ...of })),
  fc
    .tuple(fc.constantFrom(...DAYS_ALONE), plan)
    .map(([kind, of]) => ({ does: 'give' as const, kind, ...of, gb: of.gb === null ? null : 0 })),
  fc.record({ does: fc.constantFrom('deliver', 'deliver-late', 'revoke', 'revoke'), which: fc.nat({ max: 3 }) }),
  fc.record({ does: fc.constant('revoke-part' as const), which: fc.nat({ max: 3 }), share: share() }),
  fc.record({ does: fc.constant('use' as const), gb: fc.double({ min: 0, max: 400, noNaN: true }) }),
);
const sequence = fc.array(fc.tuple(command, fc.integer({ min: 0, max: 20 * 24 })), { maxLength: 25 });
const first = fc.record({
  kind: fc.constantFrom('trial', 'trial', 'purchase', 'gift', 'promo'),
  endsWithPurchase: fc.boolean(),
  /** Its key is there at once. */
  isThere: fc.boolean(),
  plan,
});
type Of<Arbitrary> = Arbitrary extends fc.Arbitrary<infer Value> ? Value : never;
type First = Of<typeof first>;
type Commands = Of<typeof sequence>;

function share() {
  return fc.double({ min: 0, max: 1, noNaN: true });
}

interface Revocation {
  readonly before: Book;
  readonly after: Book;
  readonly of: GrantInBook;
  readonly isDelivered: boolean;
  readonly at: Date;
  readonly usedGb: number;
  readonly book: ReturnType<typeof createBook>;
}

function run(begun: First, commands: Commands, onRevocation: (one: Revocation) => void = () => undefined) {
  const book = createBook();
  const sources = ['first'];
  let at = NOW;
  let usedGb = 0;
  if (begun.kind === 'purchase') book.pay('first', at, begun.plan);
  else book.given(begun.kind, 'first', at, begun.plan, { endsWithPurchase: begun.endsWithPurchase });
  if (begun.isThere) book.deliver('first');
  for (const [one, hours] of commands) {
    at = new Date(at.getTime() + hours * HOUR_MS);
    const { unlimitedUntil, expiresAt } = book.book();
    // As the sync of the panel does.
    if (unlimitedUntil !== null && unlimitedUntil <= at && unlimitedUntil < expiresAt) book.limit(at, usedGb);
    if (one.does === 'use') {
      const { trafficGb } = book.book();
      usedGb = trafficGb === null ? usedGb + one.gb : Math.max(usedGb, Math.min(usedGb + one.gb, trafficGb));
    } else if (one.does === 'renew' || one.does === 'give') {
      // What was never delivered, or of which nothing is left, cannot be prolonged.
      if (!book.delivered.has('first') || book.book().grants.every(({ whole }) => whole)) continue;
      const source = `${sources.length + 1}`;
      sources.push(source);
      if (one.does === 'renew') book.pay(source, at, one, usedGb);
      else book.given(one.kind, source, at, one, { usedGb });
    } else {
      const source = sources[one.which % sources.length]!;
      const isDelivered = book.delivered.has(source);
      const of = book.grant(source);
      if (one.does === 'deliver' || one.does === 'deliver-late') {
        if (!isDelivered && !of.whole) book.deliver(source, one.does === 'deliver-late' ? at : undefined);
        continue;
      }
      // A trial is not revoked in parts, nor what has nothing left.
      if (of.whole) continue;
      const before = book.book();
      const isPart = one.does === 'revoke-part' && isDelivered && of.entry.kind !== 'trial';
      const wanted = isPart ? { ms: Math.floor(of.ms * one.share), gb: Math.floor(of.gb * one.share) } : undefined;
      book.refund(source, at, usedGb, wanted);
      onRevocation({ before, after: book.book(), of, isDelivered, at, usedGb, book });
    }
  }
  return book;
}

const check = (property: (begun: First, commands: Commands) => void): void =>
  fc.assert(fc.property(first, sequence, property), { numRuns: 1_000 });

/** What the others still give: a trial also what it gives once nothing that was bought is left. */
const othersAhead = (book: Book, { entry }: GrantInBook, now: Date, usedGb: number) =>
  book.grants
    .filter((one) => one.entry.source !== entry.source)
    .map((one) => ({ ...aheadOf(book, one, { now, usedGb, isDelivered: true }), kind: one.entry.kind }));

describe('G1: what a subscription is, is what its entries come to, whatever was given for nothing', () => {
  it('whoever computes it, from entries that came out of the database or were just added', () => {
    check((begun, commands) => {
      const { entries, book } = run(begun, commands);
      const revive = (key: string, value: unknown) => (key === 'at' ? new Date(value as string) : value);
      expect(foldBook(JSON.parse(JSON.stringify(entries), revive))).toEqual(book());
    });
  });

  it('every ms that was given is in the term, was taken, or is set aside: nothing is made or lost', () => {
    check((begun, commands) => {
      const { grants, startsAt, expiresAt } = run(begun, commands).book();
      for (const { begins, ends, ms, setAsideMs, revoked, entry } of grants) {
        expect(ms + setAsideMs + revoked.ms).toBe(entry.ms);
        expect(ends - begins).toBe(ms);
        expect(Math.min(ms, setAsideMs, revoked.ms)).toBeGreaterThanOrEqual(0);
      }
      const there = grants.filter(({ ms }) => ms > 0);
      for (const [index, { begins }] of there.entries())
        expect(begins).toBeGreaterThanOrEqual(there[index - 1]?.ends ?? startsAt.getTime());
      expect(expiresAt.getTime()).toBe(there.at(-1)?.ends ?? startsAt.getTime());
    });
  });

  it('the limits are such that a panel can be told them', () => {
    check((begun, commands) => {
      const { trafficGb, unlimitedUntil, laterTrafficGb, grants } = run(begun, commands).book();
      expect(trafficGb === null).toBe(unlimitedUntil !== null);
      expect(trafficGb ?? 1).toBeGreaterThan(0);
      expect(Number.isInteger(trafficGb ?? 1) && Number.isInteger(laterTrafficGb) && laterTrafficGb >= 0).toBe(true);
      for (const { gb, setAsideGb } of grants) expect(Math.min(gb, setAsideGb)).toBeGreaterThanOrEqual(0);
    });
  });
});

describe('T2: a trial among purchases', () => {
  const purchase = fc.record({
    plan,
    at: fc.integer({ min: 0, max: 10 * 24 }),
    refundedAfter: fc.integer({ min: 0, max: 40 * 24 }),
  });

  it('gives what it gave once all of them are refunded: its own end, or the last refund if that is later', () => {
    fc.assert(
      fc.property(plan, fc.boolean(), fc.array(purchase, { minLength: 1, maxLength: 4 }), (of, ends, purchases) => {
        const book = createBook();
        const hours = (count: number) => new Date(NOW.getTime() + count * HOUR_MS);
        book.given('trial', 'trial', NOW, of, { endsWithPurchase: ends });
        book.deliver('trial');
        const steps = purchases.flatMap(({ plan: bought, at, refundedAfter }, index) => [
          { at, does: () => (book.pay(`${index}`, hours(at), bought, 0), book.deliver(`${index}`)) },
          { at: at + refundedAfter, does: () => book.refund(`${index}`, hours(at + refundedAfter), 0) },
        ]);
        for (const { does } of steps.toSorted((a, b) => a.at - b.at)) does();
        const { expiresAt, grants } = book.book();
        expect(grants[0]).toMatchObject({ ms: grants[0]!.entry.ms, setAsideMs: 0, setAsideGb: 0 });
        const own = grants[0]!.ends;
        const last = hours(Math.max(...steps.map(({ at }) => at))).getTime();
        expect(expiresAt.getTime()).toBeGreaterThanOrEqual(own);
        expect(expiresAt.getTime()).toBeLessThanOrEqual(Math.max(own, last));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('G4: taking back what was bought or given', () => {
  it('takes no time and no GiB of another grant; a trial has at most more than before', () => {
    check(
      (begun, commands) =>
        void run(begun, commands, ({ before, after, of, isDelivered, at, usedGb }) => {
          if (!isDelivered) return;
          const others = othersAhead(after, of, at, usedGb);
          for (const [index, one] of othersAhead(before, of, at, usedGb).entries()) {
            const now = others[index]!;
            if (one.kind !== 'trial') expect(now).toEqual(one);
            else expect(Math.min(now.ms - one.ms, now.gb - one.gb)).toBeGreaterThanOrEqual(0);
          }
        }),
    );
  });

  it('never moves the end before now, and later only to the end that the trial had of its own', () => {
    check(
      (begun, commands) =>
        void run(begun, commands, ({ before, after, isDelivered, at }) => {
          const trial = after.grants.find(({ entry }) => entry.kind === 'trial');
          const own = trial === undefined ? -Infinity : trial.notBefore + trial.entry.ms;
          const [was, is] = [before.expiresAt.getTime(), after.expiresAt.getTime()];
          if (is > was) expect(is).toBeLessThanOrEqual(own + endsAfterTrial(after));
          if (isDelivered) expect(is).toBeGreaterThanOrEqual(Math.min(at.getTime(), was));
        }),
    );
  });

  it('asked for again takes nothing more', () => {
    check(
      (begun, commands) =>
        void run(begun, commands, ({ after, of, at, usedGb, book }) => {
          const source = of.entry.source;
          if (!book.grant(source).whole) return;
          const { startsAt, expiresAt, planCode, trafficGb } = after;
          book.refund(source, at, usedGb);
          expect(book.book()).toMatchObject({ startsAt, expiresAt, planCode, trafficGb });
          book.entries.pop();
        }),
    );
  });
});

/** Time of what was given for nothing behind the trial: it moves with the trial's end. */
function endsAfterTrial({ grants }: Book): number {
  return grants.filter(({ entry }) => entry.kind !== 'trial').reduce((sum, { ms }) => sum + ms, 0);
}
