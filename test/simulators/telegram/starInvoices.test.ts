import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTelegramFaults } from '../../../simulators/telegram/driver';
import { description, openStars, PRICES } from './starFrame';

// Sources: "reference" is the Bot API page, "server" tdlib/telegram-bot-api and TDLib, "live" a test of another
// library against Telegram itself.

let stars: Awaited<ReturnType<typeof openStars>>;
beforeEach(async () => {
  stars = await openStars();
});
afterEach(async () => stars.close());

describe('an invoice (reference, sendInvoice and createInvoiceLink)', () => {
  it.each<[string, object, string]>([
    ['no title', { title: '' }, 'parameter "title" is required'],
    ['rubles, which digital goods may not be sold for', { currency: 'RUB' }, 'PAYMENT_PROVIDER_INVALID'],
    ['a provider token', { provider_token: '1:x' }, 'PAYMENT_PROVIDER_INVALID'],
    ['no price (server)', { prices: [] }, 'there must be at least one price'],
    ['two prices', { prices: [...PRICES, ...PRICES] }, 'STARS_INVOICE_INVALID'],
    [
      'a price without a label (server)',
      { prices: [{ label: '', amount: 1 }] },
      'LabeledPrice label must be non-empty',
    ],
    [
      'half a Star (server)',
      { prices: [{ label: 'x', amount: 0.5 }] },
      'can\'t parse labeled price: Field "amount" must be a valid Number',
    ],
    ['a price of nothing (server)', { prices: [{ label: 'x', amount: 0 }] }, 'total price must be positive'],
    ['150 000 Stars (live)', { prices: [{ label: 'x', amount: 150_000 }] }, 'CURRENCY_TOTAL_AMOUNT_INVALID'],
    ['a title of 33 characters', { title: 'x'.repeat(33) }, 'INVOICE_TITLE_TOO_LONG'],
    ['a payload of 129 bytes', { payload: `${'ж'.repeat(64)}x` }, 'INVOICE_PAYLOAD_INVALID'],
    ['a question for the e-mail (live)', { need_email: true }, 'STARS_INVOICE_INVALID'],
  ])('with %s is refused', async (_what, change, words) => {
    for (const method of ['sendInvoice', 'createInvoiceLink'] as const)
      expect((await stars.invoice(method, change)).description).toBe(`Bad Request: ${words}`);
  });

  it('arrives without its payload; a link is another shape', async () => {
    const { result } = await stars.invoice('sendInvoice', { start_parameter: 'o1' });
    expect((result as { invoice: object }).invoice).toEqual({
      title: 'VPN',
      description: '30 дней',
      start_parameter: 'o1',
      currency: 'XTR',
      total_amount: 250,
    });
    expect(await stars.link()).toMatch(/^https:\/\/t\.me\/\$/);
    expect(await stars.anna.transcript()).toContain('(invoice 250 Stars) VPN');
  });
});

describe('pre_checkout_query (reference: to be answered within 10 s)', () => {
  it('asks before any Star moves, and names neither chat nor charge', async () => {
    await stars.anna.pay({ messageId: await stars.send() });
    const [update] = await stars.updates();
    expect(Object.keys(update!.pre_checkout_query!).toSorted()).toEqual([
      'currency',
      'from',
      'id',
      'invoice_payload',
      'total_amount',
    ]);
    expect(update!.pre_checkout_query).toMatchObject({ from: { id: 501 }, total_amount: 250, invoice_payload: 'p-1' });
    expect(await stars.ledger()).toEqual([]);
  });

  it('a no needs a reason, and leaves the query open until it has one (server)', async () => {
    const { preCheckoutQueryId: id } = await stars.anna.pay({ messageId: await stars.send() });
    expect(await description(stars.bot.answerPreCheckoutQuery(id, false, { error_message: '' }))).toBe(
      'Bad Request: parameter "error_message" is required',
    );
    await stars.bot.answerPreCheckoutQuery(id, false, { error_message: 'Уже оплачено' });
    expect(await stars.control('GET', `stars/attempts/${id}`)).toMatchObject({
      outcome: 'refused',
      say: 'Уже оплачено',
    });
    expect(await stars.ledger()).toEqual([]);
  });

  it('answered late, twice or unknown is too old, and nothing was paid', async () => {
    const late = /query is too old and response timeout expired or query ID is invalid/;
    const { preCheckoutQueryId: id } = await stars.anna.pay({ messageId: await stars.send() });
    await stars.clock(11);
    expect(await description(stars.bot.answerPreCheckoutQuery(id, true))).toMatch(late);
    expect(await stars.outcome(id)).toBe('timed-out');
    await setTelegramFaults(stars.url, { expirePreCheckouts: true });
    const { preCheckoutQueryId: second } = await stars.anna.pay({ messageId: await stars.send() });
    expect(await description(stars.bot.answerPreCheckoutQuery(second, true))).toMatch(late);
    await setTelegramFaults(stars.url, { expirePreCheckouts: null });
    const { preCheckoutQueryId: third } = await stars.anna.pay({ messageId: await stars.send() });
    await stars.bot.answerPreCheckoutQuery(third, true);
    for (const query of [third, 'unknown'])
      expect(await description(stars.bot.answerPreCheckoutQuery(query, true))).toMatch(late);
    expect(await stars.ledger()).toHaveLength(1);
  });

  it('waits in the queue for 150 s, an ordinary update for a day (server)', async () => {
    await stars.anna.pay({ messageId: await stars.send() });
    await stars.anna.send('привет');
    await stars.clock(151);
    expect((await stars.updates()).map((update) => Object.keys(update)[1])).toEqual(['message']);
  });

  it('never comes to a bot that has not asked for such updates', async () => {
    await stars.bot.getUpdates({ timeout: 0, allowed_updates: ['message'] });
    const { preCheckoutQueryId: id } = await stars.anna.pay({ messageId: await stars.send() });
    expect(await stars.updates()).toEqual([]);
    await stars.clock(11);
    expect(await stars.outcome(id)).toBe('timed-out');
  });

  it('a yes is no payment: the payer may be gone, or the answer to the yes may be lost while they pay', async () => {
    const { preCheckoutQueryId: id } = await stars.anna.pay({
      messageId: await stars.send(),
      leavesAfterApproval: true,
    });
    await stars.bot.answerPreCheckoutQuery(id, true);
    expect(await stars.outcome(id)).toBe('left');
    expect(await stars.ledger()).toEqual([]);
    await setTelegramFaults(stars.url, { resetAfterCommit: { method: 'answerPreCheckoutQuery', times: 1 } });
    const { preCheckoutQueryId: second } = await stars.anna.pay({ messageId: await stars.send() });
    await expect(stars.bot.answerPreCheckoutQuery(second, true)).rejects.toThrow('Network request');
    expect(await stars.ledger()).toHaveLength(1);
  });

  it('a payer without Stars is asked to buy some, and the bot hears nothing', async () => {
    await stars.control('PUT', 'stars/purses/501', { amount: 300 });
    const first = await stars.send();
    const second = await stars.send();
    await stars.paid(stars.anna, { messageId: first });
    await stars.updates();
    await expect(stars.anna.pay({ messageId: second })).rejects.toThrow('not enough Stars');
    expect(await stars.updates()).toEqual([]);
  });
});
