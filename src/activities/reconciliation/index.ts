import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { wakeByNotification, type WakeOutcome } from '../../clients/wakeByNotification';
import type { Payment } from '../../domain/payment';
import type { YooPayment, YooRefund } from '../../gateways/yookassa/answers';
import type { YooKassaClient } from '../../gateways/yookassa/client';
import { parseNotification, PAYMENT_ID_METADATA_KEY } from '../../gateways/yookassa/webhook';
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
  /** Has the refund workflow compare the record with YooKassa; with an id, ask about money that may buy nothing. */
  notice(payment: Payment, strayYooKassaId: string | null): Promise<void>;
  isRefundRunning(paymentId: string): Promise<boolean>;
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
/** Stored notifications of one step: a burst of a million is a thousand steps. */
const WEBHOOKS = 1_000;
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
        // Pending ones too: there is no event for how they end, so whoever made them, somebody must follow them.
        const refunds = await yookassa.listRefunds({ createdAt: between, ...page }, cancellationSignal());
        const { healed, anomalies } = await compareRefunds(
          deps,
          refunds.items.filter(({ status }) => status !== 'canceled'),
        );
        return {
          healed,
          anomalies: anomalies + (await raiseUnreadable(deps, 'unreadable-refund', refunds.unreadable)),
          read: refunds.items.length,
          unreadable: refunds.unreadable.length,
          cursor: refunds.nextCursor ?? null,
        };
      }
      const theirs = await yookassa.listPayments(
        { capturedAt: between, status: 'succeeded', ...page },
        cancellationSignal(),
      );
      const { healed, anomalies } = await comparePayments(deps, theirs.items);
      return {
        healed,
        anomalies: anomalies + (await raiseUnreadable(deps, 'unreadable-payment', theirs.unreadable)),
        read: theirs.items.length,
        unreadable: theirs.unreadable.length,
        cursor: theirs.nextCursor ?? null,
      };
    },

    async healUnfinished({ after }) {
      const at = now().getTime();
      const rows = await reconciliation.unfinished(new Date(at - UNTOUCHED_MS), after, PAGE);
      const keeper = deps.keeper();
      const sum = { checked: rows.length, started: 0, abandoned: 0, delayed: 0 };
      for (const payment of rows) {
        heartbeat();
        if (payment.status === 'delayed' || payment.status === 'paid') sum.delayed += 1;
        if ((await keeper.isRunning(payment.id)) || (await keeper.isRefundRunning(payment.id))) continue;
        if (await reconciliation.closeNeverAsked(payment.id, new Date(at - ABANDONED_MS))) {
          sum.abandoned += 1;
          continue;
        }
        // Money that goes back after a delivery has a workflow of its own, started below.
        if (payment.status === 'refunding' && (await payments.refunds.unsettled(payment.id))) continue;
        await keeper.ensureRunning(payment);
        await payments.recordEvent(payment.id, 'workflow', 'taken-up-by-reconciliation', { status: payment.status });
        sum.started += 1;
      }
      if (after === null) sum.started += await healRefunds(deps, new Date(at - UNTOUCHED_MS));
      return { ...sum, next: rows.length === PAGE ? rows.at(-1)!.id : null };
    },

    async handleStoredWebhooks() {
      const events = await webhookEvents.unhandled(UNTOUCHED_MS, WEBHOOKS);
      // The same news a thousand times is looked at once.
      const news = new Map<string, { body: string; ids: number[] }>();
      for (const { id, body } of events) news.set(body, { body, ids: [...(news.get(body)?.ids ?? []), id] });
      for (const { body, ids } of news.values()) {
        heartbeat();
        await webhookEvents.handled(ids, await wakeByBody(deps, body));
      }
      return { handled: events.length, more: events.length === WEBHOOKS };
    },

    async raiseAnomalies() {
      let told = 0;
      for (
        let untold = await reconciliation.untold(PAGE);
        untold.length > 0;
        untold = await reconciliation.untold(PAGE)
      ) {
        for (const anomaly of untold) {
          heartbeat();
          await deps.noticeOwner(`money:${anomaly.kind}:${anomaly.yookassaId}`, describe(anomaly), anomaly.paymentId);
          await reconciliation.told(anomaly.id);
          told += 1;
        }
      }
      return { told };
    },

    countAnomalies: async () => ({ open: await reconciliation.countOpen() }),
  };
}

async function comparePayments(
  { reconciliation, keeper: open }: ReconciliationActivityDeps,
  theirs: readonly YooPayment[],
): Promise<Pick<ListPage, 'healed' | 'anomalies'>> {
  const claimed = theirs.flatMap(({ metadata }) =>
    UUID.test(metadata[PAYMENT_ID_METADATA_KEY] ?? '') ? [metadata[PAYMENT_ID_METADATA_KEY]!] : [],
  );
  const ours = await reconciliation.matching(
    theirs.map(({ id }) => id),
    claimed,
  );
  const byTheirs = new Map(ours.flatMap((one) => (one.yookassaId === null ? [] : [[one.yookassaId, one] as const])));
  const byOurs = new Map(ours.map((one) => [one.id, one] as const));
  const sum = { healed: 0, anomalies: 0 };
  const keeper = open();
  for (const item of theirs) {
    const payment = byTheirs.get(item.id) ?? byOurs.get(item.metadata[PAYMENT_ID_METADATA_KEY] ?? '');
    const kind = verdict(item, payment);
    if (kind === undefined) continue;
    if (kind === 'unknown-payment' || kind === 'wrong-amount') {
      const raised = await reconciliation.raise({
        kind,
        yookassaId: item.id,
        paymentId: payment?.id ?? null,
        kopecks: item.currency === 'RUB' ? item.amountKopecks : null,
      });
      if (raised) sum.anomalies += 1;
      continue;
    }
    if (kind === 'stray') await keeper.notice(payment!, item.id);
    else if ((await keeper.notified(payment!.id)) !== 'woken') await keeper.ensureRunning(payment!);
    sum.healed += 1;
  }
  return sum;
}

/** What a succeeded payment of YooKassa's is to us: nothing to do, a workflow to wake, money to give back, or money to explain. */
function verdict(
  theirs: YooPayment,
  ours: Payment | undefined,
): 'heal' | 'stray' | 'unknown-payment' | 'wrong-amount' | undefined {
  // The same YooKassa shop may sell other things, through other programs: only what carries an id of ours is ours to explain.
  if (!ours) return theirs.metadata[PAYMENT_ID_METADATA_KEY] === undefined ? undefined : 'unknown-payment';
  const left = theirs.amountKopecks - theirs.refundedKopecks;
  if (ours.yookassaId !== null && ours.yookassaId !== theirs.id) return left > 0 ? 'stray' : undefined;
  switch (ours.status) {
    case 'created':
    case 'pending':
    case 'guarding':
      return 'heal';
    case 'canceled':
    case 'expired':
      return left > 0 ? 'stray' : undefined;
    case 'issued':
    case 'paid':
    case 'delayed':
      return theirs.currency !== ours.currency || theirs.amountKopecks !== ours.priceKopecks
        ? 'wrong-amount'
        : undefined;
    case 'refunding':
    case 'refunded':
      return undefined;
  }
}

async function compareRefunds(
  { reconciliation, keeper: open }: ReconciliationActivityDeps,
  theirs: readonly YooRefund[],
): Promise<Pick<ListPage, 'healed' | 'anomalies'>> {
  const known = await reconciliation.knownRefunds(theirs.map(({ id }) => id));
  const strange = theirs.filter(({ id }) => !known.has(id));
  const ours = new Map(
    (
      await reconciliation.matching(
        strange.map(({ paymentId }) => paymentId),
        [],
      )
    ).map((one) => [one.yookassaId, one]),
  );
  const keeper = open();
  const sum = { healed: 0, anomalies: 0 };
  const noticed = new Set<string>();
  for (const refund of strange) {
    const payment = ours.get(refund.paymentId);
    if (payment) {
      // Made outside the shop, or ours with its answer lost: the refund workflow finds out which, and takes the access back.
      if (!noticed.has(payment.id)) await keeper.notice(payment, null);
      noticed.add(payment.id);
      sum.healed += 1;
    } else if (refund.metadata[PAYMENT_ID_METADATA_KEY] !== undefined && refund.status === 'succeeded') {
      if (
        await reconciliation.raise({
          kind: 'unknown-refund',
          yookassaId: refund.id,
          paymentId: null,
          kopecks: refund.currency === 'RUB' ? refund.amountKopecks : null,
        })
      )
        sum.anomalies += 1;
    }
  }
  return sum;
}

/** Refunds after a delivery that the record has not settled and that no workflow is at. @returns how many got theirs back */
async function healRefunds({ payments, keeper: open }: ReconciliationActivityDeps, before: Date): Promise<number> {
  const keeper = open();
  let started = 0;
  for (const paymentId of await payments.refunds.unsettledPayments(before, PAGE)) {
    heartbeat();
    if (await keeper.isRefundRunning(paymentId)) continue;
    await keeper.notice((await payments.byId(paymentId))!, null);
    started += 1;
  }
  return started;
}

/** What can't be read may be money: it is raised by its id, for a person to look at in the cabinet. */
async function raiseUnreadable(
  { reconciliation }: ReconciliationActivityDeps,
  kind: 'unreadable-payment' | 'unreadable-refund',
  ids: readonly string[],
): Promise<number> {
  let raised = 0;
  for (const yookassaId of ids)
    if (await reconciliation.raise({ kind, yookassaId, paymentId: null, kopecks: null })) raised += 1;
  return raised;
}

async function wakeByBody({ payments, keeper: open }: ReconciliationActivityDeps, body: string): Promise<WakeOutcome> {
  const keeper = open();
  const notification = parseNotification(parseJson(body));
  if (!notification) return 'ignored';
  const isSettledRefund = async (id: string) => (await payments.refunds.byYooKassaId(id))?.status === 'succeeded';
  return wakeByNotification(
    { payments, isSettledRefund, paymentWorkflows: keeper, refundWorkflows: keeper },
    notification,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const STORY: Readonly<Record<Anomaly['kind'], string>> = {
  'unknown-payment': 'YooKassa took money for a payment that is not in the shop’s record',
  'second-payment': 'YooKassa took money a second time for one order',
  'paid-after-end': 'YooKassa says paid for an order that had ended without payment; nothing was delivered',
  'wrong-amount': 'YooKassa’s amount is not the order’s price',
  'foreign-refund':
    'money of an order was given back outside the shop (YooKassa’s cabinet); its subscription still runs',
  'unknown-refund': 'YooKassa gave back money of a payment that is not in the shop’s record',
  'unreadable-payment': 'YooKassa lists a succeeded payment that the shop can’t read',
  'unreadable-refund': 'YooKassa lists a refund that the shop can’t read',
};

function describe({ kind, yookassaId, paymentId, kopecks }: Anomaly): string {
  const amount =
    kopecks === null ? 'an amount that is not in roubles, or unknown' : `${(kopecks / 100).toFixed(2)} RUB`;
  return `${STORY[kind]}: ${amount}, YooKassa ${yookassaId}${paymentId === null ? '' : `, order ${paymentId}`}. Compare the two in YooKassa’s cabinet and settle it there, then mark it resolved.`;
}
