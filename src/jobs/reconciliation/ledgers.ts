import { cancellationSignal } from '@temporalio/activity';
import { surplusOf } from '../../activities/provider/charges';
import type { Payment } from '../../domain/payment';
import { isUuid } from '../../domain/uuid';
import type { Charge, LedgerEvent, PaymentProvider, ShownRefund } from '../../providers/port';
import type { NewAnomaly } from '../../storage/postgres/reconciliation';
import type { LedgerPage, LedgerPosition, ReconciliationActivities } from './contract';
import type { ReconciliationDependencies } from './dependencies';

type Compared = Pick<LedgerPage, 'healed' | 'anomalies'>;

/**
 * Compares what has happened at a provider since a cursor with the database, one page of it.
 * @throws GatewayError when the provider is away
 */
export async function compareLedger(
  dependencies: ReconciliationDependencies,
  input: Parameters<ReconciliationActivities['compareLedger']>[0],
): Promise<LedgerPage> {
  const provider = dependencies.providers.of(input.provider);
  const { events, cursor, more } = await pageOf(provider, input);
  const charges = events.flatMap((one) => (one.kind === 'charge' ? [one.charge] : []));
  const refunds = events.flatMap((one) => (one.kind === 'refund' ? [one.refund] : []));
  const unreadable = events.filter((one) => one.kind === 'unreadable');
  const compared = [
    await compareCharges(dependencies, provider, charges),
    await compareRefunds(dependencies, provider, refunds),
    await raiseUnreadable(dependencies, provider, unreadable),
  ];
  return {
    payments: charges.length,
    refunds: refunds.length,
    healed: compared.reduce((sum, { healed }) => sum + healed, 0),
    anomalies: compared.reduce((sum, { anomalies }) => sum + anomalies, 0),
    unreadable: unreadable.length,
    cursor,
    more,
  };
}

function pageOf(provider: PaymentProvider, { list, cursor }: LedgerPosition): ReturnType<PaymentProvider['listSince']> {
  if (list === 'main') return provider.listSince(cursor, cancellationSignal());
  if (provider.refundsSince) return provider.refundsSince(cursor, cancellationSignal());
  throw new Error(`${provider.id} has no list of refunds alone`);
}

/** What can't be read may be money: it becomes an anomaly with its id, for a person to look at with the provider. */
async function raiseUnreadable(
  { reconciliation }: ReconciliationDependencies,
  { id: provider }: PaymentProvider,
  events: readonly Extract<LedgerEvent, { kind: 'unreadable' }>[],
): Promise<Compared> {
  let anomalies = 0;
  for (const { of, id } of events) {
    const kind = of === 'charge' ? 'unreadable-payment' : 'unreadable-refund';
    if (await reconciliation.raise({ kind, provider, providerRef: id, paymentId: null, amount: null })) anomalies += 1;
  }
  return { healed: 0, anomalies };
}

async function compareCharges(
  { reconciliation, installation, paymentWorkflowClient }: ReconciliationDependencies,
  provider: PaymentProvider,
  charges: readonly Charge[],
): Promise<Compared> {
  const installationId = await installation.id();
  const claimed = charges.map(({ claim }) => claim.orderId).filter(isUuid);
  const refs = charges.map(({ ref }) => ref);
  const found = await reconciliation.matching(refs, claimed);
  const ours = found.filter((one) => one.provider === provider.id);
  const byRef = new Map(ours.flatMap((one) => (one.providerRef === null ? [] : [[one.providerRef, one] as const])));
  const byId = new Map(ours.map((one) => [one.id, one] as const));
  const sum = { healed: 0, anomalies: 0 };
  const workflows = paymentWorkflowClient();
  for (const charge of charges) {
    const payment = byRef.get(charge.ref) ?? byId.get(charge.claim.orderId ?? '');
    if (payment && (await isTooMuch(provider, charge, payment))) {
      await workflows.notify(payment, charge.chargeId);
      sum.healed += 1;
      continue;
    }
    const finding = findingOf(charge, payment, installationId);
    switch (finding) {
      case undefined:
        continue;
      case 'unknown-payment':
      case 'wrong-amount':
        if (await reconciliation.raise(anomalyOf(finding, provider, charge.ref, charge, payment))) sum.anomalies += 1;
        continue;
      case 'stray':
        await workflows.notify(payment!, charge.ref);
        break;
      case 'unnoticed':
        if ((await workflows.notified(payment!.id)) !== 'woken') await workflows.ensureRunning(payment!);
        break;
    }
    sum.healed += 1;
  }
  return sum;
}

/** Whether this is a charge too many of a payment that could be paid more than once. */
async function isTooMuch({ can, check }: PaymentProvider, charge: Charge, ours: Payment): Promise<boolean> {
  if (!can.severalCharges || ours.providerRef !== charge.ref) return false;
  const state = await check(charge.ref, cancellationSignal());
  return state.state === 'paid' && surplusOf(state.charges, ours).some(({ chargeId }) => chargeId === charge.chargeId);
}

/**
 * What money at the provider means: `undefined` when nothing is to be done.
 *
 * - `unnoticed`: its workflow does not know yet that it has come
 * - `stray`: money that buys nothing, to be refunded
 * - the others: money for a person to explain
 */
function findingOf(
  { ref, claim, amount, refundedMinor }: Charge,
  ours: Payment | undefined,
  installationId: string,
): 'unnoticed' | 'stray' | 'unknown-payment' | 'wrong-amount' | undefined {
  // Other programs, and other installations of this one, may sell through the same account: only what this
  // installation has made must be in the database.
  if (!ours) return claim.installationId === installationId ? 'unknown-payment' : undefined;
  const left = amount.minor - refundedMinor;
  if (ours.providerRef !== null && ours.providerRef !== ref) return left > 0 ? 'stray' : undefined;
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
      return amount.currency !== ours.currency || amount.minor !== ours.priceKopecks ? 'wrong-amount' : undefined;
    case 'refunding':
    case 'refunded':
      return undefined;
  }
}

async function compareRefunds(
  { reconciliation, installation, paymentWorkflowClient }: ReconciliationDependencies,
  provider: PaymentProvider,
  refunds: readonly ShownRefund[],
): Promise<Compared> {
  const known = await reconciliation.knownRefunds(
    provider.id,
    refunds.map(({ refundRef }) => refundRef),
  );
  const unknown = refunds.filter(({ refundRef }) => !known.has(refundRef));
  const refs = unknown.map(({ ref }) => ref);
  const found = await reconciliation.matching(refs, []);
  const byRef = new Map(found.filter((one) => one.provider === provider.id).map((one) => [one.providerRef, one]));
  const workflows = paymentWorkflowClient();
  const sum = { healed: 0, anomalies: 0 };
  const noticed = new Set<string>();
  for (const refund of unknown) {
    const payment = byRef.get(refund.ref);
    if (payment) {
      // Made outside the shop, or ours with its answer lost: the refund workflow finds out which, and revokes the
      // access.
      if (!noticed.has(payment.id)) await workflows.notify(payment, null);
      noticed.add(payment.id);
      sum.healed += 1;
    } else if (refund.claim.installationId === (await installation.id()) && refund.status === 'succeeded') {
      const anomaly = anomalyOf('unknown-refund', provider, refund.refundRef, refund, undefined);
      if (await reconciliation.raise(anomaly)) sum.anomalies += 1;
    }
  }
  return sum;
}

function anomalyOf(
  kind: NewAnomaly['kind'],
  { id: provider }: PaymentProvider,
  providerRef: string,
  { amount }: Pick<Charge, 'amount'>,
  payment: Payment | undefined,
): NewAnomaly {
  return { kind, provider, providerRef, paymentId: payment?.id ?? null, amount };
}
