import { z } from 'zod';
import { BLOCK_REASONS } from '../../../domain/block';
import { LANGUAGES } from '../../../domain/language';
import { instant } from './columns';

export const userRow = z.object({
  telegram_id: z.number(),
  first_name: z.string(),
  username: z.string().nullable(),
  language: z.enum(LANGUAGES),
  time_zone: z.string(),
  referral_code: z.string().nullable(),
  referred_by: z.number().nullable(),
  referred_at: instant.nullable(),
  referred_by_hand: z.boolean(),
  receipt_contact: z.string().nullable(),
  unreachable_at: instant.nullable(),
  unseen_since: instant.nullable(),
  promo_code: z.string().nullable(),
  promo_code_until: instant.nullable(),
  terms_seen_at: instant.nullable(),
  blocked_at: instant.nullable(),
  blocked_by: z.string().nullable(),
  block_reason: z.enum(BLOCK_REASONS).nullable(),
  erased_at: instant.nullable(),
  created_at: instant,
  updated_at: instant,
});
