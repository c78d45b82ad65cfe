/** The fast path from the money to the key in one activity: all of it, or how far it came, and nothing twice. */
import { describe, expect, it } from '@jest/globals';
import { setTelegramFaults } from '../../simulators/telegram/driver';
import { setFaults } from '../support/buyer';
import { useActivityHarness } from './activityHarness';

const harness = useActivityHarness();

/** A buyer with a link; the money is there unless said otherwise. */
async function ordered({ pays = true } = {}) {
  const buyer = await harness.buyer();
  const { id } = await harness.open(buyer);
  await harness.run('createPayment', { paymentId: id });
  await harness.run('refreshPaymentScreen', { paymentId: id });
  if (pays) await harness.payAtYooKassa(id);
  return { buyer, id };
}

const photosOf = async (buyer: Awaited<ReturnType<typeof ordered>>['buyer']) =>
  (await buyer.chat()).messages.filter((message) => message.photoUrl !== undefined);
const timelineOf = async (id: string) =>
  (await harness.payments.events(id)).map(({ actor, event }) => `${actor}: ${event}`);

describe('the fast path from the money to the key', () => {
  it('when every service answers: money recorded, key made and sent, screen updated, timeline in that order', async () => {
    const { buyer, id } = await ordered();
    expect(await harness.run('fulfillPayment', { paymentId: id })).toEqual({
      verdict: { status: 'succeeded' },
      fulfilment: {
        paid: { decision: 'issue', takeOverAfterMs: null },
        delivery: { outcome: 'issued' },
        key: { outcome: 'sent' },
        screenShown: true,
      },
    });
    expect(await photosOf(buyer)).toHaveLength(1);
    expect((await harness.reload(id)).status).toBe('issued');
    expect(await timelineOf(id)).toEqual([
      'buyer: confirmed',
      'yookassa: link-created',
      'yookassa: says-succeeded',
      'workflow: paid',
      'panel: delivered',
      'telegram: key-sent',
    ]);
    const { rows } = await harness.pool.query('SELECT provider_status, checked_at FROM payments WHERE id = $1', [id]);
    expect(rows).toEqual([{ provider_status: 'succeeded', checked_at: expect.any(Date) }]);
    expect((await buyer.chat()).messages.some(({ text }) => /your subscription works/u.test(text ?? ''))).toBe(true);
  });

  it('repeated because a worker died before it reported the result: nothing is done twice, there is one key', async () => {
    const { buyer, id } = await ordered();
    await harness.run('fulfillPayment', { paymentId: id });
    expect(await harness.run('fulfillPayment', { paymentId: id })).toEqual({
      verdict: { status: 'succeeded' },
      fulfilment: { paid: { decision: 'ended', status: 'issued' } },
    });
    await harness.run('sendKey', { paymentId: id });
    expect(await photosOf(buyer)).toHaveLength(1);
  });

  it('twice at the same moment: one subscription, and both attempts see the money', async () => {
    const { id } = await ordered();
    const both = await Promise.all([
      harness.run('fulfillPayment', { paymentId: id }),
      harness.run('fulfillPayment', { paymentId: id }),
    ]);
    for (const { verdict } of both) expect(verdict).toEqual({ status: 'succeeded' });
    const { rows } = await harness.pool.query(
      'SELECT count(*)::int AS n FROM subscriptions u JOIN payments p ON p.user_id = u.user_id WHERE p.id = $1',
      [id],
    );
    expect(rows).toEqual([{ n: 1 }]);
    expect((await timelineOf(id)).filter((line) => line === 'workflow: paid')).toHaveLength(1);
  });

  it('does not ask YooKassa again when the money was seen by somebody else', async () => {
    const { buyer, id } = await ordered();
    await setFaults(harness.yookassaUrl, { error500: { mode: 'before', times: 5, method: 'GET' } });
    expect(await harness.run('fulfillPayment', { paymentId: id, isPaid: true })).toMatchObject({
      fulfilment: { key: { outcome: 'sent' } },
    });
    expect(await photosOf(buyer)).toHaveLength(1);
    expect(await timelineOf(id)).not.toContain('yookassa: says-succeeded');
  });

  it('ends the close watch of the payment in the same worker', async () => {
    const { id } = await ordered();
    const watch = await harness.watch({ paymentId: id, intervalMs: 600_000, untilMs: Date.now() + 600_000 });
    await harness.run('fulfillPayment', { paymentId: id });
    expect(await watch.ended).toEqual({ status: 'succeeded' });
  });
});

describe('without the money', () => {
  it('YooKassa is asked and nothing else happens', async () => {
    const { buyer, id } = await ordered({ pays: false });
    expect(await harness.run('fulfillPayment', { paymentId: id })).toEqual({ verdict: { status: 'pending' } });
    expect(await harness.reload(id)).toMatchObject({ status: 'pending', checkedAt: expect.any(Date) });
    expect(await photosOf(buyer)).toHaveLength(0);
  });

  it('or while YooKassa does not say: it fails, within seconds, and nothing is recorded', async () => {
    const { id } = await ordered();
    await setFaults(harness.yookassaUrl, { hang: { ms: 120_000, times: 1, method: 'GET' } });
    const { checkAndRecord } = harness.fulfilmentLimits;
    harness.fulfilmentLimits.checkAndRecord = 500;
    try {
      await expect(harness.run('fulfillPayment', { paymentId: id })).rejects.toThrow(
        'no answer from the provider or PostgreSQL within 500 ms',
      );
    } finally {
      harness.fulfilmentLimits.checkAndRecord = checkAndRecord;
    }
    expect((await harness.reload(id)).status).toBe('pending');
  });
});

describe('a service does not answer', () => {
  it('the panel: the money is recorded, no key is sent, and the buyer’s key comes by the next step', async () => {
    const { buyer, id } = await ordered();
    await setFaults(harness.panels[0]!.url, { down: true });
    expect(await harness.run('fulfillPayment', { paymentId: id })).toEqual({
      verdict: { status: 'succeeded' },
      fulfilment: {
        paid: { decision: 'issue', takeOverAfterMs: null },
        stoppedBy: expect.stringMatching(/^hiddify:/u),
      },
    });
    expect((await harness.reload(id)).status).toBe('paid');
    expect(await photosOf(buyer)).toHaveLength(0);
    await setFaults(harness.panels[0]!.url, { down: false });
    expect(await harness.run('deliverSubscription', { paymentId: id })).toEqual({ outcome: 'issued' });
  });

  it('Telegram, while the key goes out: delivered, and the key is still to be sent', async () => {
    const { buyer, id } = await ordered();
    await setTelegramFaults(harness.telegramUrl, { tooManyRequests: { retryAfter: 3 } });
    expect((await harness.run('fulfillPayment', { paymentId: id })).fulfilment).toEqual({
      paid: { decision: 'issue', takeOverAfterMs: null },
      delivery: { outcome: 'issued' },
      stoppedBy: 'telegram:rate-limited',
    });
    await setTelegramFaults(harness.telegramUrl, { tooManyRequests: null });
    await harness.run('sendKey', { paymentId: id });
    expect(await photosOf(buyer)).toHaveLength(1);
  });

  it('the money went back first: nothing is delivered', async () => {
    const { buyer, id } = await ordered();
    await harness.run('planUndeliveredRefund', { paymentId: id, reason: 'operator-refund', askedBy: 'operator:1' });
    expect((await harness.run('fulfillPayment', { paymentId: id })).fulfilment).toEqual({
      paid: { decision: 'refund', reason: 'repeated' },
    });
    expect(await photosOf(buyer)).toHaveLength(0);
  });
});
