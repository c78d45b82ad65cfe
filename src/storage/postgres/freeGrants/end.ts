import type { Pool, PoolClient } from 'pg';
import type { GrantEnding } from '../../../domain/freeGrant';
import { USABLE_AGAIN_DAYS } from '../../../domain/promo/terms';
import { isLiving } from '../../../domain/subscription';
import { CLAIMABLE_AGAIN_DAYS } from '../../../domain/voucher/voucher';
import { addAccessRevocation } from '../accessRevocations';
import { inTransaction } from '../pool';
import { queryRow } from '../query';
import { lockReward } from '../referrals/locked';
import { freeGrantRow, PANEL_GONE } from '../tables/freeGrants';
import { serverRow } from '../tables/catalogue';
import { subscriptionRow } from '../tables/subscriptions';
import { lockVoucher } from '../vouchers/find';
import { revokeFreeGrant } from './revoke';

const named = freeGrantRow.pick({ kind: true, source: true });
const locked = freeGrantRow
  .pick({ status: true, reason: true, makes_key: true, subscription_id: true })
  .extend({ subscription_status: subscriptionRow.shape.status, gone_at: serverRow.shape.gone_at });

/**
 * Ends a free grant that its panel, gone for good, never confirmed: it is revoked in the book, and whatever it was
 * given for is theirs again. A trial can be asked for once more, a voucher claimed, a code used, and a reward is given
 * anew, to another subscription or as a voucher.
 */
export function endFreeGrant(pool: Pool, id: string, now: Date): Promise<GrantEnding> {
  return inTransaction(pool, async (client) => {
    const grant = await queryRow(client, named, 'SELECT kind, source FROM free_grants WHERE id = $1', [id]);
    if (!grant) throw new Error(`free grant ${id} does not exist`);
    // What it was given for is locked first, as where it is given and revoked.
    if (grant.kind === 'referral') await lockReward(client, grant.source);
    if (grant.kind === 'gift') await lockVoucher(client, grant.source);
    const found = await queryRow(
      client,
      locked,
      `SELECT g.status, g.reason, g.makes_key, g.subscription_id, u.status AS subscription_status, s.gone_at
       FROM free_grants g JOIN subscriptions u ON u.id = g.subscription_id JOIN servers s ON s.code = u.server_code
       WHERE g.id = $1 FOR UPDATE OF g`,
      [id],
    );
    const { status, reason, makes_key, subscription_id, subscription_status, gone_at } = found!;
    if (status === 'issued') return 'delivered';
    if (status === 'revoked') return reason === PANEL_GONE ? 'panel-gone' : 'revoked';
    if (!isLiving({ status: subscription_status })) {
      await client.query(`UPDATE free_grants SET status = 'revoked', reason = 'revoked' WHERE id = $1`, [id]);
      return 'revoked';
    }
    if (gone_at === null) return 'panel-back';
    await revokeFreeGrant(client, id, { source: `${PANEL_GONE}:${id}`, why: PANEL_GONE }, now);
    // An attempt before the panel was gone may have made the account.
    if (makes_key) await addAccessRevocation(client, subscription_id, null);
    await reissue(client, grant, id, now);
    return 'panel-gone';
  });
}

/** The voucher, the use of the code or the reward can be had once more; a trial can't. */
async function reissue(
  client: PoolClient,
  { kind, source }: { readonly kind: string; readonly source: string },
  id: string,
  now: Date,
): Promise<void> {
  if (kind === 'gift')
    await client.query(
      `UPDATE vouchers SET status = 'issued', claimed_by = NULL, claimed_at = NULL, given_back_at = $3::timestamptz, giver_told_at = NULL,
         claimable_until = CASE WHEN claimable_until IS NOT NULL
           THEN greatest(claimable_until, $3::timestamptz + $2 * interval '1 day') END
       WHERE id = $1 AND status = 'claimed'`,
      [source, CLAIMABLE_AGAIN_DAYS, now],
    );
  if (kind === 'promo')
    await client.query(
      `UPDATE promo_uses SET status = 'returned', usable_until = $3::timestamptz + $2 * interval '1 day', updated_at = now()
       WHERE id = $1`,
      [source, USABLE_AGAIN_DAYS, now],
    );
  if (kind === 'referral')
    await client.query(
      `UPDATE referral_rewards SET status = 'waiting', grant_id = NULL, offset_days = 0
       WHERE id = $1 AND status = 'granted' AND grant_id = $2`,
      [source, id],
    );
}
