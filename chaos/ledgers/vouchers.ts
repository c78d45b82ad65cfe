/** Whether each voucher went to one person: what the panels say of who claimed it, and what the shop says. */
import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { Tally } from '../buyers/tally';
import { VOUCHER, VOUCHER_CODES } from '../environment/catalogue';
import type { Ledgers } from './external';

export interface VoucherJudgement {
  /** Vouchers that somebody has. */
  readonly claimed: number;
  /** Vouchers that several people have. */
  readonly oversold: readonly string[];
  /** Vouchers that are claimed according to the shop, and that nobody has. */
  readonly burnt: readonly string[];
}

export async function makeVouchers(pool: Pool): Promise<void> {
  for (const code of VOUCHER_CODES)
    await pool.query(
      `INSERT INTO vouchers (id, code, plan_code, plan_name_ru, plan_name_en, days, traffic_gb, batch_id, made_by)
       VALUES ($1, $2, 'week', 'Подарок', 'Gift', $3, $4, $1, 'operator:chaos')`,
      [randomUUID(), code, VOUCHER.days, VOUCHER.trafficGb],
    );
}

/** The codes that are claimed according to the shop. */
export async function claimedVouchers(pool: Pool): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ code: string }>(`SELECT code FROM vouchers WHERE status = 'claimed'`);
  return new Set(rows.map(({ code }) => code));
}

/** @param claims who has pressed the button of which; they buy nothing, so what they have is a voucher's */
export function judgeVouchers(
  { accounts }: Pick<Ledgers, 'accounts'>,
  claims: Tally['claims'],
  claimed: ReadonlySet<string>,
): VoucherJudgement {
  const holders = new Set(accounts.filter(({ days }) => days >= VOUCHER.days).map(({ buyerId }) => buyerId));
  const oversold: string[] = [];
  const burnt: string[] = [];
  let count = 0;
  for (const code of VOUCHER_CODES) {
    const of = claims.filter((claim) => claim.code === code && holders.has(claim.buyerId));
    if (of.length > 0) count += 1;
    if (of.length > 1) oversold.push(`voucher ${code}: ${of.map(({ buyerId }) => buyerId).join(', ')} have it`);
    if (of.length === 0 && claimed.has(code)) burnt.push(`voucher ${code} is claimed, and nobody has it`);
  }
  return { claimed: count, oversold, burnt };
}
