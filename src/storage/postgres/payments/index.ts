import type { Pool } from 'pg';
import type { Payment, PaymentStatus } from '../../../domain/payment';
import type { RefundRequest, UndeliveredRefund } from '../../../domain/refund';
import { prepared, queryRow, queryRows, type PreparedStatement } from '../query';
import { camelCased } from '../tables/columns';
import { yookassaRequestRow } from '../tables/payments';
import { changeServer } from './changeServer';
import { chatOf } from './chatOf';
import { deliveryOf } from './deliveryOf';
import { eventInsertion, eventsOf, recordEvent, type FinalWord, type PaymentEventName } from './events';
import { openPayment, type PurchaseDraft } from './open';
import { termIfDelivered } from './lateDelivery';
import { unfinishedAtOtherShops } from './otherShops';
import { recordShownRefunds, type ShownRefund } from './outsideRefunds';
import { planRefund, planStrayRefund, planUndeliveredRefund } from './planRefund';
import { previewRefund } from './previewRefund';
import { recordDelivered, type ConfirmedState } from './recordDelivered';
import { recordPaid } from './recordPaid';
import { refundsOf } from './refunds';
import { paymentView, SELECT_PAYMENT } from './rows';
import { transitionTo, type TransitionOptions } from './transitionTo';
import { usageOf } from './usage';

export type { ChatOf } from './chatOf';
export type { Delivery } from './deliveryOf';
export type { PurchaseDraft, OpenOutcome } from './open';
export type { FinalWord, PaymentEvent, PaymentEventName } from './events';
export type { PaidDecision } from './recordPaid';
export type { RefundRow } from './refundRows';
export type { ShownRefund } from './outsideRefunds';

export type PaymentsRepository = ReturnType<typeof createPaymentsRepository>;

const storedRequest = yookassaRequestRow.pick({ body: true, first_sent_at: true }).transform((row) => camelCased(row));

const BY_ID = prepared(`${SELECT_PAYMENT} WHERE p.id = $1`);
const BY_YOOKASSA_ID = prepared(`${SELECT_PAYMENT} WHERE p.yookassa_id = $1`);

/** Payments, the calls made for them, and their timeline. */
export function createPaymentsRepository(pool: Pool) {
  const one = (statement: string | PreparedStatement, values: unknown[]): Promise<Payment | undefined> =>
    queryRow(pool, paymentView, statement, values);

  return {
    open: (draft: PurchaseDraft) => openPayment(pool, draft),
    recordPaid: (
      paymentId: string,
      ids: { subscriptionId: string; panelUserId: string },
      now: Date,
      finalWord?: FinalWord,
    ) => recordPaid(pool, paymentId, ids, now, finalWord),
    /** @throws Error when there is no such payment */
    chatOf: (paymentId: string) => chatOf(pool, paymentId),
    /** Payment, subscription and panel of a delivery. */
    deliveryOf: (paymentId: string) => deliveryOf(pool, paymentId),
    termIfDelivered: (payment: { readonly id: string; readonly subscriptionId: string }, at: Date) =>
      termIfDelivered(pool, payment, at),
    recordDelivered: (paymentId: string, confirmed: ConfirmedState) => recordDelivered(pool, paymentId, confirmed),
    planRefund: (paymentId: string, request: RefundRequest, paidKopecks: number, now: Date) =>
      planRefund(pool, paymentId, request, paidKopecks, now),
    /** What a refund of a delivered purchase would do now; nothing is changed. */
    previewRefund: (paymentId: string, kopecks: number | null, now: Date) =>
      previewRefund(pool, paymentId, kopecks, now),
    planUndeliveredRefund: (paymentId: string, refund: UndeliveredRefund) =>
      planUndeliveredRefund(pool, paymentId, refund),
    planStrayRefund: (paymentId: string, money: { readonly yookassaId: string; readonly leftKopecks: number }) =>
      planStrayRefund(pool, paymentId, money),
    recordShownRefunds: (paymentId: string, shown: readonly ShownRefund[], paidKopecks: number, now: Date) =>
      recordShownRefunds(pool, paymentId, shown, paidKopecks, now),
    changeServer: (paymentId: string) => changeServer(pool, paymentId),
    recordEvent: (paymentId: string, actor: string, event: PaymentEventName, details?: Record<string, unknown>) =>
      recordEvent(pool, paymentId, actor, event, details),
    events: (paymentId: string) => eventsOf(pool, paymentId),
    refunds: refundsOf(pool),
    usageOf: (paymentId: string) => usageOf(pool, paymentId),

    byId: (id: string) => one(BY_ID, [id]),
    /** One that somebody's work is about. @throws Error when there is none: that work can't be done */
    async existing(id: string): Promise<Payment> {
      const payment = await one(BY_ID, [id]);
      if (!payment) throw new Error(`payment ${id} does not exist`);
      return payment;
    },
    byYooKassaId: (yookassaId: string) => one(BY_YOOKASSA_ID, [yookassaId]),
    /** The newest payment that a subscription came from or was prolonged by. */
    ofSubscription: (subscriptionId: string) =>
      one(`${SELECT_PAYMENT} WHERE p.subscription_id = $1 ORDER BY p.created_at DESC LIMIT 1`, [subscriptionId]),

    /**
     * The payments whose id begins with this order number, newest first.
     * @param number 8 hexadecimal digits in lower case
     */
    byOrderNumber: (number: string): Promise<Payment[]> =>
      queryRows(
        pool,
        paymentView,
        `${SELECT_PAYMENT} WHERE p.id BETWEEN $1 AND $2 ORDER BY p.created_at DESC LIMIT 20`,
        [`${number}-0000-0000-0000-000000000000`, `${number}-ffff-ffff-ffff-ffffffffffff`],
      ),

    /** A buyer's payments, newest first. */
    ofUser: (userId: number, limit: number): Promise<Payment[]> =>
      queryRows(pool, paymentView, `${SELECT_PAYMENT} WHERE p.user_id = $1 ORDER BY p.created_at DESC LIMIT $2`, [
        userId,
        limit,
      ]),

    /** An owner was told that a person must look at this payment, which was in that state then. */
    async recordOwnerTold(id: string, of: PaymentStatus): Promise<void> {
      await pool.query('UPDATE payments SET owner_told_of = $2 WHERE id = $1', [id, of]);
    },

    /** Records which message of the chat shows this payment. */
    async setScreenMessage(id: string, messageId: number): Promise<void> {
      await pool.query('UPDATE payments SET screen_message_id = $2, updated_at = now() WHERE id = $1', [id, messageId]);
    },

    /**
     * Stores a call that could move money before it is sent; a repeat gets the very same body back.
     * @returns the body to send, and when it was first about to be sent
     */
    async storeRequest(
      key: string,
      paymentId: string,
      operation: 'create-payment' | 'create-refund',
      body: unknown,
    ): Promise<{ body: unknown; firstSentAt: Date }> {
      const stored = await queryRow(
        pool,
        storedRequest,
        `INSERT INTO yookassa_requests AS r (idempotence_key, payment_id, operation, body) VALUES ($1, $2, $3, $4)
         ON CONFLICT (idempotence_key) DO UPDATE SET idempotence_key = r.idempotence_key
         RETURNING body, first_sent_at`,
        [key, paymentId, operation, JSON.stringify(body)],
      );
      return stored!;
    },

    /** Records what came back for a stored call: an id, or an error's class. */
    async recordRequestAnswer(key: string, answer: string): Promise<void> {
      await pool.query('UPDATE yookassa_requests SET answered_at = now(), answer = $2 WHERE idempotence_key = $1', [
        key,
        answer,
      ]);
    },

    /** The link is there: created → pending. Repeating it changes nothing. */
    async recordLink(
      id: string,
      link: {
        yookassaId: string;
        /** YooKassa's id of the shop that it was made at. */
        shopId?: string;
        confirmationUrl: string | null;
        payableUntil: Date;
        /** Whether a receipt goes with it. */
        hasReceipt?: boolean;
      },
    ): Promise<void> {
      await pool.query(
        `UPDATE payments SET yookassa_id = $2, confirmation_url = $3, payable_until = $4, yookassa_shop_id = $6,
           receipt_registration = coalesce(receipt_registration, $5),
           status = CASE WHEN status = 'created' THEN 'pending' ELSE status END, updated_at = now() WHERE id = $1`,
        [
          id,
          link.yookassaId,
          link.confirmationUrl,
          link.payableUntil,
          link.hasReceipt ? 'pending' : null,
          link.shopId ?? null,
        ],
      );
    },

    /** Unfinished payments and refunds of other shops of YooKassa than this one, by shop. */
    unfinishedAtOtherShops: (shopId: string) => unfinishedAtOtherShops(pool, shopId),

    transitionTo: (id: string, to: PaymentStatus, reason: string | null, options?: TransitionOptions) =>
      transitionTo(pool, id, to, reason, options),

    /**
     * What YooKassa last said, and when it was asked on somebody's word.
     * @param finalWord becomes an event of the timeline
     */
    async recordYooKassaStatus(id: string, yookassaStatus: string, finalWord?: FinalWord): Promise<void> {
      const update = 'UPDATE payments SET yookassa_status = $2, checked_at = now(), updated_at = now() WHERE id = $1';
      if (finalWord === undefined) await pool.query(update, [id, yookassaStatus]);
      else
        await pool.query(`WITH ${eventInsertion(3)} ${update}`, [
          id,
          yookassaStatus,
          'yookassa',
          finalWord.event,
          JSON.stringify(finalWord.details),
        ]);
    },

    /** The buyer pressed "cancel" while the link can still be paid. */
    async dismiss(id: string): Promise<void> {
      await pool.query(
        `UPDATE payments SET dismissed_at = coalesce(dismissed_at, now()), updated_at = now() WHERE id = $1 AND status IN ('created', 'pending', 'guarding')`,
        [id],
      );
    },
  };
}
