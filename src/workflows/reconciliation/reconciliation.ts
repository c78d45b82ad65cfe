import { isCancellation, log, proxyActivities, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type {
  ListPage,
  ReconciliationActivities,
  ReconciliationSummary,
  YooKassaListName,
} from '../contracts/reconciliation';
import { SEARCH_ATTRIBUTES } from '../contracts/searchAttributes';

/** Our own record and our own workflows: patient. */
const ours = proxyActivities<ReconciliationActivities>({
  startToCloseTimeout: '2m',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' },
});

/** YooKassa's lists. When it is away the rest is healed all the same, and the next run compares the longer window. */
const lists = proxyActivities<ReconciliationActivities>({
  startToCloseTimeout: '1m',
  scheduleToCloseTimeout: '5m',
  retry: { initialInterval: '2s', backoffCoefficient: 2, maximumInterval: '30s' },
});

/** Words to the owner. What they are about stays open in the record, so the next run tells what this one could not. */
const owner = proxyActivities<ReconciliationActivities>({
  startToCloseTimeout: '1m',
  scheduleToCloseTimeout: '5m',
  retry: { initialInterval: '2s', backoffCoefficient: 2, maximumInterval: '1m' },
});

/**
 * Finds what fell between the parts: payments nobody looks after, notifications nobody handled, money YooKassa has and we
 * don't know of. What can be healed is healed by starting or waking its workflow, never by changing money here.
 */
export async function paymentReconciliation(): Promise<ReconciliationSummary> {
  const unfinished = await everyUnfinished();
  const webhooks = await storedWebhooks();
  const payments = await compare('payments');
  const refunds = await compare('refunds');
  const open = (await ours.countAnomalies()).open;
  if (open > 0) await tellOwner();

  const compared = payments !== undefined && refunds !== undefined;
  const summary: ReconciliationSummary = {
    payments: payments?.read ?? 0,
    refunds: refunds?.read ?? 0,
    healed: (payments?.healed ?? 0) + (refunds?.healed ?? 0),
    ...unfinished,
    webhooks,
    anomalies: (payments?.anomalies ?? 0) + (refunds?.anomalies ?? 0),
    openAnomalies: open,
    unreadable: (payments?.unreadable ?? 0) + (refunds?.unreadable ?? 0),
    yookassa: compared ? 'compared' : 'away',
  };
  if (open > 0) {
    upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.needsAttention, value: true }]);
    setCurrentDetails(
      `**${open} sums that nobody can explain**: see the table money_anomalies and docs/runbook.md, "Money nobody can explain"`,
    );
  } else {
    setCurrentDetails(
      compared ? 'everything is explained' : 'YooKassa was away; its lists are compared by the next run',
    );
  }
  return summary;
}

/** Telegram being away must not keep the next run from healing payments. */
async function tellOwner(): Promise<void> {
  try {
    await owner.raiseAnomalies.executeWithOptions({ summary: 'tell the owner' }, []);
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('the owner could not be told of unexplained money; the next run tries again', { error: String(error) });
  }
}

async function everyUnfinished() {
  const sum = { started: 0, abandoned: 0, delayed: 0 };
  let checked = 0;
  for (let after: string | null = null, more = true; more;) {
    const page: Awaited<ReturnType<ReconciliationActivities['healUnfinished']>> =
      await ours.healUnfinished.executeWithOptions({ summary: 'every unfinished payment has its workflow' }, [
        { after },
      ]);
    sum.started += page.started;
    sum.abandoned += page.abandoned;
    sum.delayed += page.delayed;
    setCurrentDetails(`${(checked += page.checked)} unfinished payments looked at`);
    after = page.next;
    more = after !== null;
  }
  return sum;
}

async function storedWebhooks(): Promise<number> {
  let handled = 0;
  for (let more = true; more;) {
    const batch = await ours.handleStoredWebhooks();
    handled += batch.handled;
    more = batch.more;
  }
  return handled;
}

/** @returns nothing when YooKassa was away: the window stays open and is compared as a whole next time */
async function compare(list: YooKassaListName): Promise<Omit<ListPage, 'cursor'> | undefined> {
  const { from, to } = await ours.windowOf({ list });
  const sum = { read: 0, healed: 0, anomalies: 0, unreadable: 0 };
  try {
    for (let cursor: string | null = null, more = true; more;) {
      const page: ListPage = await lists.compareList.executeWithOptions(
        { summary: `${list} since ${from.slice(0, 16)}` },
        [{ list, from, to, cursor }],
      );
      sum.read += page.read;
      sum.healed += page.healed;
      sum.anomalies += page.anomalies;
      sum.unreadable += page.unreadable;
      setCurrentDetails(`${sum.read} ${list} compared since ${from.slice(0, 16)}`);
      cursor = page.cursor;
      more = cursor !== null;
    }
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('YooKassa’s list could not be compared; the next run takes the longer window', {
      list,
      from,
      error: String(error),
    });
    return undefined;
  }
  await ours.cover({ list, to });
  return sum;
}
