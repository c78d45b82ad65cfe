import type { PoolClient } from 'pg';
import type { RefundedShare } from '../../../domain/bookRefund';
import { addAccessRevocation } from '../accessRevocations';
import { countedGrant } from '../freeGrants/give';
import { revokeFreeGrant } from '../freeGrants/revoke';
import { lockVoucher } from '../vouchers/find';

/** A refund of a gift's order, as it takes of what the gift gives. */
export interface RefundOfGift {
  /** The order's id, which is the voucher's. */
  readonly giftId: string;
  /** What caused it, unique among refunds: what was taken for it once is not taken again. */
  readonly source: string;
  /** Of what was paid, what goes back in all; `null`: none of the money stays with the shop. */
  readonly share: RefundedShare | null;
}

/**
 * Takes what a refund takes of a gift. One that nobody has claimed can't be claimed any more once all of its money goes
 * back; a part of the money leaves it claimable, and its share is taken at the claim. Of one that was claimed what lies
 * ahead is revoked from the person who has it. The voucher is locked, so a claim comes before, or finds this.
 */
export async function revokeGift(client: PoolClient, refund: RefundOfGift, now: Date): Promise<void> {
  const status = await lockVoucher(client, refund.giftId);
  if (status !== undefined && refund.share !== null)
    await client.query('UPDATE vouchers SET paid_kopecks = $2 WHERE id = $1', [
      refund.giftId,
      refund.share.paidKopecks,
    ]);
  if (status === 'issued' && refund.share === null)
    await client.query(`UPDATE vouchers SET status = 'refunded' WHERE id = $1`, [refund.giftId]);
  if (status !== 'claimed') return;
  const free = await countedGrant(client, 'gift', refund.giftId);
  if (!free) throw new Error(`the gift ${refund.giftId} was claimed and has given nothing`);
  await revokeClaimed(client, free.id, refund, now);
}

/** Revokes what the gift has given, as far as it lies ahead; the panel is to be told. */
async function revokeClaimed(
  client: PoolClient,
  grantId: string,
  { giftId, source, share }: RefundOfGift,
  now: Date,
): Promise<void> {
  const { subscriptionId } = await revokeFreeGrant(client, grantId, { source, share, why: 'revoked' }, now);
  await addAccessRevocation(client, subscriptionId, giftId);
}
