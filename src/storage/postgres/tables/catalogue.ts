import { z } from 'zod';
import { instant } from './columns';
import { grantColumns } from './planGrant';

export const locationRow = z.object({
  code: z.string(),
  name_ru: z.string(),
  name_en: z.string(),
  flag: z.string(),
  position: z.number(),
  active: z.boolean(),
  take_over_after_ms: z.number().nullable(),
  updated_at: instant,
});

export const serverRow = z.object({
  code: z.string(),
  location_code: z.string(),
  name: z.string(),
  panel_admin_url: z.string(),
  panel_api_key: z.string(),
  panel_client_url: z.string(),
  link_checked_for: z.string().nullable(),
  capacity: z.number().nullable(),
  position: z.number(),
  active: z.boolean(),
  sale_stopped_at: instant.nullable(),
  gone_at: instant.nullable(),
  updated_at: instant,
});

export const trialRow = z.object({
  code: z.string(),
  ...grantColumns,
  per_day: z.number(),
  per_referrer_per_day: z.number(),
  keep: z.boolean(),
  price_kopecks: z.number().nullable(),
  server_codes: z.array(z.string()).nullable(),
  channel: z.string().nullable(),
  position: z.number(),
  active: z.boolean(),
  updated_at: instant,
});

export const planRow = z.object({
  code: z.string(),
  name_ru: z.string(),
  name_en: z.string(),
  ...grantColumns,
  price_kopecks: z.number(),
  price_stars: z.number().nullable(),
  position: z.number(),
  active: z.boolean(),
  updated_at: instant,
});
