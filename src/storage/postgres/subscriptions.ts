import { z } from 'zod';
import type { LocalizedText } from '../../domain/language';
import type { Subscription } from '../../domain/subscription';
import type { Queryable } from './pool';

/** A subscription with the names people know. */
export interface SubscriptionView extends Subscription {
  readonly locationName: LocalizedText;
  readonly locationFlag: string;
  readonly serverName: string;
  /** The base of its key, from the server's row. A secret together with `panelUserId`. */
  readonly panelClientUrl: string;
}

const row = z
  .object({
    id: z.string(),
    user_id: z.number(),
    location_code: z.string(),
    server_code: z.string(),
    plan_code: z.string(),
    panel_user_id: z.string(),
    starts_at: z.date(),
    expires_at: z.date(),
    traffic_gb: z.number().nullable(),
    status: z.enum(['pending', 'active', 'expired', 'revoked']),
    location_name_ru: z.string(),
    location_name_en: z.string(),
    location_flag: z.string(),
    server_name: z.string(),
    panel_client_url: z.string(),
  })
  .transform((r): SubscriptionView => ({
    id: r.id,
    userId: r.user_id,
    locationCode: r.location_code,
    serverCode: r.server_code,
    planCode: r.plan_code,
    panelUserId: r.panel_user_id,
    startsAt: r.starts_at,
    expiresAt: r.expires_at,
    trafficGb: r.traffic_gb,
    status: r.status,
    locationName: { ru: r.location_name_ru, en: r.location_name_en },
    locationFlag: r.location_flag,
    serverName: r.server_name,
    panelClientUrl: r.panel_client_url,
  }));

const SELECT = `
  SELECT u.*, l.name_ru AS location_name_ru, l.name_en AS location_name_en, l.flag AS location_flag, s.name AS server_name, s.panel_client_url
  FROM subscriptions u JOIN locations l ON l.code = u.location_code JOIN servers s ON s.code = u.server_code`;

export type SubscriptionsRepository = ReturnType<typeof createSubscriptionsRepository>;

export function createSubscriptionsRepository(db: Queryable) {
  return {
    /** A buyer's subscriptions, living ones first, then the newest; at most 50. */
    async ofUser(userId: number): Promise<SubscriptionView[]> {
      const { rows } = await db.query(
        `${SELECT} WHERE u.user_id = $1 AND u.status <> 'revoked' ORDER BY (u.status IN ('active', 'pending')) DESC, u.created_at DESC LIMIT 50`,
        [userId],
      );
      return rows.map((r) => row.parse(r));
    },

    /** The living subscription behind an account on a panel. */
    async byPanelUser(serverCode: string, panelUserId: string): Promise<SubscriptionView | undefined> {
      const { rows } = await db.query(
        `${SELECT} WHERE u.server_code = $1 AND u.panel_user_id = $2 AND u.status <> 'revoked'`,
        [serverCode, panelUserId],
      );
      return rows[0] === undefined ? undefined : row.parse(rows[0]);
    },

    /** Records what the panel has confirmed outside a delivery. */
    async confirmedByPanel(id: string, expiresAt: Date): Promise<void> {
      await db.query('UPDATE subscriptions SET panel_expires_at = $2, updated_at = now() WHERE id = $1', [
        id,
        expiresAt,
      ]);
    },

    async byId(id: string): Promise<SubscriptionView | undefined> {
      const { rows } = await db.query(`${SELECT} WHERE u.id = $1`, [id]);
      return rows[0] === undefined ? undefined : row.parse(rows[0]);
    },
  };
}
