import type { PoolClient } from 'pg';
import { refundEntry } from '../../../domain/bookEntry';
import { aheadOf } from '../../../domain/bookTraffic';
import { grantOfSource } from '../../../domain/grantBook';
import { appendEntry, lockBook } from '../grantBook';
import { queryRow } from '../query';
import { AWAITS_DELIVERY } from '../tables/deliveries';
import { freeGrantRow } from '../tables/freeGrants';

/**
 * Revokes what is ahead of a free grant. One that no panel has confirmed is `revoked`: it is not delivered any more. The
 * panel is to be told by a row of `access_revocations`.
 * @param because `source`: of the entry in the book, where it is added once; `why`: the reason in the row of the grant
 * @returns `usedMs`: what of it had passed already; `revokedMs`: what was taken
 */
export async function revokeFreeGrant(
  client: PoolClient,
  id: string,
  because: { readonly source: string; readonly why: string },
  now: Date,
): Promise<{ readonly subscriptionId: string; readonly usedMs: number; readonly revokedMs: number }> {
  // Locked first, as by the delivery (`recordDelivered`): one of the two is decided before the other.
  const free = await queryRow(
    client,
    freeGrantRow.pick({ subscription_id: true, delivered_at: true }),
    'SELECT subscription_id, delivered_at FROM free_grants WHERE id = $1 FOR UPDATE',
    [id],
  );
  if (!free) throw new Error(`free grant ${id} does not exist`);
  await client.query(
    `UPDATE free_grants SET status = 'revoked', reason = $2 WHERE id = $1 AND status IN ('given', 'delayed')`,
    [id, because.why],
  );
  const locked = await lockBook(client, free.subscription_id);
  const { subscriptionId, usedGb } = locked;
  const grant = grantOfSource(locked.book, id);
  const ahead = aheadOf(locked.book, grant, { now, usedGb, isDelivered: free.delivered_at !== null });
  const taken = { ms: Math.min(grant.ms, ahead.ms), gb: Math.min(grant.gb, ahead.gb), kopecks: 0, whole: true };
  const { rowCount: isAwaited } = await client.query(
    `SELECT FROM subscriptions s WHERE id = $1 AND ${AWAITS_DELIVERY}`,
    [subscriptionId],
  );
  const entry = refundEntry(grant.entry, taken, { source: because.source, at: now, usedGb });
  await appendEntry(client, locked, entry, (left) => {
    if (left.grants.every(({ whole }) => whole)) return 'revoked';
    const isOver = left.expiresAt <= now && isAwaited === 0;
    return isOver && (locked.status === 'active' || locked.status === 'pending') ? 'expired' : locked.status;
  });
  return { subscriptionId, usedMs: grant.ms - taken.ms, revokedMs: taken.ms };
}
