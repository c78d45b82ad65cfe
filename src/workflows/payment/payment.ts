import { allHandlersFinished, CancellationScope, condition } from '@temporalio/workflow';
import { HOUR_MS, MINUTE_MS } from '../../domain/duration';
import { isUnknownReason, type FinalPaymentStatus } from '../../domain/payment';
import { createBackgroundTasks } from '../backgroundTasks';
import type { Fulfilment } from '../contracts/activities';
import type { PaymentInput, PaymentOutcome, PaymentResume, PaymentResumePoint } from '../contracts/payment';
import type { FinalVerdict } from '../contracts/verdict';
import { provider as refunds } from '../refund/activities';
import { database, fulfillPayment } from './activities';
import { deliver, deliverLate, deliveryEnd, type DeliveryEnd } from './deliver';
import { createLink } from './link';
import { trackProgress } from './progress';
import { refund } from './refund';
import { continueAt, type PaymentRun } from './run';
import { receiveSignals, take } from './signals';
import { untilCalled, untilEnded } from '../untilEnded';
import { staysUnknown, untilKnown, type KnownEnd } from './unknown';
import { guardPayment, waitForPayment, type FinalCheck } from './watch';

type Mismatch = Extract<PaymentResumePoint, { at: 'mismatch' }>;

const END_NOTES: Readonly<Record<FinalPaymentStatus, string>> = {
  issued: 'delivered; the money is the shop’s',
  refunded: 'the buyer has the money back',
  canceled: 'not paid; the money never left the buyer',
  expired: 'not paid in time; the money never left the buyer',
};

const endNote = ({ status, reason }: PaymentOutcome): string =>
  isUnknownReason(reason) ? 'closed by an operator; whether it was paid is not known here' : END_NOTES[status];

/**
 * One purchase, from the buyer's tap to its end: the buyer has the key, or the money.
 *
 * It can't be cancelled from outside: whoever wants it to end sends a request (`operatorDecides`), so that no money is
 * left without anybody looking after it. Should it be terminated all the same, reconciliation starts it again and
 * every step finds what was done before.
 */
export async function payment(input: PaymentInput): Promise<PaymentOutcome> {
  const background = createBackgroundTasks('payment');
  const progress = trackProgress(input, background);
  const run = { input, progress, background, signals: receiveSignals(progress, input.resume) };
  return CancellationScope.nonCancellable(async () => {
    const outcome = await (input.resume ? resumed(run, input.resume) : purchase(run));
    progress.update(outcome.status, endNote(outcome));
    await progress.finish();
    // Whoever asked for something a moment ago gets an answer.
    await condition(allHandlersFinished);
    return outcome;
  });
}

async function purchase(run: PaymentRun): Promise<PaymentOutcome> {
  const refusal = await createLink(run);
  if (refusal !== undefined) return { status: 'canceled', reason: refusal };
  run.progress.update(
    'pending',
    'the link is in the chat; the provider is asked every few seconds, and at once when it or the buyer calls',
  );
  run.progress.refreshScreen();
  return actOnCheck(run, await waitForPayment(run));
}

/** Goes on where the run before this one was when its history had grown long. */
async function resumed(run: PaymentRun, resume: PaymentResume): Promise<PaymentOutcome> {
  switch (resume.at) {
    case 'guarding':
      return actOnCheck(run, await guardPayment(run));
    case 'unknown':
      return actOnKnown(run, await staysUnknown(run, resume));
    case 'mismatch':
      return resume.paidKopecks === 0 ? refundedOutside(run, resume) : decideMismatch(run, resume);
    case 'delayed':
      return conclude(run, await deliverLate(run, resume));
    case 'refunding':
      return refund(run, resume.request, resume);
  }
}

/** What the provider's last word means. */
async function actOnCheck(run: PaymentRun, check: FinalCheck): Promise<PaymentOutcome> {
  return actOnKnown(run, await untilKnown(run, check));
}

async function actOnKnown(run: PaymentRun, known: KnownEnd): Promise<PaymentOutcome> {
  if ('closedAs' in known) return { status: 'canceled', reason: known.closedAs };
  const { verdict, fulfilment } = known;
  if (verdict.status === 'canceled') return endUnpaid(run, verdict.reason);
  if (verdict.status === 'mismatch') return resolveMismatch(run, verdict);
  return fulfil(run, fulfilment ?? (await tryFastPath(run)));
}

async function endUnpaid({ input }: PaymentRun, reason: string): Promise<PaymentOutcome> {
  const status = reason.startsWith('expired') ? 'expired' : 'canceled';
  await database.recordStatus({ paymentId: input.paymentId, status, reason });
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
 * The money is there: records it and makes the key, or refunds it.
 * @param done how far the fast path came; the durable activities do the rest
 */
async function fulfil(run: PaymentRun, done?: Fulfilment): Promise<PaymentOutcome> {
  const { paymentId } = run.input;
  const summary = 'record the money and fix what it buys';
  const paid = done?.paid ?? (await database.recordPaid.executeWithOptions({ summary }, [{ paymentId }]));
  if (paid.decision === 'ended') {
    if (paid.status === 'issued') run.progress.sendKey();
    return { status: paid.status, reason: null };
  }
  if (paid.decision === 'refund') return refund(run, { reason: paid.reason, askedBy: 'workflow' });
  if (paid.decision === 'gift') {
    const outcome = await conclude(run, { end: 'issued' }, done);
    // After its link was sent: the giver does not wait for whatever keeps it from being opened.
    await database.openGift.executeWithOptions({ summary: 'open the gift’s own workflow' }, [{ paymentId }]);
    return outcome;
  }

  return conclude(run, done?.delivery ? deliveryEnd(done.delivery) : await deliver(run, paid.takeOverAfterMs), done);
}

/** @param done how far the fast path came */
async function conclude(run: PaymentRun, delivery: DeliveryEnd, done?: Fulfilment): Promise<PaymentOutcome> {
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
    // All of it was refunded without the shop before it was noticed here, and nothing was delivered.
    return refundedOutside(run, { at: 'mismatch', reason, paidKopecks, until: null });
  }
  // A request made before anybody could know of this was about something else.
  signals.operatorRequest = undefined;
  const note = `the money does not match the order (${reason}); an operator decides: deliver or refund`;
  await database.recordStatus({ paymentId, status: 'guarding', reason });
  progress.update('guarding', note, true);
  progress.refreshScreen();
  // An amount in a foreign currency can't be refunded without a person.
  const until = paidKopecks === null ? null : Date.now() + input.refundAfterMs;
  const refundAt = until === null ? null : new Date(until).toISOString();
  progress.alertOwner({ about: 'mismatch', reason, paidKopecks, refundAt });
  return decideMismatch(run, { at: 'mismatch', reason, paidKopecks, until });
}

/** Waits for an operator's word about money that does not match the order, at most until it goes back by itself. */
async function decideMismatch(run: PaymentRun, point: Mismatch): Promise<PaymentOutcome> {
  const { signals } = run;
  const { reason, paidKopecks, until } = point;
  const next = continueAt(run, () => point);
  const isDecided = () => ['deliver', 'refund'].includes(signals.operatorRequest?.decision ?? '');
  const isOver = () => until !== null && Date.now() >= until;
  while (!isDecided() && !isOver()) {
    const mustAct = () => isDecided() || next.isDue();
    await (until === null ? condition(mustAct) : condition(mustAct, until - Date.now()));
    if (!isDecided() && !isOver()) await next.whenDue();
  }
  const request = isDecided() ? take(signals, 'operatorRequest') : undefined;
  if (request?.decision === 'deliver') return fulfil(run, await tryFastPath(run));
  return refund(run, { reason, askedBy: request?.actor ?? 'deadline', amountKopecks: paidKopecks ?? undefined });
}

/** The list of refunds may show a little later what the payment itself already shows. */
async function refundedOutside(run: PaymentRun, point: Mismatch): Promise<PaymentOutcome> {
  const { input, signals } = run;
  const { paymentId } = input;
  const next = continueAt(run, () => point);
  const summary = 'record the refund made outside';
  for (let pauseMs = MINUTE_MS; ; pauseMs = Math.min(pauseMs * 2, HOUR_MS)) {
    const compare = () => refunds.compareRefunds.executeWithOptions({ summary }, [{ paymentId }]);
    const { status } = await untilEnded(compare, signals, next);
    if (status === 'refunded') return { status: 'refunded', reason: 'cabinet' };
    const isCalled = untilCalled(signals);
    await condition(() => isCalled() || next.isDue(), pauseMs);
    await next.whenDue();
  }
}
