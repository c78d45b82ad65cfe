import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { isFinal, type Payment } from '../../domain/payment';
import type { YooPayment, YooRefund } from '../../gateways/yookassa/answers';
import type { YooKassaClient } from '../../gateways/yookassa/client';
import type { PaymentsRepository } from '../../storage/postgres/payments';
import type { Anomaly, ReconciliationRepository } from '../../storage/postgres/reconciliation';
import type { WebhookEventsRepository } from '../../storage/postgres/webhookEvents';
import type { ListPage, ReconciliationActivities } from '../../workflows/contracts/reconciliation';
import type { OwnerNotice } from '../ownerNotice';

/** What reconciliation may do with a payment's workflow. */
export interface PaymentKeeper {
  /** Whether it has a running workflow. */
  isRunning(paymentId: string): Promise<boolean>;
  ensureRunning(payment: Payment): Promise<void>;
  notified(paymentId: string): Promise<'woken' | 'not-running'>;
}

export interface ReconciliationActivityDeps {
  readonly yookassa: Pick<YooKassaClient, 'listPayments' | 'listRefunds'>;
  readonly payments: PaymentsRepository;
  readonly reconciliation: ReconciliationRepository;
  readonly webhookEvents: WebhookEventsRepository;
  /** Made when it is needed: inside an activity it is the worker's own client. */
  readonly keeper: () => PaymentKeeper;
  readonly noticeOwner: OwnerNotice;
  readonly now: () => Date;
}

const PAGE = 100;
/** A list may show an object a little after its own time; a comparison costs a page. */
const OVERLAP_MS = { payments: 10 * 60_000, refunds: 3 * 86_400_000 } as const;
/** How far back the first comparison looks. */
const FIRST_WINDOW_MS = 3 * 86_400_000;
/** Younger ones may be between their row and their workflow. */
const UNTOUCHED_MS = 60_000;
/** A row nobody looked after for a day, and that YooKassa was never asked about, is nobody's order any more. */
const ABANDONED_MS = 24 * 3_600_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Compares, wakes, starts and raises; money itself is moved only by a payment's own workflow. */
export function createReconciliationActivities(deps: ReconciliationActivityDeps): ReconciliationActivities {
  const { yookassa, payments, reconciliation, webhookEvents, now } = deps;

  return {
    async windowOf({ list }) {
      const to = now();
      const covered = await reconciliation.coveredUntil(list);
      const from = covered ? covered.getTime() - OVERLAP_MS[list] : to.getTime() - FIRST_WINDOW_MS;
      return { from: new Date(from).toISOString(), to: to.toISOString() };
    },

    cover: ({ list, to }) => reconciliation.cover(list, new Date(to)),

    async compareList({ list, from, to, cursor }) {
      const between = { gte: from, lte: to };
      const page = { limit: PAGE, ...(cursor === null ? {} : { cursor }) };
      if (list === 'refunds') {
        const refunds = await yookassa.listRefunds({ createdAt: between, status: 'succeeded', ...page }, cancellationSignal());
        const anomalies = await compareRefunds(deps, refunds.items);
        return { read: refunds.items.length, healed: 0, anomalies, unreadable: refunds.unreadable.length, cursor: refunds.nextCursor ?? null };
      }
      const theirs = await yookassa.listPayments({ capturedAt: between, status: 'succeeded', ...page }, cancellationSignal());
      return { ...(await comparePayments(deps, theirs.items)), read: theirs.items.length, unreadable: theirs.unreadable.length, cursor: theirs.nextCursor ?? null };
    },

    async healUnfinished({ after }) {
      const at = now().getTime();
      const rows = await reconciliation.unfinished(new Date(at - UNTOUCHED_MS), after, PAGE);
      const keeper = deps.keeper();
      const sum = { checked: rows.length, started: 0, abandoned: 0, delayed: 0 };
      for (const payment of rows) {
        heartbeat();
        if (payment.status === 'delayed' || payment.status === 'paid') sum.delayed += 1;
        if (await keeper.isRunning(payment.id)) continue;
        if (await reconciliation.closeNeverAsked(payment.id, new Date(at - ABANDONED_MS))) {
          sum.abandoned += 1;
          continue;
        }
        await keeper.ensureRunning(payment);
        await payments.recordEvent(payment.id, 'workflow', 'taken-up-by-reconciliation', { status: payment.status });
        sum.started += 1;
      }
      return { ...sum, next: rows.length === PAGE ? rows.at(-1)!.id : null };
    },

    async handleStoredWebhooks() {
      const events = await webhookEvents.unhandled(UNTOUCHED_MS, PAGE);
      const keeper = deps.keeper();
      for (const { id, objectId, paymentId } of events) {
        heartbeat();
        const payment = await paymentOf(payments, objectId, paymentId);
        await webhookEvents.handled(id, payment ? await wake(keeper, payment) : 'unknown-payment');
      }
      return { handled: events.length, more: events.length === PAGE };
    },

    async raiseAnomalies() {
      const open = await reconciliation.open(PAGE);
      for (const anomaly of open) {
        await deps.noticeOwner(`money:${anomaly.kind}:${anomaly.yookassaId}`, describe(anomaly), anomaly.paymentId);
        await reconciliation.told(anomaly.id);
      }
      return { open: open.length };
    },
  };
}

async function comparePayments({ reconciliation, keeper }: ReconciliationActivityDeps, theirs: readonly YooPayment[]): Promise<Pick<ListPage, 'healed' | 'anomalies'>> {
  const claimed = theirs.flatMap(({ metadata }) => (UUID.test(metadata['payment_id'] ?? '') ? [metadata['payment_id']!] : []));
  const ours = await reconciliation.matching(theirs.map(({ id }) => id), claimed);
  const byTheirs = new Map(ours.flatMap((one) => (one.yookassaId === null ? [] : [[one.yookassaId, one] as const])));
  const byOurs = new Map(ours.map((one) => [one.id, one] as const));
  const sum = { healed: 0, anomalies: 0 };
  for (const item of theirs) {
    const payment = byTheirs.get(item.id) ?? byOurs.get(item.metadata['payment_id'] ?? '');
    const kind = verdict(item, payment);
    if (kind === undefined) continue;
    if (kind === 'heal') {
      if ((await wake(keeper(), payment!)) !== 'workflow-ended') sum.healed += 1;
      continue;
    }
    const raised = await reconciliation.raise({ kind, yookassaId: item.id, paymentId: payment?.id ?? null, kopecks: item.currency === 'RUB' ? item.amountKopecks : null });
    if (raised) sum.anomalies += 1;
  }
  return sum;
}

/** What a succeeded payment of YooKassa's is to us: nothing to do, a workflow to wake, or money to explain. */
function verdict(theirs: YooPayment, ours: Payment | undefined): 'heal' | 'unknown-payment' | 'second-payment' | 'paid-after-end' | 'wrong-amount' | undefined {
  if (!ours) return 'unknown-payment';
  if (ours.yookassaId !== null && ours.yookassaId !== theirs.id) return 'second-payment';
  switch (ours.status) {
    case 'created':
    case 'pending':
    case 'guarding':
      return 'heal';
    case 'canceled':
    case 'expired':
      return 'paid-after-end';
    case 'issued':
    case 'paid':
    case 'delayed':
      return theirs.currency !== ours.currency || theirs.amountKopecks !== ours.priceKopecks ? 'wrong-amount' : undefined;
    case 'refunding':
    case 'refunded':
      return undefined;
  }
}

async function compareRefunds({ reconciliation }: ReconciliationActivityDeps, theirs: readonly YooRefund[]): Promise<number> {
  const known = await reconciliation.knownRefunds(theirs.map(({ id }) => id));
  const strange = theirs.filter(({ id }) => !known.has(id));
  const ours = new Map((await reconciliation.matching(strange.map(({ paymentId }) => paymentId), [])).map((one) => [one.yookassaId, one]));
  let raised = 0;
  for (const refund of strange) {
    const payment = ours.get(refund.paymentId);
    // Our own refund whose answer is not recorded yet: its workflow is still at it.
    if (payment?.status === 'refunding') continue;
    const kind = payment ? 'foreign-refund' : 'unknown-refund';
    if (await reconciliation.raise({ kind, yookassaId: refund.id, paymentId: payment?.id ?? null, kopecks: refund.currency === 'RUB' ? refund.amountKopecks : null })) raised += 1;
  }
  return raised;
}

/** @returns what came of it, in the words of the webhook's record */
async function wake(keeper: PaymentKeeper, payment: Payment): Promise<'woken' | 'started' | 'workflow-ended'> {
  if ((await keeper.notified(payment.id)) === 'woken') return 'woken';
  if (isFinal(payment.status)) return 'workflow-ended';
  await keeper.ensureRunning(payment);
  return 'started';
}

async function paymentOf(payments: PaymentsRepository, objectId: string | null, paymentId: string | null): Promise<Payment | undefined> {
  const byTheirs = objectId === null ? undefined : await payments.byYooKassaId(objectId);
  return byTheirs ?? (paymentId === null ? undefined : payments.byId(paymentId));
}

const STORY: Readonly<Record<Anomaly['kind'], string>> = {
  'unknown-payment': 'YooKassa took money for a payment that is not in the shop’s record',
  'second-payment': 'YooKassa took money a second time for one order',
  'paid-after-end': 'YooKassa says paid for an order that had ended without payment; nothing was delivered',
  'wrong-amount': 'YooKassa’s amount is not the order’s price',
  'foreign-refund': 'money of an order was given back outside the shop (YooKassa’s cabinet); its subscription still runs',
  'unknown-refund': 'YooKassa gave back money of a payment that is not in the shop’s record',
};

function describe({ kind, yookassaId, paymentId, kopecks }: Anomaly): string {
  const amount = kopecks === null ? 'a foreign currency' : `${(kopecks / 100).toFixed(2)} RUB`;
  return `${STORY[kind]}: ${amount}, YooKassa ${yookassaId}${paymentId === null ? '' : `, order ${paymentId}`}. Compare the two in YooKassa’s cabinet and settle it there, then mark it resolved.`;
}
