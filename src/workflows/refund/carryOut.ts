import { condition } from '@temporalio/workflow';
import type { OperatorOrder } from '../contracts/payment';
import type { FinishedRefund, RefundStage } from '../contracts/refund';
import { database, panel, telegram, yookassa } from './activities';
import { untilEnded } from '../untilEnded';
import { callOf, followToTheEnd } from './follow';
import type { RefundRun } from './run';

/**
 * Carries one planned refund to its end: asks YooKassa, follows a pending refund, lets an operator decide about one
 * that YooKassa would not make, records that it is completed, and tells buyer and owner.
 *
 * At most once for each ruble: an attempt is asked for under its stored key as often as needed, and a new attempt is
 * planned only in place of one that YooKassa canceled for good.
 *
 * @param plannedAttempt the attempt to begin with
 * @returns the attempt that was the last one
 */
export async function carryOutRefund(run: RefundRun, plannedAttempt: number): Promise<FinishedRefund> {
  const { paymentId } = run.input;
  let attempt = plannedAttempt;
  for (;;) {
    const asked = await askForRefund(run, attempt);
    attempt = asked.attempt;
    const ref = { paymentId, attempt };
    const verdict = asked.verdict.status === 'pending' ? await followToTheEnd(ref, run.signals) : asked.verdict;
    if (verdict.status === 'succeeded') {
      await database.completeRefund({ ...ref, byOtherMeans: false });
      tellOfRefund(run, attempt, 'done');
      return { attempt, end: 'refunded' };
    }
    const order = await askOperator(run, verdict.reason);
    if (order.decision === 'close') {
      // The operator has given the money back by other means; asking YooKassa once more would give it back twice.
      await database.completeRefund({ ...ref, byOtherMeans: true });
      return { attempt, end: 'refunded-by-other-means' };
    }
    ({ attempt } = await database.replaceRefund({ ...ref, askedBy: order.actor }));
    run.progress.show('refunding', 'asking YooKassa for the refund again');
  }
}

/** Asked under the same key however often, so it may be repeated as soon as anybody calls. */
function askForRefund({ input, signals }: RefundRun, attempt: number) {
  const summary = 'ask YooKassa for the refund';
  const ref = { paymentId: input.paymentId, attempt };
  return untilEnded(() => yookassa.askForRefund.executeWithOptions({ summary }, [ref]), callOf(signals));
}

/**
 * YooKassa would not make the refund, so a person must decide: `retry` or `close`. An order that came a moment before
 * this is taken: operators may decide as soon as the attempt's row says "canceled", which is before this workflow knows
 * of it.
 */
async function askOperator({ signals, progress }: RefundRun, why: string): Promise<OperatorOrder> {
  const refused = `YooKassa would not make the refund (${why})`;
  progress.show('refunding', `${refused}; waiting for an operator's "retry" or "close"`, true);
  progress.alertOwner(
    `${refused}; fix the cause in its cabinet, then choose "retry"; or give the money back by other means, then choose "close"`,
  );
  await condition(() => ['retry', 'close'].includes(signals.operatorOrder?.decision ?? ''));
  const order = signals.operatorOrder!;
  signals.operatorOrder = undefined;
  return order;
}

/** Tells buyer and owner, each once. */
export function tellOfRefund({ input, background }: RefundRun, attempt: number, stage: RefundStage): void {
  const about = { paymentId: input.paymentId, attempt, stage };
  background.start(telegram.tellBuyerOfRefund.executeWithOptions({ summary: `tell the buyer: ${stage}` }, [about]));
  background.start(telegram.tellOwnerOfRefund.executeWithOptions({ summary: `tell the owner: ${stage}` }, [about]));
}

/** Tells the panels what the refund has left of the access. */
export function revokeAccess({ input, background }: RefundRun): void {
  const { paymentId } = input;
  background.start(panel.revokeAccess.executeWithOptions({ summary: 'revoke the access' }, [{ paymentId }]));
}
