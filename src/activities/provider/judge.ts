import { isOpen, type Payment } from '../../domain/payment';
import { isSameMoney } from '../../domain/money';
import type { Charge, PaymentState } from '../../providers/port';
import type { Verdict } from '../../workflows/contracts/verdict';

type Ours = Pick<Payment, 'id' | 'providerRef' | 'priceKopecks' | 'currency' | 'status'>;

/** What the provider's payment means for ours. Money counts only if it is for this order, and is its price. */
export function judge(theirs: Exclude<PaymentState, { state: 'unknown' }>, ours: Ours): Verdict {
  switch (theirs.state) {
    case 'dead':
      return { status: 'canceled', reason: theirs.reason };
    case 'open':
      return { status: 'pending' };
    case 'paid':
      return judgeCharges(theirs.charges, ours);
  }
}

function judgeCharges(charges: readonly Charge[], ours: Ours): Verdict {
  const mine = charges.filter(({ claim, ref }) => claim.orderId === ours.id && ref === ours.providerRef);
  if (mine.length === 0) return { status: 'mismatch', reason: 'foreign-payment', paidKopecks: null };
  const price = { currency: ours.currency, minor: ours.priceKopecks };
  const inCurrency = mine.filter(({ amount }) => amount.currency === price.currency);
  if (inCurrency.length === 0) return { status: 'mismatch', reason: 'wrong-currency', paidKopecks: null };
  const paidKopecks = sumOf(inCurrency, ({ amount }) => amount.minor);
  const whole = inCurrency.filter(({ amount }) => isSameMoney(amount, price));
  if (whole.length === 0) return { status: 'mismatch', reason: 'wrong-amount', paidKopecks };
  // Refunded without the shop before it had noticed that it came: what was paid for is not there any more.
  if (isOpen(ours.status) && whole.every(({ refundedMinor }) => refundedMinor > 0))
    return {
      status: 'mismatch',
      reason: 'refunded-outside',
      paidKopecks: paidKopecks - sumOf(inCurrency, ({ refundedMinor }) => refundedMinor),
    };
  return { status: 'succeeded' };
}

export function sumOf<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}
