import { isCancellation, log, proxyActivities, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { ProviderId } from '../../domain/provider';
import { SEARCH_ATTRIBUTES } from '../../workflows/contracts/searchAttributes';
import { HEARTBEAT_TIMEOUT } from '../../workflows/retryPolicies';
import type { LedgerPage, LedgerPosition, ReconciliationActivities, ReconciliationSummary } from './contract';

/** The shop's own database and workflows: tried until they are there. */
const database = proxyActivities<ReconciliationActivities>({
  startToCloseTimeout: '2m',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' },
});

/**
 * Providers' lists. While one is away everything else is done all the same, and the next run compares the longer time.
 */
const providers = proxyActivities<ReconciliationActivities>({
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
 * a provider has and the shop does not know of. It repairs by starting or waking a payment's workflow and never changes
 * money itself.
 */
export async function paymentReconciliation(): Promise<ReconciliationSummary> {
  const unfinished = await healUnfinished();
  const webhooks = await handleStoredWebhooks();
  const { away, ...compared } = await compareLedgers();
  const keys = await sendOwedKeys();
  const open = (await database.countOpenAnomalies()).open;
  if (open > 0) await tellOwner();

  const summary: ReconciliationSummary = {
    ...compared,
    ...unfinished,
    webhooks,
    keysSent: keys.sent,
    keysOwed: keys.owed,
    openAnomalies: open,
    away,
  };
  await database.recordReconciliationEnd(summary);
  if (open > 0) {
    upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.needsAttention, value: true }]);
    setCurrentDetails(
      `**${open} sums that nobody can explain**: see the table money_anomalies and ` +
        'docs/runbook.md, "Sums that nobody can explain"',
    );
  } else if (away.length === 0) setCurrentDetails('everything is explained');
  else setCurrentDetails(`${away.join(', ')} away: what it shows is compared by the next run`);
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

type Compared = Omit<LedgerPage, 'cursor' | 'more'>;

/** Each list by itself: one that can't be read keeps nobody from comparing the others, of its provider either. */
async function compareLedgers(): Promise<Compared & { readonly away: readonly ProviderId[] }> {
  const sum = { payments: 0, refunds: 0, healed: 0, anomalies: 0, unreadable: 0 };
  const away = new Set<ProviderId>();
  for (const ledger of await database.ledgers()) {
    const compared = await compareLedger(ledger);
    if (compared === undefined) away.add(ledger.provider);
    else for (const name of COUNTED) sum[name] += compared[name];
  }
  return { ...sum, away: [...away] };
}

const COUNTED = ['payments', 'refunds', 'healed', 'anomalies', 'unreadable'] as const;

/** @returns `undefined` when it could not be read: the next run begins where this one did */
async function compareLedger({ provider, list, cursor: from }: LedgerPosition): Promise<Compared | undefined> {
  const sum = { payments: 0, refunds: 0, healed: 0, anomalies: 0, unreadable: 0 };
  let cursor = from;
  try {
    for (let more = true; more;) {
      const page: LedgerPage = await providers.compareLedger.executeWithOptions({ summary: `what ${provider} shows` }, [
        { provider, list, cursor },
      ]);
      for (const name of COUNTED) sum[name] += page[name];
      setCurrentDetails(`${provider}: ${sum.payments} payments and ${sum.refunds} refunds compared`);
      ({ cursor, more } = page);
    }
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('a provider’s list could not be compared; the next run compares the longer time', {
      provider,
      list,
      error: String(error),
    });
    return undefined;
  }
  await database.keepLedgerCursor({ provider, list, from, cursor: cursor! });
  return sum;
}
