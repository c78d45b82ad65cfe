import { errorClass, isGatewayError } from '../../gateways/errors';
import type { YooKassaClient } from '../../gateways/yookassa/client';
import { buildRefundRequest, type YooRefundRequest } from '../../gateways/yookassa/requests';
import { isUnknownObject } from '../../gateways/yookassa/refusals';
import { metadataOf } from '../../gateways/yookassa/metadata';
import type { Installation } from '../../storage/postgres/installation';
import type { PaymentsRepository, RefundRow } from '../../storage/postgres/payments';
import { idempotenceKey } from '../../workflows/contracts/payment';
import type { RefundRef } from '../../workflows/contracts/refund';
import type { RefundVerdict } from '../../workflows/contracts/verdict';
import { isOfAnotherShop } from '../../domain/payment';
import { KEY_LIFE_MS } from '../yookassa/createPayment';
import { receiptFor, type ReceiptDeps } from '../yookassa/receipt';
import { attemptOf, everyRefund, isOfAttempt, recordRefund, shownRefund } from './atYooKassa';

export interface AskForRefundDeps extends ReceiptDeps {
  readonly yookassa: YooKassaClient;
  readonly payments: PaymentsRepository;
  /** YooKassa's id of the shop that is asked. */
  readonly shopId: string;
  readonly installation: Installation;
  readonly now: () => Date;
}

/** What became of asking; `attempt` is the one in force afterwards. */
export interface AskedRefund {
  readonly attempt: number;
  readonly verdict: RefundVerdict;
}

/**
 * Asks YooKassa for a refund under the attempt's stored key and body, or finds what was asked before.
 * @throws GatewayError except `refused`, which is an answer: the verdict `canceled`
 */
export async function askForRefund(deps: AskForRefundDeps, ref: RefundRef, signal?: AbortSignal): Promise<AskedRefund> {
  const { yookassa, payments } = deps;
  const attempt = await attemptOf(payments, ref);
  const answer = (verdict: RefundVerdict): AskedRefund => ({ attempt: attempt.attempt, verdict });
  if (attempt.status === 'succeeded') return answer({ status: 'succeeded' });
  if (attempt.status === 'canceled') {
    // An earlier run of this activity may have gone on with another attempt before its answer was lost.
    const replacement = await payments.refunds.replacementOf(attempt.paymentId, attempt.attempt);
    if (replacement !== undefined) return askForRefund(deps, replacement, signal);
    return answer(await verdictOnCanceled(payments, attempt));
  }
  if (isOfAnotherShop(await payments.existing(attempt.paymentId), deps.shopId)) {
    // This shop can't refund what another one has taken: the owner does, there, and says so.
    await payments.refunds.recordAnswer(attempt.paymentId, attempt.attempt, { providerRef: null, status: 'canceled' });
    return answer({ status: 'canceled', reason: 'another-shop' });
  }
  const { key, body, ofPayment, firstSentAt } = await stored(deps, attempt);
  // YooKassa has forgotten the key by now: what was made under it is looked for first.
  if (deps.now().getTime() - firstSentAt.getTime() > KEY_LIFE_MS) {
    const made = (await everyRefund(yookassa, ofPayment, signal)).find((refund) => isOfAttempt(refund, attempt));
    if (made) return answer(await recordRefund(payments, attempt, made));
  }
  try {
    // Never broken off: what is asked for may be made all the same.
    const refund = await yookassa.createRefund(body, key);
    await payments.recordRequestAnswer(key, `${refund.id} ${refund.status}`);
    return answer(await recordRefund(payments, attempt, refund));
  } catch (error) {
    if (!isGatewayError(error)) throw error;
    await payments.recordRequestAnswer(key, errorClass(error));
    if (error.kind !== 'refused') throw error;
    return await afterRefusal(deps, attempt, ofPayment, error.code ?? 'refused', signal).catch(
      async (after: unknown) => {
        if (!isUnknownObject(after)) throw after;
        // What YooKassa does not know it can't refund either: a person must look.
        await payments.refunds.recordAnswer(attempt.paymentId, attempt.attempt, {
          providerRef: null,
          status: 'canceled',
        });
        return answer({ status: 'canceled', reason: 'unknown-to-yookassa' });
      },
    );
  }
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
  { payments, receipt, users, installation }: AskForRefundDeps,
  attempt: RefundRow,
): Promise<{ key: string; body: YooRefundRequest; ofPayment: string; firstSentAt: Date }> {
  const { paymentId, amountKopecks } = attempt;
  const payment = await payments.existing(paymentId);
  const ofPayment = attempt.ofProviderRef ?? payment.providerRef;
  if (!ofPayment) throw new Error(`payment ${paymentId} was never created at YooKassa, there is nothing to refund`);
  const key = idempotenceKey(paymentId, `refund-${attempt.attempt}`);
  const description = `Refund of ${payment.planName.en}`;
  const body = buildRefundRequest({
    paymentId: ofPayment,
    amountKopecks,
    description,
    metadata: metadataOf({ installationId: await installation.id(), paymentId, attempt: attempt.attempt }),
    // A part refund must say what goes back; for a whole one YooKassa would take the payment's own lines, which say
    // the same.
    receipt: await receiptFor({ receipt, users }, payment, amountKopecks),
  });
  const request = await payments.storeRequest(key, paymentId, 'create-refund', body);
  return { key, body: request.body as YooRefundRequest, ofPayment, firstSentAt: request.firstSentAt };
}

/**
 * "Already refunded" and "sum exceeded" are refusals too. What counts is whether the money is back, so the refunds
 * themselves are read: one made under this attempt's forgotten key, one made in the cabinet that covers it, or a part
 * of it.
 */
async function afterRefusal(
  deps: AskForRefundDeps,
  attempt: RefundRow,
  ofPayment: string,
  reason: string,
  signal?: AbortSignal,
): Promise<AskedRefund> {
  const { yookassa, payments } = deps;
  const { paymentId, attempt: number, amountKopecks } = attempt;
  const shown = (await everyRefund(yookassa, ofPayment, signal)).filter(({ status }) => status !== 'canceled');
  const mine = shown.find((refund) => isOfAttempt(refund, attempt));
  if (mine) return { attempt: number, verdict: await recordRefund(payments, attempt, mine) };
  for (const refund of shown) {
    if (refund.amountKopecks === amountKopecks && (await payments.refunds.byProviderRef(refund.id)) === undefined)
      return { attempt: number, verdict: await recordRefund(payments, attempt, refund) };
  }
  const cancel = () => payments.refunds.recordAnswer(paymentId, number, { providerRef: null, status: 'canceled' });
  if (attempt.ofProviderRef === null) {
    const { amountKopecks: paidKopecks } = await yookassa.getPayment(ofPayment, signal);
    const { status } = await payments.recordShownRefunds(
      paymentId,
      shown.map((refund) => shownRefund(refund, paymentId)),
      paidKopecks,
      deps.now(),
    );
    const left = paidKopecks - shown.reduce((sum, refund) => sum + refund.amountKopecks, 0);
    if (status !== 'refunded' && left <= 0) {
      // All of it is back or on its way by refunds that were made outside.
      await payments.refunds.notNeeded(paymentId, number);
      return { attempt: number, verdict: { status: 'not-needed' } };
    }
    await cancel();
    if (status === 'refunded') return { attempt: number, verdict: { status: 'succeeded' } };
    if (left < amountKopecks) {
      const rest = { askedBy: 'workflow', amountKopecks: left };
      return askForRefund(
        deps,
        { paymentId, attempt: await payments.refunds.replace(paymentId, number, rest) },
        signal,
      );
    }
  }
  await cancel();
  return { attempt: number, verdict: { status: 'canceled', reason } };
}
