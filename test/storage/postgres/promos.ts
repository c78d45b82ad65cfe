/** Promo codes for tests: what one gives unless a test says otherwise, and what became of its uses. */
import type { Pool } from 'pg';
import { applyPromo, type AppliedPromo, type PromoTerms } from '../../../src/domain/promo/terms';
import { createPromoCodesRepository, type PromoDraft } from '../../../src/storage/postgres/promo/codes';
import { promoTerms } from '../../domain/promoTerms';

let made = 0;

/** Makes a code that takes 20 percent off, once per person. */
export async function promoCode(pool: Pool, change: Partial<PromoDraft> = {}): Promise<PromoTerms> {
  const { active: _, ...terms } = promoTerms({ code: `CODE-${(made += 1)}` });
  const draft: PromoDraft = { ...terms, note: '', ...change };
  if (!(await createPromoCodesRepository(pool).create(draft))) throw new Error(`${draft.code} is there already`);
  return { ...draft, active: true };
}

/** What of an order's draft a code changes, at this base price. @param currency default: roubles */
export function withPromo(
  terms: PromoTerms,
  base: number,
  currency?: string,
): { promo: AppliedPromo; priceKopecks: number } {
  const promo = applyPromo(terms, base, currency);
  return { promo, priceKopecks: base - promo.discountKopecks };
}

/** How many uses of a code are in which state; `kept`: returned, and counted for the person all the same. */
export async function usesOf(pool: Pool, code: string): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ status: string; n: number }>(
    `SELECT CASE WHEN u.kept_for_person THEN 'kept' ELSE u.status END AS status, count(*) AS n
     FROM promo_uses u JOIN promo_codes c ON c.id = u.promo_id WHERE c.code = $1 GROUP BY 1`,
    [code],
  );
  return Object.fromEntries(rows.map(({ status, n }) => [status, n]));
}
