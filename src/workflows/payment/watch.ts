import { CancellationScope, condition } from '@temporalio/workflow';
import type { Fulfilment, PaymentCheck } from '../contracts/activities';
import type { FinalVerdict, Verdict } from '../contracts/verdict';
import { closeWatch, database, slowGuard } from './activities';
import { freshForMs, isLookWanted, startLook, type Look } from './look';
import type { HandOver } from '../untilEnded';
import { continueAt, type PaymentRun } from './run';
import { take } from './signals';

/** The provider's last word, and how far the fast path came when it heard it. */
export interface FinalCheck {
  readonly verdict: FinalVerdict;
  readonly fulfilment?: Fulfilment;
}

/**
 * Waits for the provider's last word: closely for `pollTimeoutMs`, then slowly for as long as it takes. A pending
 * payment stays payable until the provider itself ends it, so nothing but its own "succeeded" or "canceled" ends this.
 */
export async function waitForPayment(run: PaymentRun): Promise<FinalCheck> {
  const { input, progress } = run;
  const { paymentId, pollIntervalMs, pollTimeoutMs } = input;
  // A look goes on when one observation ends and the next one begins.
  const looks: { newest?: Look } = {};
  const watched = await unlessWoken(run, looks, () =>
    closeWatch(pollTimeoutMs).watchPayment({
      paymentId,
      intervalMs: pollIntervalMs,
      untilMs: Date.now() + pollTimeoutMs,
    }),
  );
  if (isFinal(watched)) return watched;

  await database.recordStatus({ paymentId, status: 'guarding', reason: null });
  progress.update(
    'guarding',
    'not paid within the close watch; the link can still be paid, so the provider is asked slowly until its last word',
  );
  progress.refreshScreen();
  return guardPayment(run, looks);
}

/**
 * Asks slowly until the provider's last word.
 * @param looks those of the watch before it
 * @param next where the payment goes on in a new run, should this last for very long
 */
export async function guardPayment(
  run: PaymentRun,
  looks: { newest?: Look } = {},
  next: HandOver = continueAt(run, () => ({ at: 'guarding' })),
): Promise<FinalCheck> {
  const { paymentId } = run.input;
  for (;;) {
    const guarded = await unlessWoken(run, looks, () => slowGuard.guardPayment({ paymentId }), next);
    if (isFinal(guarded)) return guarded;
    // Who has called meanwhile is answered first.
    if (run.signals.wakeUp === undefined) await next.whenDue();
  }
}

const isFinal = (check: PaymentCheck): check is FinalCheck => check.verdict.status !== 'pending';

/**
 * Runs a long observation. A wake-up has the provider asked at once, beside it: whichever of the two brings the last
 * word first ends this, so that a wake-up whose worker has died costs nothing. Where the payment should go on in a new
 * run it ends with "pending".
 */
async function unlessWoken(
  run: PaymentRun,
  looks: { newest?: Look },
  observe: () => Promise<Verdict>,
  handOver?: HandOver,
): Promise<PaymentCheck> {
  const { signals, background } = run;
  const scope = new CancellationScope();
  let last: PaymentCheck | undefined;
  const observation = scope
    .run(observe)
    .then((verdict) => void (last ??= { verdict }))
    // One that failed for good ends like one that saw nothing: the slow guard goes on.
    .catch(() => void (last ??= { verdict: { status: 'pending' } }));

  const isReady = () => {
    // The fast path takes seconds, and goes further than the observation would: it is waited for.
    if (looks.newest?.isFast) return false;
    return last !== undefined || looks.newest?.final !== undefined || isLookWanted(run, looks.newest);
  };
  const isCalled = () => looks.newest?.isFast !== true && signals.wakeUp !== undefined;
  // A look is a background task, so none is open then.
  const isDue = () => !isReady() && signals.wakeUp === undefined && handOver?.isDue() === true;

  for (;;) {
    await condition(() => isReady() || isCalled() || isDue());
    if (isDue()) {
      scope.cancel();
      // An attempt that is under way may bring the last word.
      await observation;
      return last ?? { verdict: { status: 'pending' } };
    }
    // The newest look may wait out a pause of minutes that the provider has named; whoever calls now never does.
    if (!isReady()) await condition(isReady, freshForMs(looks.newest));
    if (!isReady()) continue;
    last = looks.newest?.final ?? last;
    if (last !== undefined) break;
    // Whoever called before and has no answer yet gets it with the new look.
    const callers = [...(looks.newest?.callers ?? []), take(signals, 'wakeUp')!];
    looks.newest?.stop();
    looks.newest = startLook(run, callers);
  }
  scope.cancel();
  // Only the end of the workflow waits for it: a workflow that ended first would show it as pending for ever.
  background.start(observation);
  if (isFinal(last)) looks.newest?.stop();
  return last;
}
