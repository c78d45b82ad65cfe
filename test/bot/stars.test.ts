/** Payments in Telegram Stars as the running bot meets them: the question before, the news after, and what goes wrong. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api } from 'grammy';
import type { TelegramUser } from '../../simulators/telegram/driver';
import { createTelegramStars } from '../../src/gateways/telegram';
import { tokenOf } from '../../src/providers/token';
import { createStarChargesRepository } from '../../src/storage/postgres/starCharges';
import { controlOf } from '../simulators/http';
import { waitUntil } from '../support/wait';
import { openShop, TOKEN, type Shop } from './botHarness';

const STARS = 250;
let shop: Shop;
let people = 8_500;

beforeAll(async () => {
  shop = await openShop();
  await shop.startBot();
});
afterAll(() => shop?.close());

const control = () => controlOf(shop.telegram.url);
const charges = () => createStarChargesRepository(shop.pool);

async function person(): Promise<TelegramUser> {
  const one = shop.buyer((people += 1), { firstName: 'Анна', languageCode: 'ru' });
  await one.start();
  await one.waitFor('Здравствуйте');
  return one;
}

interface Invoice {
  readonly buyer: TelegramUser;
  readonly orderId: string;
  readonly payload: string;
  readonly link: string;
}

/** An order in Stars, and a link to its invoice, as another device of the buyer would have it. */
async function invoice(change: { price?: number } = {}): Promise<Invoice> {
  const buyer = await person();
  const { id: orderId } = await shop.order(buyer, { serverCode: 'nl-2' });
  const payload = tokenOf({ orderId, installationId: 'an-installation' });
  await shop.pool.query(
    `UPDATE payments SET provider = 'stars', currency = 'XTR', base_price_kopecks = $2, price_kopecks = $2,
       discount_kopecks = 0, provider_ref = $3, status = 'pending', payable_until = now() + interval '1 hour'
     WHERE id = $1`,
    [orderId, STARS, payload],
  );
  const stars = createTelegramStars(new Api(TOKEN, { apiRoot: shop.telegram.url }));
  const { price = STARS } = change;
  return {
    buyer,
    orderId,
    payload,
    link: await stars.createInvoiceLink({ title: 'VPN', description: '30 дней', payload, stars: price }),
  };
}

/** What the payer's app shows at the end of a tap on "Pay". */
async function pays(
  who: TelegramUser,
  { link }: Pick<Invoice, 'link'>,
): Promise<{ outcome: string; say?: string; chargeId?: string }> {
  const { preCheckoutQueryId } = await who.pay({ link });
  let shown = { outcome: 'waiting' };
  await waitUntil(
    async () => {
      shown = await control()('GET', `/stars/attempts/${preCheckoutQueryId}`);
      return shown.outcome !== 'waiting';
    },
    { what: 'an answer' },
  );
  return shown;
}

describe('right before the payment', () => {
  it('an order that is open may be paid by whose it is', async () => {
    const one = await invoice();
    expect(await pays(one.buyer, one)).toMatchObject({ outcome: 'paid' });
  });

  it.each([
    ['somebody else’s', async () => ({ who: await person(), of: await invoice() }), 'чужой заказ'],
    [
      'another price',
      async () => {
        const of = await invoice({ price: 1 });
        return { who: of.buyer, of };
      },
      'Цена в счёте не та',
    ],
  ])('%s is refused in words that the payer reads', async (_name, made, words) => {
    const { who, of } = await made();
    expect(await pays(who, of)).toMatchObject({ outcome: 'refused', say: expect.stringContaining(words) });
    expect(await charges().ofRef(of.payload)).toEqual([]);
  });

  it.each([
    [`status = 'issued'`, 'уже оплачен'],
    [`status = 'canceled'`, 'больше не действует'],
    [`payable_until = now() - interval '1 second'`, 'больше не действует'],
    ['dismissed_at = now()', 'больше не действует'],
    [`provider = 'yookassa'`, 'нет'],
    [`provider_ref = 'another'`, 'нет'],
  ])('an order with %s is refused', async (set, words) => {
    const one = await invoice();
    await shop.pool.query(`UPDATE payments SET ${set} WHERE id = $1`, [one.orderId]);
    expect(await pays(one.buyer, one)).toMatchObject({ outcome: 'refused', say: expect.stringContaining(words) });
  });

  it.each(['of-another-program', 'gigabridge:x:not-a-uuid'])('an invoice of %s is refused', async (payload) => {
    const who = await person();
    const stars = createTelegramStars(new Api(TOKEN, { apiRoot: shop.telegram.url }));
    const link = await stars.createInvoiceLink({ title: 'x', description: 'x', payload, stars: 1 });
    expect(await pays(who, { link })).toMatchObject({ outcome: 'refused', say: expect.stringContaining('нет') });
  });

  it('a question that comes too late is no failure, and the next one is answered', async () => {
    const one = await invoice();
    await control()('PUT', '/faults', { expirePreCheckouts: true });
    expect(await pays(one.buyer, one)).toMatchObject({ outcome: 'timed-out' });
    await control()('PUT', '/faults', { expirePreCheckouts: null });
    expect(await pays(one.buyer, one)).toMatchObject({ outcome: 'paid' });
  });
});

describe('what was paid', () => {
  it('is written down by its charge id, told twice or once, and its workflow looks', async () => {
    const one = await invoice();
    shop.workflows.calls.length = 0;
    const { chargeId } = await pays(one.buyer, one);
    await waitUntil(async () => (await charges().ofRef(one.payload)).length === 1, { what: 'the charge' });
    await control()('POST', `/stars/charges/${chargeId}/deliver`);
    await waitUntil(() => shop.workflows.calls.length === 2, { what: 'the second word of it' });
    expect(await charges().ofRef(one.payload)).toMatchObject([
      { chargeId, payerId: one.buyer.id, stars: STARS, refundedAt: null },
    ]);
    expect(shop.workflows.calls).toEqual([`notified ${one.orderId}`, `notified ${one.orderId}`]);
  });

  it('is written down when it comes for an order that has ended, or for none', async () => {
    const one = await invoice();
    const { chargeId } = await pays(one.buyer, one);
    await waitUntil(async () => (await charges().ofRef(one.payload)).length === 1, { what: 'the charge' });
    await shop.pool.query('TRUNCATE star_charges');
    await shop.pool.query(`UPDATE payments SET status = 'canceled' WHERE id = $1`, [one.orderId]);
    await control()('POST', `/stars/charges/${chargeId}/deliver`);
    await waitUntil(async () => (await charges().ofRef(one.payload)).length === 1, { what: 'the charge' });
  });

  it('is kept by Telegram while the database is away, and written down afterwards', async () => {
    const one = await invoice();
    await shop.pool.query('ALTER TABLE star_charges RENAME TO star_charges_away');
    await pays(one.buyer, one);
    await shop.pool.query('ALTER TABLE star_charges_away RENAME TO star_charges');
    await waitUntil(async () => (await charges().ofRef(one.payload)).length === 1, { what: 'the charge' });
  });

  it('is written down although Temporal is away', async () => {
    const one = await invoice();
    shop.workflows.away = true;
    await pays(one.buyer, one);
    await waitUntil(async () => (await charges().ofRef(one.payload)).length === 1, { what: 'the charge' });
    shop.workflows.away = false;
  });

  it('that goes back is noticed, whoever gave it back', async () => {
    const one = await invoice();
    const { chargeId } = await pays(one.buyer, one);
    await waitUntil(async () => (await charges().ofRef(one.payload)).length === 1, { what: 'the charge' });
    await control()('POST', `/stars/charges/${chargeId}/refund`, {});
    await waitUntil(async () => (await charges().byId(chargeId!))?.refundedAt !== null, { what: 'the refund' });
  });

  it('is dropped by no limit', async () => {
    const one = await invoice();
    for (let count = 0; count < 13; count += 1) await one.buyer.send('/terms');
    await pays(one.buyer, one);
    await waitUntil(async () => (await charges().ofRef(one.payload)).length === 1, { what: 'the charge' });
  });
});
