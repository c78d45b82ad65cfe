import { z } from 'zod';
import { VOUCHER_STATUSES } from '../../../domain/voucher/voucher';
import { instant } from './columns';
import { grantColumns } from './planGrant';

export const voucherRow = z.object({
  id: z.string(),
  code: z.string(),
  status: z.enum(VOUCHER_STATUSES),
  plan_code: z.string(),
  plan_name_ru: z.string().nullable(),
  plan_name_en: z.string().nullable(),
  ...grantColumns,
  batch_id: z.string().nullable(),
  made_by: z.string(),
  note: z.string().nullable(),
  partner: z.string().nullable(),
  once_per_person: z.boolean(),
  created_at: instant,
  claimable_until: instant.nullable(),
  claimed_by: z.number().nullable(),
  claimed_at: instant.nullable(),
  payment_id: z.string().nullable(),
  returned_at: instant.nullable(),
  given_back_at: instant.nullable(),
  giver_told_at: instant.nullable(),
  paid_kopecks: z.number().nullable(),
});
