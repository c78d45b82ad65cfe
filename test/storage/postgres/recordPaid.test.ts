/**
 * What recorded money buys: one subscription for one payment, days that add up, and money back for what was replaced.
 */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { days, freshIds, outcomes, times, useShop } from './shopDatabase';

const shop = useShop();
const NOW = new Date('2026-03-01T10:00:00Z');

describe('the money of a new purchase', () => {
  it('makes one pending subscription that ends an absolute number of days later', async () => {
    const payment = await shop.open(await shop.buyer());
    const ids = freshIds();
    expect(await shop.payments.recordPaid(payment.id, ids, NOW)).toEqual({
      decision: 'issue',
      takeOverAfterMs: null,
    });
    expect(await shop.payments.byId(payment.id)).toMatchObject({
      status: 'paid',
      reason: null,
      paidAt: NOW,
      subscriptionId: ids.subscriptionId,
      endedAt: null,
    });
    expect(await shop.subscriptions.byId(ids.subscriptionId)).toMatchObject({
      userId: payment.userId,
      status: 'pending',
      panelUserId: ids.panelUserId,
      serverCode: 'nl-1',
      planCode: 'month',
      trafficGb: 100,
      startsAt: NOW,
      expiresAt: new Date(NOW.getTime() + days(30)),
    });
    expect(await shop.row('grant_entries', 'source = $1', payment.id)).toMatchObject({
      kind: 'purchase',
      subscription_id: ids.subscriptionId,
      at: NOW,
      ms: days(30),
      traffic_gb: 100,
      kopecks: 19_900,
      plan_code: 'month',
    });
  });

  it('recorded again, later and under other ids, finds what was decided the first time', async () => {
    const { id } = await shop.open(await shop.buyer());
    const first = await shop.payments.recordPaid(id, freshIds(), NOW);
    expect(await shop.payments.recordPaid(id, freshIds(), new Date(NOW.getTime() + days(3)))).toEqual(first);
    await shop.payments.transitionTo(id, 'delayed', 'panel-unavailable');
    expect(await shop.payments.recordPaid(id, freshIds(), new Date())).toEqual(first);
    expect(await shop.payments.byId(id)).toMatchObject({ status: 'delayed', paidAt: NOW });
  });

  it('recorded twenty times at once: one subscription, one decision', async () => {
    const { id, userId } = await shop.open(await shop.buyer());
    const decisions = await outcomes(times(20, () => shop.recordPaid(id).then((decision) => JSON.stringify(decision))));
    expect(Object.values(decisions)).toEqual([20]);
    expect(await shop.count('subscriptions', 'user_id = $1', userId)).toBe(1);
    expect(await shop.count('payment_events', `payment_id = $1 AND event = 'paid'`, id)).toBe(1);
  });

  it.each(['created', 'pending', 'guarding'] as const)(
    'is honoured while the payment is %s, even if the buyer had pressed "cancel"',
    async (status) => {
      const { id } = await shop.open(await shop.buyer());
      if (status !== 'created')
        await shop.payments.recordLink(id, {
          providerRef: id,
          confirmationUrl: 'https://pay.example',
          payableUntil: NOW,
        });
      if (status === 'guarding') await shop.payments.transitionTo(id, 'guarding', null);
      await shop.payments.dismiss(id);
      expect(await shop.status(id)).toBe(status);
      expect((await shop.recordPaid(id)).decision).toBe('issue');
    },
  );

  it.each(['canceled', 'expired'] as const)(
    'does not revive a payment that YooKassa itself had ended (%s)',
    async (end) => {
      const { id } = await shop.open(await shop.buyer());
      await shop.payments.recordLink(id, { providerRef: id, confirmationUrl: null, payableUntil: NOW });
      await shop.payments.transitionTo(id, end, 'test');
      expect(await shop.recordPaid(id)).toEqual({ decision: 'ended', status: end });
      expect(await shop.payments.byId(id)).toMatchObject({ status: end, subscriptionId: null, paidAt: null });
    },
  );

  it('once on its way back, or delivered, buys nothing more', async () => {
    const refunding = await shop.paid(await shop.buyer());
    await shop.payments.planUndeliveredRefund(refunding.id, { reason: 'test', askedBy: 'buyer' });
    expect(await shop.recordPaid(refunding.id)).toMatchObject({ decision: 'refund' });
    await shop.payments.transitionTo(refunding.id, 'refunded', 'test');
    expect(await shop.recordPaid(refunding.id)).toEqual({ decision: 'ended', status: 'refunded' });
    const issued = await shop.issued(await shop.buyer());
    expect(await shop.recordPaid(issued.id)).toEqual({ decision: 'ended', status: 'issued' });
    expect(await shop.count('subscriptions', 'user_id = ANY($1)', [refunding.userId, issued.userId])).toBe(2);
  });

  it('of a payment nobody knows is an error', async () => {
    await expect(shop.recordPaid(randomUUID())).rejects.toThrow('does not exist');
  });
});

describe('the money of a renewal', () => {
  const startedWith = async (change = {}) => {
    const userId = await shop.buyer();
    const { subscriptionId } = await shop.issued(userId, change, NOW);
    const renew = (more = {}) => shop.open(userId, { renewsSubscriptionId: subscriptionId, ...more });
    const subscription = async () => (await shop.subscriptions.byId(subscriptionId))!;
    return { userId, subscriptionId, renew, subscription };
  };
  const later = (count: number) => new Date(NOW.getTime() + days(count));

  it('before the end adds to it: days and traffic, on the same account of the panel', async () => {
    const { renew, subscription, subscriptionId } = await startedWith();
    const before = await subscription();
    const { id } = await renew();
    expect(await shop.recordPaid(id, later(10))).toEqual({ decision: 'issue', takeOverAfterMs: null });
    expect(await shop.payments.byId(id)).toMatchObject({ subscriptionId });
    expect(await subscription()).toMatchObject({
      expiresAt: later(60),
      startsAt: NOW,
      trafficGb: 200,
      status: 'active',
      panelUserId: before.panelUserId,
    });
    expect(await shop.row('grant_entries', 'source = $1', id)).toMatchObject({ kind: 'renewal', at: later(10) });
  });

  it('after the end starts now: the gap is not charged, and the panel has to open the account again', async () => {
    const { renew, subscription, subscriptionId } = await startedWith();
    await shop.pool.query(`UPDATE subscriptions SET status = 'expired' WHERE id = $1`, [subscriptionId]);
    await shop.recordPaid((await renew()).id, later(45));
    expect(await subscription()).toMatchObject({ expiresAt: later(75), status: 'pending' });
  });

  it('twice, with other plans and in parallel, adds up whichever came first', async () => {
    const { renew, subscription } = await startedWith();
    const [month, day] = [await renew(), await renew({ planCode: 'day', priceKopecks: 1_000 })];
    await Promise.all([
      shop.recordPaid(month.id, later(1)),
      shop.recordPaid(day.id, later(1)),
      shop.recordPaid(month.id, later(1)),
    ]);
    expect(await subscription()).toMatchObject({ expiresAt: later(61), trafficGb: 205 });
  });

  it('recorded ten times at once adds its days once', async () => {
    const { renew, subscription } = await startedWith();
    const { id } = await renew();
    await Promise.all(times(10, () => shop.recordPaid(id, later(1))));
    expect(await subscription()).toMatchObject({ expiresAt: later(60), trafficGb: 200 });
  });

  const UNLIMITED = { planCode: 'unlimited', priceKopecks: 39_900 };

  it('for unlimited traffic is unlimited at once, for its own days; what was bought by the GB comes after them', async () => {
    const { renew, subscription, subscriptionId } = await startedWith();
    await shop.pool.query(
      `INSERT INTO subscription_usage (subscription_id, used_gb, panel_enabled, panel_active) VALUES ($1, 40.2, true, true)`,
      [subscriptionId],
    );
    await shop.recordPaid((await renew(UNLIMITED)).id, later(10));
    expect(await subscription()).toMatchObject({
      trafficGb: null,
      unlimitedUntil: later(40),
      laterTrafficGb: 60,
      expiresAt: later(60),
    });
    await shop.recordPaid((await renew(UNLIMITED)).id, later(11));
    expect(await subscription()).toMatchObject({ unlimitedUntil: later(70), laterTrafficGb: 60, expiresAt: later(90) });
  });

  it('by the GB of an unlimited one counts when the unlimited days are over: it does not stay unlimited for ever', async () => {
    const { renew, subscription } = await startedWith(UNLIMITED);
    expect(await subscription()).toMatchObject({ trafficGb: null, unlimitedUntil: later(30), laterTrafficGb: 0 });
    await shop.recordPaid((await renew()).id, later(2));
    await shop.recordPaid((await renew({ planCode: 'day', priceKopecks: 1_000 })).id, later(3));
    expect(await subscription()).toMatchObject({
      trafficGb: null,
      unlimitedUntil: later(30),
      laterTrafficGb: 105,
      expiresAt: later(61),
    });
  });

  it('of a subscription that was revoked meanwhile goes back: it has nothing to prolong', async () => {
    const { renew, subscription, subscriptionId } = await startedWith();
    const { id } = await renew();
    await shop.pool.query(`UPDATE subscriptions SET status = 'revoked' WHERE id = $1`, [subscriptionId]);
    expect(await shop.recordPaid(id, later(1))).toEqual({ decision: 'refund', reason: 'subscription-revoked' });
    expect(await subscription()).toMatchObject({ status: 'revoked', expiresAt: later(30) });
    expect(await shop.payments.byId(id)).toMatchObject({ paidAt: later(1) });
    expect(
      await shop.payments.planUndeliveredRefund(id, { reason: 'subscription-revoked', askedBy: 'workflow' }),
    ).toEqual({ outcome: 'planned', attempt: 1 });
    expect(await subscription()).toMatchObject({ status: 'revoked', expiresAt: later(30) });
  });
});

describe('a purchase that was cancelled and replaced', () => {
  it('is paid back when its money comes after all: the buyer has the other one', async () => {
    const user = await shop.buyer();
    const first = await shop.open(user);
    await shop.payments.dismiss(first.id);
    const second = await shop.paid(user, { planCode: 'year', priceKopecks: 159_000 });
    expect(await shop.recordPaid(first.id, NOW)).toEqual({ decision: 'refund', reason: 'replaced' });
    expect(await shop.recordPaid(first.id, NOW)).toEqual({ decision: 'refund', reason: 'replaced' });
    expect(await shop.payments.byId(first.id)).toMatchObject({ paidAt: NOW, subscriptionId: null });
    expect(await shop.count('subscriptions', 'user_id = $1', user)).toBe(1);
    expect(await shop.payments.planUndeliveredRefund(first.id, { reason: 'replaced', askedBy: 'workflow' })).toEqual({
      outcome: 'planned',
      attempt: 1,
    });
    expect(await shop.status(second.id)).toBe('paid');
  });

  it.each<[string, (user: number) => Promise<unknown>]>([
    ['the other one was never paid', (user) => shop.open(user, { planCode: 'year', priceKopecks: 159_000 })],
    [
      'the other one was paid back',
      async (user) =>
        shop.payments.planUndeliveredRefund((await shop.paid(user, { planCode: 'year', priceKopecks: 159_000 })).id, {
          reason: 'test',
          askedBy: 'buyer',
        }),
    ],
    [
      'the other one was somebody else’s',
      async () => shop.paid(await shop.buyer(), { planCode: 'year', priceKopecks: 159_000 }),
    ],
  ])('is honoured when %s', async (_, meanwhile) => {
    const user = await shop.buyer();
    const first = await shop.open(user);
    await shop.payments.dismiss(first.id);
    await meanwhile(user);
    expect((await shop.recordPaid(first.id)).decision).toBe('issue');
  });

  it('is delivered when it was not cancelled, or when the other one had been bought before: they wanted both', async () => {
    const user = await shop.buyer();
    const older = await shop.issued(user, { planCode: 'year', priceKopecks: 159_000 });
    const first = await shop.open(user);
    await shop.payments.dismiss(first.id);
    expect((await shop.recordPaid(first.id)).decision).toBe('issue');
    const third = await shop.open(user, { planCode: 'day', priceKopecks: 1_000 });
    await shop.issued(user, { planCode: 'unlimited', priceKopecks: 39_900 });
    expect((await shop.recordPaid(third.id)).decision).toBe('issue');
    expect(await shop.status(older.id)).toBe('issued');
  });

  it('is honoured when it was the renewal of another subscription: that one they do not have yet', async () => {
    const user = await shop.buyer();
    const [phone, laptop] = [await shop.issued(user, {}, NOW), await shop.issued(user, {}, NOW)];
    const forPhone = await shop.open(user, { renewsSubscriptionId: phone.subscriptionId });
    await shop.payments.dismiss(forPhone.id);
    const forLaptop = await shop.paid(user, { renewsSubscriptionId: laptop.subscriptionId });
    expect(await shop.recordPaid(forPhone.id)).toEqual({ decision: 'issue', takeOverAfterMs: null });
    expect(await shop.payments.byId(forPhone.id)).toMatchObject({ subscriptionId: phone.subscriptionId });
    const again = await shop.open(user, {
      renewsSubscriptionId: laptop.subscriptionId,
      planCode: 'day',
      priceKopecks: 1_000,
    });
    await shop.payments.dismiss(again.id);
    expect(await shop.status(forLaptop.id)).toBe('paid');
    await shop.paid(user, { renewsSubscriptionId: laptop.subscriptionId });
    expect(await shop.recordPaid(again.id)).toEqual({ decision: 'refund', reason: 'replaced' });
  });
});
