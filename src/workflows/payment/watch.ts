import { CancellationScope, condition } from '@temporalio/workflow';
import type { PaymentInput } from '../contracts/payment';
import type { FinalVerdict, Verdict } from '../contracts/verdict';
import { closeWatch, guard, quick, shop, yookassa } from './activities';
import type { Desk } from './desk';
import type { Inbox } from './inbox';
import { quickly } from './quickly';

/**
 * Waits for YooKassa's last word: closely for `pollTimeoutMs`, then slowly for as long as it takes. A pending payment stays
 * payable for about an hour and cannot be cancelled, so nothing but YooKassa's own "succeeded" or "canceled" ends this.
 */
export async function waitForTheMoney(input: PaymentInput, inbox: Inbox, desk: Desk): Promise<FinalVerdict> {
  const { paymentId, pollIntervalMs, pollTimeoutMs } = input;
  const close = await unlessWoken(input, inbox, desk, () =>
    closeWatch(pollTimeoutMs).watchPayment({ paymentId, intervalMs: pollIntervalMs, untilMs: Date.now() + pollTimeoutMs }),
  );
  if (close.status !== 'pending') return close;

  await shop.recordStatus({ paymentId, status: 'guarding', reason: null });
  desk.show('guarding', 'not paid within the close watch; the link can still be paid, so YooKassa is asked slowly until its last word');
  desk.refreshScreen();
  for (;;) {
    const verdict = await unlessWoken(input, inbox, desk, () => guard.guardPayment({ paymentId }));
    if (verdict.status !== 'pending') return verdict;
  }
}

/** Runs a long observation; a wake-up asks YooKassa at once, and a final word ends the observation. */
async function unlessWoken({ paymentId }: PaymentInput, inbox: Inbox, desk: Desk, observe: () => Promise<Verdict>): Promise<Verdict> {
  const scope = new CancellationScope();
  let observed: Verdict | undefined;
  const observation = scope.run(observe).then((verdict) => (observed = verdict));
  // An observation that failed for good ends like one that saw nothing: the guard takes over.
  const over = observation.catch(() => (observed ??= { status: 'pending' }));

  for (;;) {
    await condition(() => observed !== undefined || inbox.woken);
    if (observed !== undefined) return observed;
    inbox.woken = false;
    const now = await quickly(
      () => quick.checkPayment({ paymentId }),
      () => yookassa.checkPayment.executeWithOptions({ summary: 'woken: ask YooKassa now' }, [{ paymentId }]),
    );
    if (now.status !== 'pending') {
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
