import { z } from 'zod';
import type { SubscriptionLimits } from '../../domain/grant';
import type { Claim, Drift, DriftKind } from '../../domain/panelDrift';
import type { SubscriptionStatus } from '../../domain/subscription';
import { accountClaims, knownAccounts, type ClaimedBy } from './accountClaims';
import { TAKEN_PLACES } from './catalogue';
import type { Queryable } from './pool';
import { queryRow, queryRows } from './query';
import { camelCased } from './tables/columns';
import { LIMIT_COLUMNS, limitColumns } from './tables/planGrant';
import { panelDriftRow } from './tables/operations';
import { subscriptionRow } from './tables/subscriptions';

/** One of our accounts on a server, as the sync compares it. */
export interface AccountOnServer extends SubscriptionLimits {
  readonly id: string;
  readonly panelUserId: string;
  readonly status: SubscriptionStatus;
  readonly startsAt: Date;
  readonly expiresAt: Date;
  /** The panel has confirmed the newest state of the row. */
  readonly isConfirmed: boolean;
}

/** What the panel shows of one of our accounts. */
export interface ShownUsage {
  readonly subscriptionId: string;
  readonly usedGb: number;
  readonly enabled: boolean;
  readonly active: boolean;
  readonly lastOnline: string | null;
}

export interface PanelSample {
  readonly users: number;
  readonly online: number | null;
  readonly cpuPercent: number | null;
  readonly memoryUsed: number | null;
  readonly diskUsed: number | null;
  readonly trafficGb: number;
}

const account = subscriptionRow
  .pick({ id: true, panel_user_id: true, status: true, starts_at: true, expires_at: true })
  .extend({ ...limitColumns, is_confirmed: z.boolean() })
  .transform((row): AccountOnServer => camelCased(row));
const repair = panelDriftRow
  .pick({ id: true, kind: true, panel_user_id: true })
  .extend({ subscription_id: z.string() })
  .transform((row) => camelCased(row));
const currentEnd = subscriptionRow.pick({ status: true, expires_at: true }).transform((row) => camelCased(row));

/**
 * Rows of one statement: large enough that round trips don't count, small enough that no statement holds locks for
 * long.
 */
const BATCH = 1_000;

export type PanelSyncRepository = ReturnType<typeof createPanelSyncRepository>;

export function createPanelSyncRepository(db: Queryable) {
  return {
    /**
     * Our accounts on a server in the order of their ids. An ended one that the panel still has to be told of is not
     * confirmed.
     */
    async accounts(serverCode: string, after: string | null, limit: number): Promise<AccountOnServer[]> {
      return queryRows(
        db,
        account,
        `SELECT id, panel_user_id, status, starts_at, expires_at, ${LIMIT_COLUMNS},
           CASE status WHEN 'active' THEN panel_deactivation_started_at IS NULL AND panel_expires_at IS NOT DISTINCT FROM date_trunc('milliseconds', expires_at)
                       WHEN 'expired' THEN panel_deactivated_for IS NOT DISTINCT FROM expires_at ELSE false END AS is_confirmed
         FROM subscriptions WHERE server_code = $1 AND status <> 'revoked' ${after === null ? '' : 'AND id > $3'} ORDER BY id LIMIT $2`,
        [serverCode, limit, ...(after === null ? [] : [after])],
      );
    },

    knownAccounts: (serverCode: string): Promise<string[]> => knownAccounts(db, serverCode),
    claims: (serverCode: string, by: ClaimedBy): Promise<Claim[]> => accountClaims(db, serverCode, by),

    /** Writes what has changed, in bulk. @returns how many lines that were */
    async writeUsage(shown: readonly ShownUsage[]): Promise<number> {
      let written = 0;
      for (let from = 0; from < shown.length; from += BATCH) {
        const batch = shown.slice(from, from + BATCH);
        const { rowCount } = await db.query(
          `INSERT INTO subscription_usage AS u (subscription_id, used_gb, panel_enabled, panel_active, last_online)
           SELECT * FROM unnest($1::uuid[], $2::float8[], $3::boolean[], $4::boolean[], $5::text[])
           ON CONFLICT (subscription_id) DO UPDATE
             SET used_gb = excluded.used_gb, panel_enabled = excluded.panel_enabled, panel_active = excluded.panel_active, last_online = excluded.last_online, changed_at = now()
             WHERE (u.used_gb, u.panel_enabled, u.panel_active, u.last_online) IS DISTINCT FROM (excluded.used_gb, excluded.panel_enabled, excluded.panel_active, excluded.last_online)`,
          [
            batch.map((s) => s.subscriptionId),
            batch.map((s) => s.usedGb),
            batch.map((s) => s.enabled),
            batch.map((s) => s.active),
            batch.map((s) => s.lastOnline),
          ],
        );
        written += rowCount ?? 0;
      }
      return written;
    },

    /** Records the server's load, with the places that are free as the shop counts them when it sells. */
    async recordSample(serverCode: string, sample: PanelSample): Promise<void> {
      await db.query(
        `INSERT INTO panel_samples (server_code, users, online, cpu_percent, memory_used, disk_used, traffic_gb, free_places)
         SELECT $1, $2, $3, $4, $5, $6, $7,
           CASE WHEN s.capacity IS NOT NULL THEN greatest(0, s.capacity - (${TAKEN_PLACES})) END
         FROM servers s WHERE s.code = $1`,
        [
          serverCode,
          sample.users,
          sample.online,
          sample.cpuPercent,
          sample.memoryUsed,
          sample.diskUsed,
          sample.trafficGb,
        ],
      );
    },

    /** Writes down what a run found; repeated by a retry it stays what it was. */
    async writeDrift(runId: string, serverCode: string, drift: readonly Drift[]): Promise<void> {
      for (let from = 0; from < drift.length; from += BATCH) {
        const batch = drift.slice(from, from + BATCH);
        await db.query(
          `INSERT INTO panel_drift (run_id, server_code, kind, subscription_id, panel_user_id)
           SELECT $1, $2, d.kind, d.subscription_id, d.panel_user_id FROM unnest($3::text[], $4::uuid[], $5::uuid[]) AS d(kind, subscription_id, panel_user_id)
           ON CONFLICT (run_id, server_code, panel_user_id) DO NOTHING`,
          [
            runId,
            serverCode,
            batch.map((d) => d.kind),
            batch.map((d) => d.subscriptionId),
            batch.map((d) => d.panelUserId),
          ],
        );
      }
    },

    /** Repairs of a run that are not done, in the order they were found. */
    async openRepairs(
      runId: string,
      serverCode: string,
      kinds: readonly string[],
      after: number,
      limit: number,
    ): Promise<{ id: number; kind: DriftKind; subscriptionId: string; panelUserId: string }[]> {
      return queryRows(
        db,
        repair,
        `SELECT id, kind, subscription_id, panel_user_id FROM panel_drift
         WHERE run_id = $1 AND server_code = $2 AND kind = ANY($3) AND repaired_at IS NULL AND subscription_id IS NOT NULL AND id > $4 ORDER BY id LIMIT $5`,
        [runId, serverCode, kinds, after, limit],
      );
    },

    async repaired(id: number, outcome: 'repaired' | 'outdated' | 'refused'): Promise<void> {
      await db.query('UPDATE panel_drift SET repaired_at = now(), outcome = $2 WHERE id = $1', [id, outcome]);
    },

    /** The status and end of a subscription now, before its account is touched. */
    endOf: (subscriptionId: string): Promise<{ status: SubscriptionStatus; expiresAt: Date } | undefined> =>
      queryRow(db, currentEnd, 'SELECT status, expires_at FROM subscriptions WHERE id = $1', [subscriptionId]),
  };
}
