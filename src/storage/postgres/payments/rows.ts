import { z } from 'zod';
import { LANGUAGES } from '../../../domain/language';
import { PAYMENT_STATUSES, type Payment } from '../../../domain/payment';

/** A payment with the names people know, from `SELECT_PAYMENT`. */
export const payment = z
  .object({
    id: z.string(),
    user_id: z.number(),
    chat_id: z.number(),
    screen_message_id: z.number().nullable(),
    language: z.enum(LANGUAGES),
    status: z.enum(PAYMENT_STATUSES),
    reason: z.string().nullable(),
    plan_code: z.string(),
    plan_name_ru: z.string(),
    plan_name_en: z.string(),
    days: z.number(),
    traffic_gb: z.number().nullable(),
    price_kopecks: z.number(),
    currency: z.literal('RUB'),
    location_code: z.string(),
    location_name_ru: z.string(),
    location_name_en: z.string(),
    location_flag: z.string(),
    server_code: z.string().nullable(),
    server_name: z.string().nullable(),
    renews_subscription_id: z.string().nullable(),
    subscription_id: z.string().nullable(),
    yookassa_id: z.string().nullable(),
    confirmation_url: z.string().nullable(),
    created_at: z.date(),
    payable_until: z.date().nullable(),
    checked_at: z.date().nullable(),
    dismissed_at: z.date().nullable(),
    paid_at: z.date().nullable(),
    ended_at: z.date().nullable(),
    refunded_kopecks: z.number(),
  })
  .transform((r): Payment => ({
    id: r.id,
    userId: r.user_id,
    chatId: r.chat_id,
    screenMessageId: r.screen_message_id,
    language: r.language,
    status: r.status,
    reason: r.reason,
    planCode: r.plan_code,
    planName: { ru: r.plan_name_ru, en: r.plan_name_en },
    days: r.days,
    trafficGb: r.traffic_gb,
    priceKopecks: r.price_kopecks,
    currency: r.currency,
    locationCode: r.location_code,
    locationName: { ru: r.location_name_ru, en: r.location_name_en },
    locationFlag: r.location_flag,
    serverCode: r.server_code,
    serverName: r.server_name,
    renewsSubscriptionId: r.renews_subscription_id,
    subscriptionId: r.subscription_id,
    yookassaId: r.yookassa_id,
    confirmationUrl: r.confirmation_url,
    createdAt: r.created_at,
    payableUntil: r.payable_until,
    checkedAt: r.checked_at,
    dismissedAt: r.dismissed_at,
    paidAt: r.paid_at,
    endedAt: r.ended_at,
    refundedKopecks: r.refunded_kopecks,
  }));

export function parsePayment(record: unknown): Payment {
  return payment.parse(record);
}

/** A payment with the names people know; add WHERE, ORDER and LIMIT. */
export const SELECT_PAYMENT = `
  SELECT p.*, l.name_ru AS location_name_ru, l.name_en AS location_name_en, l.flag AS location_flag, s.name AS server_name
  FROM payments p JOIN locations l ON l.code = p.location_code LEFT JOIN servers s ON s.code = p.server_code`;
