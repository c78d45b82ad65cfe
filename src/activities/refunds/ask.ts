import { isOfAnotherAccount, type Payment } from '../../domain/payment';
import { errorClass, isGatewayError } from '../../gateways/errors';
import type { PaymentProvider, RequestBody, StoredRefundRequest } from '../../providers/port';
import type { Providers } from '../../providers/registry';
import type { Installation } from '../../storage/postgres/installation';
import type { PaymentsRepository, RefundRow } from '../../storage/postgres/payments';
import type { UsersRepository } from '../../storage/postgres/users';
import { idempotenceKey } from '../../workflows/contracts/payment';
import type { RefundRef } from '../../workflows/contracts/refund';
import type { RefundVerdict } from '../../workflows/contracts/verdict';
import { refusedClass } from '../provider/createPayment';
import { keptCharge } from '../provider/charges';
import { sumOf } from '../provider/judge';
import { contactFor, itemOf } from '../provider/order';
import { attemptOf, comparable, isOfAttempt, recordRefund } from './attempts';

export interface AskForRefundDeps {
  readonly providers: Providers;
  readonly payments: PaymentsRepository;
  readonly users: UsersRepository;
  readonly installation: Installation;
  readonly now: () => Date;
}

/** What became of asking; `attempt` is the one in force afterwards. */
export interface AskedRefund {
  readonly attempt: number;
  readonly verdict: RefundVerdict;
}

/**
 * Asks the provider for a refund under the attempt's stored key and body, or finds what was asked before.
 * @throws GatewayError except for a refusal, which is an answer: the verdict `canceled`
 */
export async function askForRefund(deps: AskForRefundDeps, ref: RefundRef, signal?: AbortSignal): Promise<AskedRefund> {
  const { payments } = deps;
  const attempt = await attemptOf(payments, ref);
  const answer = (verdict: RefundVerdict): AskedRefund => ({ attempt: attempt.attempt, verdict });
  if (attempt.status === 'succeeded') return answer({ status: 'succeeded' });
  if (attempt.status === 'canceled') {
    // An earlier run of this activity may have gone on with another attempt before its answer was lost.
    const replacement = await payments.refunds.replacementOf(attempt.paymentId, attempt.attempt);
    if (replacement !== undefined) return askForRefund(deps, replacement, signal);
    return answer(await verdictOnCanceled(payments, attempt));
  }
  const payment = await payments.existing(attempt.paymentId);
  const provider = deps.providers.of(payment.provider);
  if (isOfAnotherAccount(payment, provider.account)) {
    // This shop can't refund what another one has taken: the owner does, there, and says so.
    await cancel(payments, attempt);
    return answer({ status: 'canceled', reason: 'another-account' });
  }
  const request = await stored(deps, provider, payment, attempt);
  const made = await provider.refund(request, signal).catch(async (error: unknown) => {
    if (isGatewayError(error)) await payments.recordRequestAnswer(request.key, errorClass(error));
    throw error;
  });
  if (made.outcome === 'shown') {
    await payments.recordRequestAnswer(request.key, `${made.refundRef} ${made.status}`);
    return answer(await recordRefund(payments, attempt, made, provider.id));
  }
  await payments.recordRequestAnswer(request.key, refusedClass(made));
  return afterRefusal(deps, { attempt, provider, ref: request.ref, reason: made.said.code ?? 'refused' }, signal);
}

/** An attempt is also canceled in the database when refunds made outside have taken its place. */
async function verdictOnCanceled(
  payments: PaymentsRepository,
  { paymentId, ofProviderRef, completedAt }: RefundRow,
): Promise<RefundVerdict> {
  if (ofProviderRef === null && (await payments.existing(paymentId)).status === 'refunded')
    return { status: 'succeeded' };
  if (completedAt !== null) return { status: 'not-needed' };
  return { status: 'canceled', reason: 'refused-before' };
}

/** Key and body of an attempt, stored before they are first sent. */
async function stored(
  { payments, users, installation }: AskForRefundDeps,
  provider: PaymentProvider,
  payment: Payment,
  { paymentId: orderId, attempt, amountKopecks, ofProviderRef }: RefundRow,
): Promise<StoredRefundRequest> {
  const ref = ofProviderRef ?? payment.providerRef;
  if (!ref) throw new Error(`payment ${orderId} was never made at ${provider.id}, there is nothing to refund`);
  const key = idempotenceKey(orderId, `refund-${attempt}`);
  const body = provider.refundRequest({
    orderId,
    installationId: await installation.id(),
    attempt,
    ref,
    amount: { currency: payment.currency, minor: amountKopecks },
    payerId: payment.userId,
    title: itemOf(payment),
    contact: await contactFor(provider, users, payment.userId),
    description: `Refund of ${payment.planName.en}`,
  });
  const request = await payments.storeRequest(key, orderId, 'create-refund', body);
  return { key, orderId, attempt, ref, body: request.body as RequestBody, firstSentAt: request.firstSentAt };
}

interface RefusedAttempt {
  readonly attempt: RefundRow;
  readonly provider: PaymentProvider;
  /** The payment at the provider. */
  readonly ref: string;
  readonly reason: string;
}

/**
 * "Already refunded" and "sum exceeded" are refusals too. What counts is whether the money is back, so the refunds
 * themselves are read: one made under this attempt's forgotten key, one made without the shop that covers it, or a part
 * of it.
 */
async function afterRefusal(
  deps: AskForRefundDeps,
  { attempt, provider, ref, reason }: RefusedAttempt,
  signal?: AbortSignal,
): Promise<AskedRefund> {
  const { payments } = deps;
  const { paymentId, attempt: number, amountKopecks } = attempt;
  const answer = (verdict: RefundVerdict): AskedRefund => ({ attempt: number, verdict });
  const shown = (await provider.refundsOf(ref, signal)).filter(({ status }) => status !== 'canceled');
  const mine = shown.find((refund) => isOfAttempt(refund, attempt));
  if (mine) return answer(await recordRefund(payments, attempt, mine, provider.id));
  for (const refund of shown) {
    const isUnknown = (await payments.refunds.byProviderRef(provider.id, refund.refundRef)) === undefined;
    if (refund.amount.minor === amountKopecks && isUnknown)
      return answer(await recordRefund(payments, attempt, refund, provider.id));
  }
  if (attempt.ofProviderRef !== null) {
    await cancel(payments, attempt);
    return answer({ status: 'canceled', reason });
  }
  const state = await provider.check(ref, signal);
  if (state.state !== 'paid') {
    // What the provider does not know it can't refund either: a person must look.
    await cancel(payments, attempt);
    return answer({ status: 'canceled', reason: state.state === 'unknown' ? 'unknown-to-provider' : reason });
  }
  const { chargeId, amount } = keptCharge(state.charges, await payments.existing(paymentId));
  const paidKopecks = amount.minor;
  const ofThis = shown.filter((refund) => refund.chargeId === chargeId);
  const compared = ofThis.map((refund) => comparable(refund, paymentId));
  const { status } = await payments.recordShownRefunds(paymentId, compared, paidKopecks, deps.now());
  const left = paidKopecks - sumOf(ofThis, (refund) => refund.amount.minor);
  if (status !== 'refunded' && left <= 0) {
    // All of it is back or on its way by refunds that were made outside.
    await payments.refunds.notNeeded(paymentId, number);
    return answer({ status: 'not-needed' });
  }
  await cancel(payments, attempt);
  if (status === 'refunded') return answer({ status: 'succeeded' });
  if (left < amountKopecks) {
    const rest = { askedBy: 'workflow', amountKopecks: left };
    const replacement = { paymentId, attempt: await payments.refunds.replace(paymentId, number, rest) };
    return askForRefund(deps, replacement, signal);
  }
  return answer({ status: 'canceled', reason });
}

async function cancel(payments: PaymentsRepository, { paymentId, attempt }: RefundRow): Promise<void> {
  await payments.refunds.recordAnswer(paymentId, attempt, { providerRef: null, status: 'canceled' });
}
