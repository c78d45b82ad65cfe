import { z } from 'zod';
import type { Claim } from '../../domain/panelDrift';
import type { Queryable } from './pool';
import { queryRows } from './query';
import { camelCased } from './tables/columns';
import { subscriptionRow } from './tables/subscriptions';

/** How accounts on a panel name subscriptions: by their own uuid, or by the reference in their comment. */
export interface ClaimedBy {
  readonly panelUserIds: readonly string[];
  readonly subscriptionIds: readonly string[];
}

const claim = subscriptionRow
  .pick({ id: true, panel_user_id: true, status: true })
  .extend({ is_on_this_panel: z.boolean(), was_revoked_here: z.boolean(), is_being_revoked: z.boolean() })
  .transform(({ id, ...row }): Claim => ({ subscriptionId: id, ...camelCased(row) }));

/** The subscriptions, whatever their state, that accounts on a server's panel belong to by uuid or by reference. */
export function accountClaims(db: Queryable, serverCode: string, by: ClaimedBy): Promise<Claim[]> {
  return queryRows(
    db,
    claim,
    `SELECT u.id, u.panel_user_id, u.status, s.panel_admin_url = here.panel_admin_url AS is_on_this_panel,
       w.opened > 0 AS was_revoked_here, w.opened > w.done AS is_being_revoked
     FROM (SELECT * FROM subscriptions WHERE panel_user_id = ANY($2::uuid[])
           UNION SELECT * FROM subscriptions WHERE id = ANY($3::uuid[])) u
     JOIN servers s ON s.code = u.server_code
     JOIN servers here ON here.code = $1
     LEFT JOIN LATERAL (SELECT count(*) AS opened, count(coalesce(done_at, abandoned_at)) AS done FROM access_revocations
                        WHERE server_code = $1 AND panel_user_id = u.panel_user_id) w ON true`,
    [serverCode, by.panelUserIds, by.subscriptionIds],
  );
}

/** Uuids of the accounts that may be on a server's panel, for one that can't give its list. */
export async function knownAccounts(db: Queryable, serverCode: string): Promise<string[]> {
  const rows = await queryRows(
    db,
    subscriptionRow.pick({ panel_user_id: true }),
    `SELECT panel_user_id FROM subscriptions WHERE server_code = $1 AND status <> 'revoked'
     UNION SELECT panel_user_id FROM access_revocations WHERE server_code = $1 AND created_at > now() - interval '1 day'`,
    [serverCode],
  );
  return rows.map(({ panel_user_id }) => panel_user_id);
}
