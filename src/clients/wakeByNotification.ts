import { isUuid } from '../domain/uuid';
import { isFinal, type Payment } from '../domain/payment';
import type { ProviderId } from '../domain/provider';
import type { Notification } from '../providers/webhook';

export interface WakeDeps {
  readonly payments: {
    byProviderRef(provider: ProviderId, providerRef: string): Promise<Payment | undefined>;
    byId(id: string): Promise<Payment | undefined>;
  };
  /** Whether the database knows that this refund has succeeded. */
  readonly hasSucceededRefund: (provider: ProviderId, refundRef: string) => Promise<boolean>;
  readonly paymentWorkflows: {
    notified(paymentId: string): Promise<'woken' | 'not-running'>;
    ensureRunning(payment: Payment): Promise<void>;
  };
  readonly refundWorkflows: { notify(payment: Payment, strayProviderRef: string | null): Promise<void> };
}

/**
 * What came of a notification, for its row.
 *
 * - `woken`, `started`: the payment's workflow looks again, or is there again
 * - `workflow-ended`: late or repeated news about something finished
 * - `refund-noticed`: the refund workflow compares the database with the provider; `known-refund`: there is nothing to
 *   compare
 * - `stray-noticed`: money that may buy nothing; the refund workflow asks the provider about it
 * - `unknown-payment`: of another program that uses the same account, or forged
 * - `ignored`: of no use to this shop
 * - `not-set-up`: of a provider that the worker does not have; once it has, that provider’s list shows the same
 */
export type WakeOutcome =
  | 'woken'
  | 'started'
  | 'workflow-ended'
  | 'refund-noticed'
  | 'known-refund'
  | 'stray-noticed'
  | 'unknown-payment'
  | 'ignored'
  | 'not-set-up';

/** Has looked at what a notification speaks of. Nothing it says is believed: it only chooses who asks the provider. */
export async function wakeByNotification(deps: WakeDeps, notification: Notification): Promise<WakeOutcome> {
  const { about, provider, ref, claimedOrderId, saysPaid } = notification;
  if (about === 'other' || ref === undefined) return 'ignored';
  const ofProvider = (found: Payment | undefined) => (found?.provider === provider ? found : undefined);
  const byTheirs = await deps.payments.byProviderRef(provider, ref);
  const byOurs =
    byTheirs === undefined && isUuid(claimedOrderId) ? ofProvider(await deps.payments.byId(claimedOrderId)) : undefined;
  if (about === 'refund') return noticeRefund(deps, notification, byTheirs ?? byOurs);
  // The first notification may come before the link is in the database; another id for the same order is other money.
  if (byOurs && byOurs.providerRef !== null) {
    if (!saysPaid) return 'unknown-payment';
    await deps.refundWorkflows.notify(byOurs, ref);
    return 'stray-noticed';
  }
  const payment = byTheirs ?? byOurs;
  if (!payment) return 'unknown-payment';
  if ((await deps.paymentWorkflows.notified(payment.id)) === 'woken') return 'woken';
  if (!isFinal(payment.status)) {
    await deps.paymentWorkflows.ensureRunning(payment);
    return 'started';
  }
  if (!saysPaid || payment.status === 'issued' || payment.status === 'refunded') return 'workflow-ended';
  await deps.refundWorkflows.notify(payment, ref);
  return 'stray-noticed';
}

async function noticeRefund(
  { hasSucceededRefund, paymentWorkflows, refundWorkflows }: WakeDeps,
  { provider, objectId }: Notification,
  payment: Payment | undefined,
): Promise<WakeOutcome> {
  if (await hasSucceededRefund(provider, objectId)) return 'known-refund';
  if (!payment) return 'unknown-payment';
  // Its own workflow may be following this very refund.
  await paymentWorkflows.notified(payment.id);
  await refundWorkflows.notify(payment, null);
  return 'refund-noticed';
}
