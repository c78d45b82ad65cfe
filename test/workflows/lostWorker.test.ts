/**
 * A worker dies in the middle of a call. On a server where time passes as it does: the time-skipping one does not look
 * for heartbeats of activities that are to be cancelled.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { temporal } from '@temporalio/proto';
import { waitUntil } from '../support/wait';
import { openPurchaseRunner, realServer, type Purchase, type PurchaseRunner } from './purchaseRunner';

let runner: PurchaseRunner;
beforeAll(async () => {
  runner = await openPurchaseRunner(() => realServer('lost-worker'));
});
afterAll(() => runner?.close());

const watched = ({ fakes }: Purchase) => waitUntil(() => fakes.seen.watches > 0, { what: 'the watch has begun' });

/** Why the attempt before the last one of an activity has failed: `heartbeat` for one whose worker had died. */
async function lastFailureOf({ handle }: Purchase, activity: string): Promise<string | undefined> {
  const events = (await handle.fetchHistory()).events ?? [];
  const scheduled = events.find((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === activity);
  const started = events.find(
    ({ activityTaskStartedEventAttributes: about }) =>
      about && String(about.scheduledEventId) === String(scheduled?.eventId),
  );
  const failure = started?.activityTaskStartedEventAttributes?.lastFailure;
  if (!failure) return undefined;
  const type = failure.timeoutFailureInfo?.timeoutType;
  return type === temporal.api.enums.v1.TimeoutType.TIMEOUT_TYPE_HEARTBEAT
    ? 'heartbeat'
    : (failure.message ?? 'failed');
}

describe('a worker dies', () => {
  it('with the look that a webhook asked for: the watch’s word counts as soon as it comes', async () => {
    await runner.purchase({ watchWaits: true, lookLost: true }, async (purchase) => {
      await watched(purchase);
      purchase.fakes.payNow();
      await purchase.workflows.notified(purchase.paymentId);
      await waitUntil(() => purchase.fakes.seen.checks === 2, { what: 'the look is lost' });
      purchase.fakes.watchSeesMoney();
      expect((await purchase.outcome()).status).toBe('issued');
      // Nothing waited for the lost look to be found.
      expect(purchase.fakes.seen).toMatchObject({ checks: 2, keys: 1, panelTries: 1 });
    });
  });

  it('with that look: it is found by its missing heartbeats, and asked again', async () => {
    await runner.purchase({ watchWaits: true, lookLost: true }, async (purchase) => {
      await watched(purchase);
      purchase.fakes.payNow();
      await purchase.workflows.notified(purchase.paymentId);
      expect((await purchase.outcome()).status).toBe('issued');
      expect(purchase.fakes.seen).toMatchObject({ checks: 3, keys: 1 });
      expect(await lastFailureOf(purchase, 'checkPayment')).toBe('heartbeat');
    });
  });

  it('while the link is made: another one makes it within seconds', async () => {
    await runner.purchase({ paidAt: 0.1, linkLost: true }, async (purchase) => {
      expect((await purchase.outcome()).status).toBe('issued');
      expect(purchase.fakes.seen).toMatchObject({ links: 1, linkTries: 2, keys: 1 });
      expect(await lastFailureOf(purchase, 'createPayment')).toBe('heartbeat');
    });
  });
});
