import { createHash, createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { isSignedWith, parseNotification, webhookKey } from '../../../src/gateways/cryptopay/webhook';
import { openApp, openWebhookTarget, TOKEN, type TestApp } from '../../simulators/cryptopay/cryptoPayClient';
import { waitUntil } from '../../support/wait';

const KEY = webhookKey(TOKEN);
let app: TestApp;
let shop: Awaited<ReturnType<typeof openWebhookTarget>>;
beforeAll(async () => {
  shop = await openWebhookTarget();
  app = await openApp({ 'webhook-url': shop.url });
});
afterAll(async () => {
  await app.close();
  await shop.close();
});
beforeEach(async () => {
  await app.sim('POST', '/reset');
  shop.received.length = 0;
});

/** What arrives of one paid invoice, and whether it is taken for Crypto Pay's. */
async function arrives(): Promise<{ readonly raw: Buffer; readonly isOurs: boolean }> {
  const { invoice_id } = await app.newInvoice({ description: 'Месяц' });
  await app.sim('POST', `/invoices/${invoice_id}/pay`, { asset: 'USDT', rate: '66' });
  await waitUntil(() => shop.received.length > 0, { what: 'an update' });
  const { raw, signature } = shop.received[0]!;
  return { raw: Buffer.from(raw), isOurs: isSignedWith(KEY, Buffer.from(raw), signature) };
}

describe('the signature of a notification', () => {
  it('holds over the bytes that came, and not over JSON that was read and written again', async () => {
    const { raw, isOurs } = await arrives();
    expect(isOurs).toBe(true);
    const again = Buffer.from(JSON.stringify(JSON.parse(raw.toString())));
    expect(isSignedWith(KEY, again, shop.received[0]!.signature)).toBe(false);
  });

  it.each(['wrong', 'missing', 'upper-case', 'other-token', 'reserialised'])(
    'that is %s is none',
    async (webhookSignature) => {
      await app.sim('PUT', '/faults', { webhookSignature });
      expect((await arrives()).isOurs).toBe(false);
    },
  );

  it.each(['', 'x', '0'.repeat(63), '0'.repeat(65), `${'0'.repeat(63)}я`, '\u0000'.repeat(64)])(
    'that is no hex of 32 bytes is none, and no error: %j',
    (signature) => expect(isSignedWith(KEY, Buffer.from('{}'), signature)).toBe(false),
  );

  it('is made with the hash of the token, not with the token or the text of the hash', () => {
    const body = Buffer.from('{}');
    const hash = createHash('sha256').update(TOKEN);
    const mac = (key: string | Buffer) => createHmac('sha256', key).update(body).digest('hex');
    expect(isSignedWith(KEY, body, mac(TOKEN))).toBe(false);
    expect(isSignedWith(KEY, body, mac(hash.copy().digest('hex')))).toBe(false);
    expect(isSignedWith(KEY, body, mac(hash.digest()))).toBe(true);
  });
});

describe('a notification', () => {
  const parse = (text: string) => parseNotification(Buffer.from(text));

  it('names the invoice, with what we have written on it', async () =>
    expect(parseNotification((await arrives()).raw)).toEqual({
      kind: 'paid',
      invoiceId: expect.stringMatching(/^\d+$/),
      payload: 'order-8f3c',
    }));

  it('of another event is known as such, so that it can be acknowledged', () =>
    expect(parse('{"update_type":"check_activated","payload":{}}')).toEqual({
      kind: 'other',
      event: 'check_activated',
    }));

  it.each([
    '',
    'null',
    '[]',
    '{}',
    '{"update_type":7}',
    '{"update_type":"invoice_paid"}',
    '{"update_type":"invoice_paid","payload":{"invoice_id":"1/../2"}}',
    '{"update_type":"invoice_paid","payload":{"invoice_id":-1}}',
    '{"update_type":"<b>"}',
  ])('is not %s', (text) => expect(parse(text)).toBeUndefined());
});
