import { CancellationScope, condition } from '@temporalio/workflow';
import type { RefundRef } from '../contracts/refund';
import type { RefundVerdict } from '../contracts/verdict';
import { untilEnded } from '../untilEnded';
import { follower, yookassa } from './activities';
import type { RefundRunSignals } from './run';

/** For `untilEnded`: a notification, or an operator who wants it tried again. */
export function callOf(signals: RefundRunSignals): () => boolean {
  return () => {
    const isRetry = signals.operatorOrder?.decision === 'retry';
    const isCall = isRetry || signals.wakeUp !== undefined;
    signals.wakeUp = undefined;
    if (isRetry) signals.operatorOrder = undefined;
    return isCall;
  };
}

export type FinalRefundVerdict = Exclude<RefundVerdict, { status: 'pending' }>;

/**
 * Follows a pending refund until YooKassa says that it succeeded or is canceled: by asking with growing pauses, and at
 * once when somebody calls (YooKassa's notification, an operator).
 */
export async function followToTheEnd(ref: RefundRef, signals: RefundRunSignals): Promise<FinalRefundVerdict> {
  const scope = new CancellationScope();
  let final: FinalRefundVerdict | undefined;
  const note = (verdict: RefundVerdict): void => {
    if (verdict.status !== 'pending') final ??= verdict;
  };
  const following = scope.run(() => follower.followRefund(ref)).then(note, () => undefined);
  while (final === undefined) {
    await condition(() => final !== undefined || signals.wakeUp !== undefined);
    if (final !== undefined) break;
    signals.wakeUp = undefined;
    note(await untilEnded(() => yookassa.checkRefund(ref), callOf(signals)));
  }
  scope.cancel();
  await following;
  return final;
}
