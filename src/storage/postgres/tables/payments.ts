import { z } from 'zod';
import { LANGUAGES } from '../../../domain/language';
import { ORDER_PURPOSES } from '../../../domain/order';
import { PAYMENT_STATUSES } from '../../../domain/payment';
import { instant, jsonObject, receiptRegistration } from './columns';
import { grantColumns } from './planGrant';

export const paymentRow = z.object({
  id: z.string(),
  user_id: z.number(),
  chat_id: z.number(),
  screen_message_id: z.number().nullable(),
  language: z.enum(LANGUAGES),
  status: z.enum(PAYMENT_STATUSES),
  reason: z.string().nullable(),
  purpose: z.enum(ORDER_PURPOSES),
  plan_code: z.string(),
  plan_name_ru: z.string(),
  plan_name_en: z.string(),
  ...grantColumns,
  base_price_kopecks: z.number(),
  discount_kopecks: z.number(),
  price_kopecks: z.number(),
  promo_code: z.string().nullable(),
  promo_days: z.number(),
  currency: z.string(),
  /** `null`: a gift. */
  location_code: z.string().nullable(),
  server_code: z.string().nullable(),
  chosen_server_code: z.string().nullable(),
  renews_subscription_id: z.string().nullable(),
  subscription_id: z.string().nullable(),
  provider: z.string(),
  provider_ref: z.string().nullable(),
  provider_status: z.string().nullable(),
  provider_account: z.string().nullable(),
  confirmation_url: z.string().nullable(),
  receipt_registration: receiptRegistration.nullable(),
  refunded_kopecks: z.number(),
  created_at: instant,
  payable_until: instant.nullable(),
  checked_at: instant.nullable(),
  dismissed_at: instant.nullable(),
  paid_at: instant.nullable(),
  delivered_at: instant.nullable(),
  refund_due_at: instant.nullable(),
  key_sent_at: instant.nullable(),
  owner_told_of: z.enum(PAYMENT_STATUSES).nullable(),
  ended_at: instant.nullable(),
  updated_at: instant,
});

export const providerRequestRow = z.object({
  idempotence_key: z.string(),
  payment_id: z.string(),
  operation: z.enum(['create-payment', 'create-refund']),
  body: z.unknown(),
  first_sent_at: instant,
  answered_at: instant.nullable(),
  answer: z.string().nullable(),
});

export const paymentEventRow = z.object({
  id: z.number(),
  payment_id: z.string(),
  at: instant,
  actor: z.string(),
  event: z.string(),
  details: jsonObject,
});
