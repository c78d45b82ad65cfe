import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Pool } from 'pg';
import { createTelegramStars } from '../../src/gateways/telegram';
import { createApi } from '../../src/gateways/telegram/api';
import { createStars } from '../../src/providers/stars';
import type { Created, Order, PaymentProvider } from '../../src/providers/port';
import { createStarChargesRepository } from '../../src/storage/postgres/starCharges';
import { openStars } from '../simulators/telegram/starFrame';
import { TOKEN } from '../simulators/telegram/frame';
import { useShop } from '../storage/postgres/shopDatabase';
import { providerContract, type StandIn } from './contract';

const TEN_YEARS_S = 10 * 365 * 24 * 3_600;
const FAULTS = {
  'answer-lost': { resetAfterCommit: { method: 'refundStarPayment', times: 1 } },
  away: { down: true },
  'busy-for-years': { tooManyRequests: { retryAfter: TEN_YEARS_S, times: 1 } },
} as const;

const shop = useShop();

type Telegram = Awaited<ReturnType<typeof openStars>>;

const providerAt = (url: string, pool: Pool, token = TOKEN): PaymentProvider =>
  createStars({
    stars: createTelegramStars(createApi({ token, apiRoot: url, timeoutMs: 5_000 })),
    charges: createStarChargesRepository(pool),
    botId: token.split(':')[0]!,
    now: () => new Date(),
  });

/** What the bot does with the invoice of an order, and with what Telegram tells of it. */
async function payInChat(telegram: Telegram, pool: Pool, created: Created, isTold = true): Promise<string> {
  if (created.show.kind !== 'invoice') throw new Error(created.show.kind);
  const { title, description, payload, price } = created.show.invoice;
  const stars = createTelegramStars(telegram.bot);
  const link = await stars.createInvoiceLink({ title, description, payload, stars: price.minor });
  const chargeId = await telegram.paid(telegram.anna, { link });
  for (const { message } of await telegram.updates()) {
    const paid = message?.successful_payment;
    if (paid === undefined || !isTold) continue;
    await createStarChargesRepository(pool).record({
      chargeId: paid.telegram_payment_charge_id,
      payload: paid.invoice_payload,
      payerId: message!.from!.id,
      stars: paid.total_amount,
      chargedAt: new Date(message!.date * 1000),
    });
  }
  return chargeId;
}

async function openStandIn(): Promise<StandIn> {
  const telegram = await openStars();
  const { pool } = shop;
  const provider = providerAt(telegram.url, pool);
  const everything = async () => {
    for (let cursor: string | null = null; ;) {
      const page = await provider.listSince(cursor);
      if (!page.more) return;
      cursor = page.cursor;
    }
  };
  return {
    provider,
    withWrongKey: providerAt(telegram.url, pool, '700001:WRONG-KEY'),
    nobody: providerAt('http://127.0.0.1:9', pool),
    price: { currency: 'XTR', minor: 250 },
    pay: async (created) => void (await payInChat(telegram, pool, created)),
    async refundOutside({ ref }) {
      const [charge] = await createStarChargesRepository(pool).ofRef(ref);
      await telegram.control('POST', `stars/charges/${charge!.chargeId}/refund`, { isTold: false });
      await everything();
    },
    fault: (what) => telegram.control('PUT', 'faults', FAULTS[what]),
    async reset() {
      await pool.query('TRUNCATE star_charges');
      await telegram.control('POST', 'reset');
      await telegram.anna.start();
      await telegram.updates();
    },
    close: () => telegram.close(),
  };
}

providerContract('Telegram Stars', openStandIn);

describe('what is Telegram’s own', () => {
  let telegram: Telegram;
  let provider: PaymentProvider;
  beforeAll(async () => {
    telegram = await openStars();
    provider = providerAt(telegram.url, shop.pool);
  });
  afterAll(() => telegram.close());
  beforeEach(() => shop.pool.query('TRUNCATE star_charges'));

  let orders = 0;
  const order = (): Order => ({
    orderId: `o-${(orders += 1)}`,
    installationId: 'i-1',
    price: { currency: 'XTR', minor: 250 },
    payerId: 501,
    title: 'VPN',
    returnUrl: 'https://bot.example/pay/return',
  });
  async function made(): Promise<Created> {
    const of = order();
    const body = provider.paymentRequest(of);
    const created = await provider.create({
      key: `${of.orderId}.create`,
      orderId: of.orderId,
      body,
      firstSentAt: new Date(),
    });
    if (created.outcome !== 'created') throw new Error(created.outcome);
    return created;
  }
  /** Since the beginning; the cursor to be kept. */
  async function read(from: string | null = null): Promise<string> {
    for (let cursor = from; ;) {
      const page = await provider.listSince(cursor);
      if (!page.more) return page.cursor;
      cursor = page.cursor;
    }
  }

  it('a charge whose update was lost is found in the ledger, by who has paid it', async () => {
    const created = await made();
    const chargeId = await payInChat(telegram, shop.pool, created, false);
    expect(await provider.check(created.ref)).toEqual({ state: 'open' });
    await read();
    expect(await provider.check(created.ref)).toMatchObject({ state: 'paid', charges: [{ chargeId }] });
    expect(await createStarChargesRepository(shop.pool).byId(chargeId)).toMatchObject({ payerId: 501, stars: 250 });
  });

  it('what was given back elsewhere is noticed, however the row is labelled', async () => {
    const created = await made();
    const chargeId = await payInChat(telegram, shop.pool, created);
    await telegram.control('PUT', 'faults', { refundRowAsPaidMedia: true });
    await telegram.control('POST', `stars/charges/${chargeId}/refund`, { isTold: false });
    await telegram.control('PUT', 'faults', { refundRowAsPaidMedia: null });
    await read();
    expect(await provider.refundsOf(created.ref)).toMatchObject([{ refundRef: chargeId, attempt: null }]);
  });

  it('rows that are no payment to this program are left alone, and what Telegram can’t read loses nothing', async () => {
    await telegram.control('POST', 'stars/rows', { kind: 'withdrawal' });
    await telegram.control('POST', 'stars/rows', { kind: 'payment', payload: 'of-another-program' });
    await telegram.control('POST', 'stars/rows', { kind: 'unreadable' });
    const cursor = await read();
    const created = await made();
    await payInChat(telegram, shop.pool, created, false);
    await read(cursor);
    expect((await provider.check(created.ref)).state).toBe('paid');
    expect((await provider.bookSince(new Date(0))).payments.map(({ claim }) => claim.installationId)).not.toContain(
      null,
    );
  });

  it('rows that have gone are noticed: everything is read again', async () => {
    const created = await made();
    await payInChat(telegram, shop.pool, created, false);
    expect(JSON.parse(await read('{"consumed":5000}'))).toMatchObject({ consumed: expect.any(Number) });
    expect((await provider.check(created.ref)).state).toBe('paid');
  });

  it('an affiliate’s share counts as paid', async () => {
    await telegram.control('PUT', 'faults', { starAffiliatePerMille: 100 });
    const created = await made();
    await payInChat(telegram, shop.pool, created, false);
    await telegram.control('PUT', 'faults', { starAffiliatePerMille: null });
    await read();
    expect(await provider.check(created.ref)).toMatchObject({ charges: [{ amount: { currency: 'XTR', minor: 250 } }] });
  });

  it('Stars go back to who has paid, and after a withdrawal a person has to look', async () => {
    const created = await made();
    await payInChat(telegram, shop.pool, created);
    const request = {
      key: 'k',
      orderId: 'o',
      ref: created.ref,
      attempt: 1,
      firstSentAt: new Date(),
      body: provider.refundRequest({
        ...order(),
        attempt: 1,
        ref: created.ref,
        amount: { currency: 'XTR', minor: 250 },
        description: 'x',
      }),
    };
    await telegram.control('PUT', 'faults', { starBalanceTooLow: true });
    expect(await provider.refund(request)).toMatchObject({ outcome: 'refused', said: { code: 'balance-too-low' } });
    await telegram.control('PUT', 'faults', { starBalanceTooLow: null });
    expect(await provider.refund(request)).toMatchObject({ outcome: 'shown', status: 'succeeded' });
  });
});
