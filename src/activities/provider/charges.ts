/** Which of several charges pays for an order, and what is too much. */
import { isSameMoney } from '../../domain/money';
import { isOpen, type Payment } from '../../domain/payment';
import type { Charge } from '../../providers/port';

type Ours = Pick<Payment, 'priceKopecks' | 'currency' | 'status'>;

/** Whether nothing was bought, or no money of it stays with the shop. */
const ENDED_WITHOUT = ['canceled', 'expired', 'refunded'];

const isUntouched = ({ refundedMinor }: Charge): boolean => refundedMinor === 0;

/**
 * The charge that pays for the order: the first whole one that is with the shop. Where all have gone back, the last of
 * them; where none is whole, the first.
 * @param charges of one payment, oldest first
 */
export function keptCharge(charges: readonly [Charge, ...Charge[]], ours: Ours): Charge {
  const price = { currency: ours.currency, minor: ours.priceKopecks };
  const whole = charges.filter(({ amount }) => isSameMoney(amount, price));
  return whole.find(isUntouched) ?? whole.at(-1) ?? charges[0];
}

/**
 * What has to go back of what was paid more than once: every charge but the one that pays for the order, and that one,
 * too, once the order has ended without it. Nothing while the order is open: what it is paid by is not decided.
 */
export function surplusOf(charges: readonly [Charge, ...Charge[]], ours: Ours): readonly Charge[] {
  if (isOpen(ours.status)) return [];
  const kept = ENDED_WITHOUT.includes(ours.status) ? undefined : keptCharge(charges, ours);
  return charges.filter((charge) => charge !== kept && isUntouched(charge));
}
