import { createHash, createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitUntil } from '../../support/wait';
import { openApp, openWebhookTarget, TOKEN, type Received, type TestApp } from './cryptoPayClient';

// Source: Crypto Pay docs, webhooks ("Verifying webhook updates"), and the changelog of 1.5.2 for the repeats.

let app: TestApp;
let shop: Awaited<ReturnType<typeof openWebhookTarget>>;
beforeEach(async () => {
  shop = await openWebhookTarget();
  app = await openApp({ 'webhook-url': shop.url });
});
afterEach(async () => {
  await app.close();
  await shop.close();
});

const mac = (body: string, token = TOKEN) =>
  createHmac('sha256', createHash('sha256').update(token).digest()).update(body).digest('hex');
const got = async (count: number): Promise<Received[]> => {
  await waitUntil(() => shop.received.length >= count, { what: `${count} updates` });
  return shop.received;
};
const payOne = async (change: Record<string, unknown> = {}) => {
  const { invoice_id } = await app.newInvoice(change);
  await app.sim('POST', `/invoices/${invoice_id}/pay`, { asset: 'USDT', rate: '66' });
  return invoice_id as number;
};

describe('the only event there is', () => {
  it('tells of a paid invoice, signed over the very bytes that were sent', async () => {
    const id = await payOne({ description: 'Месяц' });
    const [update] = await got(1);
    expect(update!.json).toMatchObject({
      update_id: expect.any(Number),
      update_type: 'invoice_paid',
      request_date: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      payload: { invoice_id: id, status: 'paid', fiat: 'RUB', amount: '990.00', payload: 'order-8f3c' },
    });
    expect(update!.signature).toBe(mac(update!.raw));
  });

  it('JSON that is read and written again has another signature', async () => {
    await payOne({ description: 'Месяц' });
    const [update] = await got(1);
    expect(update!.raw).toMatch(/"fee_amount":0\.150[,}]/);
    expect(update!.raw).toContain('\\u041c');
    expect(update!.raw).toContain('http:\\/\\/');
    expect(mac(JSON.stringify(update!.json))).not.toBe(update!.signature);
  });

  it.each([
    ['wrong', /^0{64}$/],
    ['missing', undefined],
    ['upper-case', /^[0-9A-F]{64}$/],
    ['other-token', /^[0-9a-f]{64}$/],
    ['reserialised', /^[0-9a-f]{64}$/],
  ])('a signature that is %s', async (webhookSignature, form) => {
    await app.sim('PUT', '/faults', { webhookSignature });
    await payOne();
    const [update] = await got(1);
    if (form === undefined) expect(update!.signature).toBeUndefined();
    else expect(update!.signature).toMatch(form);
    expect(update!.signature).not.toBe(mac(update!.raw));
  });

  it('a forged one can be sent, and a past one again with the same bytes', async () => {
    await payOne();
    await got(1);
    expect(await app.sim('POST', '/webhooks', { body: { update_type: 'invoice_paid' }, signature: 'wrong' })).toEqual({
      status: 200,
    });
    await app.sim('POST', '/webhooks', { raw: '{"update_type":"something_new"}' });
    await app.sim('POST', '/webhooks/1/replay');
    const [first, forged, unknown, again] = await got(4);
    expect(forged!.signature).not.toBe(mac(forged!.raw));
    expect(unknown!.signature).toBe(mac(unknown!.raw));
    expect(again).toEqual(first);
  });
});

describe('delivery', () => {
  it('update_id is not unique: two for one invoice, and one for two invoices', async () => {
    await app.sim('PUT', '/faults', { webhookDuplicates: 1 });
    const id = await payOne();
    const twice = await got(2);
    expect(twice.map(({ json }) => json['payload'].invoice_id)).toEqual([id, id]);
    expect(new Set(twice.map(({ json }) => json['update_id'])).size).toBe(2);
    await app.sim('PUT', '/faults', { webhookDuplicates: 0, webhookSameUpdateId: true });
    await payOne();
    await payOne();
    expect((await got(4)).slice(2).map(({ json }) => json['update_id'])).toEqual([1, 1]);
  });

  it('it comes two days late, or never', async () => {
    await app.sim('PUT', '/faults', { webhookDelayMs: 2 * 86_400_000 });
    await payOne();
    expect(shop.received).toEqual([]);
    await app.sim('PUT', '/clock', { offsetMs: 2 * 86_400_000 });
    await got(1);
    await app.sim('PUT', '/faults', { webhookDelayMs: null, webhooksLost: true });
    await payOne();
    expect(await app.sim('GET', '/webhooks')).toMatchObject([{ state: 'delivered' }, { state: 'lost' }]);
  });

  it('it may come before the answer to createInvoice has', async () => {
    await app.sim('PUT', '/faults', { hang: { ms: 60_000, afterCommit: true, times: 1, path: 'createInvoice' } });
    const slow = app.newInvoice().catch(() => 'left');
    const [invoice] = await waitUntil(async () => {
      const made = await app.sim('GET', '/invoices');
      return made.length > 0 && made;
    });
    await app.sim('POST', `/invoices/${invoice.invoice_id}/pay`);
    await got(1);
    await app.close();
    expect(await slow).toBe('left');
    app = await openApp();
  });

  it('17 attempts in 3 days, then the webhook is off until its owner sets it again', async () => {
    shop.answer.status = 500;
    await payOne();
    await got(1);
    // Each step is awaited: a repeat is timed from the event, so one jump would leave the later ones behind.
    for (let attempt = 1; attempt < 17; attempt += 1) {
      await waitUntil(async () => (await app.sim('GET', '/webhooks'))[0].attempts.length >= attempt);
      const { nextAt } = (await app.sim('GET', '/webhooks'))[0];
      await app.sim('PUT', '/clock', { offsetMs: nextAt - Date.now() + 1 });
    }
    const [update] = await waitUntil(async () => {
      const all = await app.sim('GET', '/webhooks');
      return all[0].state === 'given-up' && all;
    });
    expect(update.attempts).toHaveLength(17);
    const hours = (update.attempts[16].at - update.createdAt) / 3_600_000;
    expect(Math.round(hours)).toBe(72);
    expect(await app.sim('GET', '/webhook')).toEqual({ url: shop.url, disabled: true });
    await payOne();
    expect(await app.sim('GET', '/webhooks')).toHaveLength(1);
    shop.answer.status = 200;
    await app.sim('PUT', '/webhook', { url: shop.url });
    await payOne();
    await got(18);
  });
});
