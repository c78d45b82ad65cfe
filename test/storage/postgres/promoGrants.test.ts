/** P5: what a promo code gives for nothing, days alone or a plan, is given once, and is part of the book. */
import { describe, expect, it } from '@jest/globals';
import { applyCatalogue } from '../../../src/storage/postgres/applyCatalogue';
import { quote } from '../../../src/domain/promo/offer';
import { createFreeGrantsRepository } from '../../../src/storage/postgres/freeGrants';
import type { PromoGrant } from '../../../src/storage/postgres/freeGrants/promo';
import { createPromoCodesRepository } from '../../../src/storage/postgres/promo/codes';
import { offerOf } from '../../../src/storage/postgres/promo/offers';
import { freeUseId } from '../../../src/storage/postgres/promo/uses';
import { bookDifferences } from './books';
import { promoCode, usesOf, withPromo } from './promos';
import { catalogue, days, freshIds, outcomes, PRICE, times, useShop } from './shopDatabase';
import { trialGiven, trialOffer, trialRequest } from './trials';

const shop = useShop();
const NOW = new Date('2026-11-24T09:00:00Z');
const repository = () => createFreeGrantsRepository(shop.pool);
const sevenDays = (change = {}) => promoCode(shop.pool, { kind: 'days-alone', amount: 7, ...change });
const wholePlan = (change = {}) => promoCode(shop.pool, { kind: 'percent', amount: 100, ...change });

async function request(userId: number, code: string, change: Partial<PromoGrant> = {}): Promise<PromoGrant> {
  const offer = await offerOf(shop.pool, userId, code);
  return {
    ...{ source: freeUseId(offer!.id, userId), userId, code, planCode: null, locationCode: 'nl', serverCode: null },
    ...{ renewsSubscriptionId: null, grant: { days: 7, trafficGb: 0 }, askedAt: NOW, ...freshIds(), ...change },
  };
}
const plan = { planCode: 'month', grant: { days: 30, trafficGb: 100 } };
const give = async (wanted: PromoGrant): Promise<string> => {
  const given = await repository().givePromo(wanted, NOW);
  if (given.outcome === 'refused') return given.why;
  return given.isNew ? 'new' : 'again';
};
const endOf = async (id: string) => (await shop.subscriptions.byId(id))!.expiresAt;

describe('days alone', () => {
  it('are at most as many as a plan has', async () => {
    await expect(sevenDays({ amount: 3_651 })).rejects.toThrow('promo_codes');
    await expect(promoCode(shop.pool, { kind: 'days', amount: 3_651 })).rejects.toThrow('promo_codes');
    expect(await sevenDays({ amount: 3_650 })).toMatchObject({ amount: 3_650 });
  });

  it('P5: twice the same tap, fifty at once: one grant', async () => {
    const { userId, subscriptionId } = await shop.issued(await shop.buyer(), {}, NOW);
    const { code } = await sevenDays();
    const wanted = await request(userId, code, { renewsSubscriptionId: subscriptionId });
    expect(await outcomes(times(50, () => give(wanted)))).toEqual({ new: 1, again: 49 });
    expect(await give(wanted)).toBe('again');
    expect(await endOf(subscriptionId)).toEqual(new Date(NOW.getTime() + days(37)));
    expect(await usesOf(shop.pool, code)).toEqual({ used: 1 });
    expect(await bookDifferences(shop.pool, subscriptionId)).toEqual([]);
  });

  it('one use, a hundred people at once: one of them', async () => {
    const { code } = await sevenDays({ usesTotal: 1 });
    const people = [];
    for (let n = 0; n < 100; n += 1) people.push(await shop.issued(await shop.buyer(), {}, NOW));
    const wanted = await Promise.all(
      people.map(({ userId, subscriptionId }) => request(userId, code, { renewsSubscriptionId: subscriptionId })),
    );
    expect(await outcomes(wanted.map(give))).toEqual({ new: 1, 'all-used': 99 });
    const longer = await Promise.all(people.map(({ subscriptionId }) => endOf(subscriptionId)));
    expect(longer.filter((end) => end.getTime() > NOW.getTime() + days(30))).toHaveLength(1);
  }, 120_000);

  it('of a code that ended since the tap: the tap counts, however late the worker comes to it', async () => {
    const { userId, subscriptionId } = await shop.issued(await shop.buyer(), {}, NOW);
    const { code } = await sevenDays({ validUntil: new Date(NOW.getTime() - 3_600_000) });
    const renewed = { renewsSubscriptionId: subscriptionId };
    expect(await give(await request(userId, code, renewed))).toBe('over');
    const inTime = { ...renewed, askedAt: new Date(NOW.getTime() - 3_600_001) };
    expect(await give(await request(userId, code, inTime))).toBe('new');
  });

  it('are of unlimited traffic where the subscription is', async () => {
    const unlimited = { planCode: 'unlimited', priceKopecks: 39_900 };
    const { userId, subscriptionId } = await shop.issued(await shop.buyer(), unlimited, NOW);
    const { code } = await sevenDays();
    expect(await give(await request(userId, code, { renewsSubscriptionId: subscriptionId }))).toBe('new');
    expect(await shop.subscriptions.byId(subscriptionId)).toMatchObject({
      trafficGb: null,
      unlimitedUntil: new Date(NOW.getTime() + days(37)),
    });
  });

  it('are delivered as a purchase is, and begin after the days there are', async () => {
    const { userId, subscriptionId } = await shop.issued(await shop.buyer(), {}, NOW);
    const { code } = await sevenDays();
    const wanted = await request(userId, code, { renewsSubscriptionId: subscriptionId });
    await give(wanted);
    const { state, subscription } = (await repository().deliveryOf(wanted.source))!;
    expect([state, subscription.userId]).toEqual(['awaited', userId]);
    expect(await repository().recordDelivered(wanted.source, subscription)).toBe('issued');
    expect(await shop.row('free_grants', 'id = $1', wanted.source)).toMatchObject({ delivered_at: expect.any(Date) });
  });

  it.each<[string, (own: { userId: number; subscriptionId: string }, code: string) => Promise<unknown>, string]>([
    ['the code was switched off', (_, code) => createPromoCodesRepository(shop.pool).setActive(code, false), 'unknown'],
    ['the code was deleted', (_, code) => createPromoCodesRepository(shop.pool).remove(code), 'unknown'],
    [
      'the code was edited',
      async (_, code) => {
        const codes = createPromoCodesRepository(shop.pool);
        await codes.edit({ ...(await codes.byCode(code))!, amount: 3 });
      },
      'changed',
    ],
    [
      'the subscription was revoked',
      ({ subscriptionId }) =>
        shop.pool.query(`UPDATE subscriptions SET status = 'revoked' WHERE id = $1`, [subscriptionId]),
      'unavailable',
    ],
    [
      'the panel was declared gone for good',
      () => shop.pool.query(`UPDATE servers SET gone_at = now() WHERE code = 'nl-1'`),
      'unavailable',
    ],
  ])('give nothing when %s meanwhile', async (_, change, why) => {
    const own = await shop.issued(await shop.buyer(), { serverCode: 'nl-1' }, NOW);
    const { code } = await sevenDays();
    const wanted = await request(own.userId, code, { renewsSubscriptionId: own.subscriptionId });
    await change(own, code);
    try {
      expect(await give(wanted)).toBe(why);
    } finally {
      await shop.pool.query('UPDATE servers SET gone_at = NULL');
    }
    expect(await usesOf(shop.pool, code)).toEqual({});
    expect(await shop.count('free_grants', 'user_id = $1', own.userId)).toBe(0);
  });

  it('give nothing to somebody else’s subscription, nor by somebody else’s code', async () => {
    const own = await shop.issued(await shop.buyer(), {}, NOW);
    const other = await shop.buyer();
    const { code } = await sevenDays();
    expect(await give(await request(other, code, { renewsSubscriptionId: own.subscriptionId }))).toBe('unavailable');
    const personal = await sevenDays({ audience: 'person', userId: other });
    const wanted = await request(own.userId, personal.code, { renewsSubscriptionId: own.subscriptionId });
    expect(await give(wanted)).toBe('foreign');
    expect(await endOf(own.subscriptionId)).toEqual(new Date(NOW.getTime() + days(30)));
  });
});

describe('trial × first-purchase code', () => {
  /** Somebody who has a trial. */
  async function triedBy(userId: number) {
    await applyCatalogue(shop.pool, { ...catalogue(), trial: trialOffer() });
    return trialGiven(shop.pool, trialRequest(userId), NOW);
  }

  it('a code of 100 percent that is for no renewals gives a plan for the key of a trial, as its price says', async () => {
    const userId = await shop.buyer();
    const trial = await triedBy(userId);
    const { subscriptionId } = trial;
    await repository().recordDelivered(trial.id, (await shop.subscriptions.byId(subscriptionId))!);
    const { code } = await wholePlan({ renewals: false });
    const wanted = await request(userId, code, { ...plan, renewsSubscriptionId: subscriptionId });
    const order = { planCode: 'month', days: 30, renewsSubscriptionId: subscriptionId, basePriceKopecks: PRICE };
    expect(quote((await offerOf(shop.pool, userId, code))!, order, NOW)).toMatchObject({
      promo: { discountKopecks: PRICE },
    });
    expect(await give(wanted)).toBe('new');
    expect(await endOf(subscriptionId)).toEqual(new Date(NOW.getTime() + days(33)));
  });

  it('a trial is no purchase: the code is still good for who has had one', async () => {
    const { code } = await promoCode(shop.pool, { audience: 'first-purchase' });
    const userId = await shop.buyer();
    await triedBy(userId);
    const { terms } = (await offerOf(shop.pool, userId, code))!;
    expect((await shop.payments.open(shop.draft(userId, withPromo(terms, PRICE)))).outcome).toBe('created');
  });
});

describe('a plan by a code of 100 percent', () => {
  it('makes a subscription without a payment, once', async () => {
    const userId = await shop.buyer();
    const { code } = await wholePlan();
    const wanted = await request(userId, code, plan);
    expect(await outcomes(times(20, () => give({ ...wanted, ...freshIds() })))).toEqual({ new: 1, again: 19 });
    expect(await shop.count('payments', 'user_id = $1', userId)).toBe(0);
    const { id } = await shop.row('subscriptions', 'user_id = $1', userId);
    expect(await shop.subscriptions.entriesOf(id)).toMatchObject([
      { kind: 'promo', source: wanted.source, ms: days(30), trafficGb: 100, kopecks: 0, planCode: 'month' },
    ]);
    expect(await bookDifferences(shop.pool, id)).toEqual([]);
  });

  it('not while an open order of theirs holds the same code for a first purchase: both could come', async () => {
    const terms = await promoCode(shop.pool, { audience: 'first-purchase' });
    const { id, userId } = await shop.open(await shop.buyer(), withPromo(terms, PRICE));
    await createPromoCodesRepository(shop.pool).edit({ ...terms, amount: 100, note: '' });
    expect(await give(await request(userId, terms.code, plan))).toBe('held');
    await shop.pool.query(`UPDATE payments SET status = 'canceled' WHERE id = $1`, [id]);
    expect(await give(await request(userId, terms.code, plan))).toBe('new');
  });

  it('renews where the code says so', async () => {
    const { userId, subscriptionId } = await shop.issued(await shop.buyer(), {}, NOW);
    const renews = { ...plan, renewsSubscriptionId: subscriptionId };
    expect(await give(await request(userId, (await wholePlan()).code, renews))).toBe('renewals');
    expect(await give(await request(userId, (await wholePlan({ renewals: true })).code, renews))).toBe('new');
    expect(await endOf(subscriptionId)).toEqual(new Date(NOW.getTime() + days(60)));
  });

  it('for who has no living subscription: makes one, or gives an expired one new days, each once', async () => {
    const lonely = { audience: 'no-subscription', renewals: true } as const;
    const userId = await shop.buyer();
    const { code } = await wholePlan(lonely);
    const wanted = await request(userId, code, plan);
    expect([await give(wanted), await give(wanted)]).toEqual(['new', 'again']);
    expect(await usesOf(shop.pool, code)).toEqual({ used: 1 });
    // Who has one by now gets nothing by another code of that kind.
    expect(await give(await request(userId, (await wholePlan(lonely)).code, plan))).toBe('no-subscription');

    const own = await shop.issued(await shop.buyer(), {}, NOW);
    await shop.pool.query(`UPDATE subscriptions SET status = 'expired' WHERE id = $1`, [own.subscriptionId]);
    const renews = { ...plan, renewsSubscriptionId: own.subscriptionId };
    expect(await give(await request(own.userId, (await wholePlan(lonely)).code, renews))).toBe('new');
    expect(await shop.subscriptions.byId(own.subscriptionId)).toMatchObject({ status: 'pending' });
    expect(await bookDifferences(shop.pool, own.subscriptionId)).toEqual([]);
  });

  it('gives nothing where the server is full, the plan is another one or not sold', async () => {
    const { code } = await wholePlan();
    await shop.open(await shop.buyer(), { locationCode: 'fi' });
    const wanted = await request(await shop.buyer(), code, plan);
    expect(await give({ ...wanted, locationCode: 'fi' })).toBe('full');
    expect(await give({ ...wanted, grant: { days: 31, trafficGb: 100 } })).toBe('changed');
    expect(await give({ ...wanted, planCode: 'no-such' })).toBe('unavailable');
    expect(await usesOf(shop.pool, code)).toEqual({});
  });
});
