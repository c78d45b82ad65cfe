import { z } from 'zod';
import { GRANT_KINDS } from '../../domain/bookEntry';
import type { LocalizedText } from '../../domain/language';
import type { Subscription } from '../../domain/subscription';
import { TRIAL_PLAN } from '../../domain/trial';
import { entriesOf, type StoredEntry } from './grantBook';
import type { Queryable } from './pool';
import { prepared, queryRow, queryRows } from './query';
import { locationRow, serverRow } from './tables/catalogue';
import { camelCased, localizedText, selectedColumns } from './tables/columns';
import { subscriptionRow } from './tables/subscriptions';

/** A subscription with the names people know. */
export interface SubscriptionView extends Subscription {
  readonly locationName: LocalizedText;
  readonly locationFlag: string;
  readonly serverName: string;
  /** The base of its key, from the server's row. A secret together with `panelUserId`. */
  readonly panelClientUrl: string;
  /** Its panel is gone for good, so the key leads nowhere. */
  readonly isPanelGone: boolean;
  /** A trial of which nothing is left once something is bought for its key. */
  readonly endsWithPurchase: boolean;
}

const OTHER_GRANTS = GRANT_KINDS.filter((kind) => kind !== 'trial')
  .map((kind) => `'${kind}'`)
  .join(', ');

const columns = subscriptionRow.omit({
  panel_admin: true,
  panel_expires_at: true,
  delivered_at: true,
  marked_expired_at: true,
  panel_deactivation_started_at: true,
  panel_deactivated_for: true,
  created_at: true,
  updated_at: true,
});
const place = serverRow.pick({ panel_client_url: true }).extend({
  location_flag: locationRow.shape.flag,
  server_name: serverRow.shape.name,
  is_panel_gone: z.boolean(),
  ends_with_purchase: z.boolean(),
});

/** A subscription with the names people know, from `SUBSCRIPTION_VIEW`. */
export const subscriptionView = columns
  .extend(place.shape)
  .extend({ location_name_ru: z.string(), location_name_en: z.string() })
  .transform(({ location_name_ru, location_name_en, ...row }): SubscriptionView => ({
    ...camelCased(row),
    locationName: { ru: location_name_ru, en: location_name_en },
  }));
/** A subscription as JSON gives it back, for caches. */
export const cachedSubscription = z
  .object(camelCased(columns.shape))
  .extend(camelCased(place.shape))
  .extend({ locationName: localizedText }) satisfies z.ZodType<SubscriptionView>;

/**
 * Of a subscription `u`: it is a trial that ends with a purchase, and nothing else counts in its book; beside what was
 * given for nothing it does not end (`withTrialSetAside`).
 */
export const endsWithPurchase = (u: string): string =>
  `(${u}.plan_code = '${TRIAL_PLAN}' AND EXISTS (
    SELECT 1 FROM grant_entries e WHERE e.subscription_id = ${u}.id AND e.ends_with_purchase)
    AND NOT EXISTS (
      SELECT 1 FROM grant_entries e WHERE e.subscription_id = ${u}.id AND e.kind IN (${OTHER_GRANTS}) AND NOT EXISTS (
        SELECT 1 FROM grant_entries r WHERE r.grant_id = e.id AND r.kind = 'refund' AND r.whole)))`;

/** The columns of a view of subscription `u`, in location `l`, on server `s`. */
export const SUBSCRIPTION_VIEW = `${selectedColumns(columns, 'u')}, l.name_ru AS location_name_ru, l.name_en AS location_name_en,
    l.flag AS location_flag, s.name AS server_name, s.panel_client_url, s.gone_at IS NOT NULL AS is_panel_gone, ${endsWithPurchase('u')} AS ends_with_purchase`;
const SELECT = `
  SELECT ${SUBSCRIPTION_VIEW}
  FROM subscriptions u JOIN locations l ON l.code = u.location_code JOIN servers s ON s.code = u.server_code`;
const BY_ID = prepared(`${SELECT} WHERE u.id = $1`);

/** So many of a person's subscriptions are kept in the cache; whoever has more has the others read. */
export const FIRST_SUBSCRIPTIONS = 50;

export type SubscriptionsRepository = ReturnType<typeof createSubscriptionsRepository>;

export function createSubscriptionsRepository(db: Queryable) {
  return {
    /** A buyer's subscriptions, living ones first, then the newest: `limit` of them after the first `offset`. */
    ofUser: (userId: number, offset = 0, limit = FIRST_SUBSCRIPTIONS): Promise<SubscriptionView[]> =>
      queryRows(
        db,
        subscriptionView,
        `${SELECT} WHERE u.user_id = $1 AND u.status <> 'revoked'
         ORDER BY (u.status IN ('active', 'pending')) DESC, u.created_at DESC, u.id LIMIT $2 OFFSET $3`,
        [userId, limit, offset],
      ),

    /** The subscription behind an account on a panel, unless it was revoked. */
    byPanelUser: (serverCode: string, panelUserId: string): Promise<SubscriptionView | undefined> =>
      queryRow(
        db,
        subscriptionView,
        `${SELECT} WHERE u.server_code = $1 AND u.panel_user_id = $2 AND u.status <> 'revoked'`,
        [serverCode, panelUserId],
      ),

    /** Records what the panel has confirmed outside a delivery. */
    async confirmedByPanel(id: string, expiresAt: Date): Promise<void> {
      await db.query('UPDATE subscriptions SET panel_expires_at = $2, updated_at = now() WHERE id = $1', [
        id,
        expiresAt,
      ]);
    },

    byId: (id: string): Promise<SubscriptionView | undefined> => queryRow(db, subscriptionView, BY_ID, [id]),

    /** What gave and took its access, in the order in which it counts. */
    entriesOf: (id: string): Promise<StoredEntry[]> => entriesOf(db, [id]),
  };
}
