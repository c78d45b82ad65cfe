import { condition } from '@temporalio/workflow';
import type { UnknownReason } from '../../domain/payment';
import type { FinalVerdict } from '../contracts/verdict';
import { shop } from './activities';
import type { PaymentRun } from './run';
import { take } from './signals';
import { guardPayment, type FinalCheck } from './watch';

/** YooKassa's last word about a payment that it knows. */
export type KnownCheck = FinalCheck & { readonly verdict: Exclude<FinalVerdict, { status: 'unknown' }> };

const WHY: Readonly<Record<UnknownReason, string>> = {
  'another-shop': 'the payment was made at another YooKassa shop than the one in YOOKASSA_SHOP_ID',
  'unknown-to-yookassa': 'YooKassa does not know the payment',
};

/**
 * YooKassa does not know a payment whose life is over, so nobody can tell here whether it was paid: an operator closes
 * it, or has YooKassa asked again. So does whoever else calls, which rings no bell.
 *
 * The buyer need not wait for that: from here on the order stands in no other order's way.
 */
export async function untilKnown(
  run: PaymentRun,
  first: FinalCheck,
): Promise<KnownCheck | { readonly closedAs: UnknownReason }> {
  const { input, progress, signals } = run;
  const { paymentId } = input;
  let mustTell = true;
  for (let check = first; ; check = await guardPayment(run)) {
    const { verdict } = check;
    if (verdict.status !== 'unknown') return { ...check, verdict };
    const { reason } = verdict;
    const note = `${WHY[reason]}, and its life is over; look into the shop’s cabinet, then choose "close", or "retry" to ask again`;
    if (mustTell) {
      // An order given before anybody could know of this was about something else.
      signals.operatorOrder = undefined;
      await shop.recordStatus({ paymentId, status: 'guarding', reason });
      progress.show('guarding', note, true);
      progress.refreshScreen();
      progress.alertOwner(note);
    }
    await condition(() => signals.wakeUp !== undefined);
    const order = take(signals, 'operatorOrder');
    if (order?.decision === 'close') {
      await shop.recordStatus({ paymentId, status: 'canceled', reason });
      return { closedAs: reason };
    }
    // Who has it asked again wants to know what came of it.
    mustTell = order !== undefined;
  }
}
