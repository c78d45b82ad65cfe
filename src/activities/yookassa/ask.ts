import { activityInfo } from '@temporalio/activity';
import { isOfAnotherShop, type Payment } from '../../domain/payment';
import type { YooKassaClient } from '../../gateways/yookassa/client';
import type { VerdictEvent } from '../../storage/postgres/payments';
import type { Verdict } from '../../workflows/contracts/verdict';
import { judge } from './judge';
import { HOUR_MS } from '../../domain/duration';
import { isUnknownObject } from '../../gateways/yookassa/refusals';

export interface AskDeps {
  readonly yookassa: Pick<YooKassaClient, 'getPayment'>;
  /** YooKassa's id of the shop that is asked. */
  readonly shopId: string;
  readonly now: () => Date;
}

/** After the end of its life YooKassa itself needs a while to say so. */
const AFTER_LIFE_MS = HOUR_MS;

/** Asks YooKassa once what has become of a payment. @throws GatewayError when it does not say */
export async function askYooKassa(
  { yookassa, shopId, now }: AskDeps,
  payment: Payment,
  signal: AbortSignal,
): Promise<Verdict> {
  // Nobody can have paid what was never created.
  if (payment.providerRef === null) return { status: 'pending' };
  try {
    return judge(await yookassa.getPayment(payment.providerRef, signal), payment);
  } catch (error) {
    if (!isUnknownObject(error)) throw error;
    // A payment that has just been made may not be shown everywhere yet; one that lives is asked after again.
    const endsAt = (payment.payableUntil ?? payment.createdAt).getTime();
    if (now().getTime() < endsAt + AFTER_LIFE_MS) return { status: 'pending' };
    return { status: 'unknown', reason: isOfAnotherShop(payment, shopId) ? 'another-shop' : 'unknown-to-yookassa' };
  }
}

/** The event for the payment's timeline; `undefined` while it is pending. */
export function verdictEvent(verdict: Verdict): VerdictEvent | undefined {
  return verdict.status === 'pending'
    ? undefined
    : { event: `says-${verdict.status}`, details: { attempt: activityInfo().attempt, ...verdict } };
}
