/** Promo codes: how they are written, what they take off, and for whom they are. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readPromoCode } from '../../src/domain/promo/code';
import {
  bestOf,
  isTakenElsewhere,
  quote,
  type BestQuote,
  type PromoOffer,
  type Quote,
  type QuotedCode,
} from '../../src/domain/promo/offer';
import { applyPromo, isSamePromo, whyNotFor, type PromoPerson, type PromoTerms } from '../../src/domain/promo/terms';
import { promoTerms } from './promoTerms';

const now = new Date('2026-11-24T09:00:00Z');
const terms = promoTerms();
const person: PromoPerson = {
  userId: 7,
  usesOfAll: 0,
  usesOfPerson: 0,
  usableUntil: null,
  hasBought: false,
  hasLivingSubscription: false,
};

describe('a code that is typed', () => {
  it.each([
    ['sale-20', 'SALE-20'],
    ['  SALE_20 ', 'SALE_20'],
    ['SA LE\n20', 'SALE20'],
    ['A'.repeat(32), 'A'.repeat(32)],
  ])('%j is %s', (text, code) => expect(readPromoCode(text)).toEqual({ code }));

  it.each([
    ['', 'length'],
    ['ABC', 'length'],
    ['A'.repeat(33), 'length'],
    ['A'.repeat(5_000), 'length'],
    // Cyrillic and Greek letters that look Latin.
    ['САLE20', 'look-alike'],
    ['SΑLE', 'look-alike'],
    ['SALE!', 'characters'],
    ['скидка', 'look-alike'],
    ['SALE\u0000', 'characters'],
    ['🎟🎟🎟🎟', 'characters'],
    // Their capital letters are Latin ones.
    ['ſale-ı', 'characters'],
    ['straße', 'characters'],
  ])('%j is none: %s', (text, problem) => expect(readPromoCode(text)).toEqual({ problem }));
});

describe('what a code takes off', () => {
  it.each<[Partial<PromoTerms>, number, number]>([
    [{ amount: 20 }, 29_900, 23_900],
    [{ amount: 33 }, 19_900, 13_300],
    [{ amount: 99 }, 9_900, 100],
    [{ amount: 1 }, 100, 100],
    [{ kind: 'fixed', amount: 10_000 }, 29_900, 19_900],
    [{ kind: 'fixed', amount: 50_000 }, 29_900, 100],
    [{ kind: 'fixed', amount: 10_000 }, 29_950, 19_900],
    [{ kind: 'days', amount: 7 }, 29_900, 29_900],
    [{ amount: 100 }, 29_900, 0],
  ])('%j of %s kopecks leaves %s', (change, base, price) => {
    const { discountKopecks, days } = applyPromo({ ...terms, ...change }, base);
    expect([base - discountKopecks, days]).toEqual([price, change.kind === 'days' ? 7 : 0]);
  });

  it.each([
    [20, 250, 200],
    [33, 100, 67],
    [99, 40, 1],
    [100, 40, 0],
  ])('%s percent of %s Stars leaves %s: whole Stars, at least one', (amount, base, price) => {
    expect(base - applyPromo({ ...terms, amount }, base, 'XTR').discountKopecks).toBe(price);
  });

  it('G3: discount and price are the base price; whole roubles, at least one, never more than before', () => {
    const any = fc.oneof(
      fc.record({ kind: fc.constant('percent' as const), amount: fc.integer({ min: 1, max: 99 }) }),
      fc.record({
        kind: fc.constant('fixed' as const),
        amount: fc.integer({ min: 1, max: 5_000 }).map((r) => r * 100),
      }),
    );
    fc.assert(
      fc.property(any, fc.integer({ min: 100, max: 100_000_000 }), (change, base) => {
        const { discountKopecks } = applyPromo({ ...terms, ...change }, base);
        const price = base - discountKopecks;
        expect(discountKopecks).toBeGreaterThanOrEqual(0);
        expect(price).toBeGreaterThanOrEqual(100);
        expect(price % 100).toBe(0);
        if (change.kind === 'percent')
          expect(price).toBeLessThanOrEqual(Math.max(100, (base * (100 - change.amount)) / 100));
      }),
    );
  });
});

describe('whom a code is for', () => {
  it.each<[Partial<PromoTerms>, Partial<PromoPerson>, string | undefined]>([
    [{}, {}, undefined],
    [{ active: false }, {}, 'unknown'],
    [{ audience: 'person', userId: 8 }, {}, 'foreign'],
    [{ audience: 'person', userId: 7 }, {}, undefined],
    [{ validFrom: new Date(now.getTime() + 1) }, {}, 'not-yet'],
    [{ validFrom: now }, {}, undefined],
    [{ validUntil: now }, {}, 'over'],
    [{ validUntil: new Date(now.getTime() + 1) }, {}, undefined],
    // A use that was given back is theirs past the end, and within the limits.
    [{ validUntil: now }, { usableUntil: new Date(now.getTime() + 1) }, undefined],
    [{ validUntil: now }, { usableUntil: now }, 'over'],
    [{ active: false }, { usableUntil: new Date(now.getTime() + 1) }, undefined],
    [{ validUntil: now }, { usableUntil: new Date(now.getTime() + 1), usesOfPerson: 1 }, 'yours-used'],
    [{ usesTotal: 3 }, { usesOfAll: 3 }, 'all-used'],
    [{ usesTotal: 3 }, { usesOfAll: 2 }, undefined],
    [{}, { usesOfPerson: 1 }, 'yours-used'],
    [{ usesPerPerson: 2 }, { usesOfPerson: 1 }, undefined],
    [{ audience: 'first-purchase' }, { hasBought: true }, 'first-purchase'],
    // A trial is no purchase.
    [{ audience: 'first-purchase' }, { hasLivingSubscription: true }, undefined],
    [{ audience: 'no-subscription' }, { hasLivingSubscription: true }, 'no-subscription'],
    [{ audience: 'no-subscription' }, { hasBought: true }, undefined],
  ])('%j for %j: %s', (change, facts, why) =>
    expect(whyNotFor({ ...terms, ...change }, { ...person, ...facts }, now)).toBe(why),
  );
});

describe('the price of what somebody looks at', () => {
  const order = { planCode: 'month', days: 30, renewsSubscriptionId: null, basePriceKopecks: 29_900 };
  const held = [{ paymentId: 'p', planCode: 'month', renewsSubscriptionId: null, isDismissed: true }];
  const offer = (change: Partial<PromoOffer> = {}): PromoOffer => ({
    terms,
    person,
    held: [],
    holdsAlike: false,
    ...change,
  });
  const price = { promo: { code: 'SALE', discountKopecks: 6_000, days: 0 } };
  const usedUp = { ...person, usesOfPerson: 1, usesOfAll: 1 };

  it('with the code', () => expect(quote(offer(), order, now)).toEqual(price));
  it('the same order as the open one that holds the use: as it is there', () =>
    expect(quote(offer({ person: usedUp, held }), order, now)).toEqual(price));
  it('another order: the use is held', () => {
    expect(quote(offer({ person: usedUp, held }), { ...order, planCode: 'year' }, now)).toEqual({ refused: 'held' });
    expect(quote(offer({ person: usedUp, held }), order, now, true)).toEqual({ refused: 'held' });
  });
  it('the last use of all is held by an order of theirs, too', () => {
    const last = { ...terms, usesTotal: 1, usesPerPerson: 2 };
    expect(quote(offer({ terms: last, person: usedUp, held }), { ...order, planCode: 'year' }, now)).toEqual({
      refused: 'held',
    });
    expect(quote(offer({ terms: last, person: { ...usedUp, usesOfAll: 2 }, held }), order, now)).toEqual({
      refused: 'all-used',
    });
  });
  it('a code for a first purchase while another order holds one for it: the money for both may come', () => {
    const first = { ...terms, audience: 'first-purchase' as const, usesPerPerson: 5 };
    expect(quote(offer({ terms: first, holdsAlike: true }), order, now)).toEqual({ refused: 'held' });
    const another = [{ ...held[0]!, planCode: 'year' }];
    const twice = { ...person, usesOfPerson: 1 };
    expect(quote(offer({ terms: first, person: twice, held: another }), order, now)).toEqual({ refused: 'held' });
    expect(quote(offer({ terms: first, person: twice, held }), order, now)).toEqual(price);
    expect([0, 1].map((own) => isTakenElsewhere(offer({ terms: first, held }), own))).toEqual([true, false]);
    const forAll = { ...first, audience: 'all' as const };
    expect(quote(offer({ terms: forAll, person: twice, held: another }), order, now)).toEqual(price);
  });
  it('a use that is used is not held', () =>
    expect(quote(offer({ person: usedUp }), order, now)).toEqual({ refused: 'yours-used' }));
  it('a sum of roubles is off no price in another currency, and percents are', () => {
    const inStars = { ...order, basePriceKopecks: 250, currency: 'XTR' };
    const fixed = { ...terms, kind: 'fixed' as const, amount: 100 };
    expect(quote(offer({ terms: fixed }), inStars, now)).toEqual({ refused: 'currency' });
    expect(quote(offer({ terms: fixed }), order, now)).toMatchObject({ promo: {} });
    expect(quote(offer({ terms: { ...terms, amount: 20 } }), inStars, now)).toMatchObject({
      promo: { discountKopecks: 50 },
    });
  });
  it('not for this plan, not for renewals', () => {
    const bound = offer({ terms: { ...terms, planCodes: ['year'], minDays: 31 } });
    expect(quote(bound, order, now)).toEqual({ refused: 'plan' });
    expect(quote(bound, { ...order, planCode: 'year' }, now)).toEqual({ refused: 'min-days' });
    const renewed = { ...order, renewsSubscriptionId: 's' };
    const buyer = { ...person, hasBought: true };
    expect(quote(offer({ person: buyer }), renewed, now)).toEqual({ refused: 'renewals' });
    // What is bought for the key of a trial is bought for the first time.
    expect(quote(offer(), renewed, now)).toEqual(price);
  });
});

it('two applied codes are the same when they give the same', () => {
  const one = { code: 'A', discountKopecks: 1, days: 0 };
  expect([isSamePromo(one, { ...one }), isSamePromo(null, null)]).toEqual([true, true]);
  for (const other of [null, { ...one, code: 'B' }, { ...one, discountKopecks: 2 }, { ...one, days: 1 }])
    expect(isSamePromo(one, other)).toBe(false);
});

describe('personal offer × code: never added, the better one counts, and the screen says so', () => {
  const promo = (code: string, discountKopecks: number, days = 0) => ({ code, discountKopecks, days });
  const held = (quoted: Quote) => ({ code: 'CODE', isHeld: true, quoted });
  const offer = (quoted: Quote, code = 'OFFER') => ({ code, isHeld: false, quoted });
  const [less, more] = [{ promo: promo('CODE', 100) }, { promo: promo('OFFER', 200) }];

  it.each<[string, QuotedCode[], BestQuote]>([
    ['none', [], { promo: null }],
    ['the code alone', [held(less)], { promo: less.promo }],
    ['an offer alone', [offer(more)], { promo: more.promo }],
    ['the offer', [held(less), offer(more)], { promo: more.promo, setAside: { code: 'CODE', isOffer: true } }],
    [
      'the code',
      [held({ promo: promo('CODE', 300) }), offer(more)],
      { promo: promo('CODE', 300), setAside: { code: 'OFFER', isOffer: false } },
    ],
    [
      'the code, of two that are alike',
      [offer({ promo: promo('OFFER', 100) }), held(less)],
      { promo: less.promo, setAside: { code: 'OFFER', isOffer: false } },
    ],
    [
      'days, where nothing is taken off',
      [held({ promo: promo('CODE', 0, 3) }), offer({ promo: promo('OFFER', 0, 7) })],
      { promo: promo('OFFER', 0, 7), setAside: { code: 'CODE', isOffer: true } },
    ],
    [
      'the offer, where the code does nothing',
      [held({ refused: 'plan' }), offer(more)],
      { promo: more.promo, refusal: { code: 'CODE', reason: 'plan', isHeld: true } },
    ],
    ['of an offer that does nothing nobody reads', [offer({ refused: 'over' })], { promo: null }],
    [
      'nor of the lesser of two offers',
      [offer(more), offer({ promo: promo('SECOND', 100) }, 'SECOND')],
      { promo: more.promo },
    ],
  ])('%s', (_what, codes, best) => expect(bestOf(codes)).toEqual(best));
});
