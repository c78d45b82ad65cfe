import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTelegramFaults } from '../../../simulators/telegram/driver';
import { description, openStars } from './starFrame';

// Sources: "reference" is the Bot API page, "server" tdlib/telegram-bot-api and TDLib.

let stars: Awaited<ReturnType<typeof openStars>>;
let link: string;
beforeEach(async () => {
  stars = await openStars();
  link = await stars.link();
});
afterEach(async () => stars.close());

describe('successful_payment (reference, SuccessfulPayment)', () => {
  it('is a message of the payer with what was paid', async () => {
    const charge = await stars.paid(stars.anna, { link });
    expect(await stars.news()).toEqual([
      {
        currency: 'XTR',
        total_amount: 250,
        invoice_payload: 'p-1',
        telegram_payment_charge_id: charge,
        provider_payment_charge_id: '',
      },
    ]);
  });

  it('may be lost, so that only the ledger knows; may come late, and once more', async () => {
    await setTelegramFaults(stars.url, { starUpdatesLost: { times: 1 } });
    const lost = await stars.paid(stars.anna, { link });
    expect(await stars.news()).toEqual([]);
    expect((await stars.ledger()).map(({ id }) => id)).toEqual([lost]);
    await stars.control('POST', `stars/charges/${lost}/deliver`);
    expect(await stars.news()).toMatchObject([{ telegram_payment_charge_id: lost }]);
    await setTelegramFaults(stars.url, { starUpdateDelayMs: 3_600_000 });
    const late = await stars.paid(stars.anna, { link });
    expect(await stars.news()).toEqual([]);
    await stars.clock(3601);
    expect(await stars.news()).toMatchObject([{ telegram_payment_charge_id: late }]);
  });

  it('is forgotten after a day in the queue (server)', async () => {
    await stars.paid(stars.anna, { link });
    await stars.clock(86_401);
    expect(await stars.news()).toEqual([]);
    expect(await stars.ledger()).toHaveLength(1);
  });
});

describe('refundStarPayment (reference)', () => {
  it('gives all back once; a second call says that it was done', async () => {
    const charge = await stars.paid(stars.anna, { link });
    await stars.updates();
    await setTelegramFaults(stars.url, { resetAfterCommit: { method: 'refundStarPayment', times: 1 } });
    await expect(stars.bot.refundStarPayment(501, charge)).rejects.toThrow('Network request');
    expect(await description(stars.bot.refundStarPayment(501, charge))).toBe('Bad Request: CHARGE_ALREADY_REFUNDED');
    expect(await stars.news()).toEqual([
      { currency: 'XTR', total_amount: 250, invoice_payload: 'p-1', telegram_payment_charge_id: charge },
    ]);
    expect(await stars.bot.getMyStarBalance()).toEqual({ amount: 0 });
  });

  it('of another person’s or an unknown charge is refused, with words that are not documented', async () => {
    const charge = await stars.paid(stars.anna, { link });
    expect(await description(stars.bot.refundStarPayment(502, charge))).toBe('Bad Request: CHARGE_ID_EMPTY');
    await setTelegramFaults(stars.url, { refundUnknownError: 'CHARGE_ID_INVALID' });
    expect(await description(stars.bot.refundStarPayment(501, 'stx1'))).toBe('Bad Request: CHARGE_ID_INVALID');
    expect(await description(stars.bot.refundStarPayment(0, charge))).toBe('Bad Request: invalid user_id specified');
    await setTelegramFaults(stars.url, { starBalanceTooLow: true });
    expect(await description(stars.bot.refundStarPayment(501, charge))).toBe('Bad Request: BALANCE_TOO_LOW');
    expect(await stars.bot.getMyStarBalance()).toEqual({ amount: 250 });
  });

  it('Telegram’s support or an app store take Stars back without a call, with an update or without', async () => {
    const [told, silent] = [await stars.paid(stars.anna, { link }), await stars.paid(stars.anna, { link })];
    await stars.updates();
    await stars.control('POST', `stars/charges/${told}/refund`);
    await stars.control('POST', `stars/charges/${silent}/refund`, { isTold: false });
    expect(await stars.news()).toMatchObject([{ telegram_payment_charge_id: told }]);
    expect((await stars.ledger()).filter(({ receiver }) => receiver).map(({ id }) => id)).toEqual([told, silent]);
    expect(await stars.control('POST', `stars/charges/${told}/refund`)).toEqual({ error: 'it was refunded already' });
    await setTelegramFaults(stars.url, { refundWithoutUpdate: true });
    await stars.bot.refundStarPayment(501, await stars.paid(stars.anna, { link }));
    expect((await stars.news()).filter((payment) => !('provider_payment_charge_id' in payment))).toEqual([]);
  });
});

describe('getStarTransactions (reference)', () => {
  it('is oldest first; a refund has the id of the payment, a receiver and a positive amount', async () => {
    const [first, second] = [await stars.paid(stars.anna, { link }), await stars.paid(stars.anna, { link })];
    await stars.bot.refundStarPayment(501, first);
    const user = { type: 'user', transaction_type: 'invoice_payment', invoice_payload: 'p-1', user: { id: 501 } };
    expect(await stars.ledger()).toMatchObject([
      { id: first, amount: 250, date: expect.any(Number), source: user },
      { id: second, amount: 250, source: user },
      { id: first, amount: 250, receiver: user },
    ]);
    expect((await stars.ledger()).map((row) => 'source' in row)).toEqual([true, true, false]);
  });

  it('offset counts rows, and both are put into their bounds (server)', async () => {
    const charges = [
      await stars.paid(stars.anna, { link }),
      await stars.paid(stars.anna, { link }),
      await stars.paid(stars.anna, { link }),
    ];
    expect((await stars.ledger(1, 1)).map(({ id }) => id)).toEqual([charges[1]]);
    expect((await stars.ledger(-5, 0)).map(({ id }) => id)).toEqual([charges[0]]);
    expect(await stars.ledger(3)).toEqual([]);
  });

  it('a short page is no proof of the end: a row that can’t be read has its place in the count (server)', async () => {
    const first = await stars.paid(stars.anna, { link });
    await stars.control('POST', 'stars/rows', { kind: 'unreadable' });
    const last = await stars.paid(stars.anna, { link });
    expect((await stars.ledger(0, 2)).map(({ id }) => id)).toEqual([first]);
    expect((await stars.ledger(2, 2)).map(({ id }) => id)).toEqual([last]);
  });

  it('holds rows that are no payments to this shop; a withdrawal changes in place, a failed one comes back', async () => {
    await stars.control('POST', 'stars/rows', { kind: 'payment', payload: 'of-a-former-owner', amount: 5000 });
    const { id } = await stars.control('POST', 'stars/rows', { kind: 'withdrawal', amount: 1000 });
    expect(await stars.ledger()).toMatchObject([
      { amount: 5000, source: { invoice_payload: 'of-a-former-owner' } },
      { id, receiver: { type: 'fragment', withdrawal_state: { type: 'pending' } } },
    ]);
    await stars.control('PUT', `stars/rows/${id}`, { state: 'failed' });
    expect((await stars.ledger()).slice(1)).toMatchObject([
      { id, receiver: { withdrawal_state: { type: 'failed' } } },
      { id, amount: 1000, source: { type: 'fragment' } },
    ]);
    for (const kind of ['ads', 'other', 'premium']) await stars.control('POST', 'stars/rows', { kind });
    expect((await stars.ledger()).slice(3).map(({ source, receiver }) => (source ?? receiver)?.type)).toEqual([
      'telegram_ads',
      'other',
      'user',
    ]);
  });

  it('a row may come late, be net of a commission, and a refund’s may be labelled otherwise (server)', async () => {
    await setTelegramFaults(stars.url, {
      starRowLagMs: 60_000,
      starAffiliatePerMille: 100,
      refundRowAsPaidMedia: true,
    });
    const charge = await stars.paid(stars.anna, { link });
    expect(await stars.news()).toMatchObject([{ total_amount: 250 }]);
    expect(await stars.ledger()).toEqual([]);
    await stars.clock(61);
    expect(await stars.ledger()).toMatchObject([
      { amount: 225, source: { affiliate: { commission_per_mille: 100, amount: 25 } } },
    ]);
    await stars.bot.refundStarPayment(501, charge);
    await stars.clock(122);
    const { receiver } = (await stars.ledger())[1]!;
    expect(receiver).toMatchObject({ transaction_type: 'paid_media_payment', paid_media_payload: 'p-1' });
    expect(receiver).not.toHaveProperty('invoice_payload');
  });
});
