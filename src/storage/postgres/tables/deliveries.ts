import { z } from 'zod';
import { FREE_KINDS } from '../../../domain/bookEntry';
import { FREE_GRANT_STATUSES } from '../../../domain/freeGrant';
import { PAYMENT_STATUSES } from '../../../domain/payment';
import { instant } from './columns';

/** A row of the view `deliveries`: of a payment that has bought something, or of a free grant. */
export const deliveryRow = z.object({
  id: z.string(),
  /** `null`: of a payment. */
  free_kind: z.enum(FREE_KINDS).nullable(),
  free_source: z.string().nullable(),
  user_id: z.number(),
  chat_id: z.number(),
  subscription_id: z.string(),
  status: z.enum([...PAYMENT_STATUSES, ...FREE_GRANT_STATUSES]),
  reason: z.string().nullable(),
  due_at: instant,
  price_kopecks: z.number(),
  makes_key: z.boolean(),
  delivered_at: instant.nullable(),
  key_sent_at: instant.nullable(),
});

/** Of row `alias` of `deliveries`: its panel has not confirmed it yet. */
export const isAwaited = (alias: string): string => `${alias}.status IN ('paid', 'given', 'delayed')`;

/** Of subscription `s`: days are paid for, or were given, that begin only with a delivery to come. */
export const AWAITS_DELIVERY = `EXISTS (SELECT FROM deliveries d WHERE d.subscription_id = s.id AND ${isAwaited('d')})`;
