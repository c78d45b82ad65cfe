import type { PromoTerms } from '../../src/domain/promo/terms';

/** What a promo code gives unless a test says otherwise: 20 percent off a new subscription, once per person. */
export const promoTerms = (change: Partial<PromoTerms> = {}): PromoTerms => ({
  code: 'SALE',
  kind: 'percent',
  amount: 20,
  validFrom: null,
  validUntil: null,
  usesTotal: null,
  usesPerPerson: 1,
  planCodes: null,
  minDays: null,
  audience: 'all',
  userId: null,
  renewals: false,
  active: true,
  ...change,
});
