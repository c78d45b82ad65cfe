/**
 * Whether promo codes were used as often as they may be: what YooKassa kept of discounted prices, by who paid it, is
 * compared with the uses that each code has, and with those that the shop counts.
 */
import type { Pool } from 'pg';
import { createPromoCodesRepository } from '../../src/storage/postgres/promo/codes';
import type { PlannedBuyer } from '../buyers/plan';
import { PLANS, PROMO_CODES, PROMO_PERCENT, PROMO_USES, promoPrice } from '../environment/catalogue';
import type { Ledgers, PaidForm } from './external';

export interface PromoJudgement {
  /** Discounted payments whose money was kept. */
  readonly paid: number;
  /** Codes that were paid for more often than they have uses, or than is counted of them. */
  readonly oversold: readonly string[];
  /** Codes with uses that count although no kept money stands behind them. */
  readonly burnt: readonly string[];
}

export async function makePromoCodes(pool: Pool): Promise<void> {
  const codes = createPromoCodesRepository(pool);
  for (const code of PROMO_CODES)
    await codes.create({
      ...{ code, kind: 'percent', amount: PROMO_PERCENT, usesTotal: PROMO_USES, usesPerPerson: 1, audience: 'all' },
      ...{ validFrom: null, validUntil: null, planCodes: null, minDays: null, userId: null, renewals: false, note: '' },
    });
}

/** How many uses of each code the shop counts. */
export async function promoUses(pool: Pool): Promise<ReadonlyMap<string, number>> {
  const codes = await createPromoCodesRepository(pool).list();
  return new Map(codes.map(({ code, reserved, used }) => [code, reserved + used]));
}

const DISCOUNTED = new Set(PLANS.map(({ priceKopecks }) => promoPrice(priceKopecks)));

/** @param planned who came with which code @param counted the uses that the shop counts when it is idle */
export function judgePromos(
  { payments }: Pick<Ledgers, 'payments'>,
  forms: readonly PaidForm[],
  planned: readonly Pick<PlannedBuyer, 'id' | 'promo'>[],
  counted: ReadonlyMap<string, number>,
): PromoJudgement {
  const payerOf = new Map(forms.map(({ buyerId, providerRef }) => [providerRef, buyerId]));
  const codeOf = new Map(planned.map(({ id, promo }) => [id, promo]));
  const kept = new Map<string, number>();
  for (const { id, status, kopecks, refundedKopecks } of payments) {
    const code = codeOf.get(payerOf.get(id) ?? -1);
    if (code === undefined || status !== 'succeeded' || refundedKopecks === kopecks || !DISCOUNTED.has(kopecks))
      continue;
    kept.set(code, (kept.get(code) ?? 0) + 1);
  }
  const oversold: string[] = [];
  const burnt: string[] = [];
  for (const code of PROMO_CODES) {
    const paid = kept.get(code) ?? 0;
    const uses = counted.get(code) ?? 0;
    if (paid > PROMO_USES) oversold.push(`${code} was paid for ${paid} times, it has ${PROMO_USES} uses`);
    // It would be sold once more than it may.
    if (uses < paid) oversold.push(`${code}: ${uses} uses count, ${paid} were paid for and kept`);
    if (uses > paid) burnt.push(`${code}: ${uses} uses count, ${paid} were paid for and kept`);
  }
  return { paid: [...kept.values()].reduce((sum, count) => sum + count, 0), oversold, burnt };
}
