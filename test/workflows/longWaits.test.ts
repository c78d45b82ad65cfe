/**
 * Waits that may last for ever: after a number of signals the workflow goes on in a new run, with all that it knows. On
 * a real server, which is what limits the signals of a run.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SEARCH_ATTRIBUTES } from '../../src/workflows/contracts/searchAttributes';
import { waitUntil } from '../support/wait';
import type { Timetable } from './fakeActivities';
import { openPurchaseRunner, realServer, type Purchase, type PurchaseRunner } from './purchaseRunner';

const MESSAGES = 6;
const MISMATCH: Timetable = { paidAt: 0, paidKopecks: 100, messagesPerRun: MESSAGES };

let runner: PurchaseRunner;
beforeAll(async () => {
  runner = await openPurchaseRunner(() => realServer('long-waits'));
});
afterAll(() => runner?.close());

const runIdOf = async ({ handle }: Purchase) => (await handle.describe()).runId;
const needsAttention = ({ workflows, paymentId }: Purchase) =>
  waitUntil(async () => (await workflows.progress(paymentId))?.needsAttention, { what: 'a person is asked for' });

/** Sends notifications until the workflow has gone on in a new run. */
async function untilContinued(purchase: Purchase): Promise<void> {
  const before = await runIdOf(purchase);
  for (let sent = 0; sent < MESSAGES; sent += 1) await purchase.workflows.notified(purchase.paymentId);
  await waitUntil(async () => (await runIdOf(purchase)) !== before, { what: 'a new run' });
}

describe('money that does not match the order', () => {
  it('waits through many signals in several runs: visible as before, told once, and the decision still works', async () => {
    await runner.purchase(MISMATCH, async (purchase) => {
      await needsAttention(purchase);
      const shown = await purchase.workflows.progress(purchase.paymentId);
      for (let run = 0; run < 3; run += 1) await untilContinued(purchase);
      expect(await purchase.workflows.progress(purchase.paymentId)).toEqual(shown);
      const { typedSearchAttributes } = await purchase.handle.describe();
      expect(typedSearchAttributes.get(SEARCH_ATTRIBUTES.needsAttention)).toBe(true);
      expect(typedSearchAttributes.get(SEARCH_ATTRIBUTES.paymentStatus)).toBe('guarding');
      expect(typedSearchAttributes.get(SEARCH_ATTRIBUTES.telegramUserId)).toBe('7');
      expect(purchase.fakes.seen.alerts).toHaveLength(1);
      expect(purchase.fakes.seen).toMatchObject({ links: 1, watches: 1 });
      await purchase.workflows.operatorDecides(purchase.paymentId, 'deliver', 'operator:1');
      expect((await purchase.outcome()).status).toBe('issued');
      expect(purchase.fakes.seen).toMatchObject({ keys: 1, refunds: 0 });
    });
  });

  it.each(['before', 'as', 'after'])(
    'and the order comes right %s the last signal of a run: it counts',
    async (when) => {
      await runner.purchase(MISMATCH, async (purchase) => {
        await needsAttention(purchase);
        const { workflows, paymentId } = purchase;
        const notify = (count: number) => Array.from({ length: count }, () => workflows.notified(paymentId));
        const before = { before: MESSAGES - 2, as: MESSAGES - 1, after: MESSAGES }[when]!;
        // All at once: they come in one task, in several, or while one is under way.
        await Promise.all([
          ...notify(before),
          workflows.operatorDecides(paymentId, 'refund', 'operator:1'),
          ...notify(2 * MESSAGES),
        ]);
        expect(await purchase.outcome()).toEqual({ status: 'refunded', reason: 'wrong-amount' });
        expect(purchase.fakes.seen).toMatchObject({ refunds: 1, keys: 0 });
      });
    },
  );
});

it('an unpaid order that is guarded goes on in a new run; the buyer is answered, and late money still counts', async () => {
  await runner.purchase({ messagesPerRun: MESSAGES, expiresAt: 100_000 }, async (purchase) => {
    const { workflows, paymentId, fakes } = purchase;
    await waitUntil(async () => (await workflows.progress(paymentId))?.status === 'guarding', {
      what: 'the slow guard',
    });
    await untilContinued(purchase);
    expect(await workflows.buyerSaysPaid(paymentId)).toEqual({ outcome: 'done', status: 'guarding' });
    fakes.payNow();
    await workflows.notified(paymentId);
    expect((await purchase.outcome()).status).toBe('issued');
    expect(fakes.seen).toMatchObject({ links: 1, watches: 1, keys: 1 });
  });
});

it('a payment that YooKassa does not know goes on in a new run: nobody is told twice, and it can still be closed', async () => {
  await runner.purchase({ unknownAt: 0, messagesPerRun: MESSAGES }, async (purchase) => {
    await needsAttention(purchase);
    const { workflows, paymentId, fakes } = purchase;
    const shown = await workflows.progress(paymentId);
    for (let run = 0; run < 2; run += 1) await untilContinued(purchase);
    expect(await workflows.progress(paymentId)).toEqual(shown);
    expect(fakes.seen.alerts).toHaveLength(1);
    await workflows.operatorDecides(paymentId, 'close', 'operator:1');
    expect(await purchase.outcome()).toEqual({ status: 'canceled', reason: 'unknown-to-provider' });
    expect(fakes.seen).toMatchObject({ links: 1, watches: 1, keys: 0 });
  });
});

it('a delayed delivery goes on in a new run: the choice is still the buyer’s, and nobody is told twice', async () => {
  await runner.purchase({ paidAt: 0, panelAway: [0, 100_000], messagesPerRun: MESSAGES }, async (purchase) => {
    const { workflows, paymentId, fakes } = purchase;
    await waitUntil(() => fakes.seen.screens.includes('delayed'), { what: 'the choice is shown' });
    const shown = await workflows.progress(paymentId);
    await untilContinued(purchase);
    // The same time at which the money goes back by itself.
    expect(await workflows.progress(paymentId)).toEqual(shown);
    expect((await workflows.decideDelay(paymentId, 'another-server')).outcome).toBe('done');
    expect(await workflows.decideDelay(paymentId, 'refund')).toEqual({ outcome: 'done', status: 'refunding' });
    expect(await purchase.outcome()).toEqual({ status: 'refunded', reason: 'buyer-chose-refund' });
    expect(fakes.seen.alerts).toHaveLength(1);
    expect(fakes.seen).toMatchObject({ serverChanges: 1, refunds: 1, keys: 0 });
  });
});

it('a refund that YooKassa would not make goes on in a new run: nobody is told twice, and "retry" still works', async () => {
  const refused: Timetable = {
    paidAt: 0,
    panelAway: [0, 100_000],
    refunds: ['canceled', 'succeeded'],
    messagesPerRun: MESSAGES,
  };
  await runner.purchase(refused, async (purchase) => {
    const { workflows, paymentId, fakes } = purchase;
    await waitUntil(() => fakes.seen.screens.includes('delayed'), { what: 'the choice is shown' });
    await workflows.decideDelay(paymentId, 'refund');
    await waitUntil(() => fakes.seen.alerts.length === 2, { what: 'the owner is told' });
    await untilContinued(purchase);
    await untilContinued(purchase);
    expect(await workflows.progress(paymentId)).toMatchObject({ status: 'refunding', needsAttention: true });
    expect(fakes.seen).toMatchObject({ refunds: 1 });
    await workflows.operatorDecides(paymentId, 'retry', 'operator:1');
    expect((await purchase.outcome()).status).toBe('refunded');
    expect(fakes.seen).toMatchObject({ refunds: 2 });
    expect(fakes.seen.alerts).toHaveLength(2);
  });
});
