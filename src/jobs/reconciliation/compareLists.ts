import { isUuid } from '../../domain/uuid';
import { cancellationSignal } from '@temporalio/activity';
import type { Payment } from '../../domain/payment';
import type { YooPayment, YooRefund } from '../../gateways/yookassa/answers';
import { claimedPaymentId, isOfInstallation } from '../../gateways/yookassa/metadata';
import type { NewAnomaly } from '../../storage/postgres/reconciliation';
import type { ListPage, ReconciliationActivities } from './contract';
import type { ReconciliationDependencies } from './dependencies';

type ListInput = Parameters<ReconciliationActivities['compareList']>[0];
type Compared = Pick<ListPage, 'healed' | 'anomalies'>;

/** Objects of one page of YooKassa's lists; 100 is its maximum. */
const PAGE_SIZE = 100;
/** Compares one page of a list with the database. @throws GatewayError when YooKassa is away */
export async function compareList(
  dependencies: ReconciliationDependencies,
  { list, from, to, cursor }: ListInput,
): Promise<ListPage> {
  const between = { gte: from, lte: to };
  const page = { limit: PAGE_SIZE, ...(cursor === null ? {} : { cursor }) };
  const { yookassa } = dependencies;
  if (list === 'refunds') {
    const refunds = await yookassa.listRefunds({ createdAt: between, ...page }, cancellationSignal());
    // Pending ones too: YooKassa sends no event for how they end, so a workflow must follow them, whoever made them.
    const compared = await compareRefunds(
      dependencies,
      refunds.items.filter(({ status }) => status !== 'canceled'),
    );
    return withUnreadable(dependencies, 'unreadable-refund', refunds, compared);
  }
  const payments = await yookassa.listPayments(
    { capturedAt: between, status: 'succeeded', ...page },
    cancellationSignal(),
  );
  return withUnreadable(
    dependencies,
    'unreadable-payment',
    payments,
    await comparePayments(dependencies, payments.items),
  );
}

/**
 * What can't be read may be money: it becomes an anomaly with its id, for a person to look at in YooKassa's cabinet.
 */
async function withUnreadable(
  { reconciliation }: ReconciliationDependencies,
  kind: 'unreadable-payment' | 'unreadable-refund',
  list: {
    readonly items: readonly unknown[];
    readonly unreadable: readonly string[];
    readonly nextCursor?: string | undefined;
    readonly answeredAt?: Date | undefined;
  },
  { healed, anomalies }: Compared,
): Promise<ListPage> {
  let raised = 0;
  for (const providerRef of list.unreadable)
    if (await reconciliation.raise({ kind, providerRef, paymentId: null, kopecks: null })) raised += 1;
  return {
    read: list.items.length,
    healed,
    anomalies: anomalies + raised,
    unreadable: list.unreadable.length,
    answeredAt: list.answeredAt?.toISOString() ?? null,
    cursor: list.nextCursor ?? null,
  };
}

async function comparePayments(
  { reconciliation, installation, paymentWorkflowClient }: ReconciliationDependencies,
  theirs: readonly YooPayment[],
): Promise<Compared> {
  const installationId = await installation.id();
  const claimed = theirs.map(({ metadata }) => claimedPaymentId(metadata)).filter(isUuid);
  const ours = await reconciliation.matching(
    theirs.map(({ id }) => id),
    claimed,
  );
  const byTheirs = new Map(ours.flatMap((one) => (one.providerRef === null ? [] : [[one.providerRef, one] as const])));
  const byOurs = new Map(ours.map((one) => [one.id, one] as const));
  const sum = { healed: 0, anomalies: 0 };
  const workflows = paymentWorkflowClient();
  for (const item of theirs) {
    const payment = byTheirs.get(item.id) ?? byOurs.get(claimedPaymentId(item.metadata) ?? '');
    const finding = findingOf(item, payment, installationId);
    switch (finding) {
      case undefined:
        continue;
      case 'unknown-payment':
      case 'wrong-amount':
        if (await reconciliation.raise(anomalyOf(finding, item, payment))) sum.anomalies += 1;
        continue;
      case 'stray':
        await workflows.notify(payment!, item.id);
        break;
      case 'unnoticed':
        if ((await workflows.notified(payment!.id)) !== 'woken') await workflows.ensureRunning(payment!);
        break;
    }
    sum.healed += 1;
  }
  return sum;
}

/**
 * What a succeeded payment at YooKassa means: `undefined` when nothing is to be done.
 *
 * - `unnoticed`: its workflow does not know yet that it succeeded
 * - `stray`: money that buys nothing, to be refunded
 * - the others: money for a person to explain
 */
function findingOf(
  theirs: YooPayment,
  ours: Payment | undefined,
  installationId: string,
): 'unnoticed' | 'stray' | 'unknown-payment' | 'wrong-amount' | undefined {
  // Other programs, and other installations of this one, may sell through the same YooKassa shop: only what this
  // installation has made must be in the database.
  if (!ours) return isOfInstallation(theirs.metadata, installationId) ? 'unknown-payment' : undefined;
  const left = theirs.amountKopecks - theirs.refundedKopecks;
  if (ours.providerRef !== null && ours.providerRef !== theirs.id) return left > 0 ? 'stray' : undefined;
  switch (ours.status) {
    case 'created':
    case 'pending':
    case 'guarding':
      return 'unnoticed';
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
  { reconciliation, installation, paymentWorkflowClient }: ReconciliationDependencies,
  theirs: readonly YooRefund[],
): Promise<Compared> {
  const known = await reconciliation.knownRefunds(theirs.map(({ id }) => id));
  const unknown = theirs.filter(({ id }) => !known.has(id));
  const ours = await reconciliation.matching(
    unknown.map(({ paymentId }) => paymentId),
    [],
  );
  const byTheirs = new Map(ours.map((one) => [one.providerRef, one]));
  const workflows = paymentWorkflowClient();
  const sum = { healed: 0, anomalies: 0 };
  const noticed = new Set<string>();
  for (const refund of unknown) {
    const payment = byTheirs.get(refund.paymentId);
    if (payment) {
      // Made outside the shop, or ours with its answer lost: the refund workflow finds out which, and revokes the
      // access.
      if (!noticed.has(payment.id)) await workflows.notify(payment, null);
      noticed.add(payment.id);
      sum.healed += 1;
    } else if (isOfInstallation(refund.metadata, await installation.id()) && refund.status === 'succeeded') {
      if (await reconciliation.raise(anomalyOf('unknown-refund', refund, undefined))) sum.anomalies += 1;
    }
  }
  return sum;
}

function anomalyOf(
  kind: NewAnomaly['kind'],
  { id, currency, amountKopecks }: Pick<YooPayment | YooRefund, 'id' | 'currency' | 'amountKopecks'>,
  payment: Payment | undefined,
): NewAnomaly {
  return {
    kind,
    providerRef: id,
    paymentId: payment?.id ?? null,
    kopecks: currency === 'RUB' ? amountKopecks : null,
  };
}
