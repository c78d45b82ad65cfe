/** Key or money back, never both and never neither: deliveries, refunds and changes of server, also all at once. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { applyCatalogue } from '../../../src/storage/postgres/applyCatalogue';
import { createPaymentsRepository } from '../../../src/storage/postgres/payments';
import { createPool } from '../../../src/storage/postgres/pool';
import { catalogue, days, outcomes, times, useShop } from './shopDatabase';

const shop = useShop();
const NOW = new Date('2026-03-01T10:00:00Z');
const later = (count: number) => new Date(NOW.getTime() + days(count));
const subscriptionOf = async (id: string) => (await shop.subscriptions.byId(id))!;

describe('a delivery', () => {
  it('that the panel has confirmed ends the payment and opens the subscription', async () => {
    const { id, subscriptionId } = await shop.paid(await shop.buyer(), {}, NOW);
    expect(await shop.deliver(id)).toBe('issued');
    expect(await shop.payments.byId(id)).toMatchObject({ status: 'issued', reason: null, endedAt: expect.any(Date) });
    expect(await shop.row('subscriptions', 'id = $1', subscriptionId)).toMatchObject({
      status: 'active',
      panel_expires_at: later(30),
      delivered_at: expect.any(Date),
    });
  });

  it('confirmed again, or ten times at once, stays one delivery', async () => {
    const { id } = await shop.paid(await shop.buyer());
    expect(await outcomes(times(10, () => shop.deliver(id)))).toEqual({ issued: 10 });
    expect(await shop.count('payment_events', `payment_id = $1 AND event = 'delivered'`, id)).toBe(1);
  });

  it('ends the payment also after it was called delayed, and clears the reason', async () => {
    const { id } = await shop.paid(await shop.buyer());
    await shop.payments.transitionTo(id, 'delayed', 'panel-unavailable');
    expect(await shop.deliver(id)).toBe('issued');
    expect(await shop.payments.byId(id)).toMatchObject({ status: 'issued', reason: null });
  });

  it('of a state that is old by now is stale: prolonged or moved meanwhile, the panel has to be told again', async () => {
    const user = await shop.buyer();
    const first = await shop.issued(user, {}, NOW);
    const told = await subscriptionOf(first.subscriptionId);
    const renewal = await shop.paid(user, { renewsSubscriptionId: first.subscriptionId }, later(1));
    const renewed = { ...told, expiresAt: later(60), trafficGb: 200 };
    expect(await shop.payments.recordDelivered(renewal.id, told)).toBe('stale');
    expect(await shop.payments.recordDelivered(renewal.id, { ...renewed, serverCode: 'de-1' })).toBe('stale');
    expect(await shop.payments.recordDelivered(renewal.id, { ...renewed, trafficGb: 100 })).toBe('stale');
    expect(await shop.status(renewal.id)).toBe('paid');
    expect(await shop.payments.recordDelivered(renewal.id, renewed)).toBe('issued');
  });

  it('after another attempt has delivered it, is "issued" only of the state that was delivered', async () => {
    const { id, subscriptionId } = await shop.issued(await shop.buyer());
    const told = await subscriptionOf(subscriptionId);
    expect(await shop.payments.recordDelivered(id, told)).toBe('issued');
    expect(await shop.payments.recordDelivered(id, { ...told, serverCode: 'de-1' })).toBe('stale');
    expect(await shop.payments.recordDelivered(id, { ...told, expiresAt: later(99) })).toBe('stale');
    expect(await shop.payments.recordDelivered(id, { ...told, trafficGb: null })).toBe('stale');
    await shop.pool.query(`UPDATE subscriptions SET status = 'expired' WHERE id = $1`, [subscriptionId]);
    expect(await shop.payments.recordDelivered(id, told)).toBe('stale');
  });

  it.each(['created', 'pending', 'guarding', 'canceled', 'expired', 'refunding', 'refunded'])(
    'of a payment that is %s is lost: it does not count',
    async (status) => {
      const { id, subscriptionId } = await shop.paid(await shop.buyer());
      await shop.pool.query('UPDATE payments SET status = $2 WHERE id = $1', [id, status]);
      expect(await shop.deliver(id)).toBe('too-late');
      expect(await subscriptionOf(subscriptionId)).toMatchObject({ status: 'pending' });
      expect(await shop.status(id)).toBe(status);
    },
  );
});

describe('a refund', () => {
  it('planned revokes what the money bought, for the panel too, and of the whole amount', async () => {
    const { id, subscriptionId, priceKopecks } = await shop.paid(await shop.buyer());
    expect(await shop.payments.planUndeliveredRefund(id, { reason: 'panel-unavailable', askedBy: 'deadline' })).toEqual(
      { outcome: 'planned', attempt: 1 },
    );
    expect(await shop.payments.byId(id)).toMatchObject({
      status: 'refunding',
      reason: 'panel-unavailable',
      endedAt: null,
    });
    const { panelUserId, status } = await subscriptionOf(subscriptionId);
    expect(status).toBe('revoked');
    expect(await shop.revocations.unconfirmedOf(id)).toMatchObject([{ serverCode: 'nl-1', panelUserId }]);
    expect(await shop.payments.refunds.newest(id)).toEqual({
      id: expect.any(String),
      paymentId: id,
      attempt: 1,
      amountKopecks: priceKopecks,
      reason: 'panel-unavailable',
      askedBy: 'deadline',
      byOtherMeans: false,
      managedBy: 'payment',
      requestId: null,
      provider: 'yookassa',
      providerRef: null,
      ofProviderRef: null,
      status: 'planned',
      createdAt: expect.any(Date),
      endedAt: null,
      completedAt: null,
      replaces: null,
      receiptRegistration: null,
    });
  });

  it('planned again, by others and ten times at once, stays one refund of one amount', async () => {
    const { id } = await shop.paid(await shop.buyer());
    expect(
      await outcomes(
        times(10, (n) =>
          shop.payments
            .planUndeliveredRefund(id, { reason: `reason-${n}`, askedBy: `operator:${n}`, amountKopecks: 100 + n })
            .then((planned) => JSON.stringify(planned)),
        ),
      ),
    ).toEqual({ '{"outcome":"planned","attempt":1}': 10 });
    expect(await shop.count('refunds', 'payment_id = $1', id)).toBe(1);
    expect(await shop.count('access_revocations', 'payment_id = $1', id)).toBe(1);
    expect(await shop.count('payment_events', `payment_id = $1 AND event = 'refund-decided'`, id)).toBe(1);
  });

  it('of money that was not the price gives back exactly what came', async () => {
    const { id } = await shop.open(await shop.buyer());
    expect(
      await shop.payments.planUndeliveredRefund(id, {
        reason: 'wrong-amount',
        askedBy: 'deadline',
        amountKopecks: 12_345,
      }),
    ).toEqual({ outcome: 'planned', attempt: 1 });
    expect(await shop.payments.refunds.newest(id)).toMatchObject({ amountKopecks: 12_345 });
    expect(await shop.revocations.unconfirmedOf(id)).toEqual([]);
  });

  it('comes too late for a delivered purchase, and has nothing to do for one that ended unpaid', async () => {
    const issued = await shop.issued(await shop.buyer());
    expect(await shop.payments.planUndeliveredRefund(issued.id, { reason: 'test', askedBy: 'buyer' })).toEqual({
      outcome: 'ended',
      status: 'issued',
    });
    expect(await subscriptionOf(issued.subscriptionId)).toMatchObject({ status: 'active' });
    const unpaid = await shop.open(await shop.buyer());
    await shop.payments.transitionTo(unpaid.id, 'canceled', 'test');
    expect(await shop.payments.planUndeliveredRefund(unpaid.id, { reason: 'test', askedBy: 'buyer' })).toEqual({
      outcome: 'ended',
      status: 'canceled',
    });
    expect(await shop.count('refunds', 'payment_id = ANY($1)', [issued.id, unpaid.id])).toBe(0);
  });

  it('of a payment nobody knows is an error', async () => {
    await expect(
      shop.payments.planUndeliveredRefund(randomUUID(), { reason: 'test', askedBy: 'buyer' }),
    ).rejects.toThrow('does not exist');
  });
});

describe('the panel and a refund at the same moment', () => {
  it('exactly one of them wins, every time, and every row agrees with it', async () => {
    const won: Record<string, number> = { issued: 0, refunding: 0 };
    for (let round = 0; round < 30; round += 1) {
      const { id, subscriptionId } = await shop.paid(await shop.buyer());
      const told = await subscriptionOf(subscriptionId);
      const deliver = () => shop.payments.recordDelivered(id, told);
      const refund = async () => {
        const planned = await shop.payments.planUndeliveredRefund(id, { reason: 'race', askedBy: 'buyer' });
        return planned.outcome === 'planned' ? 'refunding' : planned.status;
      };
      // Whoever is called first has the better chance, so they take turns.
      const calls = round % 2 === 0 ? [deliver, refund, deliver] : [refund, deliver, deliver];
      const answers = await Promise.all(calls.map((call) => call()));
      const status = await shop.status(id);
      won[status] = (won[status] ?? 0) + 1;
      const key = status === 'issued';
      expect(answers.toSorted()).toEqual(key ? ['issued', 'issued', 'issued'] : ['refunding', 'too-late', 'too-late']);
      expect((await subscriptionOf(subscriptionId)).status).toBe(key ? 'active' : 'revoked');
      expect(await shop.count('refunds', 'payment_id = $1', id)).toBe(key ? 0 : 1);
      expect(await shop.revocations.unconfirmedOf(id)).toHaveLength(key ? 0 : 1);
    }
    expect((won['issued'] ?? 0) + (won['refunding'] ?? 0)).toBe(30);
  });

  it('with a renewal and a move of server in the middle nothing is lost either', async () => {
    for (let round = 0; round < 15; round += 1) {
      const { id, subscriptionId } = await shop.paid(await shop.buyer(), { locationCode: 'de', serverCode: 'de-1' });
      const told = await subscriptionOf(subscriptionId);
      const [delivered, moved, refunded] = await Promise.all([
        shop.payments.recordDelivered(id, told),
        shop.payments.changeServer(id, randomUUID()),
        shop.payments.planUndeliveredRefund(id, { reason: 'race', askedBy: 'buyer' }),
      ]);
      const [status, after] = [await shop.status(id), await subscriptionOf(subscriptionId)];
      if (delivered === 'issued')
        expect({ status, refunded, moved, server: after.serverCode, sub: after.status }).toEqual({
          status: 'issued',
          refunded: { outcome: 'ended', status: 'issued' },
          moved: false,
          server: 'de-1',
          sub: 'active',
        });
      else
        expect({ status, refunded, sub: after.status }).toEqual({
          status: 'refunding',
          refunded: { outcome: 'planned', attempt: 1 },
          sub: 'revoked',
        });
      const servers = (await shop.revocations.unconfirmedOf(id)).map(({ serverCode }) => serverCode).toSorted();
      expect(servers).toEqual(status === 'issued' ? [] : moved ? ['de-1', 'de-2'] : ['de-1']);
      await shop.pool.query(`UPDATE subscriptions SET status = 'revoked' WHERE id = $1`, [subscriptionId]);
    }
  });
});

describe('a renewal that is paid back', () => {
  const renewed = async (change: object, base: object = {}) => {
    const user = await shop.buyer();
    const first = await shop.issued(user, base, NOW);
    const renewal = await shop.paid(user, { renewsSubscriptionId: first.subscriptionId, ...change }, later(10));
    return { user, first, renewal, subscriptionId: first.subscriptionId };
  };

  it('leaves the subscription as it was before it', async () => {
    const { renewal, subscriptionId } = await renewed({});
    await shop.payments.planUndeliveredRefund(renewal.id, { reason: 'test', askedBy: 'buyer' });
    expect(await subscriptionOf(subscriptionId)).toMatchObject({
      expiresAt: later(30),
      trafficGb: 100,
      status: 'active',
      planCode: 'month',
    });
    expect(await shop.revocations.unconfirmedOf(renewal.id)).toHaveLength(1);
  });

  it('keeps the days and the traffic of another renewal made since then, whichever of them goes back', async () => {
    const { user, renewal, subscriptionId } = await renewed({});
    const day = await shop.paid(
      user,
      { renewsSubscriptionId: subscriptionId, planCode: 'day', priceKopecks: 1_000 },
      later(11),
    );
    expect(await subscriptionOf(subscriptionId)).toMatchObject({ expiresAt: later(61), trafficGb: 205 });
    await shop.payments.planUndeliveredRefund(renewal.id, { reason: 'test', askedBy: 'buyer' });
    expect(await subscriptionOf(subscriptionId)).toMatchObject({
      expiresAt: later(31),
      trafficGb: 105,
      planCode: 'day',
    });
    await shop.payments.planUndeliveredRefund(day.id, { reason: 'test', askedBy: 'buyer' });
    expect(await subscriptionOf(subscriptionId)).toMatchObject({
      expiresAt: later(30),
      trafficGb: 100,
      planCode: 'month',
    });
  });

  it('of an unlimited subscription leaves it unlimited', async () => {
    const unlimited = { planCode: 'unlimited', priceKopecks: 39_900 };
    const { renewal, subscriptionId } = await renewed(unlimited, unlimited);
    await shop.payments.planUndeliveredRefund(renewal.id, { reason: 'test', askedBy: 'buyer' });
    expect(await subscriptionOf(subscriptionId)).toMatchObject({ trafficGb: null, expiresAt: later(30) });
  });

  it('with a limit, of an unlimited subscription, leaves it unlimited', async () => {
    const { renewal, subscriptionId } = await renewed({}, { planCode: 'unlimited', priceKopecks: 39_900 });
    await shop.payments.planUndeliveredRefund(renewal.id, { reason: 'test', askedBy: 'buyer' });
    expect(await subscriptionOf(subscriptionId)).toMatchObject({ trafficGb: null, planCode: 'unlimited' });
  });

  it('without a limit, of a limited subscription, gives its limit back', async () => {
    const { renewal, subscriptionId } = await renewed({ planCode: 'unlimited', priceKopecks: 39_900 });
    expect(await subscriptionOf(subscriptionId)).toMatchObject({ trafficGb: null });
    await shop.payments.planUndeliveredRefund(renewal.id, { reason: 'test', askedBy: 'buyer' });
    expect(await subscriptionOf(subscriptionId)).toMatchObject({ trafficGb: 100, planCode: 'month' });
  });

  it('of an expired subscription leaves it expired, as soon as its days are gone', async () => {
    const user = await shop.buyer();
    const first = await shop.issued(user, {}, new Date(Date.now() - days(40)));
    await shop.pool.query(`UPDATE subscriptions SET status = 'expired' WHERE id = $1`, [first.subscriptionId]);
    const renewal = await shop.paid(
      user,
      { renewsSubscriptionId: first.subscriptionId },
      new Date(Date.now() - 60_000),
    );
    expect(await subscriptionOf(first.subscriptionId)).toMatchObject({ status: 'pending' });
    await shop.payments.planUndeliveredRefund(renewal.id, { reason: 'test', askedBy: 'deadline' });
    const after = await subscriptionOf(first.subscriptionId);
    expect(after.status).toBe('expired');
    expect(after.expiresAt.getTime()).toBeLessThanOrEqual(Date.now());
  });

  it('takes exactly its days, also across a change of clocks in the database’s time zone', async () => {
    const user = await shop.buyer();
    const { subscriptionId } = await shop.issued(user, {}, NOW);
    const renewal = await shop.paid(user, { renewsSubscriptionId: subscriptionId }, NOW);
    await shop.pool.query(
      `ALTER DATABASE "${new URL(shop.database.url).pathname.slice(1)}" SET TimeZone = 'Europe/Berlin'`,
    );
    const abroad = createPool(shop.database.url, { onError: () => undefined });
    try {
      await createPaymentsRepository(abroad).planUndeliveredRefund(renewal.id, { reason: 'test', askedBy: 'buyer' });
    } finally {
      await abroad.end();
      await shop.pool.query(`ALTER DATABASE "${new URL(shop.database.url).pathname.slice(1)}" RESET TimeZone`);
    }
    expect(await subscriptionOf(subscriptionId)).toMatchObject({ expiresAt: later(30) });
  });

  it('while another one is paid: both in any order end at the same day', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { user, renewal, subscriptionId } = await renewed({});
      const other = await shop.open(user, {
        renewsSubscriptionId: subscriptionId,
        planCode: 'day',
        priceKopecks: 1_000,
      });
      await Promise.all([
        shop.payments.planUndeliveredRefund(renewal.id, { reason: 'race', askedBy: 'buyer' }),
        shop.recordPaid(other.id, later(11)),
      ]);
      expect(await subscriptionOf(subscriptionId)).toMatchObject({ expiresAt: later(31), trafficGb: 105 });
    }
  });
});

describe('another server', () => {
  it('is one of the same location with room; the half-made account on the old one will be cleared', async () => {
    const { id, subscriptionId } = await shop.paid(await shop.buyer(), { locationCode: 'de', serverCode: 'de-1' });
    expect(await shop.payments.changeServer(id, randomUUID())).toBe(true);
    const { serverCode, panelUserId } = await subscriptionOf(subscriptionId);
    expect(serverCode).toBe('de-2');
    expect(await shop.payments.byId(id)).toMatchObject({ serverCode: 'de-2', status: 'paid' });
    expect(await shop.revocations.unconfirmedOf(id)).toMatchObject([{ serverCode: 'de-1', panelUserId }]);
    expect(
      await shop.payments.recordDelivered(id, { ...(await subscriptionOf(subscriptionId)), serverCode: 'de-1' }),
    ).toBe('stale');
  });

  it('is found again by the same request, whose answer was lost, and asked for once more by another', async () => {
    const { id, subscriptionId } = await shop.paid(await shop.buyer(), { locationCode: 'de', serverCode: 'de-1' });
    const request = randomUUID();
    for (let times = 0; times < 2; times += 1) {
      const attempts = [1, 2, 3].map(() => shop.payments.changeServer(id, request));
      expect(await outcomes(attempts)).toEqual({ true: 3 });
    }
    expect(await subscriptionOf(subscriptionId)).toMatchObject({ serverCode: 'de-2' });
    expect((await shop.payments.byId(id))!.reason).toBeNull();
    const events = await shop.payments.events(id);
    expect(events.filter(({ event }) => event === 'server-changed')).toHaveLength(1);
    expect(await shop.payments.changeServer(id, randomUUID())).toBe(false);
  });

  it('is not one that was tried before: then there is none, and the screen is told why', async () => {
    const { id } = await shop.paid(await shop.buyer(), { locationCode: 'de', serverCode: 'de-1' });
    expect(await shop.payments.changeServer(id, randomUUID())).toBe(true);
    for (const revocation of await shop.revocations.unconfirmedOf(id)) await shop.revocations.confirmed(revocation);
    await shop.payments.transitionTo(id, 'delayed', 'panel-refuses');
    // What is wrong with this server stays known, however often another one is asked for.
    for (let asked = 0; asked < 2; asked += 1) {
      expect(await shop.payments.changeServer(id, randomUUID())).toBe(false);
      expect(await shop.payments.byId(id)).toMatchObject({
        serverCode: 'de-2',
        reason: 'panel-refuses:no-other-server',
      });
    }
  });

  it('is not a full one', async () => {
    const full = catalogue();
    full.servers[2] = { ...full.servers[2]!, capacity: 0 };
    await applyCatalogue(shop.pool, full);
    const { id } = await shop.paid(await shop.buyer(), { locationCode: 'de', serverCode: 'de-1' });
    expect(await shop.payments.changeServer(id, randomUUID())).toBe(false);
    expect(await shop.payments.byId(id)).toMatchObject({ serverCode: 'de-1' });
    await applyCatalogue(shop.pool, catalogue());
  });

  it('is not for a renewal, nor for what is delivered, on its way back or not paid', async () => {
    const user = await shop.buyer();
    const issued = await shop.issued(user, { locationCode: 'de', serverCode: 'de-1' });
    const renewal = await shop.paid(user, { renewsSubscriptionId: issued.subscriptionId });
    const refunding = await shop.paid(await shop.buyer(), { locationCode: 'de', serverCode: 'de-1' });
    await shop.payments.planUndeliveredRefund(refunding.id, { reason: 'test', askedBy: 'buyer' });
    const unpaid = await shop.open(await shop.buyer(), { locationCode: 'de', serverCode: 'de-1' });
    for (const { id } of [issued, renewal, refunding, unpaid])
      expect(await shop.payments.changeServer(id, randomUUID())).toBe(false);
    expect(
      await shop.count('subscriptions', `server_code = 'de-1' AND id = ANY($1)`, [
        issued.subscriptionId,
        refunding.subscriptionId,
      ]),
    ).toBe(2);
  });

  it('its last place goes to one of two buyers who both ask for it', async () => {
    const tight = catalogue();
    tight.servers[2] = {
      ...tight.servers[2]!,
      capacity: 1 + (await shop.count('subscriptions', `server_code = 'de-2' AND status IN ('pending', 'active')`)),
    };
    await applyCatalogue(shop.pool, tight);
    const two = [
      await shop.paid(await shop.buyer(), { locationCode: 'de', serverCode: 'de-1' }),
      await shop.paid(await shop.buyer(), { locationCode: 'de', serverCode: 'de-1' }),
    ];
    expect(await outcomes(two.map(({ id }) => shop.payments.changeServer(id, randomUUID())))).toEqual({
      true: 1,
      false: 1,
    });
    await applyCatalogue(shop.pool, catalogue());
  });
});
