import { z } from 'zod';
import { SERVER_TROUBLES } from '../../../domain/catalogue';
import type { Payment } from '../../../domain/payment';
import { TROUBLE } from '../catalogue';
import { IS_UNUSED_AGAIN } from '../promo/uses';
import { camelCased, instant, selectedColumns } from '../tables/columns';
import { paymentRow } from '../tables/payments';

/** A row of `payments`. */
export const storedPayment = paymentRow.transform(camelCased);
/** The columns of `storedPayment`. */
export const PAYMENT_COLUMNS = selectedColumns(paymentRow, 'p');
export type StoredPayment = z.output<typeof storedPayment>;

const shownColumns = paymentRow.omit({
  provider_status: true,
  receipt_registration: true,
  delivered_at: true,
  refund_due_at: true,
  updated_at: true,
});

/** A payment with the names people know, from `SELECT_PAYMENT`. */
export const paymentView = shownColumns
  .extend({
    location_name_ru: z.string().nullable(),
    location_name_en: z.string().nullable(),
    location_flag: z.string().nullable(),
    server_name: z.string().nullable(),
    server_trouble: z.enum(SERVER_TROUBLES).nullable(),
    promo_usable_until: instant.nullable(),
  })
  .transform(({ plan_name_ru, plan_name_en, location_name_ru, location_name_en, ...row }): Payment => ({
    ...camelCased(row),
    planName: { ru: plan_name_ru, en: plan_name_en },
    locationName:
      location_name_ru === null || location_name_en === null ? null : { ru: location_name_ru, en: location_name_en },
  }));

/** The columns of `paymentView`, of a row of `PAYMENT_WITH_NAMES`. */
export const PAYMENT_VIEW = `${selectedColumns(shownColumns, 'p')}, l.name_ru AS location_name_ru, l.name_en AS location_name_en,
    l.flag AS location_flag, s.name AS server_name, ${TROUBLE} AS server_trouble,
    CASE WHEN p.promo_code IS NOT NULL THEN (SELECT u.usable_until FROM promo_uses u WHERE u.payment_id = p.id
      AND ${IS_UNUSED_AGAIN}) END AS promo_usable_until`;
export const PAYMENT_WITH_NAMES =
  'payments p LEFT JOIN locations l ON l.code = p.location_code LEFT JOIN servers s ON s.code = p.server_code';
/** Add WHERE, ORDER and LIMIT. */
export const SELECT_PAYMENT = `SELECT ${PAYMENT_VIEW} FROM ${PAYMENT_WITH_NAMES}`;
