import type { UndeliveredRefund } from '../../domain/refund';
import type { PaymentOutcome } from '../contracts/payment';
import { database } from '../refund/activities';
import { carryOutRefund, revokeAccess } from '../refund/carryOut';
import type { PaymentRun } from './run';

/**
 * Refunds a purchase that was not delivered, and revokes what it bought. Should a delivery have won before, the buyer
 * keeps the key and the payment ends as `issued`.
 */
export async function refund(run: PaymentRun, order: UndeliveredRefund): Promise<PaymentOutcome> {
  const { input, progress, signals } = run;
  // An order that was given until now was about the delivery.
  signals.operatorOrder = undefined;
  const planned = await database.planUndeliveredRefund.executeWithOptions({ summary: 'plan the refund' }, [
    { paymentId: input.paymentId, ...order },
  ]);
  if (planned.outcome === 'ended') {
    if (planned.status === 'issued') progress.sendKey();
    // It was refunded outside. A delivery that came too late may have opened its revocation again.
    if (planned.status === 'refunded') revokeAccess(run);
    return { status: planned.status, reason: planned.status === 'refunded' ? order.reason : null };
  }
  progress.show('refunding', `the money goes back (${order.reason}, ${order.askedBy})`);
  progress.refreshScreen();
  revokeAccess(run);
  const { end } = await carryOutRefund(run, planned.attempt);
  return { status: 'refunded', reason: end === 'refunded' ? order.reason : end };
}
