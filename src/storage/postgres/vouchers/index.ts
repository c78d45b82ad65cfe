import type { Pool } from 'pg';
import { claimVoucher, type VoucherClaim } from './claim';
import { voucherByCode, voucherById } from './find';

export type VouchersRepository = ReturnType<typeof createVouchersRepository>;

/** Vouchers: what one gives, and claiming it. The owner's batches: `createVoucherBatches`. */
export function createVouchersRepository(pool: Pool) {
  return {
    byId: (id: string) => voucherById(pool, id),
    byCode: (code: string) => voucherByCode(pool, code),
    claim: (claim: VoucherClaim, now: Date) => claimVoucher(pool, claim, now),
  };
}
