/** The use of a promo code that was given back stays its person's, past the end of the code. */
import { describe, expect, it } from '@jest/globals';
import type { PromoTerms } from '../../../src/domain/promo/terms';
import { createPromoCodesRepository, type PromoDraft } from '../../../src/storage/postgres/promo/codes';
import { createPromoOffersRepository } from '../../../src/storage/postgres/promo/offers';
import { createFreeGrantsRepository } from '../../../src/storage/postgres/freeGrants';
import { promoCode, usesOf, withPromo } from './promos';
import { days, freshIds, outcomes, PRICE, times, useShop } from './shopDatabase';

const shop = useShop();
const codes = () => createPromoCodesRepository(shop.pool);
const offers = () => createPromoOffersRepository(shop.pool);
const past = () => new Date(Date.now() - 1_000);
const later = (ofDays: number) => new Date(Date.now() + days(ofDays));

async function tryWith(userId: number, terms: PromoTerms, planCode = 'month', base = PRICE) {
  const draft = shop.draft(userId, { planCode, ...withPromo(terms, base) });
  const opened = await shop.payments.open(draft);
  return opened.outcome === 'promo-changed' ? opened.refused : opened.outcome;
}
async function orderWith(userId: number, terms: PromoTerms) {
  return shop.open(userId, withPromo(terms, PRICE));
}
const end = (id: string, status: string) =>
  shop.pool.query('UPDATE payments SET status = $2, ended_at = now() WHERE id = $1', [id, status]);
async function failedByUs(id: string) {
  await shop.recordPaid(id);
  await shop.payments.planUndeliveredRefund(id, { reason: 'panel-unavailable', askedBy: 'deadline' });
  await end(id, 'refunded');
}

const ENDS: [string, (terms: PromoTerms) => Promise<unknown>][] = [
  ['is over', (terms) => codes().edit({ ...terms, validUntil: past(), note: '' })],
  ['is switched off', ({ code }) => codes().setActive(code, false)],
  ['is deleted', ({ code }) => codes().remove(code)],
];
const BACK: [string, (id: string) => Promise<unknown>][] = [
  ['never paid', (id) => end(id, 'expired')],
  ['refunded because no key could be made', failedByUs],
];

describe.each(ENDS)('a code that %s', (_, ended) => {
  it.each(BACK)('given back by an order that was %s: its person uses it once more, nobody else', async (__, back) => {
    const terms = await promoCode(shop.pool);
    const { id, userId } = await orderWith(await shop.buyer(), terms);
    await ended(terms);
    await back(id);
    const until = (await shop.payments.byId(id))!.promoUsableUntil!;
    expect(Math.abs(until.getTime() - later(30).getTime())).toBeLessThan(60_000);
    expect(await tryWith(await shop.buyer(), terms)).not.toBe('created');
    // Whatever is tapped at once, on as many plans: it is one use.
    const plans = { month: PRICE, year: 159_000, unlimited: 39_900 };
    const tries = Object.entries(plans).flatMap(([plan, base]) => times(5, () => tryWith(userId, terms, plan, base)));
    expect(await outcomes(tries)).toMatchObject({ created: 1 });
    expect(await usesOf(shop.pool, terms.code)).toEqual({ returned: 1, reserved: 1 });
    expect((await shop.payments.byId(id))!.promoUsableUntil).toBeNull();
  });

  it('a personal offer is offered for it, and counts', async () => {
    const userId = await shop.buyer();
    const terms = await promoCode(shop.pool, { audience: 'person', userId });
    const { id } = await orderWith(userId, terms);
    await ended(terms);
    await end(id, 'canceled');
    expect(await offers().codesFor(userId, new Date())).toEqual([{ code: terms.code, isHeld: false }]);
    expect(await offers().codesFor(userId, later(31))).toEqual([]);
    expect(await tryWith(userId, terms)).toBe('created');
    expect(await offers().codesFor(userId, new Date())).toEqual([]);
  });

  it('what a buyer wished to have refunded is not given back to them', async () => {
    const terms = await promoCode(shop.pool);
    const order = await shop.issued(await shop.buyer(), withPromo(terms, PRICE));
    await ended(terms);
    await end(order.id, 'refunded');
    expect(await shop.payments.byId(order.id)).toMatchObject({ promoUsableUntil: null });
    expect(['over', 'unknown']).toContain(await tryWith(order.userId, terms));
  });
});

it('thirty days, not more: another order that ends unpaid lengthens nothing, a failure of the shop does', async () => {
  const terms = await promoCode(shop.pool, { validUntil: later(1) });
  const { id, userId } = await orderWith(await shop.buyer(), terms);
  await end(id, 'expired');
  await shop.pool.query(`UPDATE promo_uses SET usable_until = now() + interval '1 day' WHERE payment_id = $1`, [id]);
  await codes().setActive(terms.code, false);
  const again = await orderWith(userId, terms);
  await end(again.id, 'canceled');
  expect((await shop.payments.byId(again.id))!.promoUsableUntil!.getTime()).toBeLessThan(later(2).getTime());
  const third = await orderWith(userId, terms);
  await failedByUs(third.id);
  expect((await shop.payments.byId(third.id))!.promoUsableUntil!.getTime()).toBeGreaterThan(later(29).getTime());
  await shop.pool.query(`UPDATE promo_uses SET usable_until = now() - interval '1 second' WHERE payment_id = $1`, [
    third.id,
  ]);
  expect(await tryWith(userId, terms)).toBe('unknown');
});

it('of a code that may be used more often: past its end only what was given back', async () => {
  const terms = await promoCode(shop.pool, { usesPerPerson: 5 });
  const { id, userId } = await orderWith(await shop.buyer(), terms);
  await end(id, 'expired');
  await codes().edit({ ...terms, validUntil: past(), note: '' });
  expect(await tryWith(userId, terms)).toBe('created');
  expect(await tryWith(userId, terms, 'year', 159_000)).toBe('over');
});

it('another code of the name of one that was deleted is the one that counts', async () => {
  const terms = await promoCode(shop.pool, { usesTotal: 1 });
  const { id, userId } = await orderWith(await shop.buyer(), terms);
  await end(id, 'expired');
  await codes().remove(terms.code);
  const draft: Partial<PromoDraft> = { code: terms.code, amount: 50 };
  await promoCode(shop.pool, draft);
  expect((await offers().offerOf(userId, terms.code))!.terms).toMatchObject({ amount: 50, active: true });
});

describe('what a code gave for nothing and its panel, gone for good, never made', () => {
  it.each(ENDS)('is given once more when the code %s', async (_, ended) => {
    const grants = createFreeGrantsRepository(shop.pool);
    const terms = await promoCode(shop.pool, { kind: 'percent', amount: 100 });
    const userId = await shop.buyer();
    const wanted = { planCode: 'month', grant: { days: 30, trafficGb: 100 }, locationCode: 'nl', serverCode: 'nl-1' };
    const give = async () => {
      const offer = await offers().offerOf(userId, terms.code);
      if (!offer) return 'unknown';
      const ask = { source: offer.freeUseId, userId, code: terms.code, askedAt: new Date(), ...freshIds() };
      const given = await grants.givePromo({ ...ask, ...wanted, renewsSubscriptionId: null }, new Date());
      return given.outcome === 'refused' ? given.why : given.id;
    };
    const first = await give();
    await ended(terms);
    await shop.pool.query(`UPDATE servers SET gone_at = now() WHERE code = 'nl-1'`);
    try {
      expect(await grants.end(first, new Date())).toBe('panel-gone');
    } finally {
      await shop.pool.query('UPDATE servers SET gone_at = NULL');
    }
    expect((await grants.promoUsableUntil(first))!.getTime()).toBeGreaterThan(later(29).getTime());
    const second = await give();
    expect(second).not.toBe(first);
    expect(await shop.count('free_grants', `id::text = $1 AND status = 'given'`, second)).toBe(1);
    expect(await grants.promoUsableUntil(first)).toBeUndefined();
  });
});
