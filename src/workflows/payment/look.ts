import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { PaymentCheck } from '../contracts/activities';
import { database, fulfillPayment, lookNow } from './activities';
import type { PaymentRun } from './run';
import type { WakeUp } from './signals';

/** One question to the provider on somebody's word. */
export interface Look {
  /** Its end, when that is the provider's last word. */
  readonly final: PaymentCheck | undefined;
  /** It is on the fast path, which may go all the way to the key. */
  readonly isFast: boolean;
  /** Who waits for its answer; empty once they have it. */
  readonly callers: readonly WakeUp[];
  /** Epoch ms. */
  readonly since: number;
  /** Its answer is not needed any more. */
  stop(): void;
}

/** A look that takes longer is not waited for by whoever calls next: its worker may be dead, or the provider away. */
const FRESH_MS = 5_000;

/** Whether somebody has called for whom the provider must be asked anew. */
export function isLookWanted({ signals }: PaymentRun, newest: Look | undefined): boolean {
  if (signals.wakeUp === undefined) return false;
  return newest === undefined || newest.callers.length === 0 || Date.now() - newest.since >= FRESH_MS;
}

/** For how long whoever calls next gets this look's answer instead of a look of their own; ms. */
export const freshForMs = (newest: Look | undefined): number =>
  newest === undefined ? 0 : Math.max(0, newest.since + FRESH_MS - Date.now());

/**
 * Asks the provider once. The fast path goes all the way to the key when the money is there; when it fails, it is
 * only asked. While the payment is pending, the callers get what they called for.
 */
export function startLook(run: PaymentRun, callers: readonly WakeUp[]): Look {
  const { input, progress, background } = run;
  const { paymentId } = input;
  const scope = new CancellationScope();
  const look = { final: undefined as PaymentCheck | undefined, isFast: true, callers, since: Date.now() };

  const ask = async (): Promise<PaymentCheck> => {
    try {
      return await fulfillPayment({ paymentId });
    } catch {
      // The failure is in the history.
      look.isFast = false;
      return { verdict: await scope.run(() => lookNow.checkPayment({ paymentId })) };
    }
  };
  const answer = async (): Promise<void> => {
    const check = await ask();
    if (check.verdict.status !== 'pending') look.final = check;
    look.isFast = false;
    if (look.final !== undefined) return;
    const isDismissed = callers.some(({ buyerCancels }) => buyerCancels);
    if (isDismissed) await database.dismissPayment({ paymentId });
    if (isDismissed || callers.some(({ buyerSaysPaid }) => buyerSaysPaid)) progress.refreshScreen();
    for (const caller of callers) caller.isDone = true;
    look.callers = [];
  };
  background.start(
    answer().catch((error: unknown) => {
      if (!isCancellation(error)) throw error;
    }),
  );
  return {
    get final() {
      return look.final;
    },
    get isFast() {
      return look.isFast;
    },
    get callers() {
      return look.callers;
    },
    since: look.since,
    stop: () => scope.cancel(),
  };
}
