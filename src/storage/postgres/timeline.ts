import { z } from 'zod';
import type { Queryable } from './pool';
import { queryRow, queryRows } from './query';
import { camelCased } from './tables/columns';
import { notificationRow, webhookEventRow } from './tables/messages';
import { auditLogRow } from './tables/operations';
import { providerRequestRow } from './tables/payments';
import { accessRevocationRow, refundRow } from './tables/refunds';
import { promoUseRow } from './tables/promo';
import { referralRewardRow } from './tables/referrals';
import { subscriptionRow } from './tables/subscriptions';

const request = providerRequestRow.omit({ payment_id: true, body: true }).transform(camelCased);
const webhook = webhookEventRow.omit({ object_id: true, payment_id: true, body: true }).transform(camelCased);
const refund = refundRow
  .omit({ id: true, payment_id: true, managed_by: true, request_id: true, completed_at: true })
  .transform(camelCased);
const message = notificationRow.omit({ id: true, message_id: true }).transform(camelCased);
const revocation = accessRevocationRow
  .pick({ server_code: true, created_at: true, confirmed_at: true, abandoned_at: true })
  .transform(camelCased);
const decision = auditLogRow.omit({ id: true, payment_id: true }).transform(camelCased);
const subscription = subscriptionRow
  .pick({ id: true, status: true, server_code: true, starts_at: true, expires_at: true, panel_expires_at: true })
  .transform(camelCased);

const promoUse = promoUseRow
  .pick({ status: true, created_at: true, updated_at: true })
  .extend({ code: z.string() })
  .transform(camelCased);
const reward = referralRewardRow
  .pick({
    ...{ role: true, user_id: true, days: true, status: true, created_at: true, changed_at: true, due_at: true },
    ...{ suspicions: true, decided_by: true },
  })
  .extend(referralRewardRow.pick({ forfeit_reason: true, forfeit_by: true, forfeit_at: true }).shape)
  .transform(camelCased);

/** What the database keeps of a payment besides its own row and its events, as support reads it. No key, no link. */
export interface TimelineRows {
  readonly requests: readonly z.output<typeof request>[];
  readonly webhooks: readonly z.output<typeof webhook>[];
  readonly refunds: readonly z.output<typeof refund>[];
  readonly messages: readonly z.output<typeof message>[];
  readonly revocations: readonly z.output<typeof revocation>[];
  /** What operators decided. */
  readonly decisions: readonly z.output<typeof decision>[];
  /** The use of a promo code that it holds, or held. */
  readonly promoUses: readonly z.output<typeof promoUse>[];
  /** What it has brought its buyer, and who invited them. */
  readonly rewards: readonly z.output<typeof reward>[];
  readonly subscription: z.output<typeof subscription> | undefined;
}

/**
 * A payment with more rows than this of one kind has met a flood of them; the first ones are enough to understand it.
 */
const MOST = 200;

/** What happened to one payment, for support. */
export function createTimelineRepository(db: Queryable) {
  const list = <Row>(row: z.ZodType<Row>, sql: string, paymentId: string): Promise<Row[]> =>
    queryRows(db, row, `${sql} LIMIT ${MOST}`, [paymentId]);

  return {
    /** The payment behind a provider's id: of a refund, or of money that bought nothing and went back. */
    async paymentOfRefund(refundRef: string): Promise<string | undefined> {
      const found = await queryRow(
        db,
        refundRow.pick({ payment_id: true }),
        'SELECT payment_id FROM refunds WHERE provider_ref = $1 OR of_provider_ref = $1 LIMIT 1',
        [refundRef],
      );
      return found?.payment_id;
    },

    async of(id: string): Promise<TimelineRows> {
      const [requests, webhooks, refunds, messages, revocations, decisions, promoUses, rewards, subscriptions] =
        await Promise.all([
          list(request, 'SELECT * FROM provider_requests WHERE payment_id = $1 ORDER BY first_sent_at', id),
          list(
            webhook,
            `SELECT * FROM webhook_events WHERE payment_id = $1 OR (provider, object_id) IN (
             SELECT provider, provider_ref FROM payments WHERE id = $1
             UNION SELECT provider, provider_ref FROM refunds WHERE payment_id = $1) ORDER BY id`,
            id,
          ),
          list(refund, 'SELECT * FROM refunds WHERE payment_id = $1 ORDER BY attempt', id),
          list(
            message,
            `SELECT * FROM notifications WHERE subject = $1::text OR subject LIKE $1::text || ':%' ORDER BY id`,
            id,
          ),
          list(revocation, 'SELECT * FROM access_revocations WHERE payment_id = $1 ORDER BY id', id),
          list(decision, 'SELECT * FROM audit_log WHERE payment_id = $1 ORDER BY id', id),
          list(
            promoUse,
            `SELECT u.status, u.created_at, u.updated_at, p.promo_code AS code
           FROM promo_uses u JOIN payments p ON p.id = u.payment_id WHERE u.payment_id = $1`,
            id,
          ),
          list(reward, 'SELECT * FROM referral_rewards WHERE payment_id = $1 ORDER BY role', id),
          list(
            subscription,
            'SELECT u.* FROM subscriptions u JOIN payments p ON p.subscription_id = u.id WHERE p.id = $1',
            id,
          ),
        ]);
      return {
        ...{ requests, webhooks, refunds, messages, revocations, decisions, promoUses, rewards },
        subscription: subscriptions[0],
      };
    },
  };
}
