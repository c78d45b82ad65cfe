/** The book of grants in the database: what it comes to is what is recorded, whatever happens to a subscription. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createTrafficLimitsRepository } from '../../../src/storage/postgres/trafficLimits';
import { bookDifferences } from './books';
import { days, outcomes, PRICE, times, useShop } from './shopDatabase';

const shop = useShop();
const START = new Date('2026-03-01T10:00:00Z');
const plans = {
  month: { planCode: 'month', priceKopecks: PRICE },
  day: { planCode: 'day', priceKopecks: 1_000 },
  unlimited: { planCode: 'unlimited', priceKopecks: 39_900 },
} as const;
const planOf = fc.constantFrom<keyof typeof plans>('month', 'day', 'unlimited');

/** One event of a subscription, for its newest payment or another one; `after`: hours since the event before. */
const step = fc.record({
  does: fc.constantFrom('renew', 'deliver', 'deliver-late', 'refund', 'refund-part', 'cabinet', 'use', 'sync'),
  plan: planOf,
  which: fc.nat({ max: 5 }),
  share: fc.double({ min: 0.05, max: 0.9, noNaN: true }),
  after: fc.integer({ min: 0, max: 20 * 24 }),
});

async function use(subscriptionId: string, gb: number): Promise<void> {
  await shop.pool.query(
    `INSERT INTO subscription_usage AS u (subscription_id, used_gb, panel_enabled, panel_active) VALUES ($1, $2, true, true)
     ON CONFLICT (subscription_id) DO UPDATE SET used_gb = u.used_gb + $2`,
    [subscriptionId, gb],
  );
}

describe('G1: the recorded end, limits and plan are what the book comes to, and the money agrees', () => {
  it('after any sequence of purchases, renewals, late deliveries, refunds and use', async () => {
    await fc.assert(
      fc.asyncProperty(planOf, fc.array(step, { minLength: 1, maxLength: 10 }), async (first, steps) => {
        const userId = await shop.buyer();
        let now = START;
        const { id, subscriptionId } = await shop.issued(userId, plans[first], now);
        const payments = [id];
        for (const { does, plan, which, share, after } of steps) {
          now = new Date(now.getTime() + after * 3_600_000);
          const paymentId = payments[which % payments.length]!;
          const { priceKopecks } = await shop.payments.existing(paymentId);
          const part = Math.floor(priceKopecks * share);
          if (does === 'use') await use(subscriptionId, share * 100);
          else if (does === 'sync') {
            const limits = createTrafficLimitsRepository(shop.pool);
            const before = (await shop.subscriptions.byId(subscriptionId))!;
            const isDue = (await limits.toLimit('nl-1', now, null, 500)).includes(subscriptionId);
            if (isDue) await limits.limit(subscriptionId, before, 100 * share, now);
          } else if (does === 'renew') {
            const draft = shop.draft(userId, { ...plans[plan], renewsSubscriptionId: subscriptionId });
            const opened = await shop.payments.open(draft);
            if (opened.outcome !== 'created') continue;
            await shop.recordPaid(opened.payment.id, now);
            payments.push(opened.payment.id);
          } else if (does === 'deliver') await shop.deliver(paymentId);
          else if (does === 'deliver-late') await shop.deliver(paymentId, now);
          else if (does === 'cabinet') {
            const refund = {
              providerRef: randomUUID(),
              kopecks: part,
              status: 'succeeded',
              attempt: undefined,
            } as const;
            const { status, refundedKopecks } = await shop.payments.existing(paymentId);
            if (refundedKopecks + part <= priceKopecks && status !== 'refunding')
              await shop.payments.recordShownRefunds(paymentId, [refund], priceKopecks, now);
          } else {
            const request = { requestId: randomUUID(), kopecks: does === 'refund' ? null : part };
            const by = { reason: 'test', askedBy: 'operator:1' };
            if ((await shop.status(paymentId)) === 'issued')
              await shop.payments.planRefund(paymentId, { ...request, ...by }, priceKopecks, now);
            else await shop.payments.planUndeliveredRefund(paymentId, by);
          }
          expect(await bookDifferences(shop.pool, subscriptionId)).toEqual([]);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('G2: nothing is given or taken twice', () => {
  it('money recorded, and refunded, many times at once, is one entry each', async () => {
    const { id, subscriptionId } = await shop.issued(await shop.buyer(), {}, START);
    await Promise.all(times(10, () => shop.recordPaid(id, START)));
    const request = { requestId: randomUUID(), kopecks: 5_000, reason: 'test', askedBy: 'operator:1' };
    await Promise.all(times(10, () => shop.payments.planRefund(id, request, PRICE, START)));
    expect(await shop.count('grant_entries', 'subscription_id = $1', subscriptionId)).toBe(2);
    expect(await bookDifferences(shop.pool, subscriptionId)).toEqual([]);
  });

  it('unlimited time ends once, whoever looks', async () => {
    const userId = await shop.buyer();
    const { subscriptionId } = await shop.issued(userId, plans.unlimited, START);
    await shop.issued(userId, { renewsSubscriptionId: subscriptionId }, new Date(START.getTime() + days(1)));
    const limits = createTrafficLimitsRepository(shop.pool);
    const before = (await shop.subscriptions.byId(subscriptionId))!;
    const over = new Date(START.getTime() + days(31));
    const limited = await outcomes(
      times(5, () => limits.limit(subscriptionId, before, 700.5, over).then((one) => String(one?.trafficGb))),
    );
    expect(limited).toEqual({ 801: 1, undefined: 4 });
    expect(await shop.count('grant_entries', `kind = 'usage' AND subscription_id = $1`, subscriptionId)).toBe(1);
    expect(await bookDifferences(shop.pool, subscriptionId)).toEqual([]);
  });

  it('a second entry of the same kind and source cannot be added', async () => {
    const { id, subscriptionId } = await shop.paid(await shop.buyer(), {}, START);
    const again = shop.pool.query(
      `INSERT INTO grant_entries (subscription_id, kind, source, at, ms, kopecks, currency, plan_code, whole)
       VALUES ($1, 'purchase', $2, now(), 1, 1, 'RUB', 'month', false)`,
      [subscriptionId, id],
    );
    await expect(again).rejects.toThrow('grant_entries_kind_source_key');
  });
});

describe('G4: a refund takes nothing that was used, and nothing that another grant gave', () => {
  it.each([
    ['delivered', true],
    ['not delivered', false],
  ])('of a renewal that was %s', async (_, isDelivered) => {
    const userId = await shop.buyer();
    const { id: first, subscriptionId } = await shop.issued(userId, plans.month, START);
    await use(subscriptionId, 70);
    const { id: second } = await shop.paid(userId, { ...plans.month, renewsSubscriptionId: subscriptionId }, START);
    if (isDelivered) await shop.deliver(second);
    const refund = (paymentId: string, at: Date) =>
      shop.payments.planRefund(
        paymentId,
        { requestId: randomUUID(), kopecks: null, reason: 'test', askedBy: 'operator:1' },
        PRICE,
        at,
      );
    // 70 of the first month's 100 GiB are used and 10 of its days: 30 and 20 are ahead.
    const tenth = new Date(START.getTime() + days(10));
    await refund(first, tenth);
    const left = (await shop.subscriptions.byId(subscriptionId))!;
    expect(left).toMatchObject({ trafficGb: 170, expiresAt: new Date(tenth.getTime() + days(30)) });

    if (isDelivered) await refund(second, tenth);
    else await shop.payments.planUndeliveredRefund(second, { reason: 'test', askedBy: 'operator:1' });
    const after = (await shop.subscriptions.byId(subscriptionId))!;
    expect(after).toMatchObject({ trafficGb: 70, expiresAt: tenth, status: 'revoked' });
    expect(await bookDifferences(shop.pool, subscriptionId)).toEqual([]);
  });
});

it('an entry is never changed or removed', async () => {
  const { id } = await shop.paid(await shop.buyer(), {}, START);
  for (const sql of ['UPDATE grant_entries SET ms = 1', 'DELETE FROM grant_entries'])
    await expect(shop.pool.query(`${sql} WHERE source = $1`, [id])).rejects.toThrow('never changed or removed');
});
