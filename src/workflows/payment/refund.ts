import { condition } from '@temporalio/workflow';
import type { RefundVerdict } from '../contracts/verdict';
import { yookassa as returns } from '../refund/activities';
import { followToTheEnd } from '../refund/follow';
import { panelUntilDecided, refundFollower, shop, yookassa } from './activities';
import type { PaymentRun } from './run';
import { take } from './signals';

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
export async function refund(run: PaymentRun, order: RefundOrder): Promise<'refunded' | 'issued'> {
  const { input, progress, signals, background } = run;
  const { paymentId } = input;
  const { status } = await shop.decideRefund({ paymentId, ...order });
  if (status === 'issued') return 'issued';
  if (status === 'refunded') return 'refunded';

  progress.show('refunding', `the money goes back (${order.reason}, ${order.askedBy})`);
  progress.refreshScreen();
  background.start(
    panelUntilDecided.withdrawAccess.executeWithOptions({ summary: 'take the access back' }, [{ paymentId }]),
  );

  for (;;) {
    let verdict = await yookassa.refundPayment.executeWithOptions({ summary: 'ask YooKassa for the refund' }, [
      { paymentId },
    ]);
    if (verdict.status === 'pending') verdict = await follow(run);
    if (verdict.status === 'succeeded') break;

    const why = verdict.status === 'canceled' ? verdict.reason : 'no final word';
    progress.show(
      'refunding',
      `YooKassa would not give the money back (${why}); waiting for an operator's "retry" or "close"`,
      true,
    );
    progress.alertOwner(
      `YooKassa would not give the money back (${why}); fix the cause in its cabinet, then choose "retry"; or give it back by other means, then choose "close"`,
    );
    signals.operatorOrder = undefined;
    await condition(() => signals.operatorOrder !== undefined);
    const operatorOrder = take(signals, 'operatorOrder');
    if (operatorOrder?.decision === 'close') {
      // He has given the money back by other means; asking YooKassa once more would give it back twice.
      await shop.recordStatus({ paymentId, status: 'refunded', reason: 'returned-by-other-means' });
      return 'refunded';
    }
    await shop.planRefundAgain({ paymentId, askedBy: operatorOrder?.actor ?? 'operator' });
    progress.show('refunding', 'asking YooKassa for the refund again');
  }
  await shop.recordStatus({ paymentId, status: 'refunded', reason: order.reason });
  // The screen he has is old by now, and a screen that changes rings no bell.
  progress.tellRefund();
  return 'refunded';
}

/** A notification of the refund, or anybody else's call, makes YooKassa be asked at once. */
async function follow({ input, signals }: PaymentRun): Promise<RefundVerdict> {
  const { paymentId } = input;
  return followToTheEnd(
    () => refundFollower.followRefund({ paymentId }),
    () => returns.checkReturn({ paymentId, attempt: null }),
    { called: () => signals.wakeUp !== undefined, heard: () => void take(signals, 'wakeUp') },
  );
}
