import { ActivityCancellationType, proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import { assertNever } from '../../domain/assertNever';
import {
  RETAINED_KINDS,
  type CleanupActivities,
  type CleanupInput,
  type CleanupSummary,
  type RetainedKind,
} from './contract';
import { HEARTBEAT_TIMEOUT } from '../../workflows/retryPolicies';

const activities = proxyActivities<CleanupActivities>({
  startToCloseTimeout: '20m',
  scheduleToCloseTimeout: '50m',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '5m' },
});

/** Removes what nobody needs any more, in small batches; the result says how much that was. */
export async function cleanup({ what }: CleanupInput): Promise<CleanupSummary> {
  switch (what) {
    case 'fsm':
    case 'cache':
      return {
        what,
        ...(await activities.sweepRedis.executeWithOptions({ summary: `Redis: ${what}` }, [{ database: what }])),
      };
    case 'payments':
      return { what, ...(await checkAbandonedPayments()), removed: await removeOldRows() };
    default:
      return assertNever(what);
  }
}

async function checkAbandonedPayments(): Promise<{ checked: number; closed: number }> {
  const sum = { checked: 0, closed: 0 };
  for (let after: string | null = null, more = true; more;) {
    const page: Awaited<ReturnType<CleanupActivities['checkAbandonedPayments']>> =
      await activities.checkAbandonedPayments.executeWithOptions({ summary: 'abandoned payments' }, [{ after }]);
    sum.checked += page.checked;
    sum.closed += page.closed;
    after = page.next;
    more = after !== null;
  }
  return sum;
}

async function removeOldRows(): Promise<Record<RetainedKind, number>> {
  const removed = Object.fromEntries(RETAINED_KINDS.map((kind) => [kind, 0])) as Record<RetainedKind, number>;
  for (const what of RETAINED_KINDS) {
    setCurrentDetails(`removing old ${what}`);
    removed[what] = (await activities.removeOld.executeWithOptions({ summary: `old ${what}` }, [{ what }])).removed;
  }
  return removed;
}
