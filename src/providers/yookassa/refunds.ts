import { isGatewayError } from '../../gateways/errors';
import type { YooRefund } from '../../gateways/yookassa/answers';
import type { YooKassaClient } from '../../gateways/yookassa/client';
import { claimedAttempt, claimedPaymentId, metadataOf } from '../../gateways/yookassa/metadata';
import { isUnknownObject } from '../../gateways/yookassa/refusals';
import { buildRefundRequest, type YooRefundRequest } from '../../gateways/yookassa/requests';
import type { PaymentProvider, StoredRefundRequest } from '../port';
import { kopecksOf } from './amounts';
import { KEY_LIFE_MS } from './payments';
import { receiptFor, type ReceiptRules } from './receipt';
import { refusedBy } from './refused';
import { shownRefund } from './shown';

interface RefundDeps {
  readonly client: YooKassaClient;
  readonly receipts: ReceiptRules | undefined;
  readonly now: () => Date;
}

export function createRefunds({
  client,
  receipts,
  now,
}: RefundDeps): Pick<PaymentProvider, 'refundRequest' | 'refund' | 'checkRefund' | 'refundsOf'> {
  return {
    refundRequest(order) {
      const { installationId, orderId: paymentId, attempt } = order;
      const amountKopecks = kopecksOf(order.amount);
      return {
        ...buildRefundRequest({
          paymentId: order.ref,
          amountKopecks,
          description: order.description,
          metadata: metadataOf({ installationId, paymentId, attempt }),
          // A part refund must say what goes back; for a whole one YooKassa would take the payment's own lines, which
          // say the same.
          receipt: receiptFor(receipts, order, amountKopecks),
        }),
      };
    },

    async refund(request, signal) {
      const { key, body, ref, firstSentAt } = request;
      // YooKassa has forgotten the key by now: what was made under it is looked for first.
      if (now().getTime() - firstSentAt.getTime() > KEY_LIFE_MS) {
        const made = (await everyRefund(client, ref, signal)).find((refund) => isOf(refund, request));
        if (made) return shownRefund(made);
      }
      try {
        // Never broken off: what is asked for may be made all the same.
        return shownRefund(await client.createRefund(body as unknown as YooRefundRequest, key));
      } catch (error) {
        if (isGatewayError(error) && error.kind === 'refused') return refusedBy(error);
        throw error;
      }
    },

    async checkRefund(refundRef, signal) {
      try {
        return shownRefund(await client.getRefund(refundRef, signal));
      } catch (error) {
        if (isUnknownObject(error)) return undefined;
        throw error;
      }
    },

    async refundsOf(ref, signal) {
      return (await everyRefund(client, ref, signal)).map(shownRefund);
    },
  };
}

function isOf({ metadata }: YooRefund, { orderId, attempt }: StoredRefundRequest): boolean {
  return claimedPaymentId(metadata) === orderId && claimedAttempt(metadata) === attempt;
}

async function everyRefund(client: YooKassaClient, ref: string, signal?: AbortSignal): Promise<YooRefund[]> {
  const all: YooRefund[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await client.listRefunds({ paymentId: ref, limit: 100, cursor }, signal);
    all.push(...page.items);
    if (page.nextCursor === undefined) return all;
    cursor = page.nextCursor;
  }
}
