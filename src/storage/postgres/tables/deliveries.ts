import { z } from 'zod';
import { FREE_KINDS } from '../../../domain/bookEntry';
import { FREE_GRANT_STATUSES } from '../../../domain/freeGrant';
import { PAYMENT_STATUSES } from '../../../domain/payment';
import { instant, sumsOfMoney } from './columns';

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
  /** `null`: it cost nothing. */
  currency: z.string().nullable(),
  makes_key: z.boolean(),
  delivered_at: instant.nullable(),
  key_sent_at: instant.nullable(),
});

/** While a delivery has one of these states, its panel has not confirmed it yet. */
export const AWAITED: ReadonlySet<string> = new Set(['paid', 'given', 'delayed']);
const AWAITED_LIST = [...AWAITED].map((status) => `'${status}'`).join(', ');

/** Of row `alias` of `deliveries`: its panel has not confirmed it yet. */
export const isAwaited = (alias: string): string => `${alias}.status IN (${AWAITED_LIST})`;

/** Of subscription `s`: days are paid for, or were given, that begin only with a delivery to come. */
export const AWAITS_DELIVERY = `EXISTS (SELECT FROM deliveries d WHERE d.subscription_id = s.id AND ${isAwaited('d')})`;

/** Deliveries `d` that wait for the panel of a server, with their subscription `u`. @param server its code, in SQL */
export const waitingOn = (server: string): string =>
  `deliveries d JOIN subscriptions u ON u.id = d.subscription_id WHERE u.server_code = ${server} AND ${isAwaited('d')}`;

/** Of `waitingOn`: how many paid purchases, what was paid for them, and how many free grants. */
export const WAITING_COUNTS = `count(*) FILTER (WHERE d.free_kind IS NULL) AS deliveries,
  sums_of_money(d.currency, d.price_kopecks) AS paid, count(d.free_kind) AS free_grants`;
/** The columns of `WAITING_COUNTS`. */
export const waitingCounts = { deliveries: z.number(), paid: sumsOfMoney, free_grants: z.number() };
