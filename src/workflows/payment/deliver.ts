import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { DeliveryAnswer } from '../contracts/activities';
import type { PaymentInput } from '../contracts/payment';
import { panelAtOnce, panelPatiently, quick, shop } from './activities';
import type { Desk } from './desk';
import { take, type Inbox } from './inbox';

/** Delivered; or the money goes back, because of whom and why. */
export type DeliveryEnd =
  { readonly end: 'issued' } | { readonly end: 'refund'; readonly reason: string; readonly askedBy: string };

const ISSUED: DeliveryEnd = { end: 'issued' };
const LOST: DeliveryEnd = { end: 'refund', reason: 'decided-elsewhere', askedBy: 'operator' };

export const endOf = ({ outcome }: DeliveryAnswer): DeliveryEnd => (outcome === 'issued' ? ISSUED : LOST);

/** The quick attempt: a panel that answers has made the key before the buyer could read that his money has arrived. */
export async function deliverAtOnce({ paymentId }: PaymentInput): Promise<DeliveryEnd> {
  return endOf(await quick.deliverSubscription({ paymentId }));
}

/**
 * Makes the key. When the panel does not answer: tells the buyer, and goes on with growing pauses until the panel is back,
 * the buyer or an operator decides, or the deadline gives the money back.
 *
 * @param takeOverAfterMs after how long another server of the location takes over by itself; `null`: never
 */
export async function deliver(
  input: PaymentInput,
  inbox: Inbox,
  desk: Desk,
  takeOverAfterMs: number | null,
): Promise<DeliveryEnd> {
  const { paymentId } = input;
  const deadline = Date.now() + input.refundAfterMs;
  try {
    return endOf(await panelAtOnce.deliverSubscription({ paymentId }));
  } catch {
    // The activity's own failure is in the history; what follows is what to do about it.
  }
  // What was chosen before there was a choice is an old button or a forged one. From the moment the record says "delayed" the bot
  // lets the buyer choose, so nothing that comes while it is written may be forgotten.
  inbox.choice = inbox.decision = undefined;
  await shop.recordStatus({ paymentId, status: 'delayed', reason: 'panel-unavailable' });
  const until = new Date(deadline).toISOString();
  desk.show('delayed', `paid, but the panel does not answer; trying until ${until}, then the money goes back`, true);
  desk.refreshScreen();
  desk.alertOwner(`paid, but the panel does not answer; the money goes back by itself at ${until}`);

  // The pause doubles when no other server has room, so that a day of outage is a handful of tries.
  let takeOver = takeOverAfterMs === null ? undefined : { at: Date.now() + takeOverAfterMs, pauseMs: takeOverAfterMs };
  for (;;) {
    const outcome = await deliverUnlessDecided(input, inbox, deadline, takeOver?.at ?? deadline);
    if (outcome === 'issued') return ISSUED;
    if (outcome === 'lost') return LOST;
    const choice = take(inbox, 'choice');
    const decision = take(inbox, 'decision');
    if (choice === 'money-back') return { end: 'refund', reason: 'buyer-chose-money-back', askedBy: 'buyer' };
    if (decision?.decision === 'refund') return { end: 'refund', reason: 'operator-refund', askedBy: decision.actor };
    const due = takeOver !== undefined && Date.now() >= takeOver.at && Date.now() < deadline;
    if (choice === 'another-server' || due) {
      const { changed } = await shop.changeServer({ paymentId });
      if (changed)
        desk.beside(
          panelPatiently.withdrawAccess.executeWithOptions({ summary: 'clear the old server' }, [{ paymentId }]),
        );
      desk.refreshScreen();
      if (takeOver !== undefined) {
        const pauseMs = changed ? takeOverAfterMs! : takeOver.pauseMs * 2;
        takeOver = { at: Date.now() + pauseMs, pauseMs };
      }
    }
    // `retry` and `deliver` need nothing more: the next attempt starts now.
    if (Date.now() >= deadline) return { end: 'refund', reason: 'panel-unavailable', askedBy: 'deadline' };
  }
}

/**
 * One patient attempt. It is stopped, and its end waited for, before any other decision is acted on: a delivery and a
 * refund can't both win.
 */
async function deliverUnlessDecided(
  { paymentId }: PaymentInput,
  inbox: Inbox,
  deadline: number,
  takeOverAt: number,
): Promise<'issued' | 'lost' | 'stopped'> {
  const scope = new CancellationScope();
  let over = false;
  const attempt = scope
    .run(() => panelPatiently.deliverSubscription({ paymentId }))
    .then(({ outcome }) => outcome)
    .catch((error: unknown) => {
      // An attempt that was running when it was stopped ends as it would have ended: when it fails, it is over all the same.
      if (isCancellation(error) || scope.consideredCancelled) return 'stopped' as const;
      throw error;
    })
    .finally(() => (over = true));
  const decided = () => over || inbox.choice !== undefined || inbox.decision !== undefined;
  const isTakeOver = takeOverAt < deadline;
  const until = isTakeOver ? takeOverAt : deadline;
  await condition(decided, Math.max(0, until - Date.now()), {
    summary: isTakeOver ? 'until another server takes over' : 'until the money goes back by itself',
  });
  if (!over) scope.cancel();
  return attempt;
}
