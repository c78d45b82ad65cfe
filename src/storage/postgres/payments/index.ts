import type { Pool } from 'pg';
import type { PaymentStatus } from '../../../domain/payment';
import type { RefundRequest, UndeliveredRefund } from '../../../domain/refund';
import { changeServer } from './changeServer';
import { chatOf } from './chatOf';
import { deliveryOf } from '../deliveries/deliveryOf';
import { eventsOf, recordEvent, type VerdictEvent, type PaymentEventName } from './events';
import { findPayments } from './find';
import { termIfDelivered } from '../deliveries/lateDelivery';
import { openPayment, type PurchaseDraft } from './open';
import type { ProviderId } from '../../../domain/provider';
import { unfinishedAtOtherAccounts, unfinishedOfOthers } from './otherAccounts';
import { recordShownRefunds, type ShownRefund } from './outsideRefunds';
import { planRefund, planStrayRefund, planUndeliveredRefund } from './planRefund';
import { previewRefund } from './previewRefund';
import { recordDelivered, type ConfirmedState } from '../deliveries/recordDelivered';
import { recordPaid } from './recordPaid';
import { refundsOf } from './refunds';
import { transitionTo, type TransitionOptions } from './transitionTo';
import { unseenScreens } from './unseenScreens';
import { usageOf } from './usage';
import { providerRecords } from './providerRecords';

export type { ChatOf } from './chatOf';
export type { Delivery } from '../deliveries/deliveryOf';
export type { PurchaseDraft, OpenOutcome } from './open';
export type { VerdictEvent, PaymentEvent, PaymentEventName } from './events';
export type { PaidDecision } from './recordPaid';
export type { RefundRow } from './refundRows';
export type { ShownRefund } from './outsideRefunds';

export type PaymentsRepository = ReturnType<typeof createPaymentsRepository>;

/** Payments, the calls made for them, and their timeline. */
export function createPaymentsRepository(pool: Pool) {
  return {
    open: (draft: PurchaseDraft) => openPayment(pool, draft),
    recordPaid: (
      paymentId: string,
      ids: { subscriptionId: string; panelUserId: string },
      now: Date,
      verdictEvent?: VerdictEvent,
    ) => recordPaid(pool, paymentId, ids, now, verdictEvent),
    /** @throws Error when there is no such payment */
    chatOf: (paymentId: string) => chatOf(pool, paymentId),
    /** Of a buyer who can't be written to: whose message they have not seen change. */
    unseenScreens: (userId: number) => unseenScreens(pool, userId),
    /** Payment, subscription and panel of a delivery. */
    deliveryOf: (paymentId: string) => deliveryOf(pool, paymentId),
    termIfDelivered: (payment: { readonly id: string; readonly subscriptionId: string }, at: Date) =>
      termIfDelivered(pool, payment, at),
    recordDelivered: (paymentId: string, confirmed: ConfirmedState) =>
      recordDelivered(pool, 'payment', paymentId, confirmed),
    planRefund: (paymentId: string, request: RefundRequest, paidKopecks: number, now: Date) =>
      planRefund(pool, paymentId, request, paidKopecks, now),
    /** What a refund of a delivered purchase would do now; nothing is changed. */
    previewRefund: (paymentId: string, kopecks: number | null, now: Date) =>
      previewRefund(pool, paymentId, kopecks, now),
    planUndeliveredRefund: (paymentId: string, refund: UndeliveredRefund) =>
      planUndeliveredRefund(pool, paymentId, refund),
    planStrayRefund: (paymentId: string, money: { readonly providerRef: string; readonly leftKopecks: number }) =>
      planStrayRefund(pool, paymentId, money),
    recordShownRefunds: (paymentId: string, shown: readonly ShownRefund[], paidKopecks: number, now: Date) =>
      recordShownRefunds(pool, paymentId, shown, paidKopecks, now),
    changeServer: (paymentId: string, request: string) => changeServer(pool, paymentId, request),
    recordEvent: (paymentId: string, actor: string, event: PaymentEventName, details?: Record<string, unknown>) =>
      recordEvent(pool, paymentId, actor, event, details),
    events: (paymentId: string) => eventsOf(pool, paymentId),
    refunds: refundsOf(pool),
    usageOf: (paymentId: string) => usageOf(pool, paymentId),

    ...findPayments(pool),

    /** An owner was told that a person must look at this payment, which was in that state then. */
    async recordOwnerTold(id: string, of: PaymentStatus): Promise<void> {
      await pool.query('UPDATE payments SET owner_told_of = $2 WHERE id = $1', [id, of]);
    },

    /** Records which message of the chat shows this payment. */
    async setScreenMessage(id: string, messageId: number): Promise<void> {
      await pool.query('UPDATE payments SET screen_message_id = $2, updated_at = now() WHERE id = $1', [id, messageId]);
    },

    ...providerRecords(pool),

    /** Unfinished payments and refunds of other accounts of their provider than the one in force, by account. */
    unfinishedAtOtherAccounts: (present: Parameters<typeof unfinishedAtOtherAccounts>[1]) =>
      unfinishedAtOtherAccounts(pool, present),
    unfinishedOfOthers: (providers: readonly ProviderId[]) => unfinishedOfOthers(pool, providers),

    transitionTo: (id: string, to: PaymentStatus, reason: string | null, options?: TransitionOptions) =>
      transitionTo(pool, id, to, reason, options),

    /** The buyer pressed "cancel" while the link can still be paid. */
    async dismiss(id: string): Promise<void> {
      await pool.query(
        `UPDATE payments SET dismissed_at = coalesce(dismissed_at, now()), updated_at = now() WHERE id = $1 AND status IN ('created', 'pending', 'guarding')`,
        [id],
      );
    },
  };
}
