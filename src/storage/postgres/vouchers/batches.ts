import { z } from 'zod';
import type { LocalizedText } from '../../../domain/language';
import type { PlanGrant } from '../../../domain/grant';
import type { Voucher } from '../../../domain/voucher/voucher';
import type { Queryable } from '../pool';
import { queryRow, queryRows } from '../query';
import { planRow } from '../tables/catalogue';
import { camelCased } from '../tables/columns';
import { GRANT_COLUMNS, grantColumns } from '../tables/planGrant';
import { voucherRow } from '../tables/vouchers';
import { SELECT_VOUCHER, storedVoucher } from './find';

/** Vouchers that the owner makes together. */
export interface VoucherBatch {
  readonly batchId: string;
  readonly planCode: string;
  /** A fresh id and code for each. */
  readonly vouchers: readonly { readonly id: string; readonly code: string }[];
  readonly claimableUntil: Date | null;
  readonly note: string | null;
  /** Who hands them out; default: nobody but the owner. */
  readonly partner?: string | null;
  /** Each person can claim one of them; default: as many as they have codes of. */
  readonly oncePerPerson?: boolean;
  /** Who makes them: `operator:<name>`. */
  readonly madeBy: string;
}

const summary = voucherRow
  .pick({ plan_code: true, note: true, partner: true, once_per_person: true })
  .extend(voucherRow.pick({ made_by: true, created_at: true, claimable_until: true }).shape)
  .extend({ batch_id: z.string(), issued: z.number(), claimed: z.number(), revoked: z.number() })
  .transform((row) => camelCased(row));
export type VoucherBatchSummary = z.output<typeof summary>;

const batchPlan = planRow
  .pick({ name_ru: true, name_en: true })
  .extend(grantColumns)
  .transform(({ name_ru, name_en, ...row }) => ({ ...camelCased(row), planName: { ru: name_ru, en: name_en } }));

/** The batches of vouchers that the owner has made, and what became of them. */
export function createVoucherBatches(db: Queryable) {
  return {
    /**
     * Adds all of them in one statement. What they give is copied from the plan as it is now; it need not be on sale.
     * @returns what each gives; `undefined`: there is no such plan
     */
    async add(batch: VoucherBatch): Promise<(PlanGrant & { readonly planName: LocalizedText }) | undefined> {
      return queryRow(
        db,
        batchPlan,
        `WITH plan AS (SELECT code, name_ru, name_en, ${GRANT_COLUMNS} FROM plans WHERE code = $1),
         added AS (
           INSERT INTO vouchers (id, code, plan_code, plan_name_ru, plan_name_en, ${GRANT_COLUMNS}, batch_id, made_by, note, claimable_until, partner, once_per_person)
           SELECT made.id, made.code, plan.code, name_ru, name_en, ${GRANT_COLUMNS}, $4, $5, $6, $7, $8, $9
           FROM plan, unnest($2::uuid[], $3::text[]) AS made (id, code))
         SELECT name_ru, name_en, ${GRANT_COLUMNS} FROM plan`,
        [
          batch.planCode,
          batch.vouchers.map(({ id }) => id),
          batch.vouchers.map(({ code }) => code),
          batch.batchId,
          batch.madeBy,
          batch.note,
          batch.claimableUntil,
          batch.partner ?? null,
          batch.oncePerPerson ?? false,
        ],
      );
    },

    /** The newest first. */
    list: (): Promise<VoucherBatchSummary[]> =>
      queryRows(
        db,
        summary,
        `SELECT batch_id, plan_code, note, partner, once_per_person, made_by, min(created_at) AS created_at, claimable_until,
           count(*) FILTER (WHERE status = 'issued')::int AS issued, count(*) FILTER (WHERE status = 'claimed')::int AS claimed,
           count(*) FILTER (WHERE status = 'revoked')::int AS revoked
         FROM vouchers WHERE batch_id IS NOT NULL
         GROUP BY batch_id, plan_code, note, partner, once_per_person, made_by, claimable_until ORDER BY min(created_at) DESC`,
      ),

    /** The vouchers of one batch, in the order of their codes. */
    of: (batchId: string): Promise<Voucher[]> =>
      queryRows(db, storedVoucher, `${SELECT_VOUCHER} WHERE v.batch_id = $1 ORDER BY v.code`, [batchId]),

    /**
     * Revokes what nobody has claimed: of a batch, or the one with this code.
     * @returns how many
     */
    async revoke(which: { readonly batchId: string } | { readonly code: string }): Promise<number> {
      const [column, value] = 'code' in which ? ['code', which.code] : ['batch_id', which.batchId];
      const { rowCount } = await db.query(
        `UPDATE vouchers SET status = 'revoked' WHERE ${column} = $1 AND status = 'issued' AND batch_id IS NOT NULL`,
        [value],
      );
      return rowCount ?? 0;
    },
  };
}
