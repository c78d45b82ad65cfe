import type { PoolClient } from 'pg';
import { grantOfEntry, refundEntry } from '../../../domain/bookEntry';
import { aheadOf } from '../../../domain/bookTraffic';
import { grantOfSource } from '../../../domain/grantBook';
import { shareOf } from '../../../domain/refund';
import { addAccessRevocation } from '../accessRevocations';
import { appendEntry, lockBook } from '../grantBook';
import { queryRow } from '../query';
import { freeGrantRow } from '../tables/freeGrants';
import { AWAITS_DELIVERY } from '../tables/payments';
import { voucherRow } from '../tables/vouchers';

/** A refund of a gift's order, as it takes of what the gift gives. */
export interface RefundOfGift {
  /** The order's id, which is the voucher's. */
  readonly giftId: string;
  /** What caused it, unique among refunds: what was taken for it once is not taken again. */
  readonly source: string;
  /** Of what was paid, what goes back in all; `null`: none of the money stays with the shop. */
  readonly share: { readonly refundedKopecks: number; readonly paidKopecks: number } | null;
}

const voucher = voucherRow.pick({ status: true });

/**
 * Takes what a refund takes of a gift. One that nobody has claimed can't be claimed any more once all of its money goes
 * back; a part of the money leaves it claimable, and its share is taken at the claim. Of one that was claimed what lies
 * ahead is revoked from the person who has it. The voucher is locked, so a claim comes before, or finds this.
 */
export async function revokeGift(client: PoolClient, refund: RefundOfGift, now: Date): Promise<void> {
  const found = await queryRow(client, voucher, 'SELECT status FROM vouchers WHERE id = $1 FOR UPDATE', [
    refund.giftId,
  ]);
  if (found?.status === 'issued' && refund.share === null)
    await client.query(`UPDATE vouchers SET status = 'refunded' WHERE id = $1`, [refund.giftId]);
  if (found?.status === 'claimed') await revokeClaimed(client, refund, now);
}

const given = freeGrantRow.pick({ id: true, subscription_id: true, delivered_at: true });

/** Revokes what the gift has given, as far as it lies ahead; the panel is to be told. */
export async function revokeClaimed(
  client: PoolClient,
  { giftId, source, share }: RefundOfGift,
  now: Date,
): Promise<void> {
  const free = await queryRow(
    client,
    given,
    `SELECT id, subscription_id, delivered_at FROM free_grants WHERE kind = 'gift' AND source = $1`,
    [giftId],
  );
  if (!free) throw new Error(`the gift ${giftId} was claimed and has given nothing`);
  const locked = await lockBook(client, free.subscription_id);
  const { usedGb, book, status } = locked;
  const grant = grantOfSource(book, free.id);
  const ahead = aheadOf(book, grant, { now, usedGb, isDelivered: free.delivered_at !== null });
  const all = share === null ? { ms: grant.ms, gb: grant.gb } : missing(share);
  const taken = { ms: Math.min(all.ms, ahead.ms), gb: Math.min(all.gb, ahead.gb), kopecks: 0, whole: share === null };
  const { rowCount: isAwaited } = await client.query(
    `SELECT FROM subscriptions s WHERE id = $1 AND ${AWAITS_DELIVERY}`,
    [locked.subscriptionId],
  );
  await appendEntry(client, locked, refundEntry(grant.entry, taken, { source, at: now, usedGb }), (left) => {
    if (left.grants.every(({ whole }) => whole)) return 'revoked';
    const isOver = left.expiresAt <= now && isAwaited === 0;
    return isOver && (status === 'active' || status === 'pending') ? 'expired' : status;
  });
  await addAccessRevocation(client, locked.subscriptionId, giftId);

  function missing({ refundedKopecks, paidKopecks }: NonNullable<RefundOfGift['share']>) {
    const due = shareOf({ ...grantOfEntry(grant.entry), paidKopecks }, refundedKopecks);
    return { ms: Math.max(0, due.ms - grant.revoked.ms), gb: Math.max(0, due.gb - grant.revoked.gb) };
  }
}
