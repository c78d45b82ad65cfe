import type { ProviderId } from '../../domain/provider';
import type { ShownRefund as RefundAtProvider } from '../../providers/port';
import type { Providers } from '../../providers/registry';
import type { PaymentsRepository, RefundRow, ShownRefund } from '../../storage/postgres/payments';
import type { RefundRef } from '../../workflows/contracts/refund';
import type { RefundVerdict } from '../../workflows/contracts/verdict';

/** @throws Error when there is no such attempt */
export async function attemptOf(payments: PaymentsRepository, { paymentId, attempt }: RefundRef): Promise<RefundRow> {
  const row = await payments.refunds.of(paymentId, attempt);
  if (!row) throw new Error(`payment ${paymentId} has no refund ${attempt}`);
  return row;
}

/** Whether the provider made this refund for that attempt. */
export function isOfAttempt({ claim, attempt }: RefundAtProvider, row: RefundRow): boolean {
  return claim.orderId === row.paymentId && attempt === row.attempt;
}

/** A refund as the database compares it. */
export function comparable(
  { refundRef, amount, status, claim, attempt }: RefundAtProvider,
  paymentId: string,
): ShownRefund {
  return {
    providerRef: refundRef,
    kopecks: amount.minor,
    status,
    attempt: claim.orderId === paymentId ? (attempt ?? undefined) : undefined,
  };
}

/** Asks once what has become of a refund, and records it. @throws Error when the attempt was never asked for */
export async function checkRefund(
  { providers, payments }: { readonly providers: Providers; readonly payments: PaymentsRepository },
  ref: RefundRef,
  signal?: AbortSignal,
): Promise<RefundVerdict> {
  const attempt = await attemptOf(payments, ref);
  if (attempt.status === 'succeeded') return { status: 'succeeded' };
  const { provider } = await payments.existing(attempt.paymentId);
  const shown =
    attempt.providerRef === null ? undefined : await providers.of(provider).checkRefund(attempt.providerRef, signal);
  if (shown === undefined)
    throw new Error(`refund ${attempt.attempt} of payment ${attempt.paymentId} was never made at ${provider}`);
  return recordRefund(payments, attempt, shown, provider);
}

/** Records what the provider says of the refund of an attempt. */
export async function recordRefund(
  payments: PaymentsRepository,
  { paymentId, attempt }: RefundRow,
  { refundRef, amount, status, reason, receipt }: RefundAtProvider,
  provider: ProviderId,
): Promise<RefundVerdict> {
  await payments.refunds.recordAnswer(paymentId, attempt, {
    providerRef: refundRef,
    status,
    hasReceipt: receipt !== 'none',
  });
  if (status !== 'pending')
    await payments.recordEvent(paymentId, provider, `refund-${status}`, { refundId: refundRef, kopecks: amount.minor });
  return status === 'canceled' ? { status, reason: reason ?? 'unknown' } : { status };
}
