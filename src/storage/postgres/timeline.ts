import { z } from 'zod';
import type { Queryable } from './pool';

/** What the record keeps of a payment besides its own row and its events, as support reads it. No key, no link. */
export interface TimelineRows {
  readonly requests: readonly {
    readonly key: string;
    readonly operation: string;
    readonly amount: string | null;
    readonly firstSentAt: Date;
    readonly answeredAt: Date | null;
    readonly answer: string | null;
  }[];
  readonly webhooks: readonly {
    readonly id: number;
    readonly receivedAt: Date;
    readonly remoteAddress: string;
    readonly event: string | null;
    readonly objectId: string | null;
    readonly body: string;
    readonly handledAt: Date | null;
    readonly outcome: string | null;
  }[];
  readonly refunds: readonly {
    readonly attempt: number;
    readonly amountKopecks: number;
    readonly reason: string;
    readonly askedBy: string;
    readonly yookassaId: string | null;
    readonly ofYooKassaId: string | null;
    readonly status: string;
    readonly createdAt: Date;
    readonly endedAt: Date | null;
  }[];
  readonly messages: readonly {
    readonly userId: number;
    readonly kind: string;
    readonly subject: string;
    readonly status: string;
    readonly createdAt: Date;
    readonly sentAt: Date | null;
  }[];
  readonly withdrawals: readonly {
    readonly serverCode: string;
    readonly createdAt: Date;
    readonly doneAt: Date | null;
  }[];
  readonly decisions: readonly {
    readonly at: Date;
    readonly actor: string;
    readonly action: string;
    readonly details: Readonly<Record<string, unknown>>;
  }[];
  readonly subscription:
    | {
        readonly id: string;
        readonly status: string;
        readonly serverCode: string;
        readonly startsAt: Date;
        readonly expiresAt: Date;
        readonly panelExpiresAt: Date | null;
        readonly deliveredAt: Date | null;
      }
    | undefined;
}

const when = z.date();
const maybe = z.date().nullable();
const word = z.string().nullable();

const rows = {
  requests: z
    .object({
      idempotence_key: z.string(),
      operation: z.string(),
      amount: word,
      first_sent_at: when,
      answered_at: maybe,
      answer: word,
    })
    .transform((r) => ({
      key: r.idempotence_key,
      operation: r.operation,
      amount: r.amount,
      firstSentAt: r.first_sent_at,
      answeredAt: r.answered_at,
      answer: r.answer,
    })),
  webhooks: z
    .object({
      id: z.number(),
      received_at: when,
      remote_address: z.string(),
      event: word,
      object_id: word,
      body: z.string(),
      handled_at: maybe,
      outcome: word,
    })
    .transform((r) => ({
      id: r.id,
      receivedAt: r.received_at,
      remoteAddress: r.remote_address,
      event: r.event,
      objectId: r.object_id,
      body: r.body,
      handledAt: r.handled_at,
      outcome: r.outcome,
    })),
  refunds: z
    .object({
      attempt: z.number(),
      amount_kopecks: z.number(),
      reason: z.string(),
      asked_by: z.string(),
      yookassa_id: word,
      of_yookassa_id: word,
      status: z.string(),
      created_at: when,
      ended_at: maybe,
    })
    .transform((r) => ({
      attempt: r.attempt,
      amountKopecks: r.amount_kopecks,
      reason: r.reason,
      askedBy: r.asked_by,
      yookassaId: r.yookassa_id,
      ofYooKassaId: r.of_yookassa_id,
      status: r.status,
      createdAt: r.created_at,
      endedAt: r.ended_at,
    })),
  messages: z
    .object({
      user_id: z.number(),
      kind: z.string(),
      subject: z.string(),
      status: z.string(),
      created_at: when,
      sent_at: maybe,
    })
    .transform((r) => ({
      userId: r.user_id,
      kind: r.kind,
      subject: r.subject,
      status: r.status,
      createdAt: r.created_at,
      sentAt: r.sent_at,
    })),
  withdrawals: z
    .object({ server_code: z.string(), created_at: when, done_at: maybe })
    .transform((r) => ({ serverCode: r.server_code, createdAt: r.created_at, doneAt: r.done_at })),
  decisions: z.object({ at: when, actor: z.string(), action: z.string(), details: z.record(z.string(), z.unknown()) }),
  subscription: z
    .object({
      id: z.string(),
      status: z.string(),
      server_code: z.string(),
      starts_at: when,
      expires_at: when,
      panel_expires_at: maybe,
      delivered_at: maybe,
    })
    .transform((r) => ({
      id: r.id,
      status: r.status,
      serverCode: r.server_code,
      startsAt: r.starts_at,
      expiresAt: r.expires_at,
      panelExpiresAt: r.panel_expires_at,
      deliveredAt: r.delivered_at,
    })),
};

/** A story that needs more lines than this of one kind is a flood; its beginning tells it. */
const MOST = 200;

export type TimelineRepository = ReturnType<typeof createTimelineRepository>;

export function createTimelineRepository(db: Queryable) {
  const list = async <T>(row: z.ZodType<T>, sql: string, values: unknown[]): Promise<T[]> =>
    (await db.query(`${sql} LIMIT ${MOST}`, values)).rows.map((r) => row.parse(r));

  return {
    /** The payment behind a YooKassa id: of a refund, or of money that bought nothing and went back. */
    async paymentOfRefund(yookassaRefundId: string): Promise<string | undefined> {
      const { rows: found } = await db.query<{ payment_id: string }>(
        'SELECT payment_id FROM refunds WHERE yookassa_id = $1 OR of_yookassa_id = $1 LIMIT 1',
        [yookassaRefundId],
      );
      return found[0]?.payment_id;
    },

    async of(paymentId: string): Promise<TimelineRows> {
      const id = [paymentId];
      const [requests, webhooks, refunds, messages, withdrawals, decisions, subscriptions] = await Promise.all([
        list(
          rows.requests,
          `SELECT *, body->'amount'->>'value' AS amount FROM yookassa_requests WHERE payment_id = $1 ORDER BY first_sent_at`,
          id,
        ),
        list(
          rows.webhooks,
          `SELECT * FROM webhook_events WHERE payment_id = $1 OR object_id IN (
             SELECT yookassa_id FROM payments WHERE id = $1 UNION SELECT yookassa_id FROM refunds WHERE payment_id = $1) ORDER BY id`,
          id,
        ),
        list(rows.refunds, 'SELECT * FROM refunds WHERE payment_id = $1 ORDER BY attempt', id),
        list(
          rows.messages,
          `SELECT * FROM notifications WHERE subject = $1::text OR subject LIKE $1::text || ':%' ORDER BY id`,
          id,
        ),
        list(rows.withdrawals, 'SELECT * FROM access_revocations WHERE payment_id = $1 ORDER BY id', id),
        list(rows.decisions, 'SELECT * FROM audit_log WHERE payment_id = $1 ORDER BY id', id),
        list(
          rows.subscription,
          'SELECT u.* FROM subscriptions u JOIN payments p ON p.subscription_id = u.id WHERE p.id = $1',
          id,
        ),
      ]);
      return { requests, webhooks, refunds, messages, withdrawals, decisions, subscription: subscriptions[0] };
    },

    /** Writes down that an operator is about to decide, before anything happens. @returns the row's id */
    async recordDecision(
      actor: string,
      action: string,
      paymentId: string | null,
      details: Record<string, unknown>,
    ): Promise<number> {
      const { rows: added } = await db.query<{ id: number }>(
        'INSERT INTO audit_log (actor, action, payment_id, details) VALUES ($1, $2, $3, $4) RETURNING id',
        [actor, action, paymentId, JSON.stringify(details)],
      );
      return added[0]!.id;
    },

    /** Sums that nobody could explain and nobody has resolved, oldest first. */
    async openAnomalies(): Promise<
      { kind: string; yookassaId: string; paymentId: string | null; kopecks: number | null; foundAt: Date }[]
    > {
      const { rows: open } = await db.query<{
        kind: string;
        yookassa_id: string;
        payment_id: string | null;
        kopecks: number | null;
        found_at: Date;
      }>(
        `SELECT kind, yookassa_id, payment_id, kopecks, found_at FROM money_anomalies WHERE resolved_at IS NULL ORDER BY id LIMIT ${MOST}`,
      );
      return open.map((r) => ({
        kind: r.kind,
        yookassaId: r.yookassa_id,
        paymentId: r.payment_id,
        kopecks: r.kopecks,
        foundAt: r.found_at,
      }));
    },

    /** @returns the payment it is about (`null`: none); `undefined` when there is no such open sum */
    async resolveAnomaly(yookassaId: string): Promise<string | null | undefined> {
      const { rows: resolved } = await db.query<{ payment_id: string | null }>(
        'UPDATE money_anomalies SET resolved_at = now() WHERE yookassa_id = $1 AND resolved_at IS NULL RETURNING payment_id',
        [yookassaId],
      );
      return resolved[0]?.payment_id;
    },

    /** What came of it. */
    async recordDecisionOutcome(id: number, outcome: string): Promise<void> {
      await db.query(
        `UPDATE audit_log SET details = details || jsonb_build_object('outcome', $2::text) WHERE id = $1`,
        [id, outcome],
      );
    },
  };
}
