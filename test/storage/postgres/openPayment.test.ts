/** What a tap on "Pay" can do to a buyer: one link for one thing, the price they saw, a place that is theirs. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { applyCatalogue } from '../../../src/storage/postgres/applyCatalogue';
import { catalogue, days, outcomes, PRICE, times, useShop } from './shopDatabase';

const shop = useShop();
const outcomeOf = (draft: ReturnType<typeof shop.draft>) => shop.payments.open(draft).then(({ outcome }) => outcome);

describe('a tap on "Pay"', () => {
  it('freezes price, plan and place: what the owner changes later changes nothing for this buyer', async () => {
    const user = await shop.buyer();
    const payment = await shop.open(user);
    const dearer = catalogue();
    dearer.plans[0] = {
      ...dearer.plans[0]!,
      priceKopecks: 99_900,
      days: 7,
      trafficGb: 1,
      name: { ru: 'Другой', en: 'Other' },
    };
    await applyCatalogue(shop.pool, dearer);
    const { subscriptionId } = await shop
      .recordPaid(payment.id)
      .then(() => shop.payments.byId(payment.id))
      .then((found) => found!);
    expect(await shop.payments.byId(payment.id)).toMatchObject({
      priceKopecks: PRICE,
      days: 30,
      trafficGb: 100,
      planName: { en: 'Plan month' },
    });
    expect(await shop.subscriptions.byId(subscriptionId!)).toMatchObject({ trafficGb: 100 });
    await applyCatalogue(shop.pool, catalogue());
  });

  it('twenty taps at once, from any number of replicas, make one payment', async () => {
    const user = await shop.buyer();
    expect(await outcomes(times(20, () => outcomeOf(shop.draft(user))))).toEqual({ created: 1, existing: 19 });
    expect(await shop.count('payments', 'user_id = $1', user)).toBe(1);
    expect(
      await shop.count(
        'payment_events',
        `event = 'confirmed' AND payment_id IN (SELECT id FROM payments WHERE user_id = $1)`,
        user,
      ),
    ).toBe(1);
  });

  it('again while the link can be paid: the same payment, on the screen the buyer looks at now, no longer cancelled', async () => {
    const user = await shop.buyer();
    const payment = await shop.open(user, { screenMessageId: 7 });
    await shop.payments.recordLink(payment.id, {
      yookassaId: `yk-${payment.id}`,
      confirmationUrl: 'https://yookassa.example/pay',
      payableUntil: new Date(),
    });
    await shop.payments.dismiss(payment.id);
    expect((await shop.payments.byId(payment.id))!.dismissedAt).not.toBeNull();
    const again = await shop.payments.open(shop.draft(user, { screenMessageId: 99 }));
    expect(again).toMatchObject({
      outcome: 'existing',
      payment: {
        id: payment.id,
        status: 'pending',
        screenMessageId: 99,
        dismissedAt: null,
        confirmationUrl: 'https://yookassa.example/pay',
      },
    });
    expect((await shop.payments.byId(payment.id))!.dismissedAt).toBeNull();
  });

  it('again without a screen of its own: the screen it had stays', async () => {
    const user = await shop.buyer();
    await shop.open(user, { screenMessageId: 7 });
    expect(await shop.payments.open(shop.draft(user, { screenMessageId: null }))).toMatchObject({
      outcome: 'existing',
      payment: { screenMessageId: 7 },
    });
  });

  it.each(['issued', 'canceled', 'expired', 'refunded'] as const)(
    'again after the first one is %s: a new payment',
    async (end) => {
      const user = await shop.buyer();
      const first = end === 'issued' || end === 'refunded' ? await shop.paid(user) : await shop.open(user);
      if (end === 'issued') await shop.deliver(first.id);
      else if (end === 'refunded')
        await shop.payments.planUndeliveredRefund(first.id, { reason: 'test', askedBy: 'operator:1' });
      else
        await shop.payments.recordLink(first.id, {
          yookassaId: first.id,
          confirmationUrl: null,
          payableUntil: new Date(),
        });
      if (end !== 'issued') expect(await shop.payments.transitionTo(first.id, end, null)).toBe(end);
      expect((await shop.open(user)).id).not.toBe(first.id);
    },
  );

  it('for another plan, or by another person, is another payment', async () => {
    const [one, two] = [await shop.buyer(), await shop.buyer()];
    const ids = [
      await shop.open(one),
      await shop.open(one, { planCode: 'year', priceKopecks: 159_000 }),
      await shop.open(two),
    ].map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
  });

  it('under an id that is taken changes nothing of the payment that has it', async () => {
    const [one, two] = [await shop.buyer(), await shop.buyer()];
    const { id } = await shop.open(one);
    await expect(shop.payments.open(shop.draft(two, { paymentId: id }))).rejects.toThrow();
    expect(await shop.payments.byId(id)).toMatchObject({ userId: one });
  });

  it('of somebody the shop has never met writes nothing', async () => {
    await expect(shop.payments.open(shop.draft(4_000_000_000))).rejects.toThrow();
    expect(await shop.count('payments', 'user_id = $1', 4_000_000_000)).toBe(0);
  });
});

describe('what is not on sale is not sold', () => {
  it('a plan that costs something else by now: the buyer sees the new price first', async () => {
    const user = await shop.buyer();
    for (const priceKopecks of [PRICE - 1, 1, 0, -PRICE]) {
      expect(await shop.payments.open(shop.draft(user, { priceKopecks }))).toEqual({
        outcome: 'price-changed',
        priceKopecks: PRICE,
      });
    }
    expect(await shop.count('payments', 'user_id = $1', user)).toBe(0);
  });

  it.each([
    ['an unknown plan', { planCode: 'free' }],
    ['an unknown location', { locationCode: 'zz' }],
    ['an unknown server', { serverCode: 'zz-1' }],
    ['a server of another location', { locationCode: 'nl', serverCode: 'de-1' }],
    ['an unknown subscription', { renewsSubscriptionId: randomUUID() }],
  ])('%s', async (_, change) => {
    const user = await shop.buyer();
    expect(await shop.payments.open(shop.draft(user, change))).toEqual({ outcome: 'unavailable' });
    expect(await shop.count('payments', 'user_id = $1', user)).toBe(0);
  });

  it('a plan, a server or a location that the owner has retired', async () => {
    const user = await shop.buyer();
    const { subscriptionId } = await shop.issued(user, { serverCode: 'nl-1' });
    const without = catalogue();
    without.servers = without.servers.filter(({ code }) => code !== 'nl-1');
    without.plans = without.plans.filter(({ code }) => code !== 'year');
    without.locations[1] = { ...without.locations[1]!, active: false };
    await applyCatalogue(shop.pool, without);
    expect(await outcomeOf(shop.draft(user, { planCode: 'year', priceKopecks: 159_000 }))).toBe('unavailable');
    expect(await outcomeOf(shop.draft(user, { serverCode: 'nl-1' }))).toBe('unavailable');
    expect(await outcomeOf(shop.draft(user, { locationCode: 'de' }))).toBe('unavailable');
    expect(await outcomeOf(shop.draft(user, { renewsSubscriptionId: subscriptionId }))).toBe('unavailable');
    await applyCatalogue(shop.pool, catalogue());
  });
});

describe('places', () => {
  const freeIn = async (location: string) =>
    Object.fromEntries(
      (await shop.catalogue.activeServers(location)).map(({ code, freePlaces }) => [code, freePlaces]),
    );

  it('the last one, with ten buyers at once: exactly one gets it, and it is free again when they do not pay', async () => {
    const buyers = await Promise.all(times(10, () => shop.buyer()));
    expect(await outcomes(buyers.map((user) => outcomeOf(shop.draft(user, { locationCode: 'fi' }))))).toEqual({
      created: 1,
      full: 9,
    });
    expect(await freeIn('fi')).toEqual({ 'fi-1': 0 });
    const taken = await shop.row('payments', `location_code = 'fi' AND status = 'created'`);
    await shop.payments.transitionTo(taken['id'], 'canceled', 'test');
    expect(await freeIn('fi')).toEqual({ 'fi-1': 1 });
  });

  it('the last one is held by the link, then by the subscription, until it ends or the money goes back', async () => {
    const [one, two] = [await shop.buyer(), await shop.buyer()];
    const payment = await shop.open(one, { locationCode: 'fi', serverCode: 'fi-1' });
    const another = () => outcomeOf(shop.draft(two, { locationCode: 'fi' }));
    expect(await another()).toBe('full');
    await shop.recordPaid(payment.id);
    expect(await another()).toBe('full');
    expect(await freeIn('fi')).toEqual({ 'fi-1': 0 });
    await shop.payments.planUndeliveredRefund(payment.id, { reason: 'test', askedBy: 'buyer' });
    expect(await another()).toBe('created');
    const [opened] = await shop.payments.ofUser(two, 1);
    await shop.payments.transitionTo(opened!.id, 'canceled', 'test');
  });

  it('the last one, given back by a subscription that ended: its renewal is refused once another buyer has it, and holds it when it does not', async () => {
    const [one, two] = [await shop.buyer(), await shop.buyer()];
    const { subscriptionId } = await shop.issued(one, { locationCode: 'fi', serverCode: 'fi-1' });
    await shop.pool.query(`UPDATE subscriptions SET status = 'expired' WHERE id = $1`, [subscriptionId]);
    const renew = () => outcomeOf(shop.draft(one, { renewsSubscriptionId: subscriptionId }));
    const other = await shop.open(two, { locationCode: 'fi' });
    expect(await renew()).toBe('full');
    await shop.payments.transitionTo(other.id, 'canceled', 'test');
    // Both want it at this moment: one link, whoever is first.
    expect(await outcomes([renew(), outcomeOf(shop.draft(two, { locationCode: 'fi' }))])).toEqual({
      created: 1,
      full: 1,
    });
    await shop.pool.query(`UPDATE payments SET status = 'canceled' WHERE location_code = 'fi' AND status = 'created'`);
    expect(await renew()).toBe('created');
    expect(await freeIn('fi')).toEqual({ 'fi-1': 0 });
    await shop.pool.query(`UPDATE payments SET status = 'canceled' WHERE location_code = 'fi' AND status = 'created'`);
  });

  it('of a living subscription: its renewal takes no second place', async () => {
    const user = await shop.buyer();
    const { subscriptionId } = await shop.issued(user, { locationCode: 'fi', serverCode: 'fi-1' });
    expect(await freeIn('fi')).toEqual({ 'fi-1': 0 });
    expect(await outcomeOf(shop.draft(user, { renewsSubscriptionId: subscriptionId }))).toBe('created');
    expect(await freeIn('fi')).toEqual({ 'fi-1': 0 });
    await shop.pool.query(`UPDATE payments SET status = 'canceled' WHERE location_code = 'fi' AND status = 'created'`);
    await shop.pool.query(`UPDATE subscriptions SET status = 'revoked' WHERE id = $1`, [subscriptionId]);
  });

  it('"choose for me" never picks a full server, and freezes which one it is', async () => {
    const limited = catalogue();
    limited.servers[1] = { ...limited.servers[1]!, capacity: 2 };
    limited.servers[2] = { ...limited.servers[2]!, capacity: 3 };
    await applyCatalogue(shop.pool, limited);
    const chosen: (string | null)[] = [];
    for (let sold = 0; sold < 5; sold += 1)
      chosen.push((await shop.open(await shop.buyer(), { locationCode: 'de' })).serverCode);
    expect(chosen.toSorted()).toEqual(['de-1', 'de-1', 'de-2', 'de-2', 'de-2']);
    expect(await outcomeOf(shop.draft(await shop.buyer(), { locationCode: 'de' }))).toBe('full');
    await shop.pool.query(`UPDATE payments SET status = 'canceled' WHERE location_code = 'de'`);
    await applyCatalogue(shop.pool, catalogue());
  });

  it('a renewal needs no new one: the buyer of the last place can prolong it', async () => {
    const user = await shop.buyer();
    const { subscriptionId } = await shop.issued(user, { locationCode: 'fi' });
    expect(await outcomeOf(shop.draft(user, { renewsSubscriptionId: subscriptionId }))).toBe('created');
    expect(await freeIn('fi')).toEqual({ 'fi-1': 0 });
    await shop.pool.query(`UPDATE subscriptions SET status = 'expired' WHERE server_code = 'fi-1'`);
  });
});

describe('a renewal', () => {
  it('stays where the key is, whatever location the button claimed', async () => {
    const user = await shop.buyer();
    const { subscriptionId } = await shop.issued(user, { locationCode: 'de', serverCode: 'de-2' });
    expect(
      await shop.open(user, { renewsSubscriptionId: subscriptionId, locationCode: 'nl', serverCode: 'nl-1' }),
    ).toMatchObject({ locationCode: 'de', serverCode: 'de-2' });
  });

  it("of somebody else's subscription is refused", async () => {
    const [owner, stranger] = [await shop.buyer(), await shop.buyer()];
    const { subscriptionId } = await shop.issued(owner);
    expect(await outcomeOf(shop.draft(stranger, { renewsSubscriptionId: subscriptionId }))).toBe('unavailable');
    expect(await shop.count('payments', 'user_id = $1', stranger)).toBe(0);
  });

  it('of one whose money went back is refused', async () => {
    const user = await shop.buyer();
    const { id, subscriptionId } = await shop.paid(user);
    await shop.payments.planUndeliveredRefund(id, { reason: 'test', askedBy: 'buyer' });
    expect(await outcomeOf(shop.draft(user, { renewsSubscriptionId: subscriptionId }))).toBe('unavailable');
  });

  it('of one that was never delivered is refused: its own money may still go back, and would take this one along', async () => {
    const user = await shop.buyer();
    const { id, subscriptionId } = await shop.paid(user);
    expect(await outcomeOf(shop.draft(user, { renewsSubscriptionId: subscriptionId }))).toBe('unavailable');
    await shop.deliver(id);
    expect(await outcomeOf(shop.draft(user, { renewsSubscriptionId: subscriptionId }))).toBe('created');
  });

  it('and a new purchase of the same plan are two payments; two taps on the same renewal are one', async () => {
    const user = await shop.buyer();
    const { subscriptionId } = await shop.issued(user);
    const renew = () => outcomeOf(shop.draft(user, { renewsSubscriptionId: subscriptionId }));
    expect(
      await outcomes([renew(), renew(), renew(), outcomeOf(shop.draft(user)), outcomeOf(shop.draft(user))]),
    ).toEqual({ created: 2, existing: 3 });
  });
});

it('a tap and the money of the same buyer at the same moment do not stand in each other’s way', async () => {
  const failures: unknown[] = [];
  for (let round = 0; round < 15; round += 1) {
    const user = await shop.buyer();
    const { id } = await shop.open(user);
    const raced = await Promise.allSettled([
      shop.payments.open(shop.draft(user)),
      shop.recordPaid(id),
      shop.payments.open(shop.draft(user)),
    ]);
    failures.push(...raced.filter((one) => one.status === 'rejected').map(({ reason }) => String(reason)));
    expect(await shop.status(id)).toBe('paid');
  }
  expect(failures).toEqual([]);
});

describe('a renewal beyond what panels count', () => {
  const renewalOf = async (change: { days?: number; trafficGb?: number }) => {
    const userId = await shop.buyer();
    const { subscriptionId } = await shop.issued(userId);
    const end = new Date(Date.now() + days(change.days ?? 1));
    await shop.pool.query('UPDATE subscriptions SET expires_at = $2, traffic_gb = $3 WHERE id = $1', [
      subscriptionId,
      end,
      change.trafficGb ?? 100,
    ]);
    const open = (plan: object) =>
      shop.payments.open(shop.draft(userId, { renewsSubscriptionId: subscriptionId, ...plan }));
    return { subscriptionId, month: () => open({}), day: () => open({ planCode: 'day', priceKopecks: 1_000 }) };
  };

  it('of days is not sold', async () => {
    expect((await (await renewalOf({ days: 9_930 })).month()).outcome).toBe('limit-reached');
    expect((await (await renewalOf({ days: 9_919 })).month()).outcome).toBe('created');
  });

  it('of traffic is not sold', async () => {
    expect((await (await renewalOf({ trafficGb: 999_900 })).month()).outcome).toBe('limit-reached');
    expect((await (await renewalOf({ trafficGb: 999_899 })).month()).outcome).toBe('created');
  });

  it('together with another one whose link can still be paid is not sold either', async () => {
    const { month, day } = await renewalOf({ trafficGb: 999_899 });
    expect((await month()).outcome).toBe('created');
    expect((await day()).outcome).toBe('limit-reached');
  });
});
