import type { Voucher } from '../../../domain/voucher/voucher';
import type { Queryable } from '../pool';
import { queryRow } from '../query';
import { camelCased, selectedColumns } from '../tables/columns';
import { voucherRow } from '../tables/vouchers';

const columns = voucherRow.omit({ made_by: true });

/** A voucher as it is stored. */
export const storedVoucher = columns.transform(({ plan_name_ru, plan_name_en, ...row }): Voucher => ({
  ...camelCased(row),
  planName: plan_name_ru === null || plan_name_en === null ? null : { ru: plan_name_ru, en: plan_name_en },
}));

/** Add WHERE; the table is `v`. */
export const SELECT_VOUCHER = `SELECT ${selectedColumns(columns, 'v')} FROM vouchers v`;

/** @param code as `readVoucherCode` gives it: it must be exactly this one */
export function voucherByCode(db: Queryable, code: string): Promise<Voucher | undefined> {
  return queryRow(db, storedVoucher, `${SELECT_VOUCHER} WHERE v.code = $1`, [code]);
}

export function voucherById(db: Queryable, id: string): Promise<Voucher | undefined> {
  return queryRow(db, storedVoucher, `${SELECT_VOUCHER} WHERE v.id = $1`, [id]);
}
