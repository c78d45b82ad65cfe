import { ActivityCancellationType, proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import { assertNever } from '../../domain/assertNever';
import {
  OLD_THINGS,
  type CleanupActivities,
  type CleanupInput,
  type CleanupSummary,
  type OldThing,
} from '../contracts/cleanup';

const cleaner = proxyActivities<CleanupActivities>({
  startToCloseTimeout: '20m',
  scheduleToCloseTimeout: '50m',
  heartbeatTimeout: '1m',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '5m' },
});

/** Removes what nobody needs any more, in small batches; what was removed is the result. */
export async function cleanup({ what }: CleanupInput): Promise<CleanupSummary> {
  switch (what) {
    case 'fsm':
    case 'cache':
      return {
        what,
        ...(await cleaner.sweepRedis.executeWithOptions({ summary: `Redis: ${what}` }, [{ database: what }])),
      };
    case 'payments':
      return { what, ...(await abandoned()), removed: await old() };
    default:
      return assertNever(what);
  }
}

async function abandoned(): Promise<{ asked: number; closed: number }> {
  const sum = { asked: 0, closed: 0 };
  for (let after: string | null = null, more = true; more;) {
    const page: Awaited<ReturnType<CleanupActivities['askAboutAbandoned']>> =
      await cleaner.askAboutAbandoned.executeWithOptions({ summary: 'abandoned payments' }, [{ after }]);
    sum.asked += page.asked;
    sum.closed += page.closed;
    after = page.next;
    more = after !== null;
  }
  return sum;
}

async function old(): Promise<Record<OldThing, number>> {
  const removed = Object.fromEntries(OLD_THINGS.map((thing) => [thing, 0])) as Record<OldThing, number>;
  for (const thing of OLD_THINGS) {
    setCurrentDetails(`removing old ${thing}`);
    removed[thing] = (
      await cleaner.removeOld.executeWithOptions({ summary: `old ${thing}` }, [{ what: thing }])
    ).removed;
  }
  return removed;
}
