import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openStars } from './starFrame';

// Source: Bot API reference, sendInvoice `start_parameter`, and createInvoiceLink.

let stars: Awaited<ReturnType<typeof openStars>>;
beforeEach(async () => {
  stars = await openStars();
});
afterEach(async () => stars.close());

describe('who may pay, and how often (reference, start_parameter)', () => {
  it('a link: anybody, any number of times, each with a charge id of its own', async () => {
    const link = await stars.link();
    const charges = [
      await stars.paid(stars.anna, { link }),
      await stars.paid(stars.anna, { link }),
      await stars.paid(stars.boris, { link }),
    ];
    expect(new Set(charges).size).toBe(3);
    // Longer than 128 characters, as seen in production.
    for (const charge of charges) expect(charge).toMatch(/^stx[\w-]{130,}$/);
    const payments = (await stars.updates()).flatMap(({ message }) => message?.successful_payment ?? []);
    expect(payments.map((payment) => payment.telegram_payment_charge_id)).toEqual(charges);
    expect(new Set(payments.map((payment) => payment.invoice_payload))).toEqual(new Set(['p-1']));
    await expect(stars.anna.pay({ link: 'https://t.me/$nothing' })).rejects.toThrow('no such invoice');
  });

  it('a message with a start parameter: once, from two devices too, and not by a copy', async () => {
    const messageId = await stars.send({ start_parameter: 'o1' });
    await expect(stars.boris.pay({ messageId, copyOf: 501 })).rejects.toThrow('a link to the bot instead');
    const [one, two] = [await stars.anna.pay({ messageId }), await stars.anna.pay({ messageId })];
    await stars.bot.answerPreCheckoutQuery(one.preCheckoutQueryId, true);
    await stars.bot.answerPreCheckoutQuery(two.preCheckoutQueryId, true);
    expect([await stars.outcome(one.preCheckoutQueryId), await stars.outcome(two.preCheckoutQueryId)]).toEqual([
      'paid',
      'already-paid',
    ]);
    await expect(stars.anna.pay({ messageId })).rejects.toThrow('INVOICE_ALREADY_PAID');
  });

  it('a message without one: also by a copy, and however old it is', async () => {
    const messageId = await stars.send();
    await stars.clock(90 * 86_400);
    await stars.paid(stars.boris, { messageId, copyOf: 501 });
    await stars.paid(stars.anna, { messageId });
    expect(await stars.ledger()).toHaveLength(2);
    const gone = await stars.send();
    await stars.bot.deleteMessage(501, gone);
    await expect(stars.anna.pay({ messageId: gone })).rejects.toThrow('the message was deleted');
  });

  it('two messages of one order are two payments: no lock is between yes and charge', async () => {
    const [first, second] = [await stars.send(), await stars.send()];
    const [one, two] = [await stars.anna.pay({ messageId: first }), await stars.anna.pay({ messageId: second })];
    await stars.bot.answerPreCheckoutQuery(one.preCheckoutQueryId, true);
    await stars.bot.answerPreCheckoutQuery(two.preCheckoutQueryId, true);
    const { transactions } = await stars.bot.getStarTransactions();
    expect(transactions.map(({ source }) => source?.type === 'user' && source.invoice_payload)).toEqual(['p-1', 'p-1']);
  });
});
