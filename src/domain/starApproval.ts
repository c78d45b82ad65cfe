import { isOpen, whereIsTheMoney, type Payment } from './payment';
import type { Money } from './money';

/** What somebody is about to pay, right before the money moves. */
export interface AskedApproval {
  /** What the invoice carries of ours. */
  readonly ref: string;
  readonly payerId: number;
  readonly price: Money;
}

/**
 * Why a payment must not be made now.
 *
 * - `unknown`: no order of this shop has this invoice
 * - `another-buyer`: the order is somebody else's
 * - `paid`: the money has come already
 * - `ended`: it is too late, or was cancelled
 * - `another-price`: not what the buyer confirmed
 */
export type Disapproval = 'unknown' | 'another-buyer' | 'paid' | 'ended' | 'another-price';

type Ordered = Pick<
  Payment,
  'providerRef' | 'userId' | 'status' | 'priceKopecks' | 'currency' | 'payableUntil' | 'dismissedAt'
>;

/**
 * Whether an order may be paid now, by its record alone. There is no lock between this and the charge: who pays twice
 * at once is charged twice, and one of the two goes back.
 * @returns `undefined`: it may
 */
export function disapprovalOf(asked: AskedApproval, order: Ordered | undefined, now: Date): Disapproval | undefined {
  if (order === undefined || order.providerRef !== asked.ref) return 'unknown';
  if (order.userId !== asked.payerId) return 'another-buyer';
  if (!isOpen(order.status)) return whereIsTheMoney(order.status) === 'shop' ? 'paid' : 'ended';
  const isOver = order.payableUntil !== null && order.payableUntil <= now;
  if (isOver || order.dismissedAt !== null) return 'ended';
  const { currency, minor } = asked.price;
  return order.currency === currency && order.priceKopecks === minor ? undefined : 'another-price';
}
