import type { UndeliveredRefund } from '../../domain/refund';
import type { PaymentOutcome, RefundPoint } from '../contracts/payment';
import { database } from '../refund/activities';
import { awaitOutside, carryOutRefund, recordOutside, revokeAccess } from '../refund/carryOut';
import { continueAt, type PaymentRun } from './run';

/**
 * Refunds a purchase that was not delivered, and revokes what it bought. Should a delivery have won before, the buyer
 * keeps the key and the payment ends as `issued`.
 * @param from where a refund goes on that was planned in an earlier run; default: it is planned now
 */
export async function refund(run: PaymentRun, request: UndeliveredRefund, from?: RefundPoint): Promise<PaymentOutcome> {
  const { input, progress, signals } = run;
  const handOver = (at: RefundPoint) => continueAt(run, () => ({ at: 'refunding', request, ...at }));
  // A request that was made until now was about the delivery.
  if (from === undefined) signals.operatorRequest = undefined;
  let point = from;
  for (let isFirst = from === undefined; ; isFirst = false) {
    if (point === undefined) {
      const planned = await database.planUndeliveredRefund.executeWithOptions({ summary: 'plan the refund' }, [
        { paymentId: input.paymentId, ...request },
      ]);
      if (planned.outcome === 'ended') {
        if (planned.status === 'issued') progress.sendKey();
        // It was refunded outside. A delivery that came too late may have opened its revocation again.
        if (planned.status === 'refunded') revokeAccess(run);
        return { status: planned.status, reason: planned.status === 'refunded' ? request.reason : null };
      }
      progress.update('refunding', `the money goes back (${request.reason}, ${request.askedBy})`);
      if (isFirst) {
        progress.refreshScreen();
        revokeAccess(run);
      }
      point = { attempt: planned.attempt };
    }
    if (point.awaitsOutside !== true) {
      const { end, attempt, awaitsOutside } = await carryOutRefund({ ...run, handOver }, point);
      if (!awaitsOutside)
        return { status: 'refunded', reason: end === 'refunded-by-other-means' ? end : request.reason };
      progress.update('refunding', 'the rest of the money goes back by refunds that were made without the shop');
      point = { attempt, awaitsOutside };
    }
    let pending: number;
    do {
      await awaitOutside(run, handOver(point));
      ({ pendingOutside: pending } = await recordOutside(run, handOver(point)));
    } while (pending > 0);
    // What they did not bring is planned.
    point = undefined;
  }
}
