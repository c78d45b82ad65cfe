import { condition } from '@temporalio/workflow';
import type { OperatorRequest, RefundPoint } from '../contracts/payment';
import type { ComparedRefunds, FinishedRefund, RefundRef, RefundStage } from '../contracts/refund';
import type { FinalRefundVerdict } from '../contracts/verdict';
import { database, follower, panel, provider, telegram } from './activities';
import { untilEnded, untilEndedOrCalled, type HandOver } from '../untilEnded';
import type { RefundRun } from './run';

/**
 * Carries one planned refund to its end: asks the provider, follows a pending refund, lets an operator decide about one
 * that it would not make, records that it is completed, and tells buyer and owner.
 *
 * At most once for each ruble: an attempt is asked for under its stored key as often as needed, and a new attempt is
 * planned only in place of one that the provider canceled for good.
 *
 * @param from the attempt to begin with, and how far it has come
 * @returns the attempt that was the last one, and whether money of the payment is still with refunds made outside
 */
export async function carryOutRefund(
  run: RefundRun,
  from: RefundPoint,
): Promise<FinishedRefund & { awaitsOutside: boolean }> {
  const { paymentId } = run.input;
  let { attempt, refused } = from;
  for (;;) {
    let verdict: FinalRefundVerdict;
    if (refused === undefined) {
      const asked = await askForRefund(run, attempt);
      attempt = asked.attempt;
      verdict = asked.verdict.status === 'pending' ? await follow(run, { paymentId, attempt }) : asked.verdict;
      if (verdict.status === 'canceled') sayRefused(run, verdict.reason);
    } else verdict = { status: 'canceled', reason: refused };
    const ref = { paymentId, attempt };
    if (verdict.status === 'succeeded') {
      const { awaitsOutside } = await database.completeRefund({ ...ref, byOtherMeans: false });
      tellOfRefund(run, attempt, 'done');
      return { attempt, end: 'refunded', awaitsOutside };
    }
    if (verdict.status === 'not-needed') {
      const { awaitsOutside } = await database.completeRefund({ ...ref, byOtherMeans: false });
      return { attempt, end: 'not-needed', awaitsOutside };
    }
    const request = await awaitOperator(run, { attempt, refused: verdict.reason });
    refused = undefined;
    if (request.decision === 'close') {
      // The operator has refunded it by other means; asking the provider once more would refund it twice.
      const { awaitsOutside } = await database.completeRefund({ ...ref, byOtherMeans: true });
      return { attempt, end: 'refunded-by-other-means', awaitsOutside };
    }
    ({ attempt } = await database.replaceRefund({ ...ref, askedBy: request.actor }));
    run.progress.update('refunding', 'asking for the refund again');
  }
}

/** Asked under the same key however often, so it may be repeated as soon as anybody calls. */
function askForRefund({ input, signals, handOver }: RefundRun, attempt: number) {
  const summary = 'ask for the refund';
  const ref = { paymentId: input.paymentId, attempt };
  const ask = () => provider.askForRefund.executeWithOptions({ summary }, [ref]);
  return untilEnded(ask, signals, handOver({ attempt }));
}

/** Asks with growing pauses while the refund is pending, and at once when somebody calls. */
function follow({ signals, handOver }: RefundRun, ref: RefundRef): Promise<FinalRefundVerdict> {
  return untilEnded(() => follower.followRefund(ref), signals, handOver({ attempt: ref.attempt }));
}

function sayRefused({ progress }: RefundRun, reason: string): void {
  const note = `the provider would not make the refund (${reason}); waiting for an operator's "retry" or "close"`;
  progress.update('refunding', note, true);
  progress.alertOwner({ about: 'refund-refused', reason });
}

/**
 * The provider would not make the refund, so a person must decide: `retry` or `close`. A request that came before this
 * is taken: operators may decide as soon as the attempt's row says "canceled", which is before this workflow knows of
 * it, and whoever said "retry" while the provider was still at it gets it tried again.
 */
async function awaitOperator({ signals, handOver }: RefundRun, point: RefundPoint): Promise<OperatorRequest> {
  const next = handOver(point);
  for (;;) {
    await condition(() => ['retry', 'close'].includes(signals.operatorRequest?.decision ?? '') || next.isDue());
    const request = signals.operatorRequest;
    if (request?.decision === 'retry' || request?.decision === 'close') {
      signals.operatorRequest = undefined;
      return request;
    }
    await next.whenDue();
  }
}

/** Reads the payment's refunds at the provider, records those that were made outside, and tells people of them. */
export async function recordOutside(
  run: Pick<RefundRun, 'input' | 'signals' | 'background'>,
  handOver: HandOver,
): Promise<ComparedRefunds> {
  const ref = { paymentId: run.input.paymentId };
  const summary = 'read the refunds at the provider';
  const compared = await untilEnded(
    () => provider.compareRefunds.executeWithOptions({ summary }, [ref]),
    run.signals,
    handOver,
  );
  for (const attempt of compared.recorded) tellOfRefund(run, attempt, 'done');
  return compared;
}

/**
 * Money of the payment is with refunds that somebody made without the shop: waits until they are at their end,
 * asking with growing pauses, or until somebody calls. `recordOutside` says what has become of them.
 */
export async function awaitOutside(run: Pick<RefundRun, 'input' | 'signals'>, handOver: HandOver): Promise<void> {
  const { paymentId } = run.input;
  await untilEndedOrCalled(() => follower.followOutsideRefunds({ paymentId }), run.signals, handOver);
}

/** Tells buyer and owner, each once. */
export function tellOfRefund(
  { input, background }: Pick<RefundRun, 'input' | 'background'>,
  attempt: number,
  stage: RefundStage,
): void {
  const about = { paymentId: input.paymentId, attempt, stage };
  background.start(telegram.tellBuyerOfRefund.executeWithOptions({ summary: `tell the buyer: ${stage}` }, [about]));
  background.start(telegram.tellOwnerOfRefund.executeWithOptions({ summary: `tell the owner: ${stage}` }, [about]));
}

/** Tells the panels what is left of the access. */
export function revokeAccess(
  { input, background }: Pick<RefundRun, 'input' | 'background'>,
  summary = 'revoke the access',
): void {
  const { paymentId } = input;
  background.start(panel.revokeAccess.executeWithOptions({ summary }, [{ paymentId }]));
}
