import { isGatewayError } from '../../gateways/errors';
import type { YooRefund } from '../../gateways/yookassa/answers';
import type { YooKassaClient } from '../../gateways/yookassa/client';
import { buildRefundRequest, type YooRefundRequest } from '../../gateways/yookassa/requests';
import { PAYMENT_ID_METADATA_KEY } from '../../gateways/yookassa/webhook';
import type { PaymentsRepository, RefundRow, ShownRefund } from '../../storage/postgres/payments';
import { idempotenceKey } from '../../workflows/contracts/payment';
import type { RefundVerdict } from '../../workflows/contracts/verdict';
import { notYet } from '../failures';
import { KEY_LIFE_MS } from './createPayment';

export interface RefundDeps {
  readonly yookassa: YooKassaClient;
  readonly payments: PaymentsRepository;
  /** Where receipts under 54-FZ go, for shops that must make them. */
  readonly receipt: { readonly email: string; readonly vatCode: number } | undefined;
  readonly now: () => Date;
}

/** The number of the attempt travels with the refund, so that one whose answer was lost is known again. */
const ATTEMPT_METADATA_KEY = 'attempt';

/** What became of asking; `attempt` is the one in force afterwards. */
export interface AskedRefund {
  readonly attempt: number;
  readonly verdict: RefundVerdict;
}

/** Asks for the refund in force under its stored key, or finds what was asked before. A refusal is an answer: `canceled`. */
export async function refundPayment(deps: RefundDeps, paymentId: string, signal?: AbortSignal): Promise<RefundVerdict> {
  const payment = await deps.payments.byId(paymentId);
  // All the money went back by other ways meanwhile (YooKassa's cabinet).
  if (payment?.status === 'refunded') return { status: 'succeeded' };
  return (await askForRefund(deps, await attemptOf(deps.payments, paymentId, null), signal)).verdict;
}

/** @param attempt `null`: the newest one of the order's own money */
export async function attemptOf(
  payments: PaymentsRepository,
  paymentId: string,
  attempt: number | null,
): Promise<RefundRow> {
  const row =
    attempt === null ? await payments.refunds.latest(paymentId) : await payments.refunds.of(paymentId, attempt);
  if (!row) throw new Error(`payment ${paymentId} has no refund ${attempt ?? 'planned'}`);
  return row;
}

export async function askForRefund(deps: RefundDeps, attempt: RefundRow, signal?: AbortSignal): Promise<AskedRefund> {
  const { yookassa, payments } = deps;
  if (attempt.status === 'succeeded') return { attempt: attempt.attempt, verdict: { status: 'succeeded' } };
  if (attempt.status === 'canceled')
    return { attempt: attempt.attempt, verdict: { status: 'canceled', reason: 'refused-before' } };
  const { key, body, ofPayment, firstSentAt } = await stored(deps, attempt);
  // YooKassa has forgotten the key by now: what was made under it is looked for first.
  if (deps.now().getTime() - firstSentAt.getTime() > KEY_LIFE_MS) {
    const made = (await everyRefund(yookassa, ofPayment, signal)).find((refund) => isAttempt(refund, attempt));
    if (made) return record(payments, attempt, made);
  }
  try {
    const refund = await yookassa.createRefund(body, key, signal);
    await payments.recordRequestAnswer(key, `${refund.id} ${refund.status}`);
    return await record(payments, attempt, refund);
  } catch (error) {
    if (!isGatewayError(error)) throw error;
    await payments.recordRequestAnswer(
      key,
      `${error.kind} ${error.status ?? ''} ${error.code ?? ''} ${error.parameter ?? ''}`.trim(),
    );
    if (error.kind !== 'refused') throw error;
    return afterRefusal(deps, attempt, ofPayment, error.code ?? 'refused', signal);
  }
}

/** Key and body of an attempt, stored before they are first sent. */
async function stored(
  { payments, receipt }: RefundDeps,
  attempt: RefundRow,
): Promise<{ key: string; body: YooRefundRequest; ofPayment: string; firstSentAt: Date }> {
  const { paymentId, amountKopecks } = attempt;
  const payment = await payments.byId(paymentId);
  const ofPayment = attempt.ofYooKassaId ?? payment?.yookassaId;
  if (!payment || !ofPayment)
    throw new Error(`payment ${paymentId} was never created at YooKassa, there is nothing to refund`);
  const key = idempotenceKey(paymentId, `refund-${attempt.attempt}`);
  const description = `Refund of ${payment.planName.en}`;
  const item = `VPN: ${payment.planName[payment.language]}, ${payment.locationName[payment.language]}`;
  const body = buildRefundRequest({
    paymentId: ofPayment,
    amountKopecks,
    description,
    metadata: { [PAYMENT_ID_METADATA_KEY]: paymentId, [ATTEMPT_METADATA_KEY]: String(attempt.attempt) },
    // A part refund must say what goes back; for a whole one YooKassa would take the payment's own lines, which say the same.
    receipt: receipt && {
      customer: { email: receipt.email },
      items: [{ description: item, quantity: 1, amountKopecks, vatCode: receipt.vatCode }],
    },
  });
  const request = await payments.storeRequest(key, paymentId, 'create-refund', body);
  return { key, body: request.body as YooRefundRequest, ofPayment, firstSentAt: request.firstSentAt };
}

/**
 * "Already refunded" and "sum exceeded" are refusals too. What counts is whether the money is back, so the refunds themselves are
 * read: ours under a forgotten key, one made in the cabinet that covers it, or a part of it.
 */
async function afterRefusal(
  deps: RefundDeps,
  attempt: RefundRow,
  ofPayment: string,
  reason: string,
  signal?: AbortSignal,
): Promise<AskedRefund> {
  const { yookassa, payments } = deps;
  const { paymentId, attempt: number, amountKopecks } = attempt;
  const shown = (await everyRefund(yookassa, ofPayment, signal)).filter(({ status }) => status !== 'canceled');
  const mine = shown.find((refund) => isAttempt(refund, attempt));
  if (mine) return record(payments, attempt, mine);
  for (const refund of shown) {
    if (refund.amountKopecks === amountKopecks && (await payments.refunds.byYooKassaId(refund.id)) === undefined)
      return record(payments, attempt, refund);
  }
  if (attempt.ofYooKassaId === null) {
    const { amountKopecks: paidKopecks } = await yookassa.getPayment(ofPayment, signal);
    const { status } = await payments.recordShownRefunds(
      paymentId,
      shown.map((refund) => shownRefund(refund, paymentId)),
      paidKopecks,
      deps.now(),
    );
    if (status === 'refunded') return { attempt: number, verdict: { status: 'succeeded' } };
    const left = paidKopecks - shown.reduce((sum, refund) => sum + refund.amountKopecks, 0);
    if (left > 0 && left < amountKopecks) {
      await payments.refunds.record(paymentId, number, { yookassaId: null, status: 'canceled' });
      return askForRefund(
        deps,
        await attemptOf(payments, paymentId, await payments.refunds.askForLess(paymentId, number, left)),
        signal,
      );
    }
  }
  await payments.refunds.record(paymentId, number, { yookassaId: null, status: 'canceled' });
  return { attempt: number, verdict: { status: 'canceled', reason } };
}

function isAttempt(refund: YooRefund, { paymentId, attempt }: RefundRow): boolean {
  return (
    refund.metadata[PAYMENT_ID_METADATA_KEY] === paymentId && refund.metadata[ATTEMPT_METADATA_KEY] === String(attempt)
  );
}

/** A refund as the record compares it. */
export function shownRefund(refund: YooRefund, paymentId: string): ShownRefund {
  const attempt =
    refund.metadata[PAYMENT_ID_METADATA_KEY] === paymentId ? Number(refund.metadata[ATTEMPT_METADATA_KEY]) : NaN;
  return {
    yookassaId: refund.id,
    kopecks: refund.amountKopecks,
    status: refund.status,
    attempt: Number.isSafeInteger(attempt) ? attempt : undefined,
  };
}

/** All refunds of one of YooKassa's payments, whoever made them. */
export async function everyRefund(
  yookassa: YooKassaClient,
  yookassaPaymentId: string,
  signal?: AbortSignal,
): Promise<YooRefund[]> {
  const all: YooRefund[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await yookassa.listRefunds({ paymentId: yookassaPaymentId, limit: 100, cursor }, signal);
    all.push(...page.items);
    if (page.nextCursor === undefined) return all;
    cursor = page.nextCursor;
  }
}

/** @throws a quiet failure while the refund is pending */
export async function followRefund(
  deps: RefundDeps,
  paymentId: string,
  attempt: number | null,
  signal?: AbortSignal,
): Promise<RefundVerdict> {
  const verdict = await checkRefund(deps, paymentId, attempt, signal);
  if (verdict.status === 'pending') throw notYet('the refund is still pending at YooKassa');
  return verdict;
}

/** Asks once. */
export async function checkRefund(
  { yookassa, payments }: RefundDeps,
  paymentId: string,
  number: number | null,
  signal?: AbortSignal,
): Promise<RefundVerdict> {
  const attempt = await attemptOf(payments, paymentId, number);
  if (attempt.status === 'succeeded') return { status: 'succeeded' };
  if (attempt.yookassaId === null)
    throw new Error(`refund ${attempt.attempt} of payment ${paymentId} was never asked for`);
  return (await record(payments, attempt, await yookassa.getRefund(attempt.yookassaId, signal))).verdict;
}

async function record(payments: PaymentsRepository, attempt: RefundRow, refund: YooRefund): Promise<AskedRefund> {
  const status = refund.status === 'unknown' ? 'pending' : refund.status;
  await payments.refunds.record(attempt.paymentId, attempt.attempt, { yookassaId: refund.id, status });
  if (status !== 'pending')
    await payments.recordEvent(attempt.paymentId, 'yookassa', `refund-${status}`, {
      refundId: refund.id,
      kopecks: refund.amountKopecks,
    });
  return {
    attempt: attempt.attempt,
    verdict: status === 'canceled' ? { status, reason: refund.cancellation?.reason ?? 'unknown' } : { status },
  };
}
