import { z } from 'zod';
import { instant, receiptRegistration } from './columns';

export const refundRow = z.object({
  id: z.string(),
  payment_id: z.string(),
  attempt: z.number(),
  amount_kopecks: z.number(),
  reason: z.string(),
  asked_by: z.string(),
  managed_by: z.enum(['payment', 'refund', 'outside']),
  request_id: z.string().nullable(),
  provider: z.string(),
  provider_ref: z.string().nullable(),
  of_provider_ref: z.string().nullable(),
  status: z.enum(['planned', 'pending', 'succeeded', 'canceled']),
  created_at: instant,
  ended_at: instant.nullable(),
  completed_at: instant.nullable(),
  receipt_registration: receiptRegistration.nullable(),
  replaces: z.number().nullable(),
  by_other_means: z.boolean(),
});

export const accessRevocationRow = z.object({
  id: z.number(),
  server_code: z.string(),
  panel_user_id: z.string(),
  payment_id: z.string().nullable(),
  panel_admin: z.string().nullable(),
  created_at: instant,
  confirmed_at: instant.nullable(),
  done_at: instant.nullable(),
  abandoned_at: instant.nullable(),
});

/** Of row `w` of `access_revocations`: its panel is still to be told, or to be looked at again. */
export const IS_OPEN_REVOCATION = 'w.done_at IS NULL AND w.abandoned_at IS NULL';
