import { DAY_MS, MINUTE_MS } from '../../domain/duration';
import type { ReconciliationActivities } from './contract';
import type { ReconciliationDependencies } from './dependencies';
import { reportAnomalies } from './anomalies';
import { healFreeGrants } from './freeGrants';
import { healGifts, tellGivers } from './gifts';
import { NONE, type Healed, type HealPage } from './heal';
import { compareLedger } from './ledgers';
import { sendOwedKeys, showUnseen } from './owedKeys';
import { handleStoredWebhooks } from './storedWebhooks';

/** A younger payment may be between its row and the start of its workflow; a younger webhook is being handled. */
const UNTOUCHED_MS = MINUTE_MS;
/** A payment that nobody looked after for a day, and that no provider was asked about, is closed. */
const ABANDONED_MS = DAY_MS;
const PAGE_ROWS = 100;

/** Compares, wakes, starts and reports; money is moved by a payment's own workflows only. */
export function createReconciliationActivities(dependencies: ReconciliationDependencies): {
  main: ReconciliationActivities;
} {
  const { providers, reconciliation, jobResults, now } = dependencies;
  return {
    main: {
      ledgers: () =>
        Promise.all(
          providers.all.flatMap(({ id: provider, refundsSince }) =>
            (refundsSince ? (['main', 'refunds'] as const) : (['main'] as const)).map(async (list) => ({
              ...{ provider, list, cursor: await reconciliation.ledgerCursor(provider, list) },
            })),
          ),
        ),
      compareLedger: (position) => compareLedger(dependencies, position),
      keepLedgerCursor: (read) => reconciliation.keepLedgerCursor(read),
      healUnfinished: ({ after }) => healUnfinished(dependencies, after),
      handleStoredWebhooks: () => handleStoredWebhooks(dependencies, UNTOUCHED_MS),
      sendOwedKeys: ({ after }) => sendOwedKeys(dependencies, after),
      tellGivers: () => tellGivers(dependencies),
      showUnseen: ({ after }) => showUnseen(dependencies, after),
      reportAnomalies: () => reportAnomalies(dependencies),
      countOpenAnomalies: async () => ({ open: await reconciliation.countOpen() }),
      recordReconciliationEnd: (summary) => jobResults.record('payment-reconciliation', now(), summary),
    },
  };
}

/**
 * What is looked at, one after the other. Cursors of `healUnfinished` are the name of one and where its page begins.
 */
const UNFINISHED: readonly (readonly [name: string, heal: HealPage])[] = [
  ['payment', healPayments],
  ['refund', healRefunds],
  ['free-grant', healFreeGrants],
  ['gift', healGifts],
];

/** One page of payments that have not ended, then of refunds, then of free grants without a key; then gifts. */
async function healUnfinished(
  dependencies: ReconciliationDependencies,
  after: string | null,
): ReturnType<ReconciliationActivities['healUnfinished']> {
  const [from, id = null] = after?.split(':') ?? ['payment'];
  const first = UNFINISHED.findIndex(([name]) => name === from);
  const before = new Date(dependencies.now().getTime() - UNTOUCHED_MS);
  let sum = NONE;
  for (const [name, heal] of UNFINISHED.slice(first)) {
    const page = await heal(dependencies, before, name === from ? id : null);
    sum = {
      checked: sum.checked + page.checked,
      started: sum.started + page.started,
      abandoned: sum.abandoned + page.abandoned,
      delayed: sum.delayed + page.delayed,
      next: page.next === null ? null : `${name}:${page.next}`,
    };
    if (sum.next !== null) break;
  }
  return sum;
}

async function healPayments(
  dependencies: ReconciliationDependencies,
  before: Date,
  after: string | null,
): Promise<Healed> {
  const { payments, reconciliation, cacheInvalidation, now } = dependencies;
  const rows = await reconciliation.unfinished(before, after, PAGE_ROWS);
  const workflows = dependencies.paymentWorkflowClient();
  const sum = { checked: rows.length, started: 0, abandoned: 0, delayed: 0 };
  for (const payment of rows) {
    if (payment.status === 'delayed' || payment.status === 'paid') sum.delayed += 1;
    if ((await workflows.isRunning(payment.id)) || (await workflows.isRefundRunning(payment.id))) continue;
    if (await reconciliation.closeNeverAsked(payment.id, new Date(now().getTime() - ABANDONED_MS))) {
      sum.abandoned += 1;
      await cacheInvalidation.invalidatePurchase(payment);
      continue;
    }
    // A refund after the delivery belongs to the refund workflow, see `healRefunds`.
    if (payment.status === 'refunding' && (await payments.refunds.open(payment.id))) continue;
    await workflows.ensureRunning(payment);
    await payments.recordEvent(payment.id, 'workflow', 'taken-up-by-reconciliation', { status: payment.status });
    sum.started += 1;
  }
  return { ...sum, next: rows.length === PAGE_ROWS ? rows.at(-1)!.id : null };
}

/** One page of refunds after a delivery that have not ended. */
async function healRefunds(
  { payments, paymentWorkflowClient }: ReconciliationDependencies,
  before: Date,
  after: string | null,
): Promise<Healed> {
  const workflows = paymentWorkflowClient();
  let started = 0;
  const rows = await payments.refunds.paymentsWithOpen(before, after, PAGE_ROWS);
  for (const paymentId of rows) {
    if (await workflows.isRefundRunning(paymentId)) continue;
    await workflows.notify((await payments.byId(paymentId))!, null);
    started += 1;
  }
  return { ...NONE, started, next: rows.length === PAGE_ROWS ? rows.at(-1)! : null };
}
