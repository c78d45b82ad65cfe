/** Counts and ages of waiting payments, refunds and notifications, for metrics and alerts. */
import { expect, it } from '@jest/globals';
import { createJobResultsRepository } from '../../../src/storage/postgres/jobResults';
import { createMoneyState } from '../../../src/storage/postgres/moneyState';
import { createReconciliationRepository } from '../../../src/storage/postgres/reconciliation';
import { createWebhookEventsRepository } from '../../../src/storage/postgres/webhookEvents';
import { useShop } from './shopDatabase';
import { trialGiven, trialRequest, offerTrial } from './trials';

const shop = useShop();
const ago = (seconds: number) => new Date(Date.now() - seconds * 1_000);

it('an idle shop has nothing waiting and no age; what waits is counted, with the age of the oldest', async () => {
  const state = createMoneyState(shop.pool);
  expect(await state()).toEqual({
    undelivered: 0,
    undeliveredOldestSeconds: 0,
    refunding: 0,
    refundingOldestSeconds: 0,
    webhooksUnhandled: 0,
    webhooksUnhandledOldestSeconds: 0,
    openAnomalies: 0,
  });

  await shop.issued(await shop.buyer());
  for (const seconds of [7_200, 60]) {
    const { id } = await shop.paid(await shop.buyer(), {}, ago(seconds));
    // Its last change is not when it was paid: another server was tried a moment ago.
    await shop.pool.query(`UPDATE payments SET status = 'delayed', updated_at = now() WHERE id = $1`, [id]);
  }
  const refunding = await shop.paid(await shop.buyer());
  await shop.pool.query(`UPDATE payments SET status = 'refunding' WHERE id = $1`, [refunding.id]);
  const delivered = await shop.issued(await shop.buyer());
  const refund = `INSERT INTO refunds (id, payment_id, attempt, amount_kopecks, reason, asked_by, managed_by, status, created_at, provider)
    VALUES (gen_random_uuid(), $1, 1, 100, 'x', 'x', $2, 'pending', $3, 'yookassa')`;
  await shop.pool.query(refund, [refunding.id, 'payment', ago(50)]);
  await shop.pool.query(refund, [delivered.id, 'refund', ago(90_000)]);
  const webhooks = createWebhookEventsRepository(shop.pool);
  const [old] = [
    await webhooks.store({ provider: 'yookassa', remoteAddress: 'x', body: '{}' }),
    await webhooks.store({ provider: 'yookassa', remoteAddress: 'x', body: '{}' }),
  ];
  await webhooks.handled([await webhooks.store({ provider: 'yookassa', remoteAddress: 'x', body: '{}' })], 'woken');
  await shop.pool.query('UPDATE webhook_events SET received_at = $2 WHERE id = $1', [old, ago(3_600)]);
  await createReconciliationRepository(shop.pool).raise({
    kind: 'unknown-payment',
    provider: 'yookassa',
    providerRef: 'yoo',
    paymentId: null,
    amount: { currency: 'RUB', minor: 1 },
  });

  const now = await state();
  expect(now).toMatchObject({ undelivered: 2, refunding: 2, webhooksUnhandled: 2, openAnomalies: 1 });
  const near = (seconds: number, least: number) => {
    expect(seconds).toBeGreaterThanOrEqual(least);
    expect(seconds).toBeLessThan(least + 600);
  };
  near(now.undeliveredOldestSeconds, 7_200);
  near(now.refundingOldestSeconds, 90_000);
  near(now.webhooksUnhandledOldestSeconds, 3_600);
});

it('the last end of a job stays, whichever of two runs is written last', async () => {
  const results = createJobResultsRepository(shop.pool);
  const [earlier, later] = [ago(60), ago(10)];
  await results.record('audit', later, { differences: {} });
  await results.record('audit', earlier, { differences: { stuck: 1 } });
  expect(await results.all()).toEqual([{ job: 'audit', endedAt: later, result: { differences: {} } }]);
});

it.each([
  ['paid', 'payments'],
  ['delayed', 'payments'],
  ['given', 'free_grants'],
  ['delayed', 'free_grants'],
])('what stands as %s in %s for half an hour is as old as that for the alert', async (status, table) => {
  await offerTrial(shop.pool);
  await shop.pool.query(
    `UPDATE payments SET status = 'issued', delivered_at = now() WHERE status IN ('paid', 'delayed')`,
  );
  await shop.pool.query(`UPDATE free_grants SET status = 'revoked' WHERE status IN ('given', 'delayed')`);
  const state = createMoneyState(shop.pool);
  expect(await state()).toMatchObject({ undelivered: 0, undeliveredOldestSeconds: 0 });
  const { id } =
    table === 'payments'
      ? await shop.paid(await shop.buyer(), {}, ago(1_900))
      : await trialGiven(shop.pool, trialRequest(await shop.buyer()), ago(1_900));
  await shop.pool.query(`UPDATE ${table} SET status = $2 WHERE id = $1`, [id, status]);
  const { undelivered, undeliveredOldestSeconds } = await state();
  expect(undelivered).toBe(1);
  expect(undeliveredOldestSeconds).toBeGreaterThanOrEqual(1_900);
});
