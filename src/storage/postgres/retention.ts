import type { Queryable } from './pool';
import { queryRows } from './query';
import { paymentRow } from './tables/payments';

/** What leaves the database when it is old; each statement takes the cut-off moment and how many rows at most. */
const REMOVALS = {
  // What was never handled stays until reconciliation has handled it.
  webhooks: `DELETE FROM webhook_events WHERE id IN (SELECT id FROM webhook_events WHERE handled_at IS NOT NULL AND received_at < $1 LIMIT $2)`,
  // Providers forget a key sooner or later; what has to be known of a call afterwards is in the payment's timeline.
  'provider-requests': `DELETE FROM provider_requests WHERE idempotence_key IN (
    SELECT r.idempotence_key FROM provider_requests r JOIN payments p ON p.id = r.payment_id
    WHERE r.first_sent_at < $1 AND p.status IN ('issued', 'refunded', 'canceled', 'expired') LIMIT $2)`,
  // Somebody who looked around and never bought: the row stays, so that their language is kept.
  people: `UPDATE users SET first_name = '', username = NULL, receipt_contact = NULL, promo_code = NULL,
      promo_code_until = NULL, updated_at = now() WHERE telegram_id IN (
    SELECT u.telegram_id FROM users u WHERE u.updated_at < $1 AND (u.first_name <> '' OR u.username IS NOT NULL OR u.receipt_contact IS NOT NULL OR u.promo_code IS NOT NULL)
      AND NOT EXISTS (SELECT 1 FROM subscriptions s WHERE s.user_id = u.telegram_id AND (s.status IN ('pending', 'active') OR s.expires_at > $1))
      AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.user_id = u.telegram_id AND (p.updated_at > $1 OR p.ended_at IS NULL)) LIMIT $2)`,
  // That a key was sent is asked for as long as its payment exists.
  notifications: `WITH moved AS (DELETE FROM notifications WHERE id IN (
      SELECT id FROM notifications WHERE created_at < $1 AND kind <> 'key' ORDER BY created_at, id LIMIT $2) RETURNING *)
    INSERT INTO notifications_archive (id, user_id, kind, subject, status, message_id, created_at, sent_at)
    SELECT id, user_id, kind, subject, status, message_id, created_at, sent_at FROM moved`,
  'panel-samples': `DELETE FROM panel_samples WHERE id IN (SELECT id FROM panel_samples WHERE at < $1 LIMIT $2)`,
  'panel-drift': `DELETE FROM panel_drift WHERE id IN (SELECT id FROM panel_drift WHERE found_at < $1 LIMIT $2)`,
  'access-revocations': `DELETE FROM access_revocations WHERE id IN (SELECT id FROM access_revocations WHERE coalesce(done_at, abandoned_at) < $1 LIMIT $2)`,
} as const;

export type RetentionRepository = ReturnType<typeof createRetentionRepository>;

export function createRetentionRepository(db: Queryable) {
  return {
    /** Removes one batch of what is older than `before`. @returns how many rows that was */
    async remove(what: keyof typeof REMOVALS, before: Date, limit: number): Promise<number> {
      const { rowCount } = await db.query(REMOVALS[what], [before, limit]);
      return rowCount ?? 0;
    },

    /** Open payments opened before `before`, in the order of their ids. */
    async openPayments(before: Date, after: string | null, limit: number): Promise<string[]> {
      const rows = await queryRows(
        db,
        paymentRow.pick({ id: true }),
        `SELECT id FROM payments WHERE status IN ('created', 'pending', 'guarding') AND created_at < $1 ${after === null ? '' : 'AND id > $3'} ORDER BY id LIMIT $2`,
        [before, limit, ...(after === null ? [] : [after])],
      );
      return rows.map(({ id }) => id);
    },
  };
}
