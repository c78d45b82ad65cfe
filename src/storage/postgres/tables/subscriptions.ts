import { z } from 'zod';
import { SUBSCRIPTION_STATUSES } from '../../../domain/subscription';
import { instant } from './columns';
import { limitColumns } from './planGrant';

export const subscriptionRow = z.object({
  id: z.string(),
  user_id: z.number(),
  location_code: z.string(),
  server_code: z.string(),
  plan_code: z.string(),
  panel_user_id: z.string(),
  starts_at: instant,
  expires_at: instant,
  prolonged_at: instant,
  ...limitColumns,
  status: z.enum(SUBSCRIPTION_STATUSES),
  panel_admin: z.string().nullable(),
  moved_by: z.string().nullable(),
  panel_expires_at: instant.nullable(),
  delivered_at: instant.nullable(),
  marked_expired_at: instant.nullable(),
  panel_deactivation_started_at: instant.nullable(),
  panel_deactivated_for: instant.nullable(),
  created_at: instant,
  updated_at: instant,
});

export const subscriptionUsageRow = z.object({
  subscription_id: z.string(),
  used_gb: z.number(),
  panel_enabled: z.boolean(),
  panel_active: z.boolean(),
  last_online: z.string().nullable(),
  changed_at: instant,
});
