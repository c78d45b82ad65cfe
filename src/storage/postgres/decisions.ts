import { z } from 'zod';
import { recordDesk } from './deskAudit';
import type { Queryable } from './pool';
import { queryRow } from './query';
import { auditLogRow } from './tables/operations';

/** What a decision is about where that is no payment: the first id, code or number of its details. */
function subjectOf(details: Readonly<Record<string, unknown>>): string | null {
  const first = Object.values(details).find((one) => typeof one === 'string' || typeof one === 'number');
  return first === undefined ? null : String(first);
}

/** What operators decide: written down before it is carried out, and what came of it afterwards. */
export function createDecisionsRepository(db: Queryable) {
  return {
    /**
     * Records that an operator is about to decide, before anything happens: in the audit log of payments, where its
     * outcome follows, and in that of the desk.
     * @returns the row's id, for `recordOutcome`
     */
    async record(
      actor: string,
      action: string,
      paymentId: string | null,
      details: Readonly<Record<string, unknown>>,
    ): Promise<number> {
      const added = await queryRow(
        db,
        auditLogRow.pick({ id: true }),
        `WITH desk AS (INSERT INTO desk_audit (actor, act, subject, before) VALUES ($1, $2, $5, $4))
         INSERT INTO audit_log (actor, action, payment_id, details) VALUES ($1, $2, $3, $4) RETURNING id`,
        [actor, action, paymentId, JSON.stringify(details), paymentId ?? subjectOf(details)],
      );
      return added!.id;
    },

    /** Records that a decision of theirs does not apply, and why. */
    refused: (actor: string, action: string, subject: string, why: string): Promise<void> =>
      recordDesk(db, { actor, act: action, subject, refused: why }),

    /**
     * The id of the last request for a refund of this amount, when it is not known whether it has arrived: its outcome
     * is not `sent`.
     */
    async unansweredRequest(paymentId: string, kopecks: number, sent: string): Promise<string | undefined> {
      const last = await queryRow(
        db,
        z.object({ request_id: z.string().nullable(), outcome: z.string().nullable() }),
        `SELECT details->>'requestId' AS request_id, details->>'outcome' AS outcome FROM audit_log
         WHERE payment_id = $1 AND action = 'refund' AND (details->>'kopecks')::int = $2 ORDER BY id DESC LIMIT 1`,
        [paymentId, kopecks],
      );
      return last === undefined || last.outcome === sent ? undefined : (last.request_id ?? undefined);
    },

    /** Records what came of it. */
    async recordOutcome(id: number, outcome: string): Promise<void> {
      await db.query(
        `UPDATE audit_log SET details = details || jsonb_build_object('outcome', $2::text) WHERE id = $1`,
        [id, outcome],
      );
    },
  };
}
