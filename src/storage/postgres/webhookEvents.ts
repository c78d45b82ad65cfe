import type { ProviderId } from '../../domain/provider';
import type { Queryable } from './pool';
import { prepared, queryRow, queryRows } from './query';
import { webhookEventRow } from './tables/messages';

export interface IncomingWebhook {
  readonly provider: ProviderId;
  readonly remoteAddress: string;
  readonly body: string;
  readonly event?: string;
  readonly objectId?: string;
  readonly paymentId?: string;
}

const STORE = prepared(
  `INSERT INTO webhook_events (provider, remote_address, event, object_id, payment_id, body) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`,
);
const HANDLED = prepared('UPDATE webhook_events SET handled_at = now(), outcome = $2 WHERE id = ANY($1)');

export type WebhookEventsRepository = ReturnType<typeof createWebhookEventsRepository>;

/** Notifications without what the provider says of the payer, kept until their retention ends. */
export function createWebhookEventsRepository(db: Queryable) {
  return {
    /** Stores one before it is answered. @returns the row's id */
    async store(webhook: IncomingWebhook): Promise<number> {
      const stored = await queryRow(db, webhookEventRow.pick({ id: true }), STORE, [
        webhook.provider,
        webhook.remoteAddress,
        webhook.event ?? null,
        webhook.objectId ?? null,
        webhook.paymentId ?? null,
        // PostgreSQL's text holds no NUL; a body with one is a forgery, kept readable all the same.
        webhook.body.replaceAll('\u0000', '\uFFFD'),
      ]);
      return stored!.id;
    },

    /** Records what came of it: see `WakeOutcome` */
    async handled(ids: readonly number[], outcome: string): Promise<void> {
      await db.query(HANDLED, [ids, outcome]);
    },

    /** Stored but never handled (the process died in between), older than `olderThanMs`; oldest first. */
    unhandled: (olderThanMs: number, limit: number): Promise<{ id: number; provider: ProviderId; body: string }[]> =>
      queryRows(
        db,
        webhookEventRow.pick({ id: true, provider: true, body: true }),
        `SELECT id, provider, body FROM webhook_events
         WHERE handled_at IS NULL AND received_at < now() - $1 * interval '1 millisecond' ORDER BY id LIMIT $2`,
        [olderThanMs, limit],
      ),
  };
}
