import { activityInfo } from '@temporalio/activity';
import type { Payment } from '../../domain/payment';
import type { YooKassaClient } from '../../gateways/yookassa/client';
import type { FinalWord } from '../../storage/postgres/payments';
import type { Verdict } from '../../workflows/contracts/verdict';
import { judge } from './judge';

/** Asks YooKassa once what has become of a payment. @throws GatewayError when it does not say */
export async function askYooKassa(
  yookassa: Pick<YooKassaClient, 'getPayment'>,
  payment: Payment,
  signal: AbortSignal,
): Promise<Verdict> {
  // Nobody can have paid what was never created.
  if (payment.yookassaId === null) return { status: 'pending' };
  return judge(await yookassa.getPayment(payment.yookassaId, signal), payment);
}

/** The event for the payment's timeline; `undefined` while it is pending. */
export function finalWord(verdict: Verdict): FinalWord | undefined {
  return verdict.status === 'pending'
    ? undefined
    : { event: `says-${verdict.status}`, details: { attempt: activityInfo().attempt, ...verdict } };
}
