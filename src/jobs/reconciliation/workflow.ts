import { isCancellation, log, proxyActivities, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { SEARCH_ATTRIBUTES } from '../../workflows/contracts/searchAttributes';
import { HEARTBEAT_TIMEOUT } from '../../workflows/retryPolicies';
import type { ListPage, ReconciliationActivities, ReconciliationSummary, YooKassaListName } from './contract';

/** The shop's own database and workflows: tried until they are there. */
const database = proxyActivities<ReconciliationActivities>({
  startToCloseTimeout: '2m',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' },
});

/**
 * YooKassa's lists. While it is away everything else is done all the same, and the next run compares the longer window.
 */
const yookassa = proxyActivities<ReconciliationActivities>({
  startToCloseTimeout: '1m',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  scheduleToCloseTimeout: '5m',
  retry: { initialInterval: '2s', backoffCoefficient: 2, maximumInterval: '30s' },
});

/**
 * Messages to the owner and keys that are owed. What they are about stays open in the database, so the next run tells
 * what this one could not.
 */
const owner = proxyActivities<ReconciliationActivities>({
  startToCloseTimeout: '1m',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  scheduleToCloseTimeout: '5m',
  retry: { initialInterval: '2s', backoffCoefficient: 2, maximumInterval: '1m' },
});

/**
 * Finds what was lost between the services: payments without a workflow, notifications nobody handled, money that
 * YooKassa has and the shop does not know of. It repairs by starting or waking a payment's workflow and never changes
 * money itself.
 */
export async function paymentReconciliation(): Promise<ReconciliationSummary> {
  const unfinished = await healUnfinished();
  const webhooks = await handleStoredWebhooks();
  const payments = await compare('payments');
  const refunds = await compare('refunds');
  const keys = await sendOwedKeys();
  const open = (await database.countOpenAnomalies()).open;
  if (open > 0) await tellOwner();

  const compared = payments !== undefined && refunds !== undefined;
  const summary: ReconciliationSummary = {
    payments: payments?.read ?? 0,
    refunds: refunds?.read ?? 0,
    healed: (payments?.healed ?? 0) + (refunds?.healed ?? 0),
    ...unfinished,
    webhooks,
    keysSent: keys.sent,
    keysOwed: keys.owed,
    anomalies: (payments?.anomalies ?? 0) + (refunds?.anomalies ?? 0),
    openAnomalies: open,
    unreadable: (payments?.unreadable ?? 0) + (refunds?.unreadable ?? 0),
    yookassa: compared ? 'compared' : 'away',
  };
  await database.recordReconciliationEnd(summary);
  if (open > 0) {
    upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.needsAttention, value: true }]);
    setCurrentDetails(
      `**${open} sums that nobody can explain**: see the table money_anomalies and ` +
        'docs/runbook.md, "Sums that nobody can explain"',
    );
  } else if (compared) setCurrentDetails('everything is explained');
  else setCurrentDetails('YooKassa was away; its lists are compared by the next run');
  return summary;
}

/** While Telegram is away the run ends all the same: the next one must be able to restart payments. */
async function tellOwner(): Promise<void> {
  try {
    await owner.reportAnomalies.executeWithOptions({ summary: 'tell the owner' }, []);
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('the owner could not be told of unexplained money; the next run tries again', { error: String(error) });
  }
}

/** While Telegram is away they stay owed, and the next run goes on. */
async function sendOwedKeys(): Promise<{ sent: number; owed: number }> {
  const sum = { sent: 0, owed: 0 };
  try {
    for (let after: string | null = null, more = true; more;) {
      const page: Awaited<ReturnType<ReconciliationActivities['sendOwedKeys']>> =
        await owner.sendOwedKeys.executeWithOptions({ summary: 'keys that are owed' }, [{ after }]);
      sum.sent += page.sent;
      sum.owed += page.owed;
      after = page.next;
      more = after !== null;
    }
    await owner.tellGivers.executeWithOptions({ summary: 'what became of gifts' }, []);
    for (let after: number | null = null, more = true; more; more = after !== null)
      ({ next: after } = await owner.showUnseen.executeWithOptions({ summary: 'messages of who is back' }, [
        { after },
      ]));
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('owed keys could not be sent; the next run tries again', { error: String(error) });
  }
  return sum;
}

async function healUnfinished() {
  const sum = { started: 0, abandoned: 0, delayed: 0 };
  let checked = 0;
  for (let after: string | null = null, more = true; more;) {
    const page: Awaited<ReturnType<ReconciliationActivities['healUnfinished']>> =
      await database.healUnfinished.executeWithOptions({ summary: 'unfinished payments without a workflow' }, [
        { after },
      ]);
    sum.started += page.started;
    sum.abandoned += page.abandoned;
    sum.delayed += page.delayed;
    setCurrentDetails(`${(checked += page.checked)} unfinished payments and free grants looked at`);
    after = page.next;
    more = after !== null;
  }
  return sum;
}

async function handleStoredWebhooks(): Promise<number> {
  let handled = 0;
  for (let more = true; more;) {
    const batch = await database.handleStoredWebhooks();
    handled += batch.handled;
    more = batch.more;
  }
  return handled;
}

/** @returns `undefined` when YooKassa was away: the next run compares the whole window again */
async function compare(list: YooKassaListName): Promise<Omit<ListPage, 'cursor' | 'answeredAt'> | undefined> {
  const { from, to } = await database.comparisonWindow({ list });
  const sum = { read: 0, healed: 0, anomalies: 0, unreadable: 0 };
  // What is captured after YooKassa's first answer may be missing in it, whatever our own clock says.
  let seenUntil: string | undefined;
  try {
    for (let cursor: string | null = null, more = true; more;) {
      const page: ListPage = await yookassa.compareList.executeWithOptions(
        { summary: `${list} since ${from.slice(0, 16)}` },
        [{ list, from, to, cursor }],
      );
      seenUntil ??= page.answeredAt === null || page.answeredAt > to ? to : page.answeredAt;
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
  await database.markCompared({ list, to: seenUntil ?? to });
  return sum;
}
