import { z } from 'zod';
import { PROMO_AUDIENCES, PROMO_KINDS } from '../../../domain/promo/terms';
import { instant } from './columns';

export const promoCodeRow = z.object({
  id: z.string(),
  code: z.string(),
  kind: z.enum(PROMO_KINDS),
  amount: z.number(),
  valid_from: instant.nullable(),
  valid_until: instant.nullable(),
  uses_total: z.number().nullable(),
  uses_per_person: z.number(),
  plan_codes: z.array(z.string()).readonly().nullable(),
  min_days: z.number().nullable(),
  audience: z.enum(PROMO_AUDIENCES),
  user_id: z.number().nullable(),
  renewals: z.boolean(),
  note: z.string(),
  active: z.boolean(),
  created_at: instant,
  updated_at: instant,
  deleted_at: instant.nullable(),
});

/** The columns that are a code's terms: what the bot may read of it, with whether it is deleted. */
export const promoTermsRow = promoCodeRow.omit({ created_at: true, updated_at: true, deleted_at: true, note: true });

export const promoUseRow = z.object({
  id: z.string(),
  promo_id: z.string(),
  user_id: z.number(),
  payment_id: z.string().nullable(),
  status: z.enum(['reserved', 'used', 'returned']),
  kept_for_person: z.boolean(),
  usable_until: instant.nullable(),
  again: z.string().nullable(),
  created_at: instant,
  updated_at: instant,
});
