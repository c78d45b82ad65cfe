import { randomBytes } from 'node:crypto';
import type { PoolClient } from 'pg';
import { VOUCHER_CODE_BYTES, voucherCodeOf } from '../../../domain/voucher/code';
import type { LockedPayment } from '../payments/locked';
import { GRANT_COLUMNS, grantParameters, grantValues } from '../tables/planGrant';

/**
 * Makes the voucher of a paid gift, in the transaction that records the money: what the order froze, for whoever claims
 * it. It has the id of the order.
 */
export async function makeGift(client: PoolClient, payment: LockedPayment, now: Date): Promise<void> {
  await client.query(
    `INSERT INTO vouchers (id, payment_id, code, plan_code, plan_name_ru, plan_name_en, made_by, created_at, ${GRANT_COLUMNS})
     VALUES ($1, $1, $2, $3, $4, $5, 'gift', $6, ${grantParameters(7)})`,
    [
      payment.id,
      voucherCodeOf(randomBytes(VOUCHER_CODE_BYTES)),
      payment.planCode,
      payment.planNameRu,
      payment.planNameEn,
      now,
      ...grantValues(payment),
    ],
  );
}
