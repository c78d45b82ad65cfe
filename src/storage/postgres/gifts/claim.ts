import type { PoolClient } from 'pg';
import { DAY_MS } from '../../../domain/duration';
import { recordEvent } from '../payments/events';
import { queryRow } from '../query';
import { camelCased } from '../tables/columns';
import { paymentRow } from '../tables/payments';
import { voucherRow } from '../tables/vouchers';
import { revokeFreeGrant } from '../freeGrants/revoke';

const order = paymentRow
  .pick({ user_id: true, refunded_kopecks: true })
  .extend(voucherRow.pick({ paid_kopecks: true }).shape)
  .transform((row) => camelCased(row));

/** Whoever registered so long ago at most is a new person: they may have come by another link first. */
const NEW_FOR_MS = 7 * DAY_MS;

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
  await attachToGiver(client, { userId, giverId }, now);
}

/**
 * Records that a new person was invited by who gave them the gift, by the rule of `claim_referrer` for a link that is
 * opened late: so there is no circle, and no customer is a new person.
 */
async function attachToGiver(
  client: PoolClient,
  { userId, giverId }: { readonly userId: number; readonly giverId: number },
  now: Date,
): Promise<void> {
  await client.query(
    `UPDATE users u SET referred_by = g.telegram_id, referred_at = $3, updated_at = now() FROM users g
     WHERE u.telegram_id = $1 AND g.telegram_id = $2 AND u.referred_at IS NULL AND g.created_at < u.created_at
       AND u.created_at > $4
       AND NOT EXISTS (SELECT FROM payments p WHERE p.user_id = u.telegram_id AND p.paid_at IS NOT NULL)`,
    [userId, giverId, now, new Date(now.getTime() - NEW_FOR_MS)],
  );
}
