import { CancellationScope, condition } from '@temporalio/workflow';
import type { FinalPaymentStatus } from '../../domain/payment';
import type { Settled } from '../contracts/activities';
import type { PaymentInput, PaymentOutcome } from '../contracts/payment';
import type { FinalVerdict } from '../contracts/verdict';
import { yookassa as returns } from '../refund/activities';
import { atOnce, linkMaker, quick, shop } from './activities';
import { deliver, deliverAtOnce, endOf } from './deliver';
import { openDesk, type Desk } from './desk';
import { openInbox, take, type Inbox } from './inbox';
import { openHaste, quickly, type Haste } from './quickly';
import { refund, type RefundOrder } from './refund';
import { waitForTheMoney } from './watch';

/**
 * One purchase, from the buyer's tap to the place where his money stays: the key is his, or the money is.
 *
 * It can't be cancelled from outside: whoever wants it to end sends a decision (`operatorDecides`), so that no money is left
 * without anybody looking after it. Should it be terminated all the same, reconciliation starts it again and every step finds
 * what was done before.
 */
export async function payment(input: PaymentInput): Promise<PaymentOutcome> {
  const haste = openHaste();
  const inbox = openInbox();
  const desk = openDesk(input, haste);
  return CancellationScope.nonCancellable(async () => {
    const { isShown, ...outcome } = await story(input, inbox, desk, haste);
    desk.show(outcome.status, ENDINGS[outcome.status]);
    await desk.close(isShown ?? false);
    return outcome;
  });
}

const ENDINGS: Readonly<Record<FinalPaymentStatus, string>> = {
  issued: 'the buyer has his key; the money is the shop’s',
  refunded: 'the buyer has his money back',
  canceled: 'not paid; the money never left the buyer',
  expired: 'not paid in time; the money never left the buyer',
};

/** How it ended; `isShown` when the buyer has it before him already. */
type Ending = PaymentOutcome & { readonly isShown?: boolean };

async function story(input: PaymentInput, inbox: Inbox, desk: Desk, haste: Haste): Promise<Ending> {
  const refusal = await makeLink(input);
  if (refusal !== undefined) return { status: 'canceled', reason: refusal };
  desk.show(
    'pending',
    'the link is in the chat; YooKassa is asked every few seconds, and at once when it or the buyer calls',
  );
  desk.refreshScreen();

  const { verdict, settled } = await waitForTheMoney(input, inbox, desk, haste);
  if (verdict.status === 'canceled')
    return end(input, verdict.reason.startsWith('expired') ? 'expired' : 'canceled', verdict.reason);
  if (verdict.status === 'mismatch') return settleMismatch(input, inbox, desk, haste, verdict);
  return fulfil(input, inbox, desk, haste, settled ?? (await settleNow(input, haste)));
}

/** @returns why there is no link, or nothing when there is one */
async function makeLink({ paymentId }: PaymentInput): Promise<string | undefined> {
  const made = await linkMaker
    .createYooKassaPayment({ paymentId })
    .catch(() => ({ outcome: 'refused' as const, reason: 'yookassa-unavailable' }));
  if (made.outcome === 'created') return undefined;
  // Without a link nobody can pay what YooKassa may have created; it expires there by itself. Should the last attempt have
  // stored one after all, the record says so and the payment is watched like any other.
  const { status } = await shop.recordStatus({
    paymentId,
    status: 'canceled',
    reason: made.reason,
    onlyFrom: 'created',
  });
  return status === 'canceled' ? made.reason : undefined;
}

/** The money was seen without anything done about it: by a poll, or because what came after the question failed. */
async function settleNow({ paymentId }: PaymentInput, haste: Haste): Promise<Settled | undefined> {
  if (!haste.atOnce) return undefined;
  return quickly(
    haste,
    async () => (await atOnce.settleAtOnce({ paymentId, isPaid: true })).settled,
    async () => undefined,
  );
}

/**
 * The money is there: record it, make the key, or give the money back.
 * @param settled what of that is done
 */
async function fulfil(input: PaymentInput, inbox: Inbox, desk: Desk, haste: Haste, settled?: Settled): Promise<Ending> {
  const { paymentId } = input;
  const paid =
    settled?.paid ??
    (await quickly(
      haste,
      () => quick.recordPaid({ paymentId }),
      () => shop.recordPaid.executeWithOptions({ summary: 'record the money and fix what it buys' }, [{ paymentId }]),
    ));
  if (paid.decision === 'ended') {
    if (paid.status === 'issued') desk.sendKey();
    return { status: paid.status, reason: null };
  }
  if (paid.decision === 'refund') return giveBack(input, inbox, desk, { reason: paid.reason, askedBy: 'workflow' });

  const patiently = () => {
    desk.show('paid', 'the money has arrived and is recorded; the panel is making the key');
    desk.refreshScreen();
    return deliver(input, inbox, desk, paid.takeOverAfterMs ?? null);
  };
  const delivery = await (settled === undefined
    ? quickly(haste, () => deliverAtOnce(input), patiently)
    : settled.delivery === undefined
      ? patiently()
      : endOf(settled.delivery));
  if (delivery.end === 'refund') return giveBack(input, inbox, desk, delivery);
  if (!settled?.keySent) desk.sendKey();
  return { status: 'issued', reason: null, isShown: settled?.screenShown ?? false };
}

async function giveBack(
  input: PaymentInput,
  inbox: Inbox,
  desk: Desk,
  { reason, askedBy, amountKopecks }: RefundOrder,
): Promise<PaymentOutcome> {
  const status = await refund(input, inbox, desk, {
    reason,
    askedBy,
    ...(amountKopecks === undefined ? {} : { amountKopecks }),
  });
  if (status === 'issued') desk.sendKey();
  return { status, reason: status === 'refunded' ? reason : null };
}

/** Not the money that was asked for. Nothing is delivered unless an operator says so; at the deadline it goes back. */
async function settleMismatch(
  input: PaymentInput,
  inbox: Inbox,
  desk: Desk,
  haste: Haste,
  verdict: Extract<FinalVerdict, { status: 'mismatch' }>,
): Promise<Ending> {
  if (verdict.paidKopecks === 0) {
    // All of it was given back in YooKassa's cabinet before it was noticed here: the buyer has it, and nothing was delivered.
    await returns.compareRefunds.executeWithOptions({ summary: 'record the refund made outside' }, [
      { paymentId: input.paymentId },
    ]);
    return { status: 'refunded', reason: 'cabinet' };
  }
  // What was decided before anybody could know of this was about something else.
  inbox.decision = undefined;
  const note = `the money does not match the order (${verdict.reason}); an operator decides: deliver or refund`;
  await shop.recordStatus({ paymentId: input.paymentId, status: 'guarding', reason: verdict.reason });
  desk.show('guarding', note, true);
  desk.refreshScreen();
  desk.alertOwner(note);
  const canDecideItself = verdict.paidKopecks !== null;
  const decided = () => inbox.decision?.decision === 'deliver' || inbox.decision?.decision === 'refund';
  if (canDecideItself) await condition(decided, input.refundAfterMs);
  else await condition(decided);
  const decision = take(inbox, 'decision');
  if (decision?.decision === 'deliver') return fulfil(input, inbox, desk, haste);
  return giveBack(input, inbox, desk, {
    reason: verdict.reason,
    askedBy: decision?.actor ?? 'deadline',
    ...(verdict.paidKopecks === null ? {} : { amountKopecks: verdict.paidKopecks }),
  });
}

async function end({ paymentId }: PaymentInput, status: FinalPaymentStatus, reason: string): Promise<PaymentOutcome> {
  await shop.recordStatus({ paymentId, status, reason });
  return { status, reason };
}
