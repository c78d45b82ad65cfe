import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitUntil } from '../../support/wait';
import { openShop, openWebhookTarget, type TestShop } from './simulatorClient';

let shop: TestShop;
let target: Awaited<ReturnType<typeof openWebhookTarget>>;
beforeEach(async () => {
  target = await openWebhookTarget();
  shop = await openShop({ 'webhook-url': target.url, 'webhook-from': '185.71.76.1' });
});
afterEach(async () => {
  await shop.close();
  await target.close();
});

const pay = async (change?: Record<string, unknown>) => {
  const { id } = await shop.newPayment(change);
  await shop.sim('POST', `/payments/${id}/pay`);
  return id as string;
};
const deliveries = async () => shop.sim('GET', '/webhooks');
const finished = async () =>
  waitUntil(
    async () => {
      const all = await deliveries();
      return (
        all.length > 0 && all.every((one: { state: string }) => one.state !== 'waiting' && one.state !== 'held') && all
      );
    },
    { what: 'the end of every notification' },
  );
/** Moves the shop's time and lets the notification that became due get its answer. */
const forward = async (offsetMs: number, attempts: number) => {
  await shop.sim('PUT', '/clock', { offsetMs });
  await waitUntil(async () => (await deliveries())[0].attempts.length >= attempts, { what: `attempt ${attempts}` });
};

describe('notifications', () => {
  it('say what happened, with the whole object and neither id nor signature', async () => {
    const id = await pay();
    await finished();
    expect(target.received).toEqual([
      { type: 'notification', event: 'payment.succeeded', object: (await shop.api('GET', `/payments/${id}`)).json },
    ]);
    expect(target.headers[0]).toMatchObject({ 'content-type': 'application/json', 'x-forwarded-for': '185.71.76.1' });
    expect(Object.keys(target.headers[0]!).join()).not.toMatch(/sign|yookassa/i);
  });

  it('come for a canceled payment, a hold and a refund, but not for a new payment or a canceled refund', async () => {
    const { id: expired } = await shop.newPayment();
    await shop.sim('POST', `/payments/${expired}/expire`);
    await pay({ capture: false });
    const paid = await pay();
    await shop.sim('PUT', '/faults', { refundsCanceled: 'general_decline' });
    await shop.sim('POST', '/refunds', { paymentId: paid });
    await shop.sim('PUT', '/faults', { refundsCanceled: null });
    await shop.sim('POST', '/refunds', { paymentId: paid });
    await waitUntil(() => target.received.length >= 4);
    await finished();
    expect(target.received.map((one) => one['event']).sort()).toEqual([
      'payment.canceled',
      'payment.succeeded',
      'payment.waiting_for_capture',
      'refund.succeeded',
    ]);
    expect(target.received.find((one) => one['event'] === 'refund.succeeded')!['object']).toMatchObject({
      payment_id: paid,
    });
  });

  it('repeat until exactly 200, with the object as it was at the event, however it has moved since', async () => {
    target.answers.push(500);
    const { id } = await shop.newPayment({ capture: false });
    await shop.sim('POST', `/payments/${id}/pay`);
    await forward(1, 1);
    await shop.api('POST', `/payments/${id}/cancel`, { raw: '' });
    await waitUntil(async () => (await deliveries())[1].state === 'delivered', { what: 'the newer notification' });

    for (const [attempts, offsetMs, answer] of [
      [2, 11_000, 201],
      [3, 43_000, 302],
      [4, 85_000, 200],
    ] as const) {
      target.answers.push(answer);
      await forward(offsetMs, attempts);
    }
    expect((await finished())[0]).toMatchObject({
      state: 'delivered',
      attempts: [{ status: 500 }, { status: 201 }, { status: 302 }, { status: 200 }],
    });
    expect(target.received.map((one) => one['object'].status)).toEqual([
      'waiting_for_capture',
      'canceled',
      'waiting_for_capture',
      'waiting_for_capture',
      'waiting_for_capture',
    ]);
  });

  it('end after seven repeats within 24 hours', async () => {
    target.answers.push(...Array<number>(20).fill(404));
    await pay();
    await shop.sim('PUT', '/clock', { offsetMs: 24 * 3_600_000 });
    expect(await finished()).toMatchObject([{ state: 'given-up' }]);
    expect(target.received).toHaveLength(8);
  });

  it('can be lost, doubled, late and overtaken', async () => {
    await shop.sim('PUT', '/faults', { webhooksLost: true });
    await pay();
    expect(await finished()).toMatchObject([{ state: 'lost', attempts: [] }]);

    await shop.sim('PUT', '/faults', { webhooksLost: false, webhookDuplicates: 2 });
    const doubled = await pay();
    await waitUntil(() => target.received.length === 3);
    expect(target.received.map((one) => one['object'].id)).toEqual([doubled, doubled, doubled]);

    await shop.sim('PUT', '/faults', { webhookDuplicates: 0, webhookReorder: true });
    target.received.length = 0;
    const older = await pay();
    const newer = await pay();
    await waitUntil(() => target.received.length === 2);
    expect(target.received.map((one) => one['object'].id)).toEqual([newer, older]);

    await shop.sim('PUT', '/faults', { webhookReorder: false, webhookDelayMs: 3_600_000 });
    target.received.length = 0;
    await pay();
    expect((await deliveries()).at(-1)).toMatchObject({ state: 'waiting', attempts: [] });
    await shop.sim('PUT', '/clock', { offsetMs: 3_601_000 });
    await waitUntil(() => target.received.length === 1);
  });

  it('a held one goes out when reordering is turned off', async () => {
    await shop.sim('PUT', '/faults', { webhookReorder: true });
    await pay();
    expect(await deliveries()).toMatchObject([{ state: 'held' }]);
    await shop.sim('PUT', '/faults', { webhookReorder: false });
    await waitUntil(() => target.received.length === 1);
  });

  it('may be forged by anyone, and old ones may come again', async () => {
    const forged = { type: 'notification', event: 'payment.succeeded', object: { id: 'x', status: 'succeeded' } };
    expect(await shop.sim('POST', '/webhooks', forged)).toEqual({ status: 200 });
    await pay();
    const [first] = await finished();
    await shop.sim('POST', `/webhooks/${first.id}/replay`);
    expect(target.received[0]).toEqual(forged);
    expect(target.received[2]).toEqual(target.received[1]);
  });
});
