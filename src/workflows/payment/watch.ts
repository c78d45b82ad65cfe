import { CancellationScope, condition } from '@temporalio/workflow';
import type { PaymentInput } from '../contracts/payment';
import type { Settled, Sighting } from '../contracts/activities';
import type { FinalVerdict, Verdict } from '../contracts/verdict';
import { atOnce, closeWatch, guard, quick, shop, yookassa } from './activities';
import type { Desk } from './desk';
import type { Inbox } from './inbox';
import { quickly, type Haste } from './quickly';

/** YooKassa's last word, and how far the money has come by then. */
export interface FinalSighting {
  readonly verdict: FinalVerdict;
  readonly settled?: Settled;
}

/**
 * Waits for YooKassa's last word: closely for `pollTimeoutMs`, then slowly for as long as it takes. A pending payment stays
 * payable for about an hour and cannot be cancelled, so nothing but YooKassa's own "succeeded" or "canceled" ends this.
 */
export async function waitForTheMoney(
  input: PaymentInput,
  inbox: Inbox,
  desk: Desk,
  haste: Haste,
): Promise<FinalSighting> {
  const { paymentId, pollIntervalMs, pollTimeoutMs } = input;
  const close = await unlessWoken(input, inbox, desk, haste, () =>
    closeWatch(pollTimeoutMs).watchPayment({
      paymentId,
      intervalMs: pollIntervalMs,
      untilMs: Date.now() + pollTimeoutMs,
    }),
  );
  if (isFinal(close)) return close;

  await shop.recordStatus({ paymentId, status: 'guarding', reason: null });
  desk.show(
    'guarding',
    'not paid within the close watch; the link can still be paid, so YooKassa is asked slowly until its last word',
  );
  desk.refreshScreen();
  for (;;) {
    const seen = await unlessWoken(input, inbox, desk, haste, () => guard.guardPayment({ paymentId }));
    if (isFinal(seen)) return seen;
  }
}

const isFinal = (seen: Sighting): seen is FinalSighting => seen.verdict.status !== 'pending';

/** Asks YooKassa now; where the payment goes all the way at once, it does. */
async function look({ paymentId }: PaymentInput, haste: Haste): Promise<Sighting> {
  const check = () => yookassa.checkPayment.executeWithOptions({ summary: 'woken: ask YooKassa now' }, [{ paymentId }]);
  if (!haste.atOnce) return { verdict: await quickly(haste, () => quick.checkPayment({ paymentId }), check) };
  return quickly(
    haste,
    () => atOnce.settleAtOnce({ paymentId }),
    async () => ({ verdict: await check() }),
  );
}

/** Runs a long observation; a wake-up asks YooKassa at once, and a final word ends the observation. */
async function unlessWoken(
  input: PaymentInput,
  inbox: Inbox,
  desk: Desk,
  haste: Haste,
  observe: () => Promise<Verdict>,
): Promise<Sighting> {
  const { paymentId } = input;
  const scope = new CancellationScope();
  let observed: Verdict | undefined;
  const observation = scope.run(observe).then((verdict) => (observed = verdict));
  // An observation that failed for good ends like one that saw nothing: the guard takes over.
  const over = observation.catch(() => (observed ??= { status: 'pending' }));

  for (;;) {
    await condition(() => observed !== undefined || inbox.woken);
    if (observed !== undefined) return { verdict: observed };
    inbox.woken = false;
    const now = await look(input, haste);
    if (isFinal(now)) {
      scope.cancel();
      // Only the workflow's end waits for it: one that ended before its watch would show it as pending for ever.
      desk.beside(over);
      return now;
    }
    if (inbox.buyerCancels) await shop.dismissPayment({ paymentId });
    if (inbox.buyerCancels || inbox.buyerAsked) desk.refreshScreen();
    inbox.buyerCancels = inbox.buyerAsked = false;
  }
}
