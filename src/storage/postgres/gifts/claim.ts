import type { PoolClient } from 'pg';
import { recordEvent } from '../payments/events';
import { queryRow } from '../query';
import { attachReferrer } from '../referrals/attach';
import { camelCased } from '../tables/columns';
import { paymentRow } from '../tables/payments';
import { voucherRow } from '../tables/vouchers';
import { revokeFreeGrant } from '../freeGrants/revoke';

const order = paymentRow
  .pick({ user_id: true, refunded_kopecks: true })
  .extend(voucherRow.pick({ paid_kopecks: true }).shape)
  .transform((row) => camelCased(row));

/**
 * What belongs to the claim of a gift besides its grant: the share of the money that was refunded before is revoked,
 * and a new person counts as invited by the giver. The voucher is locked.
 */
export async function afterGiftClaim(
  client: PoolClient,
  { giftId, grantId, userId }: { readonly giftId: string; readonly grantId: string; readonly userId: number },
  now: Date,
): Promise<void> {
  const paid = await queryRow(
    client,
    order,
    `SELECT p.user_id, p.refunded_kopecks, v.paid_kopecks
     FROM payments p JOIN vouchers v ON v.payment_id = p.id WHERE p.id = $1`,
    [giftId],
  );
  if (!paid) throw new Error(`the gift ${giftId} has no order`);
  const { userId: giverId, paidKopecks, refundedKopecks } = paid;
  await recordEvent(client, giftId, 'workflow', 'gift-claimed', { by: userId });
  // Named by the grant: a gift whose panel is gone before it is delivered is claimed a second time. The delivery tells
  // the panel what is left: nothing else has to tell it, and nobody would, because the refund has ended.
  if (paidKopecks !== null)
    await revokeFreeGrant(
      client,
      grantId,
      { source: `${grantId}:before-claim`, share: { refundedKopecks, paidKopecks }, why: 'revoked' },
      now,
    );
  await attachReferrer(client, { friendId: userId, referrerId: giverId, byHand: false }, now);
}
