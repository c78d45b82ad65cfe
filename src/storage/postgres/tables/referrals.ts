import { z } from 'zod';
import { FORFEIT_REASONS, REWARD_ROLES, REWARD_STATUSES } from '../../../domain/referral/referral';
import { instant } from './columns';

export const referralRewardRow = z.object({
  id: z.string(),
  payment_id: z.string(),
  friend_id: z.number(),
  role: z.enum(REWARD_ROLES),
  user_id: z.number(),
  each_purchase: z.boolean(),
  days: z.number(),
  created_at: instant,
  due_at: instant,
  status: z.enum(REWARD_STATUSES),
  changed_at: instant,
  grant_id: z.string().nullable(),
  voucher_id: z.string().nullable(),
  used_with: z.string().nullable(),
  offset_days: z.number(),
  owed_days: z.number(),
  suspicions: z.array(z.string()),
  decided_by: z.string().nullable(),
  forfeit_reason: z.enum(FORFEIT_REASONS).nullable(),
  forfeit_by: z.string().nullable(),
  forfeit_at: instant.nullable(),
  owners_told_at: instant.nullable(),
  claimer_to_tell: z.number().nullable(),
  told_status: z.string().nullable(),
});
