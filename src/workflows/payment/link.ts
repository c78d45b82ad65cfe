import type { CreationAnswer } from '../contracts/activities';
import { untilEnded } from '../untilEnded';
import { database, linkCreation } from './activities';
import type { PaymentRun } from './run';

/** Nobody waits longer for a link. Without one nobody can pay either, so giving up is safe. */
const LINK_WITHIN_MS = 600_000;

/** Has the provider make the payment and its link. @returns why there is none; `undefined`: there is one */
export async function createLink({ input, signals, progress }: PaymentRun): Promise<string | undefined> {
  const { paymentId } = input;
  const until = Date.now() + LINK_WITHIN_MS;
  const made = await untilEnded(() => linkCreation(until - Date.now()).createPayment({ paymentId }), signals).catch(
    (): CreationAnswer => ({ outcome: 'refused', reason: 'provider-unavailable' }),
  );
  if (made.outcome === 'created') {
    if (made.isInvoice) progress.sendInvoice();
    return undefined;
  }
  // Without a link nobody can pay what the provider may have created; it expires there by itself. Should the last
  // attempt have stored a link after all, the payment is not `created` any more and is watched like any other.
  const canceled = { status: 'canceled', reason: made.reason, onlyFrom: 'created' } as const;
  const { status } = await database.recordStatus({ paymentId, ...canceled });
  if (status !== 'canceled') return undefined;
  if (made.said !== undefined) progress.tellOwnerOfRefusedOrder({ reason: made.reason, said: made.said });
  return made.reason;
}
