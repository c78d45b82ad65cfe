/** Payment, delivery and refund: each activity is repeated after answers that were lost. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createPanelActivities } from '../../src/activities/panel';
import { panelStateOf } from '../../src/activities/panelState';
import { createHiddifyPanel, panelPeriod, type HiddifyPanel } from '../../src/gateways/hiddify';
import { createPanelSyncActivities } from '../../src/jobs/panelSync/activities';
import { createSubscriptionsRepository } from '../../src/storage/postgres/subscriptions';
import { inActivity } from '../jobs/fakes';
import { setFaults } from '../support/buyer';
import { useActivityHarness } from './activityHarness';

const harness = useActivityHarness();
const panelUserOf = async (paymentId: string): Promise<string> =>
  (
    await harness.pool.query(
      'SELECT u.panel_user_id FROM subscriptions u JOIN payments p ON p.subscription_id = u.id WHERE p.id = $1',
      [paymentId],
    )
  ).rows[0].panel_user_id;

/** The days that a panel is told; how many depends on the hour of the day. */
async function daysToldOf(paymentId: string): Promise<number> {
  const { rows } = await harness.pool.query<{ starts_at: Date; expires_at: Date }>(
    'SELECT u.starts_at, u.expires_at FROM subscriptions u JOIN payments p ON p.subscription_id = u.id WHERE p.id = $1',
    [paymentId],
  );
  return panelPeriod({ startsAt: rows[0]!.starts_at, expiresAt: rows[0]!.expires_at }, 0).packageDays;
}

describe('the link', () => {
  it('whose creation was committed and whose answer was lost is found again under the same key: one payment at YooKassa', async () => {
    const { id } = await harness.open(await harness.buyer());
    await setFaults(harness.yookassaUrl, { reset: { afterCommit: true, times: 1, method: 'POST' } });
    await expect(harness.run('createPayment', { paymentId: id })).rejects.toMatchObject({
      type: 'yookassa:unknown-outcome',
      nonRetryable: false,
    });
    expect(await harness.run('createPayment', { paymentId: id })).toEqual({ outcome: 'created' });
    const made = await harness.atYooKassa(id);
    expect(made).toHaveLength(1);
    expect(await harness.reload(id)).toMatchObject({
      status: 'pending',
      providerRef: made[0]!.id,
      confirmationUrl: expect.stringContaining(made[0]!.id),
    });
  });

  it('keeps its body: a price changed in the catalogue between two attempts changes nothing', async () => {
    const { id } = await harness.open(await harness.buyer());
    await setFaults(harness.yookassaUrl, { error500: { mode: 'after', times: 1, method: 'POST' } });
    await expect(harness.run('createPayment', { paymentId: id })).rejects.toMatchObject({
      type: 'yookassa:unknown-outcome',
    });
    await harness.pool.query(`UPDATE payments SET plan_name_en = 'Renamed', plan_name_ru = 'Renamed' WHERE id = $1`, [
      id,
    ]);
    expect(await harness.run('createPayment', { paymentId: id })).toEqual({ outcome: 'created' });
    expect(await harness.atYooKassa(id)).toHaveLength(1);
  });

  it('is looked for in the list once the key is too old to be trusted, and found', async () => {
    const { id } = await harness.open(await harness.buyer());
    await setFaults(harness.yookassaUrl, { reset: { afterCommit: true, times: 1, method: 'POST' } });
    await expect(harness.run('createPayment', { paymentId: id })).rejects.toThrow();
    await harness.pool.query(
      `UPDATE provider_requests SET first_sent_at = now() - interval '23 hours 30 minutes' WHERE payment_id = $1`,
      [id],
    );
    expect(await harness.run('createPayment', { paymentId: id })).toEqual({ outcome: 'created' });
    expect(await harness.atYooKassa(id)).toHaveLength(1);
  });

  it('that YooKassa refuses is an answer, not a failure, and tells why', async () => {
    const { id } = await harness.open(await harness.buyer());
    await setFaults(harness.yookassaUrl, { receiptRequired: true });
    expect(await harness.run('createPayment', { paymentId: id })).toEqual({
      outcome: 'refused',
      reason: 'provider-refused',
      said: 'HTTP 400, invalid_request, receipt',
    });
    expect(await harness.atYooKassa(id)).toHaveLength(0);
  });

  it('waits as long as YooKassa says when it is asked too often', async () => {
    const { id } = await harness.open(await harness.buyer());
    await setFaults(harness.yookassaUrl, { tooManyRequests: { retryAfterMs: 1_800, times: 1 } });
    await expect(harness.run('createPayment', { paymentId: id })).rejects.toMatchObject({
      type: 'yookassa:rate-limited',
      nextRetryDelay: 1_800,
    });
  });
});

describe('asking YooKassa', () => {
  it('pending, then succeeded; the guard fails quietly until then', async () => {
    const { id } = await harness.open(await harness.buyer());
    expect(await harness.run('checkPayment', { paymentId: id })).toEqual({ status: 'pending' });
    await harness.run('createPayment', { paymentId: id });
    expect(await harness.run('checkPayment', { paymentId: id })).toEqual({ status: 'pending' });
    await expect(harness.run('guardPayment', { paymentId: id })).rejects.toMatchObject({
      type: 'NotYet',
      category: 'BENIGN',
    });
    await harness.payAtYooKassa(id);
    expect(await harness.run('guardPayment', { paymentId: id })).toEqual({ status: 'succeeded' });
    expect(await harness.run('checkPayment', { paymentId: id })).toEqual({ status: 'succeeded' });
  });

  it('a watch goes on through answers that do not come, and sees the money', async () => {
    const { id } = await harness.open(await harness.buyer());
    await harness.run('createPayment', { paymentId: id });
    await setFaults(harness.yookassaUrl, { error500: { mode: 'before', times: 2, method: 'GET' } });
    await harness.payAtYooKassa(id);
    expect(await harness.run('watchPayment', { paymentId: id, intervalMs: 20, untilMs: Date.now() + 60_000 })).toEqual({
      status: 'succeeded',
    });
  });
});

describe('the key', () => {
  it('is made once, with the absolute end of the subscription, although the panel loses its answer', async () => {
    const payment = await harness.paid(await harness.buyer());
    await setFaults(harness.panels[0]!.url, { resetAfterCommit: { times: 1, method: 'POST' } });
    await harness.run('deliverSubscription', { paymentId: payment.id }).catch(() => undefined);
    expect(await harness.run('deliverSubscription', { paymentId: payment.id })).toEqual({ outcome: 'issued' });
    expect(await harness.run('deliverSubscription', { paymentId: payment.id })).toEqual({ outcome: 'issued' });
    const account = (await harness.accounts(0)).get(await panelUserOf(payment.id));
    expect(account).toMatchObject({ is_active: true, usage_limit_GB: 100, package_days: await daysToldOf(payment.id) });
    expect((await harness.reload(payment.id)).status).toBe('issued');
  });

  it('waits while the panel is away: a failure that is worth repeating, and nothing is recorded as delivered', async () => {
    const payment = await harness.paid(await harness.buyer());
    await setFaults(harness.panels[0]!.url, { down: true });
    await expect(harness.run('deliverSubscription', { paymentId: payment.id })).rejects.toMatchObject({
      type: expect.stringMatching(/^hiddify:/),
      nonRetryable: false,
    });
    expect((await harness.reload(payment.id)).status).toBe('paid');
  });

  it('of a renewal sets the new end on the same account, on an old panel too', async () => {
    const buyer = await harness.buyer();
    const first = await harness.paid(buyer, { serverCode: 'nl-2' });
    await harness.run('deliverSubscription', { paymentId: first.id });
    const renewal = await harness.paid(buyer, {
      serverCode: null,
      renewsSubscriptionId: (await harness.reload(first.id)).subscriptionId,
    });
    expect(await harness.run('deliverSubscription', { paymentId: renewal.id })).toEqual({ outcome: 'issued' });
    const uuid = await panelUserOf(renewal.id);
    expect(uuid).toBe(await panelUserOf(first.id));
    expect((await harness.accounts(1)).get(uuid)).toMatchObject({
      is_active: true,
      package_days: await daysToldOf(renewal.id),
      usage_limit_GB: 200,
    });
  });

  it('is not delivered once the money is on its way back, and access is taken from the panel', async () => {
    const payment = await harness.paid(await harness.buyer());
    const uuid = await panelUserOf(payment.id);
    await harness.run('deliverSubscription', { paymentId: payment.id });
    await harness.pool.query(`UPDATE payments SET status = 'delayed' WHERE id = $1`, [payment.id]);
    await harness.run('planUndeliveredRefund', {
      paymentId: payment.id,
      reason: 'buyer-chose-refund',
      askedBy: 'buyer',
    });
    await setFaults(harness.panels[0]!.url, { down: true });
    await expect(harness.run('revokeAccess', { paymentId: payment.id })).rejects.toThrow();
    await setFaults(harness.panels[0]!.url, { down: false });
    expect(await harness.run('deliverSubscription', { paymentId: payment.id })).toEqual({ outcome: 'too-late' });
    await harness.run('revokeAccess', { paymentId: payment.id });
    await harness.run('revokeAccess', { paymentId: payment.id });
    expect((await harness.accounts(0)).has(uuid)).toBe(false);
  });

  it('is revoked when its money was refunded in the cabinet during the delivery: a late write to the panel is undone', async () => {
    const payment = await harness.paid(await harness.buyer());
    const uuid = await panelUserOf(payment.id);
    // The subscription as the delivery has read it, and is about to write it to the panel.
    const told = (await createSubscriptionsRepository(harness.pool).byId(payment.subscriptionId!))!;
    const refund = {
      providerRef: '30f436f1-0015-5000-8000-00000000beef',
      kopecks: payment.priceKopecks,
      status: 'succeeded',
      attempt: undefined,
    } as const;
    expect(
      (await harness.payments.recordShownRefunds(payment.id, [refund], payment.priceKopecks, new Date())).status,
    ).toBe('refunded');
    await harness.run('revokeAccess', { paymentId: payment.id });
    // The delivery's own write, sent before all that, arrives now; its worker is gone, and the attempt is repeated by
    // another one.
    const { adminUrl, apiKey } = harness.panels[0]!;
    await createHiddifyPanel({ adminUrl, apiKey }).ensureUser(panelStateOf(told, 0));
    expect((await harness.accounts(0)).has(uuid)).toBe(true);
    expect(await harness.run('deliverSubscription', { paymentId: payment.id })).toEqual({ outcome: 'too-late' });
    expect((await harness.accounts(0)).has(uuid)).toBe(false);
  });

  it('moves to another server of the location, and the old one is cleared', async () => {
    const payment = await harness.paid(await harness.buyer());
    expect(await harness.run('changeServer', { paymentId: payment.id, request: randomUUID() })).toEqual({
      changed: true,
    });
    expect(await harness.run('deliverSubscription', { paymentId: payment.id })).toEqual({ outcome: 'issued' });
    await harness.run('revokeAccess', { paymentId: payment.id });
    const uuid = await panelUserOf(payment.id);
    expect([(await harness.accounts(0)).has(uuid), (await harness.accounts(1)).has(uuid)]).toEqual([false, true]);
  });
});

describe('a panel that carries out a call long after it was given up on', () => {
  const refund = { reason: 'buyer-chose-refund', askedBy: 'buyer' };
  const sync = () => createPanelSyncActivities(harness.dependencies).main;
  const isThere = async (panel: number, uuid: string) => (await harness.accounts(panel)).has(uuid);

  /** A delivery by another worker, whose write to the old server waits until it is released. */
  const heldDelivery = () => {
    let release: () => void = () => undefined;
    let reach: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const reached = new Promise<void>((resolve) => (reach = resolve));
    const { deliverSubscription } = createPanelActivities({
      ...harness.dependencies,
      panelOf: (access) => {
        const panel = createHiddifyPanel(access);
        if (access.serverCode !== 'nl-1') return panel;
        const held: HiddifyPanel['ensureUser'] = async (...args) => {
          reach();
          await released;
          return panel.ensureUser(...args);
        };
        return { ...panel, ensureUser: held };
      },
    });
    return { deliverSubscription, reached, release: () => release() };
  };

  it('cannot leave an account after its money went back: the next sync looks again', async () => {
    const payment = await harness.paid(await harness.buyer());
    const uuid = await panelUserOf(payment.id);
    await setFaults(harness.panels[0]!.url, { commitsLate: { times: 1, method: 'POST' } });
    await expect(harness.run('deliverSubscription', { paymentId: payment.id })).rejects.toMatchObject({
      type: 'hiddify:unknown-outcome',
    });
    await harness.run('planUndeliveredRefund', { paymentId: payment.id, ...refund });
    await harness.run('revokeAccess', { paymentId: payment.id });
    await fetch(`${harness.panels[0]!.url}/_sim/commit-late`, { method: 'POST' });
    expect(await isThere(0, uuid)).toBe(true);
    expect((await inActivity(() => sync().panelsToSync())).withRevocations).toContain('nl-1');
    await inActivity(() => sync().revokeAgain({ serverCode: 'nl-1' }));
    expect(await isThere(0, uuid)).toBe(false);
  });

  it.each(['before', 'after'] as const)(
    'an attempt that is still under way on the old server takes its account back, finished %s the delivery on the new one',
    async (order) => {
      const payment = await harness.paid(await harness.buyer());
      const uuid = await panelUserOf(payment.id);
      const { deliverSubscription, reached, release } = heldDelivery();
      const late = inActivity(() => deliverSubscription({ paymentId: payment.id }));
      await reached;
      expect(await harness.run('changeServer', { paymentId: payment.id, request: randomUUID() })).toEqual({
        changed: true,
      });
      await harness.run('revokeAccess', { paymentId: payment.id });
      if (order === 'after')
        expect(await harness.run('deliverSubscription', { paymentId: payment.id })).toEqual({ outcome: 'issued' });
      release();
      expect(await late).toEqual({ outcome: 'issued' });
      expect([await isThere(0, uuid), await isThere(1, uuid)]).toEqual([false, true]);
    },
  );

  it('an attempt that ends after a part of the money went back does not bring the part back', async () => {
    const payment = await harness.paid(await harness.buyer());
    const uuid = await panelUserOf(payment.id);
    const { deliverSubscription, reached, release } = heldDelivery();
    const late = inActivity(() => deliverSubscription({ paymentId: payment.id }));
    await reached;
    await harness.run('deliverSubscription', { paymentId: payment.id });
    await harness.payments.planRefund(
      payment.id,
      { requestId: payment.id, kopecks: payment.priceKopecks / 2, reason: 'operator-refund', askedBy: 'operator:1' },
      payment.priceKopecks,
      new Date(),
    );
    await harness.run('revokeAccess', { paymentId: payment.id });
    const kept = (await harness.accounts(0)).get(uuid);
    expect(kept).toMatchObject({ usage_limit_GB: 50 });
    release();
    expect(await late).toEqual({ outcome: 'issued' });
    expect((await harness.accounts(0)).get(uuid)).toMatchObject({
      usage_limit_GB: 50,
      package_days: kept!.package_days,
    });
  });
});

describe('the refund', () => {
  const refunding = async () => {
    const payment = await harness.paid(await harness.buyer());
    const order = { paymentId: payment.id, reason: 'panel-unavailable', askedBy: 'deadline' };
    expect(await harness.run('planUndeliveredRefund', order)).toEqual({ outcome: 'planned', attempt: 1 });
    return { ...payment, first: { paymentId: payment.id, attempt: 1 } };
  };

  it('whose answer was lost is made once', async () => {
    const payment = await refunding();
    await setFaults(harness.yookassaUrl, { error500: { mode: 'after', times: 1, method: 'POST' } });
    await expect(harness.run('askForRefund', payment.first)).rejects.toMatchObject({
      type: 'yookassa:unknown-outcome',
    });
    expect(await harness.run('askForRefund', payment.first)).toEqual({ attempt: 1, verdict: { status: 'succeeded' } });
    expect(await harness.refundsAtYooKassa(payment.providerRef!)).toEqual([
      expect.objectContaining({ status: 'succeeded', amount: { value: '299.00', currency: 'RUB' } }),
    ]);
  });

  it('that stays pending is followed until YooKassa settles it', async () => {
    const payment = await refunding();
    await setFaults(harness.yookassaUrl, { refundsPending: true });
    expect(await harness.run('askForRefund', payment.first)).toEqual({ attempt: 1, verdict: { status: 'pending' } });
    await expect(harness.run('followRefund', payment.first)).rejects.toMatchObject({ type: 'NotYet' });
    await setFaults(harness.yookassaUrl, { refundsPending: false });
    expect(await harness.run('followRefund', payment.first)).toEqual({ status: 'succeeded' });
  });

  it('that was made in the merchant’s cabinet before counts: the money does not go back twice', async () => {
    const payment = await refunding();
    const made = await fetch(`${harness.yookassaUrl}/_sim/refunds`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ paymentId: payment.providerRef, amount: '299.00' }),
    });
    expect(made.ok).toBe(true);
    expect(await harness.run('askForRefund', payment.first)).toEqual({ attempt: 1, verdict: { status: 'succeeded' } });
    expect(await harness.refundsAtYooKassa(payment.providerRef!)).toHaveLength(1);
  });

  it('that YooKassa cancels says why, and a new attempt has a key of its own', async () => {
    const payment = await refunding();
    await setFaults(harness.yookassaUrl, { refundsCanceled: 'insufficient_funds' });
    expect(await harness.run('askForRefund', payment.first)).toEqual({
      attempt: 1,
      verdict: { status: 'canceled', reason: 'insufficient_funds' },
    });
    await setFaults(harness.yookassaUrl, { refundsCanceled: null });
    const replaced = { ...payment.first, askedBy: 'operator:1' };
    expect(await harness.run('replaceRefund', replaced)).toEqual({ attempt: 2 });
    const second = { paymentId: payment.id, attempt: 2 };
    expect(await harness.run('askForRefund', second)).toEqual({ attempt: 2, verdict: { status: 'succeeded' } });
    // Whoever still holds the first attempt is answered with the one in its place.
    expect(await harness.run('askForRefund', payment.first)).toEqual({ attempt: 2, verdict: { status: 'succeeded' } });
    const { rows } = await harness.pool.query(
      `SELECT idempotence_key FROM provider_requests WHERE payment_id = $1 AND operation = 'create-refund' ORDER BY idempotence_key`,
      [payment.id],
    );
    expect(rows.map((row) => row.idempotence_key)).toEqual([
      `payment-${payment.id}.refund-1`,
      `payment-${payment.id}.refund-2`,
    ]);
  });
});
