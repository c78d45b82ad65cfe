import { z } from 'zod';
import type { Voucher, VoucherStatus } from '../../../domain/voucher/voucher';
import type { Queryable } from '../pool';
import { queryRow } from '../query';
import { camelCased, selectedColumns } from '../tables/columns';
import { voucherRow } from '../tables/vouchers';

const columns = voucherRow.omit({
  ...{ made_by: true, payment_id: true, given_back_at: true, giver_told_at: true, paid_kopecks: true },
});

const withGiver = columns.extend({
  giver_id: z.number().nullable(),
  is_refunded: z.boolean(),
  part_refund: z.object({ refundedKopecks: z.number(), paidKopecks: z.number() }).nullable(),
});

/** A voucher as it is stored. */
export const storedVoucher = withGiver.transform(({ plan_name_ru, plan_name_en, ...row }): Voucher => ({
  ...camelCased(row),
  planName: plan_name_ru === null || plan_name_en === null ? null : { ru: plan_name_ru, en: plan_name_en },
}));

/** Add WHERE; the table is `v`. */
export const SELECT_VOUCHER = `SELECT ${selectedColumns(columns, 'v')},
    p.user_id AS giver_id, coalesce(p.status IN ('refunding', 'refunded'), false) AS is_refunded,
    CASE WHEN p.status = 'issued' AND v.paid_kopecks IS NOT NULL AND p.refunded_kopecks > 0
      THEN jsonb_build_object('refundedKopecks', p.refunded_kopecks, 'paidKopecks', v.paid_kopecks) END AS part_refund
  FROM vouchers v LEFT JOIN payments p ON p.id = v.payment_id`;

/** @param code as `readVoucherCode` gives it: it must be exactly this one */
export function voucherByCode(db: Queryable, code: string): Promise<Voucher | undefined> {
  return queryRow(db, storedVoucher, `${SELECT_VOUCHER} WHERE v.code = $1`, [code]);
}

export function voucherById(db: Queryable, id: string): Promise<Voucher | undefined> {
  return queryRow(db, storedVoucher, `${SELECT_VOUCHER} WHERE v.id = $1`, [id]);
}

/**
 * Locks a voucher, so that nobody else claims, returns or revokes it before the transaction ends. The order that paid
 * for a gift comes first, as with a refund, which locks both: otherwise each could wait for the other.
 * @returns `undefined`: there is none
 */
export async function lockVoucher(client: Queryable, id: string): Promise<VoucherStatus | undefined> {
  await client.query('SELECT FROM payments WHERE id = $1 FOR KEY SHARE', [id]);
  const row = await queryRow(client, statusPart, 'SELECT status FROM vouchers WHERE id = $1 FOR UPDATE', [id]);
  return row?.status;
}

const statusPart = voucherRow.pick({ status: true });

const found = z.object({ has: z.boolean() });

/**
 * Whether this person can't have a voucher because they have claimed another one of its batch, of which each person may
 * have one. Nobody claims two at once: their row is locked by every claim, and a unique index holds it.
 */
export async function hasAnotherOf(
  db: Queryable,
  { id, batchId, oncePerPerson }: Pick<Voucher, 'id' | 'batchId' | 'oncePerPerson'>,
  userId: number,
): Promise<boolean> {
  if (!oncePerPerson) return false;
  const row = await queryRow(
    db,
    found,
    'SELECT EXISTS (SELECT FROM vouchers WHERE batch_id = $1 AND claimed_by = $2 AND id <> $3) AS has',
    [batchId, userId, id],
  );
  return row!.has;
}
