import { randomUUID } from 'node:crypto';
import { isFinal, type Payment } from '../domain/payment';
import type { GiftWorkflows } from '../clients/giftWorkflows';
import type { GiftsRepository } from '../storage/postgres/gifts';
import type { VerdictEvent, PaymentsRepository } from '../storage/postgres/payments';
import type { CacheInvalidation } from '../storage/redis/cacheInvalidation';
import type { PaidAnswer, PaymentRecordActivities } from '../workflows/contracts/activities';

export interface PaymentRecordActivityDeps {
  readonly payments: PaymentsRepository;
  readonly cacheInvalidation: Pick<CacheInvalidation, 'invalidatePurchase' | 'putPaymentData'>;
  readonly gifts: Pick<GiftsRepository, 'byId'>;
  /** Called inside an activity, where it uses the worker's own client. */
  readonly giftWorkflows: () => Pick<GiftWorkflows, 'ensureRunning'>;
  readonly now: () => Date;
}

/**
 * Records the money that has come and fixes what it buys.
 * @param verdictEvent the event of the provider's "succeeded", when the timeline does not have it yet
 */
export async function recordMoney(
  payments: PaymentsRepository,
  paymentId: string,
  now: Date,
  verdictEvent?: VerdictEvent,
): Promise<PaidAnswer> {
  // Both ids are made here and stored with the money: whatever is repeated later finds them.
  const paid = await payments.recordPaid(
    paymentId,
    { subscriptionId: randomUUID(), panelUserId: randomUUID() },
    now,
    verdictEvent,
  );
  if (paid.decision === 'issue') return { decision: 'issue', takeOverAfterMs: paid.takeOverAfterMs };
  if (paid.decision === 'refund' || paid.decision === 'gift') return paid;
  if (!isFinal(paid.status)) throw new Error(`payment ${paymentId} is ${paid.status}, which is no end`);
  return { decision: 'ended', status: paid.status };
}

/** What the workflow writes to PostgreSQL: each activity is one transaction. */
export function createPaymentRecordActivities(deps: PaymentRecordActivityDeps): PaymentRecordActivities {
  const { payments, gifts, giftWorkflows, cacheInvalidation, now } = deps;
  const invalidatePurchase = async (paymentId: string): Promise<Payment | undefined> => {
    const payment = await payments.byId(paymentId);
    if (payment) await cacheInvalidation.invalidatePurchase(payment);
    return payment;
  };

  return {
    async recordPaid({ paymentId }) {
      const paid = await recordMoney(payments, paymentId, now());
      await invalidatePurchase(paymentId);
      return paid;
    },
    async recordStatus({ paymentId, status, reason, onlyFrom, refundDueAt }) {
      const now = await payments.transitionTo(paymentId, status, reason, {
        onlyFrom,
        refundDueAt: refundDueAt === undefined ? undefined : new Date(refundDueAt),
      });
      // A payment that has ended without money frees its place on the server.
      if (isFinal(now)) await invalidatePurchase(paymentId);
      return { status: now };
    },
    dismissPayment: ({ paymentId }) => payments.dismiss(paymentId),
    async openGift({ paymentId }) {
      const gift = await gifts.byId(paymentId);
      if (!gift) throw new Error(`the order ${paymentId} has no gift`);
      await giftWorkflows().ensureRunning(gift);
    },
    async changeServer({ paymentId, request }) {
      const changed = await payments.changeServer(paymentId, request);
      const payment = await invalidatePurchase(paymentId);
      if (changed && payment) await cacheInvalidation.putPaymentData(payment);
      return { changed };
    },
  };
}
