import type { Pool } from 'pg';
import { claimVoucher, type VoucherClaim } from './claim';
import type { Voucher } from '../../../domain/voucher/voucher';
import { hasAnotherOf, voucherByCode, voucherById } from './find';

export type VouchersRepository = ReturnType<typeof createVouchersRepository>;

/** Vouchers: what one gives, and claiming it. The owner's batches: `createVoucherBatches`. */
export function createVouchersRepository(pool: Pool) {
  return {
    byId: (id: string) => voucherById(pool, id),
    byCode: (code: string) => voucherByCode(pool, code),
    /** See `hasAnotherOf`. */
    hasAnotherOf: (voucher: Voucher, userId: number) => hasAnotherOf(pool, voucher, userId),
    claim: (claim: VoucherClaim, now: Date) => claimVoucher(pool, claim, now),
  };
}
