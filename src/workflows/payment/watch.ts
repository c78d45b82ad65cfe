import { CancellationScope, condition } from '@temporalio/workflow';
import type { Fulfilment, PaymentCheck } from '../contracts/activities';
import type { FinalVerdict, Verdict } from '../contracts/verdict';
import { closeWatch, fulfillPayment, shop, slowGuard, yookassa } from './activities';
import type { PaymentRun } from './run';
import { take } from './signals';

/** YooKassa's last word, and how far the fast path came when it heard it. */
export interface FinalCheck {
  readonly verdict: FinalVerdict;
  readonly fulfilment?: Fulfilment;
}

/**
 * Waits for YooKassa's last word: closely for `pollTimeoutMs`, then slowly for as long as it takes. A pending payment
 * stays payable for about an hour and cannot be cancelled, so nothing but YooKassa's own "succeeded" or "canceled"
 * ends this.
 */
export async function waitForPayment(run: PaymentRun): Promise<FinalCheck> {
  const { input, progress } = run;
  const { paymentId, pollIntervalMs, pollTimeoutMs } = input;
  const watched = await unlessWoken(run, () =>
    closeWatch(pollTimeoutMs).watchPayment({
      paymentId,
      intervalMs: pollIntervalMs,
      untilMs: Date.now() + pollTimeoutMs,
    }),
  );
  if (isFinal(watched)) return watched;

  await shop.recordStatus({ paymentId, status: 'guarding', reason: null });
  progress.show(
    'guarding',
    'not paid within the close watch; the link can still be paid, so YooKassa is asked slowly until its last word',
  );
  progress.refreshScreen();
  for (;;) {
    const guarded = await unlessWoken(run, () => slowGuard.guardPayment({ paymentId }));
    if (isFinal(guarded)) return guarded;
  }
}

const isFinal = (check: PaymentCheck): check is FinalCheck => check.verdict.status !== 'pending';

/** Runs a long observation. A wake-up has YooKassa asked at once, and a final answer to that ends the observation. */
async function unlessWoken(run: PaymentRun, observe: () => Promise<Verdict>): Promise<PaymentCheck> {
  const { input, progress, signals, background } = run;
  const { paymentId } = input;
  const scope = new CancellationScope();
  let observed: Verdict | undefined;
  const observation = scope
    .run(observe)
    .then((verdict) => void (observed = verdict))
    // One that failed for good ends like one that saw nothing: the slow guard goes on.
    .catch(() => void (observed ??= { status: 'pending' }));

  for (;;) {
    await condition(() => observed !== undefined || signals.wakeUp !== undefined);
    if (observed !== undefined) return { verdict: observed };
    const wakeUp = take(signals, 'wakeUp')!;
    const check = await checkNow(paymentId);
    if (isFinal(check)) {
      scope.cancel();
      // Only the end of the workflow waits for it: a workflow that ended first would show it as pending for ever.
      background.start(observation);
      return check;
    }
    if (wakeUp.buyerCancels) await shop.dismissPayment({ paymentId });
    if (wakeUp.buyerCancels || wakeUp.buyerSaysPaid) progress.refreshScreen();
    wakeUp.isDone = true;
  }
}

/**
 * Asks YooKassa once. The fast path goes all the way to the key when the money is there; when it fails, it is only
 * asked.
 */
async function checkNow(paymentId: string): Promise<PaymentCheck> {
  try {
    return await fulfillPayment({ paymentId });
  } catch {
    // The failure is in the history.
    const summary = 'woken: ask YooKassa now';
    return { verdict: await yookassa.checkPayment.executeWithOptions({ summary }, [{ paymentId }]) };
  }
}
