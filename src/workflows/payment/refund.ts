import { condition, patched } from '@temporalio/workflow';
import type { PaymentInput } from '../contracts/payment';
import type { RefundVerdict } from '../contracts/verdict';
import { yookassa as returns } from '../refund/activities';
import { followToTheEnd } from '../refund/follow';
import { panelPatiently, refundFollower, shop, yookassa } from './activities';
import type { Desk } from './desk';
import { take, type Inbox } from './inbox';

export interface RefundOrder {
  readonly reason: string;
  readonly askedBy: string;
  /** Kopecks that came, where they differ from the price. */
  readonly amountKopecks?: number;
}

/**
 * Gives the money back and takes back what it bought.
 * @returns `issued` when a delivery had won before; the buyer then keeps it
 */
export async function refund(
  input: PaymentInput,
  inbox: Inbox,
  desk: Desk,
  order: RefundOrder,
): Promise<'refunded' | 'issued'> {
  const { paymentId } = input;
  const { status } = await shop.decideRefund({ paymentId, ...order });
  if (status === 'issued') return 'issued';
  if (status === 'refunded') return 'refunded';

  desk.show('refunding', `the money goes back (${order.reason}, ${order.askedBy})`);
  desk.refreshScreen();
  desk.beside(panelPatiently.withdrawAccess.executeWithOptions({ summary: 'take the access back' }, [{ paymentId }]));

  for (;;) {
    let verdict = await yookassa.refundPayment.executeWithOptions({ summary: 'ask YooKassa for the refund' }, [
      { paymentId },
    ]);
    if (verdict.status === 'pending') verdict = await follow(input, inbox);
    if (verdict.status === 'succeeded') break;

    const why = verdict.status === 'canceled' ? verdict.reason : 'no final word';
    desk.show(
      'refunding',
      `YooKassa would not give the money back (${why}); waiting for an operator's "retry" or "close"`,
      true,
    );
    desk.alertOwner(
      `YooKassa would not give the money back (${why}); fix the cause in its cabinet, then choose "retry"; or give it back by other means, then choose "close"`,
    );
    inbox.decision = undefined;
    await condition(() => inbox.decision !== undefined);
    const decision = take(inbox, 'decision');
    if (decision?.decision === 'close') {
      // He has given the money back by other means; asking YooKassa once more would give it back twice.
      await shop.recordStatus({ paymentId, status: 'refunded', reason: 'returned-by-other-means' });
      return 'refunded';
    }
    await shop.planRefundAgain({ paymentId, askedBy: decision?.actor ?? 'operator' });
    desk.show('refunding', 'asking YooKassa for the refund again');
  }
  await shop.recordStatus({ paymentId, status: 'refunded', reason: order.reason });
  // The screen he has is old by now, and a screen that changes rings no bell.
  if (patched('tell-refund')) desk.tellRefund();
  return 'refunded';
}

/** A notification of the refund, or anybody else's call, makes YooKassa be asked at once. */
async function follow({ paymentId }: PaymentInput, inbox: Inbox): Promise<RefundVerdict> {
  const patiently = () => refundFollower.followRefund({ paymentId });
  if (!patched('refund-wakes')) return patiently();
  return followToTheEnd(patiently, () => returns.checkReturn({ paymentId, attempt: null }), {
    called: () => inbox.woken,
    heard: () => void (inbox.woken = false),
  });
}
