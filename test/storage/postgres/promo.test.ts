/**
 * Promo codes and the orders that hold them, in PostgreSQL. P1 to P4 are the invariants of docs/promo-codes.md: exact
 * under any concurrency; every ending of an order leaves nothing reserved; one price everywhere; frozen at the tap.
 */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { PaymentStatus } from '../../../src/domain/payment';
import type { PromoTerms } from '../../../src/domain/promo/terms';
import type { PurchaseDraft } from '../../../src/storage/postgres/payments';
import { createPromoCodesRepository } from '../../../src/storage/postgres/promo/codes';
import { createPromoOffersRepository } from '../../../src/storage/postgres/promo/offers';
import { createReconciliationRepository } from '../../../src/storage/postgres/reconciliation';
import { promoCode, usesOf, withPromo } from './promos';
import { days, outcomes, PRICE, times, useShop } from './shopDatabase';

const shop = useShop();
const codes = () => createPromoCodesRepository(shop.pool);
const draftWith = (userId: number, terms: PromoTerms, change: Partial<PurchaseDraft> = {}) =>
  shop.draft(userId, { ...withPromo(terms, PRICE), ...change });
/** Opens an order with a code. @returns the outcome, and why the code was refused */
async function tryWith(userId: number, terms: PromoTerms, change?: Partial<PurchaseDraft>): Promise<string> {
  const opened = await shop.payments.open(draftWith(userId, terms, change));
  return opened.outcome === 'promo-changed' ? opened.refused : opened.outcome;
}
/** Ten thousand orders; it only ends what hangs. */
const LONG_MS = 1_200_000;

describe('P1, G5: a code is used exactly as often as it may be', () => {
  it(
    'limit 1, 100 people at once, 100 times over: one of them gets it',
    async () => {
      const people: number[] = [];
      for (let n = 0; n < 100; n += 1) people.push(await shop.buyer());
      for (let round = 0; round < 100; round += 1) {
        const terms = await promoCode(shop.pool, { usesTotal: 1 });
        expect(await outcomes(people.map((userId) => tryWith(userId, terms)))).toEqual({ created: 1, 'all-used': 99 });
        expect(await usesOf(shop.pool, terms.code)).toEqual({ reserved: 1 });
        // As the workflow of the one order does when YooKassa says so; the next round begins with nothing open.
        await shop.pool.query(`UPDATE payments SET status = 'canceled' WHERE promo_code = $1`, [terms.code]);
        expect(await usesOf(shop.pool, terms.code)).toEqual({ returned: 1 });
      }
    },
    LONG_MS,
  );

  it('one person, many plans and screens at once: once', async () => {
    const userId = await shop.buyer();
    const terms = await promoCode(shop.pool);
    const plans = { month: PRICE, year: 159_000, unlimited: 39_900 };
    const tries = Object.entries(plans).flatMap(([planCode, base]) =>
      times(5, () =>
        shop.payments
          .open(shop.draft(userId, { planCode, ...withPromo(terms, base) }))
          .then((opened) => (opened.outcome === 'promo-changed' ? opened.refused : opened.outcome)),
      ),
    );
    expect(await outcomes(tries)).toEqual({ created: 1, existing: 4, held: 10 });
    expect(await usesOf(shop.pool, terms.code)).toEqual({ reserved: 1 });
  });

  it('one person, codes for a first purchase on two orders: one of them, until its order has ended', async () => {
    for (const audience of ['first-purchase', 'no-subscription'] as const) {
      const [one, two] = [await promoCode(shop.pool, { audience }), await promoCode(shop.pool, { audience })];
      const userId = await shop.buyer();
      const tries = [tryWith(userId, one), tryWith(userId, two, { planCode: 'year', ...withPromo(two, 159_000) })];
      expect(await outcomes(tries)).toEqual({ created: 1, held: 1 });
      const { id } = await shop.row('payments', 'user_id = $1', userId);
      const { promo_code: used } = await shop.row('payments', 'id = $1', id);
      const left = used === one.code ? two : one;
      expect(await tryWith(userId, left, { planCode: 'day', ...withPromo(left, 1_000) })).toBe('held');
      await shop.pool.query(`UPDATE payments SET status = 'canceled' WHERE id = $1`, [id]);
      expect(await tryWith(userId, left)).toBe('created');
    }
  });

  it('one person, a code for a first purchase and one for who has no subscription: one of them, too', async () => {
    const audiences = ['no-subscription', 'first-purchase'] as const;
    for (const [audience, other] of [audiences, audiences.toReversed()] as const) {
      const [one, two] = [
        await promoCode(shop.pool, { audience: audience! }),
        await promoCode(shop.pool, { audience: other! }),
      ];
      const { userId, id } = await shop.open(await shop.buyer(), withPromo(one, PRICE));
      expect(await tryWith(userId, two, { planCode: 'year', ...withPromo(two, 159_000) })).toBe('held');
      await shop.pool.query(`UPDATE payments SET status = 'canceled' WHERE id = $1`, [id]);
      expect(await tryWith(userId, two)).toBe('created');
    }
  });

  it('who pays at minute 55 still gets the price, and nobody else got the use meanwhile', async () => {
    const terms = await promoCode(shop.pool, { usesTotal: 1 });
    const { id } = await shop.open(await shop.buyer(), withPromo(terms, PRICE));
    for (const status of ['pending', 'guarding'] as const) await shop.payments.transitionTo(id, status, null);
    expect(await tryWith(await shop.buyer(), terms)).toBe('all-used');
    await shop.recordPaid(id, new Date(Date.now() + 55 * 60_000));
    expect(await shop.payments.byId(id)).toMatchObject({
      status: 'paid',
      ...{ basePriceKopecks: PRICE, discountKopecks: 4_000, priceKopecks: 15_900, promoCode: terms.code },
    });
    expect(await usesOf(shop.pool, terms.code)).toEqual({ used: 1 });
    expect(await tryWith(await shop.buyer(), terms)).toBe('all-used');
  });
});

describe('P2, G5: every ending of an order leaves nothing reserved', () => {
  type End = (order: { id: string; userId: number }) => Promise<unknown>;
  const through =
    (...steps: PaymentStatus[]): End =>
    async ({ id }) => {
      for (const step of steps) await shop.payments.transitionTo(id, step, null);
    };
  const undelivered: End = async ({ id }) => {
    await shop.recordPaid(id);
    await shop.payments.planUndeliveredRefund(id, { reason: 'panel-unavailable', askedBy: 'deadline' });
    await through('refunded')({ id, userId: 0 });
  };
  const refunded =
    (kopecks: number | null, askedBy = 'buyer'): End =>
    async ({ id }) => {
      await shop.recordPaid(id);
      await shop.deliver(id);
      const request = { requestId: randomUUID(), kopecks, askedBy, reason: 'buyer' };
      await shop.payments.planRefund(id, request, 15_900, new Date());
      if (kopecks === null) await through('refunded')({ id, userId: 0 });
    };
  const inCabinet: End = async ({ id }) => {
    await shop.recordPaid(id);
    await shop.deliver(id);
    const shown = { providerRef: `r-${id}`, kopecks: 15_900, status: 'succeeded', attempt: undefined } as const;
    await shop.payments.recordShownRefunds(id, [shown], 15_900, new Date());
  };
  const replaced: End = async ({ id, userId }) => {
    await shop.payments.dismiss(id);
    await shop.paid(userId, { planCode: 'year', priceKopecks: 159_000 }, new Date(Date.now() + 1_000));
    await shop.recordPaid(id, new Date(Date.now() + 2_000));
    await shop.payments.planUndeliveredRefund(id, { reason: 'replaced', askedBy: 'workflow' });
    await through('refunded')({ id, userId });
  };

  it.each<[string, End, Record<string, number>]>([
    ['canceled before there was a link', through('canceled'), { returned: 1 }],
    ['canceled by YooKassa', through('pending', 'canceled'), { returned: 1 }],
    ['never paid', through('pending', 'guarding', 'expired'), { returned: 1 }],
    ['delivered', async ({ id }) => void (await shop.recordPaid(id), await shop.deliver(id)), { used: 1 }],
    ['refunded because no key could be made', undelivered, { returned: 1 }],
    ['paid in vain: another order has replaced it', replaced, { returned: 1 }],
    ['refunded as the buyer wished', refunded(null), { kept: 1 }],
    ['refunded by an operator: a failure of the shop', refunded(null, 'operator:ann'), { returned: 1 }],
    ['refunded in the cabinet', inCabinet, { kept: 1 }],
    ['refunded in part: it stays used', refunded(5_000), { used: 1 }],
  ])('%s', async (_, end, uses) => {
    const terms = await promoCode(shop.pool);
    const order = await shop.open(await shop.buyer(), withPromo(terms, PRICE));
    expect(await usesOf(shop.pool, terms.code)).toEqual({ reserved: 1 });
    await end(order);
    expect(await usesOf(shop.pool, terms.code)).toEqual(uses);
  });

  it('abandoned: nobody ever made its link', async () => {
    const terms = await promoCode(shop.pool);
    const { id } = await shop.open(await shop.buyer(), withPromo(terms, PRICE));
    const later = new Date(Date.now() + 60_000);
    expect(await createReconciliationRepository(shop.pool).closeNeverAsked(id, later)).toBe(true);
    expect(await usesOf(shop.pool, terms.code)).toEqual({ returned: 1 });
  });

  it('what came back for both limits may be used again; what a buyer wished to have refunded, by others alone', async () => {
    for (const [end, own] of [
      [undelivered, 'created'],
      [refunded(null), 'yours-used'],
    ] as const) {
      const terms = await promoCode(shop.pool, { usesTotal: 1 });
      const order = await shop.open(await shop.buyer(), withPromo(terms, PRICE));
      await end(order);
      expect(await tryWith(order.userId, terms)).toBe(own);
      if (own === 'yours-used') expect(await tryWith(await shop.buyer(), terms)).toBe('created');
    }
  });
});

describe('P4: what happens to a code after the tap changes nothing for an order that is out', () => {
  it.each<[string, (terms: PromoTerms) => Promise<unknown>]>([
    ['switched off', ({ code }) => codes().setActive(code, false)],
    ['deleted', ({ code }) => codes().remove(code)],
    ['edited', (terms) => codes().edit({ ...terms, amount: 1, planCodes: ['year'], note: 'x' })],
    ['over', (terms) => codes().edit({ ...terms, validUntil: new Date(Date.now() - 1_000), note: '' })],
  ])('%s', async (_, change) => {
    const terms = await promoCode(shop.pool);
    const { id, userId } = await shop.open(await shop.buyer(), withPromo(terms, PRICE));
    await change(terms);
    // The same confirmation once more finds the order as it was.
    expect(await shop.payments.open(draftWith(userId, terms))).toMatchObject({ outcome: 'existing', payment: { id } });
    await shop.recordPaid(id);
    expect(await shop.payments.byId(id)).toMatchObject({
      status: 'paid',
      priceKopecks: 15_900,
      discountKopecks: 4_000,
    });
    expect(await shop.count('promo_uses', `payment_id = $1 AND status = 'used'`, id)).toBe(1);
  });

  it.each<[string, (terms: PromoTerms) => Promise<unknown>, string]>([
    ['switched off', ({ code }) => codes().setActive(code, false), 'unknown'],
    ['deleted', ({ code }) => codes().remove(code), 'unknown'],
    ['edited', (terms) => codes().edit({ ...terms, amount: 10, note: '' }), 'changed'],
    ['over', (terms) => codes().edit({ ...terms, validUntil: new Date(Date.now() - 1_000), note: '' }), 'over'],
  ])(
    '%s between the confirmation and the tap: no order is made, the buyer sees the price first',
    async (_, change, why) => {
      const terms = await promoCode(shop.pool);
      const userId = await shop.buyer();
      await change(terms);
      expect(await tryWith(userId, terms)).toBe(why);
      expect(await shop.count('payments', 'user_id = $1', userId)).toBe(0);
      expect(await usesOf(shop.pool, terms.code)).toEqual({});
    },
  );

  it('a deleted code’s name is free for another, whose uses begin at 0', async () => {
    const terms = await promoCode(shop.pool, { usesTotal: 1 });
    await shop.open(await shop.buyer(), withPromo(terms, PRICE));
    await codes().remove(terms.code);
    await promoCode(shop.pool, { code: terms.code, usesTotal: 1 });
    expect(await tryWith(await shop.buyer(), terms)).toBe('created');
    expect(await tryWith(await shop.buyer(), terms)).toBe('all-used');
  });

  it('a limit is not lowered below what is taken', async () => {
    const terms = await promoCode(shop.pool, { usesTotal: 5, usesPerPerson: 2 });
    const userId = await shop.buyer();
    await shop.open(userId, withPromo(terms, PRICE));
    await shop.open(userId, { planCode: 'year', ...withPromo(terms, 159_000) });
    expect(await codes().edit({ ...terms, usesTotal: 1, note: '' })).toEqual({ limit: 'usesTotal', inUse: 2 });
    expect(await codes().edit({ ...terms, usesPerPerson: 1, note: '' })).toEqual({ limit: 'usesPerPerson', inUse: 2 });
    expect(await codes().edit({ ...terms, usesTotal: 2, note: '' })).toBeUndefined();
    expect(await codes().byCode(terms.code)).toMatchObject({ usesTotal: 2, reserved: 2, used: 0 });
  });
});

describe('whom and what a code is for is decided when the order is made', () => {
  it('a personal offer: nobody else', async () => {
    const [mine, other] = [await shop.buyer(), await shop.buyer()];
    const terms = await promoCode(shop.pool, { audience: 'person', userId: mine });
    expect([await tryWith(other, terms), await tryWith(mine, terms)]).toEqual(['foreign', 'created']);
  });

  it('a first purchase: one that came back undelivered is none, a delivered one is', async () => {
    const terms = await promoCode(shop.pool, { audience: 'first-purchase' });
    const failed = await shop.paid(await shop.buyer());
    await shop.payments.planUndeliveredRefund(failed.id, { reason: 'panel-unavailable', askedBy: 'deadline' });
    const bought = await shop.issued(await shop.buyer());
    expect([await tryWith(failed.userId, terms), await tryWith(bought.userId, terms)]).toEqual([
      'created',
      'first-purchase',
    ]);
  });

  it('no living subscription; a plan; a least number of days; renewals', async () => {
    const bought = await shop.issued(await shop.buyer());
    const fresh = await promoCode(shop.pool, { audience: 'no-subscription' });
    expect(await tryWith(bought.userId, fresh, { planCode: 'month' })).toBe('no-subscription');
    expect(await tryWith(await shop.buyer(), await promoCode(shop.pool, { planCodes: ['year'] }))).toBe('plan');
    expect(await tryWith(await shop.buyer(), await promoCode(shop.pool, { minDays: 31 }))).toBe('min-days');
    const renews = { renewsSubscriptionId: bought.subscriptionId };
    expect(await tryWith(bought.userId, await promoCode(shop.pool), renews)).toBe('renewals');
    expect(await tryWith(bought.userId, await promoCode(shop.pool, { renewals: true }), renews)).toBe('created');
  });

  it('the own open order with it is found again; dismissed for another one, it keeps the use', async () => {
    const terms = await promoCode(shop.pool);
    const userId = await shop.buyer();
    const order = await shop.open(userId, withPromo(terms, PRICE));
    expect(await shop.payments.open(draftWith(userId, terms))).toMatchObject({ outcome: 'existing' });
    // Without the code it is another order: the buyer chooses one of the two.
    expect(await shop.payments.open(shop.draft(userId))).toMatchObject({
      outcome: 'other-open',
      payment: { id: order.id },
    });
    const elsewhere = { locationCode: 'de', dismissedOrderId: order.id };
    expect(await tryWith(userId, terms, elsewhere)).toBe('held');
    expect(await shop.payments.byId(order.id)).toMatchObject({ dismissedAt: null });
    expect(await shop.payments.open(shop.draft(userId, elsewhere))).toMatchObject({ outcome: 'created' });
    // Its link may still be paid, so the use is still its own.
    expect(await usesOf(shop.pool, terms.code)).toEqual({ reserved: 1 });
  });

  it('what the timeline keeps of the confirmation names the code', async () => {
    const terms = await promoCode(shop.pool);
    const { id } = await shop.open(await shop.buyer(), withPromo(terms, PRICE));
    expect(await shop.payments.events(id)).toMatchObject([
      {
        event: 'confirmed',
        details: { priceKopecks: 15_900, promo: terms.code, discountKopecks: 4_000, promoDays: 0 },
      },
    ]);
  });

  it('of many personal offers the newest are looked at that are valid and not used up', async () => {
    const userId = await shop.buyer();
    const personal = { audience: 'person', userId } as const;
    const ended = { validUntil: new Date(Date.now() - 1_000) };
    const later = { validFrom: new Date(Date.now() + 60_000) };
    const mine: string[] = [];
    for (let n = 0; n < 6; n += 1) mine.push((await promoCode(shop.pool, personal)).code);
    for (let n = 0; n < 6; n += 1) await promoCode(shop.pool, { ...personal, ...(n % 2 === 0 ? ended : later) });
    const used = await promoCode(shop.pool, personal);
    await shop.paid(userId, withPromo(used, PRICE));
    const held = await promoCode(shop.pool, personal);
    await shop.open(userId, { planCode: 'year', ...withPromo(held, 159_000) });
    const offers = await createPromoOffersRepository(shop.pool).codesFor(userId, new Date());
    expect(offers.map(({ code }) => code)).toEqual([held.code, ...mine.toReversed().slice(0, 4)]);
  });

  it('a person’s own uses and orders are all they are judged by', async () => {
    const terms = await promoCode(shop.pool, { usesTotal: 10 });
    const { userId, id } = await shop.open(await shop.buyer(), withPromo(terms, PRICE));
    const offers = createPromoOffersRepository(shop.pool);
    expect(await offers.offerOf(userId, terms.code)).toMatchObject({
      person: { usesOfAll: 1, usesOfPerson: 1, hasBought: false },
      held: [{ paymentId: id, planCode: 'month', renewsSubscriptionId: null, isDismissed: false }],
    });
    expect(await offers.offerOf(await shop.buyer(), terms.code)).toMatchObject({
      person: { usesOfAll: 1, usesOfPerson: 0 },
      held: [],
    });
  });
});

describe('days with a purchase', () => {
  const NOW = new Date('2026-11-24T09:00:00Z');
  const end = async (subscriptionId: string) => (await shop.subscriptions.byId(subscriptionId))!;

  it.each(['month', 'unlimited'])('are a grant of their own, after those of the plan %s', async (planCode) => {
    const base = planCode === 'month' ? PRICE : 39_900;
    const terms = await promoCode(shop.pool, { kind: 'days', amount: 7 });
    const { id, subscriptionId } = await shop.paid(await shop.buyer(), { planCode, ...withPromo(terms, base) }, NOW);
    const use = await shop.row('promo_uses', 'payment_id = $1', id);
    expect(await shop.subscriptions.entriesOf(subscriptionId)).toMatchObject([
      { kind: 'purchase', source: id, ms: days(30), kopecks: base },
      { kind: 'promo', source: use['id'], ms: days(7), kopecks: 0, planCode },
    ]);
    const { expiresAt, trafficGb, unlimitedUntil, status } = await end(subscriptionId);
    expect({ expiresAt, status }).toEqual({ expiresAt: new Date(NOW.getTime() + days(37)), status: 'pending' });
    expect([trafficGb, unlimitedUntil]).toEqual(planCode === 'month' ? [100, null] : [null, expiresAt]);
  });

  it('prolong a renewal, too, and keep an active subscription active', async () => {
    const { userId, subscriptionId } = await shop.issued(await shop.buyer(), {}, NOW);
    const terms = await promoCode(shop.pool, { kind: 'days', amount: 7, renewals: true });
    await shop.paid(userId, { renewsSubscriptionId: subscriptionId, ...withPromo(terms, PRICE) }, NOW);
    const { expiresAt, status } = await end(subscriptionId);
    expect({ expiresAt, status }).toEqual({ expiresAt: new Date(NOW.getTime() + days(67)), status: 'active' });
  });

  it('promo × refund: they go with the money, in the same share, and all of them with all of it', async () => {
    const terms = await promoCode(shop.pool, { kind: 'days', amount: 10 });
    const { id, subscriptionId } = await shop.issued(await shop.buyer(), withPromo(terms, PRICE), NOW);
    const ask = (kopecks: number | null) =>
      shop.payments.planRefund(id, { requestId: randomUUID(), kopecks, askedBy: 'buyer', reason: 'x' }, PRICE, NOW);
    await ask(PRICE / 2);
    expect((await end(subscriptionId)).expiresAt).toEqual(new Date(NOW.getTime() + days(20)));
    expect(await usesOf(shop.pool, terms.code)).toEqual({ used: 1 });
    await ask(null);
    expect(await end(subscriptionId)).toMatchObject({ status: 'revoked', expiresAt: NOW });
    expect(
      await shop.count('grant_entries', `subscription_id = $1 AND kind = 'refund' AND whole`, subscriptionId),
    ).toBe(2);
  });

  it('promo × refund of a renewal: the days of what came before stay', async () => {
    const { userId, subscriptionId } = await shop.issued(await shop.buyer(), {}, NOW);
    const terms = await promoCode(shop.pool, { kind: 'days', amount: 7, renewals: true });
    const renewal = { renewsSubscriptionId: subscriptionId, ...withPromo(terms, PRICE) };
    const { id } = await shop.issued(userId, renewal, NOW);
    await shop.payments.planRefund(
      id,
      { requestId: randomUUID(), kopecks: null, askedBy: 'buyer', reason: 'x' },
      PRICE,
      NOW,
    );
    expect(await end(subscriptionId)).toMatchObject({
      status: 'active',
      expiresAt: new Date(NOW.getTime() + days(30)),
      planCode: 'month',
    });
  });

  it('a renewal fits only with the days of its code', async () => {
    const { userId, subscriptionId } = await shop.issued(await shop.buyer(), {}, NOW);
    const terms = await promoCode(shop.pool, { kind: 'days', amount: 3_600, renewals: true, usesPerPerson: 9 });
    const renewal = { renewsSubscriptionId: subscriptionId };
    expect(await tryWith(userId, terms, renewal)).toBe('created');
    const year = { planCode: 'year', ...withPromo(terms, 159_000), ...renewal };
    expect((await shop.payments.open(shop.draft(userId, year))).outcome).toBe('created');
    const unlimited = { planCode: 'unlimited', ...withPromo(terms, 39_900), ...renewal };
    expect((await shop.payments.open(shop.draft(userId, unlimited))).outcome).toBe('limit-reached');
  });
});
