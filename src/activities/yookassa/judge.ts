import { isOpen, type Payment } from '../../domain/payment';
import type { YooPayment } from '../../gateways/yookassa/answers';
import { claimedPaymentId } from '../../gateways/yookassa/metadata';
import type { Verdict } from '../../workflows/contracts/verdict';

/**
 * What YooKassa's payment means for ours. Money counts only if id, amount, currency and our id in its metadata all
 * match.
 */
export function judge(
  theirs: YooPayment,
  ours: Pick<Payment, 'id' | 'providerRef' | 'priceKopecks' | 'currency' | 'status'>,
): Verdict {
  if (theirs.status === 'canceled') return { status: 'canceled', reason: theirs.cancellation?.reason ?? 'unknown' };
  // An unknown status is neither paid nor ended; a hold cannot be (we always capture), and if it were, it would not
  // be our money yet.
  if (theirs.status !== 'succeeded') return { status: 'pending' };
  const paidKopecks = theirs.currency === ours.currency ? theirs.amountKopecks : null;
  if (claimedPaymentId(theirs.metadata) !== ours.id || theirs.id !== ours.providerRef)
    return { status: 'mismatch', reason: 'foreign-payment', paidKopecks: null };
  if (paidKopecks === null) return { status: 'mismatch', reason: 'wrong-currency', paidKopecks };
  if (paidKopecks !== ours.priceKopecks) return { status: 'mismatch', reason: 'wrong-amount', paidKopecks };
  // Refunded in YooKassa's cabinet before we had noticed that it came: what was paid for is not there any more.
  if (theirs.refundedKopecks > 0 && isOpen(ours.status))
    return { status: 'mismatch', reason: 'refunded-outside', paidKopecks: paidKopecks - theirs.refundedKopecks };
  return { status: 'succeeded' };
}
