import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { GatewayError } from '../../../src/gateways/errors';
import { createTelegramStars, type TelegramStars } from '../../../src/gateways/telegram';
import { createApi } from '../../../src/gateways/telegram/api';
import { starRow } from '../../../src/gateways/telegram/starRows';
import { openStars } from '../../simulators/telegram/starFrame';
import { TOKEN } from '../../simulators/telegram/frame';

let shop: Awaited<ReturnType<typeof openStars>>;
let stars: TelegramStars;
beforeEach(async () => {
  shop = await openStars();
  stars = createTelegramStars(createApi({ token: TOKEN, apiRoot: shop.url, timeoutMs: 5_000 }));
});
afterEach(() => shop.close());

const INVOICE = { title: 'VPN', description: '30 дней', payload: 'p-1', stars: 250 };
const TO = { chatId: 501, startParameter: 'o1' };
const fault = (switches: object) => shop.control('PUT', 'faults', switches);
async function failure(call: Promise<unknown>): Promise<GatewayError> {
  const error: unknown = await call.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof GatewayError)) throw error;
  return error;
}
/** The id of a message with an invoice. */
async function sent(invoice = INVOICE): Promise<number> {
  const outcome = await stars.sendInvoice(TO, invoice);
  if (outcome.outcome !== 'sent') throw new Error(outcome.outcome);
  return outcome.messageId;
}
const paid = async () => shop.paid(shop.anna, { messageId: await sent() });

describe('an invoice', () => {
  it('arrives with its price, and is paid once by its addressee', async () => {
    const messageId = await sent();
    await shop.paid(shop.anna, { messageId });
    expect(await shop.news()).toMatchObject([{ currency: 'XTR', total_amount: 250, invoice_payload: 'p-1' }]);
    await expect(shop.anna.pay({ messageId })).rejects.toThrow('INVOICE_ALREADY_PAID');
    await expect(shop.boris.pay({ messageId, copyOf: 501 })).rejects.toThrow('a link to the bot');
  });

  it('as a link can be paid by anybody', async () => {
    const link = await stars.createInvoiceLink(INVOICE);
    expect(link).toMatch(/^https:\/\/t\.me\/\$/);
    await shop.paid(shop.boris, { link });
    expect(await stars.balance()).toBe(250);
  });

  it('has a name and words that fit, without half an emoji', async () => {
    await sent({ ...INVOICE, title: `${'x'.repeat(30)}😀😀`, description: 'я'.repeat(300) });
    const { invoices } = await shop.control('GET', 'stars');
    expect(Object.values(invoices)).toMatchObject([{ title: `${'x'.repeat(30)}…` }]);
  });

  it.each([{ stars: 0 }, { stars: 1.5 }, { stars: 100_001 }, { payload: '' }, { payload: 'я'.repeat(65) }])(
    'is not sent with %j',
    async (change) => {
      await expect(stars.sendInvoice(TO, { ...INVOICE, ...change })).rejects.toThrow(RangeError);
      await expect(stars.createInvoiceLink({ ...INVOICE, ...change })).rejects.toThrow(RangeError);
    },
  );

  it('whose copies could be paid is not sent', async () =>
    expect(stars.sendInvoice({ ...TO, startParameter: '' }, INVOICE)).rejects.toThrow(RangeError));

  it('to somebody who has blocked the bot is no fault', async () => {
    await shop.anna.block();
    expect(await stars.sendInvoice(TO, INVOICE)).toEqual({ outcome: 'unreachable-user', reason: 'blocked' });
  });
});

describe('the answer before the Stars move', () => {
  it('lets them move, or says why not in words that the payer reads', async () => {
    const [yes, no] = [
      await shop.anna.pay({ messageId: await sent() }),
      await shop.anna.pay({ messageId: await sent() }),
    ];
    expect(await stars.answerPreCheckout(yes.preCheckoutQueryId, undefined)).toBe('answered');
    expect(await stars.answerPreCheckout(no.preCheckoutQueryId, 'Заказ уже оплачен.')).toBe('answered');
    expect(await shop.outcome(yes.preCheckoutQueryId)).toBe('paid');
    expect(await shop.control('GET', `stars/attempts/${no.preCheckoutQueryId}`)).toMatchObject({
      outcome: 'refused',
      say: 'Заказ уже оплачен.',
    });
  });

  it('that comes too late, or twice, is no fault', async () => {
    const { preCheckoutQueryId } = await shop.anna.pay({ messageId: await sent() });
    await shop.clock(11);
    expect(await stars.answerPreCheckout(preCheckoutQueryId, undefined)).toBe('too-late');
    expect(await stars.answerPreCheckout('unknown', undefined)).toBe('too-late');
    expect(await stars.balance()).toBe(0);
  });
});

describe('a refund', () => {
  it('is made once, however often it is asked for', async () => {
    const of = { payerId: 501, chargeId: await paid() };
    expect(await stars.refundCharge(of)).toBe('refunded');
    expect(await stars.refundCharge(of)).toBe('already-refunded');
    expect(await stars.balance()).toBe(0);
  });

  it.each([
    ['of another person’s charge', { payerId: 502 }, {}, 'charge-unknown'],
    ['of a charge that is unknown', { chargeId: 'stx-nothing' }, {}, 'charge-unknown'],
    ['after a withdrawal', {}, { starBalanceTooLow: true }, 'balance-too-low'],
  ])('%s is refused', async (_name, change, switches, code) => {
    const of = { payerId: 501, chargeId: await paid(), ...change };
    await fault(switches);
    expect(await failure(stars.refundCharge(of))).toMatchObject({ kind: 'refused', status: 400, code });
  });
});

describe('the ledger', () => {
  it('has payments and what went back, under one id', async () => {
    const chargeId = await paid();
    await stars.refundCharge({ payerId: 501, chargeId });
    const { rows, count } = await stars.transactions(0);
    expect(count).toBe(2);
    expect(rows).toMatchObject([
      { id: chargeId, direction: 'in', stars: 250, userId: 501, payload: 'p-1', partner: 'user' },
      { id: chargeId, direction: 'out', stars: 250, userId: 501, payload: 'p-1' },
    ]);
    expect((await stars.transactions(2)).count).toBe(0);
  });

  it('names our token of a refund that is labelled as paid media, too, and an affiliate’s share', async () => {
    await fault({ refundRowAsPaidMedia: true, starAffiliatePerMille: 100 });
    const chargeId = await paid();
    await stars.refundCharge({ payerId: 501, chargeId });
    const { rows } = await stars.transactions(0);
    expect(rows).toMatchObject([
      { stars: 225, affiliateStars: 25 },
      { direction: 'out', payload: 'p-1' },
    ]);
  });

  it('has rows that are no payment, and leaves out some that Telegram can’t read', async () => {
    await shop.control('POST', 'stars/rows', { kind: 'withdrawal' });
    await shop.control('POST', 'stars/rows', { kind: 'unreadable' });
    await shop.control('POST', 'stars/rows', { kind: 'premium' });
    const { rows, count } = await stars.transactions(0);
    expect(count).toBe(2);
    expect(rows).toMatchObject([{ direction: 'out', partner: 'fragment', payload: undefined }, { partner: 'user' }]);
  });

  it.each([
    null,
    {},
    { id: 'x', amount: -1, date: 1, source: { type: 'user' } },
    { id: 'x', amount: 1, date: 1 },
    { id: 'x', amount: 1, date: 1, source: { type: 'user' }, receiver: { type: 'user' } },
  ])('a row that is not in the Bot API’s form can’t be read: %j', (row) => expect(starRow(row)).toBeUndefined());
});
