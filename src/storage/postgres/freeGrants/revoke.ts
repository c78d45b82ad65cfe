import type { PoolClient } from 'pg';
import { refundEntry } from '../../../domain/bookEntry';
import { takenOf, type RefundedShare } from '../../../domain/bookRefund';
import { grantOfSource } from '../../../domain/grantBook';
import { isLiving } from '../../../domain/subscription';
import { appendEntry, lockBook } from '../grantBook';
import { queryRow } from '../query';
import { AWAITS_DELIVERY } from '../tables/deliveries';
import { freeGrantRow } from '../tables/freeGrants';

/**
 * Revokes what is ahead of a free grant. One that no panel has confirmed is `revoked`: it is not delivered any more.
 * The panel is to be told by a row of `access_revocations`.
 * @param because `source`: of the entry in the book, where it is added once; `why`: the reason in the row of the grant;
 *   `share`: of what was paid for it, what was refunded in all, so that only its share is revoked
 * @returns `usedMs`: what of it had passed already; `revokedMs`: what was taken
 */
export async function revokeFreeGrant(
  client: PoolClient,
  id: string,
  because: { readonly source: string; readonly why: string; readonly share?: RefundedShare | null },
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
  const share = because.share ?? null;
  if (share === null)
    await client.query(
      `UPDATE free_grants SET status = 'revoked', reason = $2 WHERE id = $1 AND status IN ('given', 'delayed')`,
      [id, because.why],
    );
  const locked = await lockBook(client, free.subscription_id);
  const { subscriptionId, usedGb } = locked;
  const grant = grantOfSource(locked.book, id);
  const isDelivered = free.delivered_at !== null;
  const taken = { ...takenOf(locked.book, grant, share, { now, usedGb, isDelivered }), kopecks: 0 };
  const { rowCount: awaiting } = await client.query(
    `SELECT FROM subscriptions s WHERE id = $1 AND ${AWAITS_DELIVERY}`,
    [subscriptionId],
  );
  const entry = refundEntry(grant.entry, taken, { source: because.source, at: now, usedGb });
  await appendEntry(client, locked, entry, (left) => {
    if (left.grants.every(({ whole }) => whole)) return 'revoked';
    const isOver = left.expiresAt <= now && awaiting === 0;
    return isOver && isLiving(locked) ? 'expired' : locked.status;
  });
  return { subscriptionId, usedMs: grant.ms - taken.ms, revokedMs: taken.ms };
}
