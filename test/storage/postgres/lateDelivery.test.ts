/** When the days begin that were paid for: with the key, however long the panel was away. */
import { describe, expect, it } from '@jest/globals';
import { HOUR_MS } from '../../../src/domain/duration';
import { createExpiryNoticesRepository } from '../../../src/storage/postgres/expiryNotices';
import { createPanelDeactivationsRepository } from '../../../src/storage/postgres/panelDeactivations';
import { bookDifferences } from './books';
import { days, outcomes, times, useShop } from './shopDatabase';

const shop = useShop();
const PAID = new Date('2026-03-01T10:00:00Z');
const DAY_PLAN = { planCode: 'day', priceKopecks: 1_000 };
const after = (ms: number) => new Date(PAID.getTime() + ms);
const term = async (id: string) => {
  const { startsAt, expiresAt } = (await shop.subscriptions.byId(id))!;
  return { startsAt, expiresAt };
};
/** The panel confirms what it was told at that moment. */
const deliver = (id: string, at: Date) => shop.deliver(id, at);
/** What is recorded, what was paid and what the book says agree, to the ms. */
const expectNoDifference = async (subscriptionId: string) =>
  expect(await bookDifferences(shop.pool, subscriptionId)).toEqual([]);

describe('a late delivery of a new subscription', () => {
  it('moves its beginning and its end: the whole day is there, 23 hours after the money', async () => {
    const { id, subscriptionId } = await shop.paid(await shop.buyer(), DAY_PLAN, PAID);
    expect(await deliver(id, after(23 * HOUR_MS))).toBe('issued');
    expect(await term(subscriptionId)).toEqual({ startsAt: after(23 * HOUR_MS), expiresAt: after(47 * HOUR_MS) });
    expect(await shop.row('payments', 'id = $1', id)).toMatchObject({ paid_at: PAID });
    expect(await shop.row('grant_entries', `kind = 'delay' AND source = $1`, id)).toMatchObject({
      at: after(23 * HOUR_MS),
    });
    await expectNoDifference(subscriptionId);
  });

  it('however late it is: what is issued is never over before it begins', async () => {
    const { id, subscriptionId } = await shop.paid(await shop.buyer(), DAY_PLAN, PAID);
    expect(await deliver(id, after(days(10)))).toBe('issued');
    expect(await term(subscriptionId)).toEqual({ startsAt: after(days(10)), expiresAt: after(days(11)) });
    await expectNoDifference(subscriptionId);
  });

  it('leaves no trace of attempts that the panel has not confirmed: the one that it has counts', async () => {
    const { id, subscriptionId } = await shop.paid(await shop.buyer(), DAY_PLAN, PAID);
    await Promise.all(times(5, (n) => shop.payments.termIfDelivered({ id, subscriptionId }, after((2 + n) * HOUR_MS))));
    expect(await term(subscriptionId)).toEqual({ startsAt: PAID, expiresAt: after(days(1)) });
    await deliver(id, after(23 * HOUR_MS));
    expect(await term(subscriptionId)).toEqual({ startsAt: after(23 * HOUR_MS), expiresAt: after(47 * HOUR_MS) });
    await expectNoDifference(subscriptionId);
  });

  it('by attempts that overlap counts once, as the first one told it; the others have to tell that again', async () => {
    const { id, subscriptionId } = await shop.paid(await shop.buyer(), DAY_PLAN, PAID);
    const told = await Promise.all(
      times(10, async (n) => ({
        ...(await shop.subscriptions.byId(subscriptionId))!,
        ...(await shop.payments.termIfDelivered({ id, subscriptionId }, after((n + 1) * HOUR_MS))),
        delayedTo: after((n + 1) * HOUR_MS),
      })),
    );
    expect(await outcomes(told.map((one) => shop.payments.recordDelivered(id, one)))).toEqual({ issued: 1, stale: 9 });
    const { startsAt, expiresAt } = await term(subscriptionId);
    expect(expiresAt.getTime() - startsAt.getTime()).toBe(days(1));
    expect(await shop.deliver(id)).toBe('issued');
    expect(await shop.count('grant_entries', `kind = 'delay' AND source = $1`, id)).toBe(1);
    await expectNoDifference(subscriptionId);
  });

  it('that was told before a renewal came, or a refund, is stale, and has not moved anything', async () => {
    const userId = await shop.buyer();
    const { subscriptionId } = await shop.issued(userId, DAY_PLAN, PAID);
    const { id } = await shop.paid(userId, { ...DAY_PLAN, renewsSubscriptionId: subscriptionId }, after(HOUR_MS));
    const at = after(30 * HOUR_MS);
    const told = {
      ...(await shop.subscriptions.byId(subscriptionId))!,
      ...(await shop.payments.termIfDelivered({ id, subscriptionId }, at)),
      delayedTo: at,
    };
    await shop.paid(userId, { ...DAY_PLAN, renewsSubscriptionId: subscriptionId }, after(29 * HOUR_MS));
    expect(await shop.payments.recordDelivered(id, told)).toBe('stale');
    expect(await shop.count('grant_entries', `kind = 'delay' AND source = $1`, id)).toBe(0);
    await shop.payments.planUndeliveredRefund(id, { reason: 'test', askedBy: 'buyer' });
    expect(await shop.payments.recordDelivered(id, told)).toBe('too-late');
    await expectNoDifference(subscriptionId);
  });

  it('within a minute moves nothing', async () => {
    const { id, subscriptionId } = await shop.paid(await shop.buyer(), DAY_PLAN, PAID);
    await deliver(id, after(60_000));
    expect(await term(subscriptionId)).toEqual({ startsAt: PAID, expiresAt: after(days(1)) });
  });

  it('moves nothing once it is delivered, or its money goes back', async () => {
    const issued = await shop.issued(await shop.buyer(), DAY_PLAN, PAID);
    const refunding = await shop.paid(await shop.buyer(), DAY_PLAN, PAID);
    await shop.payments.planUndeliveredRefund(refunding.id, { reason: 'test', askedBy: 'buyer' });
    expect(await deliver(issued.id, after(23 * HOUR_MS))).toBe('stale');
    expect(await deliver(refunding.id, after(23 * HOUR_MS))).toBe('too-late');
    expect(await term(issued.subscriptionId)).toEqual({ startsAt: PAID, expiresAt: after(days(1)) });
  });

  it('keeps what a part refund in the cabinet took meanwhile', async () => {
    const { id, subscriptionId } = await shop.paid(await shop.buyer(), DAY_PLAN, PAID);
    const half = { providerRef: `r-${id}`, kopecks: 500, status: 'succeeded' as const, attempt: undefined };
    // Half a day after the money the term that is recorded has passed; its days are still to begin.
    await shop.payments.recordShownRefunds(id, [half], 1_000, after(13 * HOUR_MS));
    expect((await shop.subscriptions.byId(subscriptionId))!.status).toBe('pending');
    await deliver(id, after(23 * HOUR_MS));
    expect(await term(subscriptionId)).toEqual({ startsAt: after(23 * HOUR_MS), expiresAt: after(35 * HOUR_MS) });
    await expectNoDifference(subscriptionId);
  });
});

describe('a late delivery of a renewal', () => {
  /** A day that was delivered, and renewals of it that were paid an hour later. */
  async function renewed(count: number) {
    const userId = await shop.buyer();
    const { subscriptionId } = await shop.issued(userId, DAY_PLAN, PAID);
    const renewals = [];
    for (let n = 0; n < count; n += 1)
      renewals.push(await shop.paid(userId, { ...DAY_PLAN, renewsSubscriptionId: subscriptionId }, after(HOUR_MS + n)));
    return { userId, subscriptionId, renewals: renewals.map(({ id }) => id) };
  }

  it('that waits behind days still running moves nothing', async () => {
    const { subscriptionId, renewals } = await renewed(1);
    await deliver(renewals[0]!, after(23 * HOUR_MS));
    expect(await term(subscriptionId)).toEqual({ startsAt: PAID, expiresAt: after(days(2)) });
    await expectNoDifference(subscriptionId);
  });

  it('after the end that was there begins with the delivery; its beginning on the panel stays', async () => {
    const { subscriptionId, renewals } = await renewed(1);
    await deliver(renewals[0]!, after(days(1) + 20 * HOUR_MS));
    expect(await term(subscriptionId)).toEqual({ startsAt: PAID, expiresAt: after(days(2) + 20 * HOUR_MS) });
    await expectNoDifference(subscriptionId);
  });

  it('of two the second follows the first, and is not moved a second time', async () => {
    const { subscriptionId, renewals } = await renewed(2);
    const back = after(days(1) + 30 * HOUR_MS);
    for (const id of renewals) expect(await deliver(id, back)).toBe('issued');
    expect(await term(subscriptionId)).toEqual({ startsAt: PAID, expiresAt: new Date(back.getTime() + days(2)) });
    await expectNoDifference(subscriptionId);
  });

  it('that is refunded after all leaves the end there was', async () => {
    const { subscriptionId, renewals } = await renewed(1);
    await shop.payments.planUndeliveredRefund(renewals[0]!, { reason: 'panel-unavailable', askedBy: 'deadline' });
    expect(await term(subscriptionId)).toEqual({ startsAt: PAID, expiresAt: after(days(1)) });
    await expectNoDifference(subscriptionId);
  });

  it('is refunded without the days of the one behind it', async () => {
    const { subscriptionId, renewals } = await renewed(2);
    const back = after(days(1) + 20 * HOUR_MS);
    await shop.payments.planUndeliveredRefund(renewals[0]!, { reason: 'test', askedBy: 'buyer' });
    await deliver(renewals[1]!, back);
    expect((await term(subscriptionId)).expiresAt).toEqual(new Date(back.getTime() + days(1)));
    await expectNoDifference(subscriptionId);
  });

  it('is not given up while it waits: its subscription does not expire, and nobody is reminded of its end', async () => {
    const { subscriptionId, renewals } = await renewed(1);
    const expire = () => createPanelDeactivationsRepository(shop.pool).markExpired(after(days(3)), after(days(3)), 500);
    const reminded = async () =>
      (await createExpiryNoticesRepository(shop.pool).expiring(PAID, after(days(5)), null, 500)).map(({ id }) => id);
    expect(await reminded()).not.toContain(subscriptionId);
    await expire();
    expect((await shop.subscriptions.byId(subscriptionId))!.status).toBe('active');
    await deliver(renewals[0]!, after(days(3)));
    expect(await reminded()).toContain(subscriptionId);
  });
});

describe('a late delivery of unlimited days', () => {
  const UNLIMITED = { planCode: 'unlimited', priceKopecks: 39_900 };
  const unlimitedUntil = async (id: string) => (await shop.subscriptions.byId(id))!.unlimitedUntil;

  it('moves them with the term', async () => {
    const { id, subscriptionId } = await shop.paid(await shop.buyer(), UNLIMITED, PAID);
    await deliver(id, after(23 * HOUR_MS));
    expect(await term(subscriptionId)).toEqual({
      startsAt: after(23 * HOUR_MS),
      expiresAt: after(days(30) + 23 * HOUR_MS),
    });
    expect(await unlimitedUntil(subscriptionId)).toEqual(after(days(30) + 23 * HOUR_MS));
  });

  it('moves them although the days of the renewal wait behind limited ones that still run', async () => {
    const userId = await shop.buyer();
    const { subscriptionId } = await shop.issued(userId, {}, PAID);
    const { id } = await shop.paid(userId, { ...UNLIMITED, renewsSubscriptionId: subscriptionId }, after(HOUR_MS));
    expect(await unlimitedUntil(subscriptionId)).toEqual(after(days(30) + HOUR_MS));
    await deliver(id, after(24 * HOUR_MS));
    expect(await unlimitedUntil(subscriptionId)).toEqual(after(days(30) + 24 * HOUR_MS));
    expect(await term(subscriptionId)).toEqual({ startsAt: PAID, expiresAt: after(days(60)) });
    await expectNoDifference(subscriptionId);
  });
});
