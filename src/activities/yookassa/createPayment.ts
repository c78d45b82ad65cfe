import { DAY_MS, HOUR_MS } from '../../domain/duration';
import type { Payment } from '../../domain/payment';
import { errorClass, isGatewayError } from '../../gateways/errors';
import type { Dated, YooPayment } from '../../gateways/yookassa/answers';
import type { YooKassaClient } from '../../gateways/yookassa/client';
import { claimedPaymentId, metadataOf } from '../../gateways/yookassa/metadata';
import { buildPaymentRequest, type YooPaymentRequest } from '../../gateways/yookassa/requests';
import type { Installation } from '../../storage/postgres/installation';
import type { PaymentsRepository } from '../../storage/postgres/payments';
import type { CacheInvalidation } from '../../storage/redis/cacheInvalidation';
import type { CreationAnswer } from '../../workflows/contracts/activities';
import { idempotenceKey } from '../../workflows/contracts/payment';
import { itemOf, receiptFor, type ReceiptDeps } from './receipt';

/**
 * YooKassa keeps a pending payment payable for an hour (YooKassa docs, payment methods); its object does not say
 * until when.
 */
const PAYABLE_MS = HOUR_MS;
/**
 * YooKassa forgets a key after 24 h; an hour before that a repeat could make a second payment, so the list is asked
 * instead.
 */
export const KEY_LIFE_MS = 23 * HOUR_MS;

export interface CreatePaymentDeps extends ReceiptDeps {
  readonly yookassa: YooKassaClient;
  /** YooKassa's id of the shop that payments are made at. */
  readonly shopId: string;
  readonly payments: PaymentsRepository;
  readonly returnUrl: (paymentId: string) => string;
  readonly installation: Installation;
  readonly cacheInvalidation: Pick<CacheInvalidation, 'putPaymentData'>;
  readonly now: () => Date;
}

/**
 * Creates the payment under its stored key and body, or finds the one created before.
 * @throws GatewayError except `refused`, which is an answer: nothing was created
 */
export async function createYooKassaPayment(
  { yookassa, payments, ...deps }: CreatePaymentDeps,
  payment: Payment,
  signal?: AbortSignal,
): Promise<CreationAnswer> {
  if (payment.providerRef !== null) return { outcome: 'created' };
  const key = idempotenceKey(payment.id, 'create');
  const request = await payments.storeRequest(key, payment.id, 'create-payment', await requestFor(payment, deps));
  try {
    const created =
      deps.now().getTime() - request.firstSentAt.getTime() < KEY_LIFE_MS
        ? // Never broken off: what is asked for may be made all the same.
          await yookassa.createPayment(request.body as YooPaymentRequest, key)
        : await findByMetadata(yookassa, payment, request.firstSentAt, signal);
    if (created === undefined) return { outcome: 'refused', reason: 'yookassa-unavailable' };
    const payableUntil = endOfLife(created, request.firstSentAt, deps.now());
    await payments.recordLink(payment.id, {
      providerRef: created.id,
      shopId: deps.shopId,
      confirmationUrl: created.confirmationUrl ?? null,
      payableUntil,
      hasReceipt: deps.receipt !== undefined,
    });
    await deps.cacheInvalidation.putPaymentData({ ...payment, providerRef: created.id });
    await payments.recordRequestAnswer(key, created.id);
    await payments.recordEvent(payment.id, 'yookassa', 'link-created', { providerRef: created.id });
    return { outcome: 'created' };
  } catch (error) {
    if (!isGatewayError(error)) throw error;
    await payments.recordRequestAnswer(key, errorClass(error));
    if (error.kind !== 'refused') throw error;
    await payments.recordEvent(payment.id, 'yookassa', 'creation-refused', {
      status: error.status ?? null,
      code: error.code ?? null,
      parameter: error.parameter ?? null,
    });
    if (isAddressRefused(error.parameter)) {
      // Whatever is wrong with the address, the buyer is asked for another one with the next order.
      await deps.users.setReceiptContact(payment.userId, null);
      return { outcome: 'refused', reason: 'receipt-contact' };
    }
    return {
      outcome: 'refused',
      reason: error.status === 401 || error.status === 403 ? 'yookassa-credentials' : 'yookassa-refused',
      said: [`HTTP ${error.status ?? '?'}`, error.code, error.parameter].filter(Boolean).join(', '),
    };
  }
}

/**
 * Until when a payment can be paid, on our clock. How old it is YooKassa's own two times say, so that a clock that is
 * wrong here makes no link run out. Without its time of answering, it is at most as old as the first call for it.
 */
export function endOfLife(
  { createdAt, answeredAt }: Pick<Dated<YooPayment>, 'createdAt' | 'answeredAt'>,
  firstSentAt: Date,
  now: Date,
): Date {
  const ageMs =
    answeredAt === undefined ? now.getTime() - firstSentAt.getTime() : answeredAt.getTime() - Date.parse(createdAt);
  const leftMs = PAYABLE_MS - Math.min(Math.max(0, ageMs), PAYABLE_MS);
  return new Date(now.getTime() + leftMs);
}

/** YooKassa names the part of the body that it did not accept, such as `receipt.customer.email`. */
function isAddressRefused(parameter: string | undefined): boolean {
  return parameter !== undefined && parameter.startsWith('receipt.customer');
}

async function requestFor(
  payment: Payment,
  { returnUrl, installation, ...receipts }: Pick<CreatePaymentDeps, 'returnUrl' | 'installation' | keyof ReceiptDeps>,
): Promise<YooPaymentRequest> {
  return buildPaymentRequest({
    amountKopecks: payment.priceKopecks,
    description: itemOf(payment),
    returnUrl: returnUrl(payment.id),
    metadata: metadataOf({ installationId: await installation.id(), paymentId: payment.id }),
    receipt: await receiptFor(receipts, payment, payment.priceKopecks),
  });
}

/** There is no filter by metadata: the list around the first call is read, newest first. */
async function findByMetadata(
  yookassa: YooKassaClient,
  payment: Payment,
  firstSentAt: Date,
  signal?: AbortSignal,
): Promise<Dated<YooPayment> | undefined> {
  const around = {
    // The two clocks may differ.
    gte: new Date(firstSentAt.getTime() - DAY_MS).toISOString(),
    lte: new Date(firstSentAt.getTime() + DAY_MS).toISOString(),
  };
  let cursor: string | undefined;
  do {
    const page = await yookassa.listPayments({ createdAt: around, limit: 100, cursor }, signal);
    const found = page.items.find((item) => claimedPaymentId(item.metadata) === payment.id);
    if (found) return { ...found, answeredAt: page.answeredAt };
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return undefined;
}
