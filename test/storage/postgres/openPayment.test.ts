/** A tap on "Pay" gives one link per order, the price that the buyer saw, and a reserved place on the server. */
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createAuditRepository } from '../../../src/storage/postgres/audit';
import type { PurchaseDraft } from '../../../src/storage/postgres/payments';
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
      providerRef: `yk-${payment.id}`,
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
        providerAccount: null,
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
          providerRef: first.id,
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

describe('an open order that is another than the one confirmed', () => {
  const cheaper = { priceKopecks: 9_900 };
  const changedPlan = async (change: Partial<ReturnType<typeof catalogue>['plans'][number]>) => {
    const changed = catalogue();
    changed.plans[0] = { ...changed.plans[0]!, ...change };
    await applyCatalogue(shop.pool, changed);
  };
  afterEach(async () => {
    await applyCatalogue(shop.pool, catalogue());
    await shop.pool.query(`UPDATE payments SET status = 'canceled' WHERE status IN ('created', 'pending', 'guarding')`);
  });

  /** What the order was for, what is confirmed now, and what the owner changed in between. */
  const differences: [string, Partial<PurchaseDraft>, Partial<PurchaseDraft>, object][] = [
    ['another location', { locationCode: 'nl' }, { locationCode: 'de' }, {}],
    ['another server', { locationCode: 'de', serverCode: 'de-1' }, { locationCode: 'de', serverCode: 'de-2' }, {}],
    [
      'any server instead of one',
      { locationCode: 'de', serverCode: 'de-1' },
      { locationCode: 'de', serverCode: null },
      {},
    ],
    ['a price that fell', {}, cheaper, cheaper],
    ['more days at the same price', {}, { days: 60 }, { days: 60 }],
    ['more traffic at the same price', {}, { trafficGb: 200 }, { trafficGb: 200 }],
    ['no limit instead of one', {}, { trafficGb: null }, { trafficGb: null }],
  ];

  /** How an order looks that is what was confirmed. */
  const asConfirmed = ({ serverCode, ...rest }: Partial<PurchaseDraft>) => ({
    ...rest,
    ...(serverCode === undefined ? {} : { chosenServerCode: serverCode }),
  });

  it.each(differences)('%s: nothing is opened, the buyer is asked', async (_, ordered, confirmed, change) => {
    const user = await shop.buyer();
    const first = await shop.open(user, ordered);
    await changedPlan(change);
    const draft = shop.draft(user, { screenMessageId: 99, ...confirmed });
    const before = await shop.payments.byId(first.id);
    expect(await shop.payments.open(draft)).toEqual({ outcome: 'other-open', payment: before });
    expect(await shop.payments.byId(first.id)).toEqual(before);
    expect(await shop.count('payments', 'user_id = $1', user)).toBe(1);
    // Dismissed: exactly what was confirmed is opened, and the other one is cancelled.
    const second = await shop.payments.open({ ...draft, dismissedOrderId: first.id });
    expect(second).toMatchObject({
      outcome: 'created',
      payment: { id: draft.paymentId, ...asConfirmed(confirmed), dismissedAt: null },
    });
    expect((await shop.payments.byId(first.id))!.dismissedAt).not.toBeNull();
  });

  it.each(differences)(
    '%s, after a cancel whose link lives: the new one is made',
    async (_, ordered, confirmed, change) => {
      const user = await shop.buyer();
      const first = await shop.open(user, ordered);
      await shop.payments.dismiss(first.id);
      await changedPlan(change);
      const draft = shop.draft(user, confirmed);
      expect(await shop.payments.open(draft)).toMatchObject({
        outcome: 'created',
        payment: { id: draft.paymentId, ...asConfirmed(confirmed) },
      });
      expect((await shop.payments.byId(first.id))!.dismissedAt).not.toBeNull();
    },
  );

  it('a server that "choose for me" had chosen is what the buyer confirms when they name it', async () => {
    const user = await shop.buyer();
    const first = await shop.open(user, { locationCode: 'nl', serverCode: null });
    expect(await shop.payments.open(shop.draft(user, { locationCode: 'nl', serverCode: 'nl-1' }))).toMatchObject({
      outcome: 'existing',
      payment: { id: first.id, chosenServerCode: 'nl-1' },
    });
  });

  it('confirmed at once from two replicas: one is made, the other asks', async () => {
    for (let round = 0; round < 5; round += 1) {
      const user = await shop.buyer();
      const drafts = [shop.draft(user, { locationCode: 'nl' }), shop.draft(user, { locationCode: 'de' })];
      expect(await outcomes([...drafts, ...drafts].map(outcomeOf))).toEqual({
        created: 1,
        existing: 1,
        'other-open': 2,
      });
    }
  });

  it('dismissed at once from two replicas: one new order', async () => {
    const user = await shop.buyer();
    const first = await shop.open(user, { locationCode: 'nl' });
    const draft = shop.draft(user, { locationCode: 'de', dismissedOrderId: first.id });
    expect(await outcomes(times(4, () => outcomeOf(draft)))).toEqual({ created: 1, existing: 3 });
  });

  it('only the one that was shown is dismissed', async () => {
    const user = await shop.buyer();
    const first = await shop.open(user, { locationCode: 'nl' });
    const second = await shop.payments.open(shop.draft(user, { locationCode: 'de', dismissedOrderId: first.id }));
    const draft = shop.draft(user, { locationCode: 'fi', dismissedOrderId: first.id });
    expect(await shop.payments.open(draft)).toMatchObject({
      outcome: 'other-open',
      payment: { id: (second as { payment: { id: string } }).payment.id },
    });
  });

  it('is not dismissed when what was confirmed can’t be sold', async () => {
    const user = await shop.buyer();
    const first = await shop.open(user, { locationCode: 'nl' });
    const gone = shop.draft(user, { locationCode: 'nl', serverCode: 'zz-1', dismissedOrderId: first.id });
    expect(await shop.payments.open(gone)).toEqual({ outcome: 'unavailable' });
    expect((await shop.payments.byId(first.id))!.dismissedAt).toBeNull();
  });

  it('is shown instead when its money has come meanwhile', async () => {
    const user = await shop.buyer();
    const first = await shop.open(user, { locationCode: 'nl' });
    await shop.recordPaid(first.id);
    const draft = shop.draft(user, { locationCode: 'de', dismissedOrderId: first.id });
    expect(await shop.payments.open(draft)).toMatchObject({
      outcome: 'existing',
      payment: { id: first.id, status: 'paid' },
    });
    expect(await shop.count('payments', 'user_id = $1', user)).toBe(1);
  });

  it('paid late all the same, after the new one: its money goes back', async () => {
    const user = await shop.buyer();
    const first = await shop.open(user, { locationCode: 'de' });
    const draft = shop.draft(user, { locationCode: 'nl', dismissedOrderId: first.id });
    await shop.payments.open(draft);
    expect(await shop.recordPaid(draft.paymentId)).toMatchObject({ decision: 'issue' });
    expect(await shop.recordPaid(first.id)).toEqual({ decision: 'refund', reason: 'replaced' });
  });

  it('confirmed once more is taken up again, and then the newer one is the one whose money goes back', async () => {
    const user = await shop.buyer();
    const first = await shop.open(user, { locationCode: 'nl' });
    const draft = shop.draft(user, { locationCode: 'de', dismissedOrderId: first.id });
    await shop.payments.open(draft);
    const back = shop.draft(user, { locationCode: 'nl' });
    expect(await outcomeOf(back)).toBe('other-open');
    expect(await shop.payments.open({ ...back, dismissedOrderId: draft.paymentId })).toMatchObject({
      outcome: 'existing',
      payment: { id: first.id, dismissedAt: null },
    });
    expect(await shop.recordPaid(first.id)).toMatchObject({ decision: 'issue' });
    expect(await shop.recordPaid(draft.paymentId)).toEqual({ decision: 'refund', reason: 'replaced' });
  });

  it('is seen by the audit where the order is not what was confirmed', async () => {
    const user = await shop.buyer();
    const first = await shop.open(user, { locationCode: 'de', serverCode: 'de-1' });
    const record = async () =>
      (await createAuditRepository(shop.pool).payments(new Date(0))).find(({ id }) => id === first.id)!;
    const right = await record();
    expect(right.confirmed).toEqual(right.terms);
    // What a shop would do that opened the old order for a new confirmation.
    await shop.payments.recordEvent(first.id, 'buyer', 'confirmed-again', { ...right.confirmed, location: 'nl' });
    expect((await record()).confirmed).toMatchObject({ location: 'nl' });
  });
});

describe('an order in another currency', () => {
  const way = { provider: 'stars', currency: 'XTR' };
  const inStars = (user: number, priceKopecks: number) => shop.draft(user, { way, priceKopecks });
  afterEach(() => applyCatalogue(shop.pool, catalogue()));

  const sellFor = async (priceStars: number | null) => {
    const sold = catalogue();
    sold.plans = sold.plans.map((plan) => (plan.code === 'month' ? { ...plan, priceStars } : plan));
    await applyCatalogue(shop.pool, sold);
  };

  it('freezes the price that the owner has set in it, and who takes it; nothing is converted', async () => {
    await sellFor(40);
    const draft = inStars(await shop.buyer(), 40);
    const opened = await shop.payments.open(draft);
    expect(opened).toMatchObject({
      outcome: 'created',
      payment: { provider: 'stars', currency: 'XTR', priceKopecks: 40, basePriceKopecks: 40 },
    });
    await sellFor(50);
    expect(await shop.payments.byId(draft.paymentId)).toMatchObject({ currency: 'XTR', priceKopecks: 40 });
    // The audit sees what it was confirmed in, too: 40 Stars are not 40 kopecks.
    const orders = await createAuditRepository(shop.pool).payments(new Date(0));
    const { confirmed, terms } = orders.find(({ id }) => id === draft.paymentId)!;
    expect(confirmed).toEqual(terms);
    expect(confirmed).toMatchObject(way);
  });

  it('at the price of roubles, or one of yesterday, is shown to the buyer first', async () => {
    await sellFor(40);
    const changed = { outcome: 'plan-changed', priceKopecks: 40 };
    expect(await shop.payments.open(inStars(await shop.buyer(), PRICE))).toMatchObject(changed);
    expect(await shop.payments.open(inStars(await shop.buyer(), 39))).toMatchObject(changed);
  });

  it('in which the plan has no price is not sold', async () => {
    await sellFor(null);
    expect(await outcomeOf(inStars(await shop.buyer(), 40))).toBe('unavailable');
  });

  it('is another order than the open one in roubles, even for the same number', async () => {
    await sellFor(PRICE);
    const user = await shop.buyer();
    const first = await shop.open(user);
    expect(await shop.payments.open(inStars(user, PRICE))).toMatchObject({
      outcome: 'other-open',
      payment: { id: first.id },
    });
  });
});

describe('what is not on sale is not sold', () => {
  it('a plan that costs something else by now: the buyer sees the new price first', async () => {
    const user = await shop.buyer();
    for (const priceKopecks of [PRICE - 1, 1, 0, -PRICE]) {
      expect(await shop.payments.open(shop.draft(user, { priceKopecks }))).toEqual({
        outcome: 'plan-changed',
        priceKopecks: PRICE,
        grant: { days: 30, trafficGb: 100 },
      });
    }
    expect(await shop.count('payments', 'user_id = $1', user)).toBe(0);
  });

  it.each([{ days: 31 }, { trafficGb: 99 }, { trafficGb: null }])(
    'a plan that gives something else by now than %j, at the same price: the buyer sees it first',
    async (change) => {
      const user = await shop.buyer();
      expect(await shop.payments.open(shop.draft(user, change))).toMatchObject({ outcome: 'plan-changed' });
      expect(await shop.count('payments', 'user_id = $1', user)).toBe(0);
    },
  );

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
