import { isUuid } from '../domain/uuid';
import { isFinal, type Payment } from '../domain/payment';
import type { YooNotification } from '../gateways/yookassa/webhook';

export interface WakeDeps {
  readonly payments: {
    byProviderRef(id: string): Promise<Payment | undefined>;
    byId(id: string): Promise<Payment | undefined>;
  };
  /** Whether the database knows that this refund has succeeded. */
  readonly hasSucceededRefund: (refundRef: string) => Promise<boolean>;
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
 * - `refund-noticed`: the refund workflow compares the database with YooKassa; `known-refund`: there is nothing to
 *   compare
 * - `stray-noticed`: money that may buy nothing; the refund workflow asks YooKassa about it
 * - `unknown-payment`: of another program in the same YooKassa shop, or forged
 * - `ignored`: of no use to this shop
 */
export type WakeOutcome =
  | 'woken'
  | 'started'
  | 'workflow-ended'
  | 'refund-noticed'
  | 'known-refund'
  | 'stray-noticed'
  | 'unknown-payment'
  | 'ignored';

/** Has looked at what a notification speaks of. Nothing it says is believed: it only chooses who asks YooKassa. */
export async function wakeByNotification(deps: WakeDeps, notification: YooNotification): Promise<WakeOutcome> {
  if (notification.kind === 'other') return 'ignored';
  const byTheirs = await deps.payments.byProviderRef(notification.paymentId);
  const byOurs =
    byTheirs === undefined && isUuid(notification.metadataPaymentId)
      ? await deps.payments.byId(notification.metadataPaymentId!)
      : undefined;
  if (notification.kind === 'refund') return noticeRefund(deps, notification.objectId, byTheirs ?? byOurs);
  const succeeded = notification.event === 'payment.succeeded';
  // The first notification may come before the link is in the database; another id for the same order is other money.
  if (byOurs && byOurs.providerRef !== null) {
    if (!succeeded) return 'unknown-payment';
    await deps.refundWorkflows.notify(byOurs, notification.paymentId);
    return 'stray-noticed';
  }
  const payment = byTheirs ?? byOurs;
  if (!payment) return 'unknown-payment';
  if ((await deps.paymentWorkflows.notified(payment.id)) === 'woken') return 'woken';
  if (!isFinal(payment.status)) {
    await deps.paymentWorkflows.ensureRunning(payment);
    return 'started';
  }
  if (!succeeded || payment.status === 'issued' || payment.status === 'refunded') return 'workflow-ended';
  await deps.refundWorkflows.notify(payment, notification.paymentId);
  return 'stray-noticed';
}

async function noticeRefund(
  { hasSucceededRefund, paymentWorkflows, refundWorkflows }: WakeDeps,
  refundId: string,
  payment: Payment | undefined,
): Promise<WakeOutcome> {
  if (await hasSucceededRefund(refundId)) return 'known-refund';
  if (!payment) return 'unknown-payment';
  // Its own workflow may be following this very refund.
  await paymentWorkflows.notified(payment.id);
  await refundWorkflows.notify(payment, null);
  return 'refund-noticed';
}
