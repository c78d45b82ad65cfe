import type { Queryable } from './pool';

export interface IncomingWebhook {
  readonly remoteAddress: string;
  readonly body: string;
  readonly event?: string;
  readonly objectId?: string;
  readonly paymentId?: string;
}

export type WebhookEventsRepository = ReturnType<typeof createWebhookEventsRepository>;

/** Raw notifications, kept as they came until their retention ends. */
export function createWebhookEventsRepository(db: Queryable) {
  return {
    /** Stores one before it is answered. @returns the row's id */
    async store(webhook: IncomingWebhook): Promise<number> {
      const { rows } = await db.query<{ id: number }>(
        // PostgreSQL's text holds no NUL; a body with one is a forgery, kept readable all the same.
        `INSERT INTO webhook_events (remote_address, event, object_id, payment_id, body) VALUES ($1, $2, $3, $4, $5) RETURNING id`,
        [webhook.remoteAddress, webhook.event ?? null, webhook.objectId ?? null, webhook.paymentId ?? null, webhook.body.replaceAll('\u0000', '\uFFFD')],
      );
      return rows[0]!.id;
    },

    /** Records what came of it: `woken`, `unknown-payment`, `workflow-ended`, `ignored`, ... */
    async handled(id: number, outcome: string): Promise<void> {
      await db.query('UPDATE webhook_events SET handled_at = now(), outcome = $2 WHERE id = $1', [id, outcome]);
    },

    /** Stored but never handled (the process died in between), older than `olderThanMs`; oldest first. */
    async unhandled(olderThanMs: number, limit: number): Promise<{ id: number; event: string | null; objectId: string | null; paymentId: string | null }[]> {
      const { rows } = await db.query<{ id: number; event: string | null; object_id: string | null; payment_id: string | null }>(
        `SELECT id, event, object_id, payment_id FROM webhook_events
         WHERE handled_at IS NULL AND received_at < now() - $1 * interval '1 millisecond' ORDER BY id LIMIT $2`,
        [olderThanMs, limit],
      );
      return rows.map((r) => ({ id: r.id, event: r.event, objectId: r.object_id, paymentId: r.payment_id }));
    },
  };
}
