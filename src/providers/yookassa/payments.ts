import { DAY_MS, HOUR_MS } from '../../domain/duration';
import { isGatewayError } from '../../gateways/errors';
import type { Dated, YooPayment } from '../../gateways/yookassa/answers';
import type { YooKassaClient } from '../../gateways/yookassa/client';
import { claimedPaymentId, metadataOf } from '../../gateways/yookassa/metadata';
import { isUnknownObject } from '../../gateways/yookassa/refusals';
import { buildPaymentRequest, type YooPaymentRequest } from '../../gateways/yookassa/requests';
import type { Created, Order, PaymentProvider, Refused, RequestBody, StoredRequest } from '../port';
import { kopecksOf } from './amounts';
import { receiptFor, type ReceiptRules } from './receipt';
import { refusedBy } from './refused';
import { stateOf } from './shown';

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

interface PaymentDeps {
  readonly client: YooKassaClient;
  readonly receipts: ReceiptRules | undefined;
  readonly now: () => Date;
}

export function createPayments({
  client,
  receipts,
  now,
}: PaymentDeps): Pick<PaymentProvider, 'paymentRequest' | 'create' | 'check'> {
  return {
    paymentRequest(order) {
      return bodyOf(order, receipts);
    },

    async create(request, signal) {
      const isKeyKnown = now().getTime() - request.firstSentAt.getTime() < KEY_LIFE_MS;
      try {
        const made = isKeyKnown
          ? // Never broken off: what is asked for may be made all the same.
            await client.createPayment(request.body as unknown as YooPaymentRequest, request.key)
          : await findByMetadata(client, request, signal);
        return made === undefined ? LOST : createdOf(made, request.firstSentAt, now());
      } catch (error) {
        if (isGatewayError(error) && error.kind === 'refused') return refusedBy(error);
        throw error;
      }
    },

    async check(ref, signal) {
      try {
        return stateOf(await client.getPayment(ref, signal));
      } catch (error) {
        if (isUnknownObject(error)) return { state: 'unknown' };
        throw error;
      }
    },
  };
}

const LOST: Refused = { outcome: 'refused', why: 'lost', said: { status: null, code: null, parameter: null } };

function bodyOf(order: Order, receipts: ReceiptRules | undefined): RequestBody {
  const amountKopecks = kopecksOf(order.price);
  return {
    ...buildPaymentRequest({
      amountKopecks,
      description: order.title,
      returnUrl: order.returnUrl,
      metadata: metadataOf({ installationId: order.installationId, paymentId: order.orderId }),
      receipt: receiptFor(receipts, order, amountKopecks),
    }),
  };
}

function createdOf(payment: Dated<YooPayment>, firstSentAt: Date, now: Date): Created {
  const { id, confirmationUrl } = payment;
  return {
    outcome: 'created',
    ref: id,
    show: confirmationUrl === undefined ? { kind: 'none' } : { kind: 'url', url: confirmationUrl },
    payableUntil: endOfLife(payment, firstSentAt, now),
  };
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

/** There is no filter by metadata: the list around the first call is read, newest first. */
async function findByMetadata(
  client: YooKassaClient,
  { orderId, firstSentAt }: StoredRequest,
  signal?: AbortSignal,
): Promise<Dated<YooPayment> | undefined> {
  const around = {
    // The two clocks may differ.
    gte: new Date(firstSentAt.getTime() - DAY_MS).toISOString(),
    lte: new Date(firstSentAt.getTime() + DAY_MS).toISOString(),
  };
  let cursor: string | undefined;
  do {
    const page = await client.listPayments({ createdAt: around, limit: 100, cursor }, signal);
    const found = page.items.find((item) => claimedPaymentId(item.metadata) === orderId);
    if (found) return { ...found, answeredAt: page.answeredAt };
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return undefined;
}
