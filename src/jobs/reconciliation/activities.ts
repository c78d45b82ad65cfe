import { DAY_MS } from '../../domain/duration';
import { compareList } from './compareLists';
import type { ReconciliationActivities } from './contract';
import type { ReconciliationDependencies } from './dependencies';
import { reportAnomalies } from './anomalies';
import { healFreeGrants } from './freeGrants';
import { healGifts } from './gifts';
import { sendOwedKeys, showUnseen } from './owedKeys';
import { handleStoredWebhooks } from './storedWebhooks';

/** A list may show an object a little after its own time; a comparison costs a page. */
const OVERLAP_MS = { payments: 10 * 60_000, refunds: 3 * DAY_MS } as const;
/** How far back the first comparison looks. */
const FIRST_WINDOW_MS = 3 * DAY_MS;
/** A younger payment may be between its row and the start of its workflow; a younger webhook is being handled. */
const UNTOUCHED_MS = 60_000;
/** A payment that nobody looked after for a day, and that YooKassa was never asked about, is closed. */
const ABANDONED_MS = DAY_MS;
const PAGE_ROWS = 100;

/** Compares, wakes, starts and reports; money is moved by a payment's own workflows only. */
export function createReconciliationActivities(dependencies: ReconciliationDependencies): {
  main: ReconciliationActivities;
} {
  const { reconciliation, jobResults, now } = dependencies;
  return {
    main: {
      async comparisonWindow({ list }) {
        const to = now();
        const covered = await reconciliation.coveredUntil(list);
        const from = covered ? covered.getTime() - OVERLAP_MS[list] : to.getTime() - FIRST_WINDOW_MS;
        return { from: new Date(from).toISOString(), to: to.toISOString() };
      },
      compareList: (input) => compareList(dependencies, input),
      markCompared: ({ list, to }) => reconciliation.cover(list, new Date(to)),
      healUnfinished: ({ after }) => healUnfinished(dependencies, after),
      handleStoredWebhooks: () => handleStoredWebhooks(dependencies, UNTOUCHED_MS),
      sendOwedKeys: ({ after }) => sendOwedKeys(dependencies, after),
      showUnseen: ({ after }) => showUnseen(dependencies, after),
      reportAnomalies: () => reportAnomalies(dependencies),
      countOpenAnomalies: async () => ({ open: await reconciliation.countOpen() }),
      recordReconciliationEnd: (summary) => jobResults.record('payment-reconciliation', now(), summary),
    },
  };
}

/** In `healUnfinished`'s cursor: what follows is the id of a free grant; without it, of a payment. */
const FREE_GRANT = 'free-grant:';

/**
 * One page of payments that have not ended, then of free grants without a key, and with the last one gifts that wait:
 * each must have a running workflow.
 */
async function healUnfinished(
  dependencies: ReconciliationDependencies,
  after: string | null,
): ReturnType<ReconciliationActivities['healUnfinished']> {
  const before = new Date(dependencies.now().getTime() - UNTOUCHED_MS);
  const page = after?.startsWith(FREE_GRANT) ? NO_PAYMENTS : await healPayments(dependencies, after);
  if (page.next !== null) return page;
  const afterGrant = after?.startsWith(FREE_GRANT) ? after.slice(FREE_GRANT.length) : null;
  const grants = await healFreeGrants(dependencies, before, afterGrant);
  const started = page.started + grants.started;
  if (grants.next !== null) return { ...page, started, next: `${FREE_GRANT}${grants.next}` };
  return { ...page, started: started + (await healGifts(dependencies, before)), next: null };
}

const NO_PAYMENTS = { checked: 0, started: 0, abandoned: 0, delayed: 0, next: null } as const;

async function healPayments(
  dependencies: ReconciliationDependencies,
  after: string | null,
): ReturnType<ReconciliationActivities['healUnfinished']> {
  const { payments, reconciliation, cacheInvalidation, now } = dependencies;
  const at = now().getTime();
  const rows = await reconciliation.unfinished(new Date(at - UNTOUCHED_MS), after, PAGE_ROWS);
  const workflows = dependencies.paymentWorkflowClient();
  const sum = { checked: rows.length, started: 0, abandoned: 0, delayed: 0 };
  for (const payment of rows) {
    if (payment.status === 'delayed' || payment.status === 'paid') sum.delayed += 1;
    if ((await workflows.isRunning(payment.id)) || (await workflows.isRefundRunning(payment.id))) continue;
    if (await reconciliation.closeNeverAsked(payment.id, new Date(at - ABANDONED_MS))) {
      sum.abandoned += 1;
      await cacheInvalidation.invalidatePurchase(payment);
      continue;
    }
    // A refund after the delivery belongs to the refund workflow, started below.
    if (payment.status === 'refunding' && (await payments.refunds.open(payment.id))) continue;
    await workflows.ensureRunning(payment);
    await payments.recordEvent(payment.id, 'workflow', 'taken-up-by-reconciliation', { status: payment.status });
    sum.started += 1;
  }
  if (after === null) sum.started += await healRefunds(dependencies, new Date(at - UNTOUCHED_MS));
  return { ...sum, next: rows.length === PAGE_ROWS ? rows.at(-1)!.id : null };
}

/** Refunds after a delivery that have not ended and have no workflow. @returns how many got one */
async function healRefunds(
  { payments, paymentWorkflowClient }: ReconciliationDependencies,
  before: Date,
): Promise<number> {
  const workflows = paymentWorkflowClient();
  let started = 0;
  for (const paymentId of await payments.refunds.paymentsWithOpen(before, PAGE_ROWS)) {
    if (await workflows.isRefundRunning(paymentId)) continue;
    await workflows.notify((await payments.byId(paymentId))!, null);
    started += 1;
  }
  return started;
}
