import { z } from 'zod';
import type { Queryable } from '../pool';
import { queryRows } from '../query';
import { camelCased, selectedColumns } from '../tables/columns';
import { COUNTS_AS_GIVEN } from '../tables/freeGrants';
import { grantColumns } from '../tables/planGrant';
import { paymentRow } from '../tables/payments';
import { voucherRow } from '../tables/vouchers';

const given = z.object(grantColumns);
const voucher = z
  .object({ status: voucherRow.shape.status, plan_code: voucherRow.shape.plan_code, ...grantColumns })
  .transform((row) => camelCased(row));
/** What was revoked of what it had given; `whole`: all that lay ahead; `last_source`: of the newest entry that did. */
const revoked = z
  .object({ ms: z.number(), gb: z.number(), whole: z.boolean(), last_source: z.string() })
  .transform((row) => camelCased(row));

const auditedGift = paymentRow
  .pick({ id: true, status: true, delivered_at: true, plan_code: true, refunded_kopecks: true })
  .extend({ paid_kopecks: z.number(), ...grantColumns, voucher: voucher.nullable(), revoked: revoked.nullable() })
  .transform((row) => camelCased(row));

/**
 * Orders for gifts, each with its voucher and what was revoked of it: those of the audited span, and those whose
 * voucher is open, or was claimed in it.
 */
export function auditedGifts(db: Queryable, since: Date) {
  return queryRows(
    db,
    auditedGift,
    `SELECT p.id, p.status, p.delivered_at, p.plan_code, p.refunded_kopecks,
       coalesce(v.paid_kopecks, p.price_kopecks) AS paid_kopecks,
       ${selectedColumns(given, 'p')},
       (SELECT row_to_json(o) FROM (SELECT v.status, v.plan_code, ${selectedColumns(given, 'v')}) o
        WHERE v.id IS NOT NULL) AS voucher,
       (SELECT json_build_object('ms', -sum(r.ms), 'gb', -sum(coalesce(r.traffic_gb, 0)), 'whole', bool_or(r.whole),
          'last_source', (array_agg(r.source ORDER BY r.id DESC))[1])
        FROM free_grants g JOIN grant_entries e ON e.kind = 'gift' AND e.source = g.id::text
          JOIN grant_entries r ON r.kind = 'refund' AND r.grant_id = e.id
        WHERE g.kind = 'gift' AND g.source = p.id::text AND ${COUNTS_AS_GIVEN} HAVING count(*) > 0) AS revoked
     FROM payments p LEFT JOIN vouchers v ON v.payment_id = p.id
     WHERE p.purpose = 'gift' AND (p.created_at >= $1 OR p.updated_at >= $1 OR v.status = 'issued' OR v.claimed_at >= $1)
     ORDER BY p.id`,
    [since],
  );
}
