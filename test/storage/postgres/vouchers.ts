/** Vouchers for tests: made as an owner makes them, and claimed. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { VOUCHER_CODE_BYTES, voucherCodeOf } from '../../../src/domain/voucher/code';
import { voucherTerms } from '../../../src/domain/voucher/terms';
import type { Voucher, VoucherPlace } from '../../../src/domain/voucher/voucher';
import { createSubscriptionsRepository } from '../../../src/storage/postgres/subscriptions';
import { createVouchersRepository } from '../../../src/storage/postgres/vouchers';
import { createVoucherBatches } from '../../../src/storage/postgres/vouchers/batches';
import { freshIds, times } from './shopDatabase';

export const freshVoucherCode = () => voucherCodeOf(randomBytes(VOUCHER_CODE_BYTES));
export const freshVouchers = (count: number) => times(count, () => ({ id: randomUUID(), code: freshVoucherCode() }));

/** @param options.until from when on nobody can claim them; default: never */
export async function makeVouchers(
  pool: Pool,
  count: number,
  { planCode = 'month', until = null as Date | null, oncePerPerson = false, partner = null as string | null } = {},
): Promise<Voucher[]> {
  const batches = createVoucherBatches(pool);
  const batch = { batchId: randomUUID(), planCode, vouchers: freshVouchers(count), claimableUntil: until, note: null };
  const terms = { ...batch, oncePerPerson, partner };
  if (!(await batches.add({ ...terms, madeBy: 'operator:test' }))) throw new Error(`no plan ${planCode}`);
  return batches.of(batch.batchId);
}

export async function oneVoucher(pool: Pool, options?: Parameters<typeof makeVouchers>[2]): Promise<Voucher> {
  const [voucher] = await makeVouchers(pool, 1, options);
  return voucher!;
}

/** Claims it as a screen of now shows it. @param at when the worker comes to it */
export async function claimVoucher(
  pool: Pool,
  voucherId: string,
  userId: number,
  place: VoucherPlace = { locationCode: 'nl' },
  at = new Date(),
  askedAt = at,
) {
  const vouchers = createVouchersRepository(pool);
  const voucher = await vouchers.byId(voucherId);
  const terms = voucher ? voucherTerms(voucher) : '';
  return vouchers.claim({ id: randomUUID(), ...freshIds(), voucherId, userId, place, terms, askedAt }, at);
}

/** In one word. */
export async function answerOf(claim: ReturnType<typeof claimVoucher>) {
  const answer = await claim;
  return answer.outcome === 'given' ? answer.outcome : answer.why;
}

/**
 * Claims a voucher that must be there to be claimed; what it gives is not delivered yet.
 * @returns the grant, and the subscription that it is part of
 * @throws Error saying why it is refused
 */
export async function voucherClaimed(...claim: Parameters<typeof claimVoucher>) {
  const answer = await claimVoucher(...claim);
  if (answer.outcome !== 'given') throw new Error(answer.why);
  const [pool] = claim;
  return { ...answer, subscription: (await createSubscriptionsRepository(pool).byId(answer.subscriptionId))! };
}
