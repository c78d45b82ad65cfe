import { allHandlersFinished, CancellationScope, condition } from '@temporalio/workflow';
import { HOUR_MS } from '../../domain/duration';
import { isUnknownReason, type FinalPaymentStatus } from '../../domain/payment';
import { createBackgroundTasks } from '../backgroundTasks';
import type { Fulfilment } from '../contracts/activities';
import type { PaymentInput, PaymentOutcome } from '../contracts/payment';
import type { FinalVerdict } from '../contracts/verdict';
import { yookassa as refunds } from '../refund/activities';
import { fulfillPayment, linkCreation, shop } from './activities';
import { deliver, deliveryEnd } from './deliver';
import { trackProgress } from './progress';
import { refund } from './refund';
import type { PaymentRun } from './run';
import { receiveSignals, take } from './signals';
import { untilCalled, untilEnded } from '../untilEnded';
import { untilKnown } from './unknown';
import { waitForPayment } from './watch';

/** Nobody waits longer for a link. Without one nobody can pay either, so giving up is safe. */
const LINK_WITHIN_MS = 600_000;

const END_NOTES: Readonly<Record<FinalPaymentStatus, string>> = {
  issued: 'the buyer has the key; the money is the shop’s',
  refunded: 'the buyer has the money back',
  canceled: 'not paid; the money never left the buyer',
  expired: 'not paid in time; the money never left the buyer',
};

const endNote = ({ status, reason }: PaymentOutcome): string =>
  isUnknownReason(reason) ? 'closed by an operator; whether it was paid is not known here' : END_NOTES[status];

/**
 * One purchase, from the buyer's tap to its end: the buyer has the key, or the money.
 *
 * It can't be cancelled from outside: whoever wants it to end sends an order (`operatorDecides`), so that no money is
 * left without anybody looking after it. Should it be terminated all the same, reconciliation starts it again and
 * every step finds what was done before.
 */
export async function payment(input: PaymentInput): Promise<PaymentOutcome> {
  const background = createBackgroundTasks('payment');
  const progress = trackProgress(input, background);
  const run = { input, progress, background, signals: receiveSignals(progress) };
  return CancellationScope.nonCancellable(async () => {
    const outcome = await purchase(run);
    progress.show(outcome.status, endNote(outcome));
    await progress.finish();
    // Whoever asked for something a moment ago gets an answer.
    await condition(allHandlersFinished);
    return outcome;
  });
}

async function purchase(run: PaymentRun): Promise<PaymentOutcome> {
  const refusal = await createLink(run);
  if (refusal !== undefined) return { status: 'canceled', reason: refusal };
  run.progress.show(
    'pending',
    'the link is in the chat; YooKassa is asked every few seconds, and at once when it or the buyer calls',
  );
  run.progress.refreshScreen();

  const check = await untilKnown(run, await waitForPayment(run));
  if ('closedAs' in check) return { status: 'canceled', reason: check.closedAs };
  const { verdict, fulfilment } = check;
  if (verdict.status === 'canceled') return endUnpaid(run, verdict.reason);
  if (verdict.status === 'mismatch') return resolveMismatch(run, verdict);
  return fulfil(run, fulfilment ?? (await tryFastPath(run)));
}

/** @returns why there is no link; `undefined`: there is one */
async function createLink({ input, signals }: PaymentRun): Promise<string | undefined> {
  const { paymentId } = input;
  const until = Date.now() + LINK_WITHIN_MS;
  const made = await untilEnded(
    () => linkCreation(until - Date.now()).createYooKassaPayment({ paymentId }),
    signals,
  ).catch(() => ({ outcome: 'refused' as const, reason: 'yookassa-unavailable' }));
  if (made.outcome === 'created') return undefined;
  // Without a link nobody can pay what YooKassa may have created; it expires there by itself. Should the last attempt
  // have stored a link after all, the payment is not `created` any more and is watched like any other.
  const canceled = { status: 'canceled', reason: made.reason, onlyFrom: 'created' } as const;
  const { status } = await shop.recordStatus({ paymentId, ...canceled });
  return status === 'canceled' ? made.reason : undefined;
}

async function endUnpaid({ input }: PaymentRun, reason: string): Promise<PaymentOutcome> {
  const status = reason.startsWith('expired') ? 'expired' : 'canceled';
  await shop.recordStatus({ paymentId: input.paymentId, status, reason });
  return { status, reason };
}

/** The money was seen, but nothing is done about it yet. @returns `undefined`: the attempt has failed */
async function tryFastPath({ input }: PaymentRun): Promise<Fulfilment | undefined> {
  try {
    return (await fulfillPayment({ paymentId: input.paymentId, isPaid: true })).fulfilment;
  } catch {
    // The failure is in the history; the durable activities do it.
    return undefined;
  }
}

/**
 * The money is there: records it and makes the key, or gives the money back.
 * @param done how far the fast path came; the durable activities do the rest
 */
async function fulfil(run: PaymentRun, done?: Fulfilment): Promise<PaymentOutcome> {
  const { paymentId } = run.input;
  const summary = 'record the money and fix what it buys';
  const paid = done?.paid ?? (await shop.recordPaid.executeWithOptions({ summary }, [{ paymentId }]));
  if (paid.decision === 'ended') {
    if (paid.status === 'issued') run.progress.sendKey();
    return { status: paid.status, reason: null };
  }
  if (paid.decision === 'refund') return refund(run, { reason: paid.reason, askedBy: 'workflow' });

  const delivery = done?.delivery ? deliveryEnd(done.delivery) : await deliver(run, paid.takeOverAfterMs);
  if (delivery.end === 'refund') return refund(run, delivery);
  if (done?.key === undefined) run.progress.sendKey();
  else run.progress.keyAnswered(done.key);
  if (done?.screenShown) run.progress.screenIsShown();
  return { status: 'issued', reason: null };
}

/** Not the money that was asked for. Nothing is delivered unless an operator says so; at the deadline it goes back. */
async function resolveMismatch(
  run: PaymentRun,
  { reason, paidKopecks }: Extract<FinalVerdict, { status: 'mismatch' }>,
): Promise<PaymentOutcome> {
  const { input, progress, signals } = run;
  const { paymentId } = input;
  if (paidKopecks === 0) {
    // All of it was refunded in YooKassa's cabinet before it was noticed here, and nothing was delivered.
    await untilRefundIsListed(run);
    return { status: 'refunded', reason: 'cabinet' };
  }
  // An order given before anybody could know of this was about something else.
  signals.operatorOrder = undefined;
  const note = `the money does not match the order (${reason}); an operator decides: deliver or refund`;
  await shop.recordStatus({ paymentId, status: 'guarding', reason });
  progress.show('guarding', note, true);
  progress.refreshScreen();
  progress.alertOwner(note);
  const isDecided = () => ['deliver', 'refund'].includes(signals.operatorOrder?.decision ?? '');
  // An amount in a foreign currency can't be refunded without a person.
  if (paidKopecks === null) await condition(isDecided);
  else await condition(isDecided, input.refundAfterMs);
  const order = isDecided() ? take(signals, 'operatorOrder') : undefined;
  if (order?.decision === 'deliver') return fulfil(run, await tryFastPath(run));
  return refund(run, { reason, askedBy: order?.actor ?? 'deadline', amountKopecks: paidKopecks ?? undefined });
}

/** The list of refunds may show a little later what YooKassa's payment already shows. */
async function untilRefundIsListed({ input: { paymentId }, signals }: PaymentRun): Promise<void> {
  const summary = 'record the refund made outside';
  for (let pauseMs = 60_000; ; pauseMs = Math.min(pauseMs * 2, HOUR_MS)) {
    const compare = () => refunds.compareRefunds.executeWithOptions({ summary }, [{ paymentId }]);
    const { status } = await untilEnded(compare, signals);
    if (status === 'refunded') return;
    await condition(untilCalled(signals), pauseMs);
  }
}
