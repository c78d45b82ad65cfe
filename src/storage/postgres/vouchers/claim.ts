import type { Pool, PoolClient } from 'pg';
import { grantEntry, type BookEntry } from '../../../domain/bookEntry';
import { grantOf } from '../../../domain/grant';
import { isLiving, statusWithGrant } from '../../../domain/subscription';
import { isClaimableBy, type Voucher, type VoucherPlace, type VoucherRefusal } from '../../../domain/voucher/voucher';
import { voucherTerms } from '../../../domain/voucher/terms';
import { afterGiftClaim } from '../gifts/claim';
import { addFreeGrant, givenBefore, type GivingOutcome } from '../freeGrants/give';
import { freePlace, type Place } from '../freePlace';
import { addSubscription, appendEntry, lockBook, type LockedBook } from '../grantBook';
import { lockPerson } from '../locks';
import { renewalFits } from '../payments/renewalFits';
import { inTransaction } from '../pool';
import { isForfeited } from '../referrals/forfeit';
import { prepared, queryRow } from '../query';
import { subscriptionRow } from '../tables/subscriptions';
import { hasAnotherOf, lockVoucher, voucherById } from './find';

/** Who wants what a voucher gives, and where. The ids are used only if it is given now. */
export interface VoucherClaim {
  readonly id: string;
  readonly subscriptionId: string;
  readonly panelUserId: string;
  readonly voucherId: string;
  readonly userId: number;
  readonly place: VoucherPlace;
  /** What they were shown that it gives: `voucherTerms`; `null`: they were not asked. */
  readonly terms: string | null;
  /** When they tapped: whether it could be claimed then counts. */
  readonly askedAt: Date;
}

type Answer = GivingOutcome<VoucherRefusal>;

const CLAIM = prepared(
  `UPDATE vouchers SET status = 'claimed', claimed_by = $2, claimed_at = $3
   WHERE id = $1 AND status = 'issued' AND (claimable_until IS NULL OR claimable_until > $4)
     AND (returned_at IS NULL OR EXISTS (SELECT FROM payments p WHERE p.id = payment_id AND p.user_id = $2))`,
);

/**
 * Gives what a voucher gives to whoever comes first: the voucher is claimed by one conditional update, and in the same
 * transaction its grant is added to a new subscription or to one of the person's own. It may be repeated at any time:
 * what was given is found again.
 */
export function claimVoucher(pool: Pool, claim: VoucherClaim, now: Date): Promise<Answer> {
  return inTransaction(pool, async (client) => {
    const { isBlocked } = await lockPerson(client, claim.userId);
    await lockVoucher(client, claim.voucherId);
    const voucher = await voucherById(client, claim.voucherId);
    if (!voucher) return refused('void');
    const before = await standing(client, voucher, claim);
    if (before) return before;
    if (isBlocked) return refused('blocked');
    if (await isForfeited(client, voucher.id)) return refused('void');
    // The refund of a part of its money locks the voucher, too: what is compared here is what is given below.
    if (claim.terms !== null && voucherTerms(voucher) !== claim.terms) return refused('changed');
    if (await hasAnotherOf(client, voucher, claim.userId)) return refused('one-each');
    const target =
      'locationCode' in claim.place
        ? await freePlace(client, { ...claim.place, serverCodes: null })
        : await ownBook(client, { userId: claim.userId, subscriptionId: claim.place.subscriptionId, voucher }, now);
    if (typeof target === 'string') return refused(target);
    const { rowCount } = await client.query(CLAIM, [voucher.id, claim.userId, now, claim.askedAt]);
    if (rowCount !== 1)
      return (await standing(client, (await voucherById(client, voucher.id))!, claim)) ?? refused('void');
    return give(client, claim, voucher, target, now);
  });
}

const refused = (why: VoucherRefusal): Answer => ({ outcome: 'refused', why });

/** What somebody who wants it is told before anything is tried; `undefined`: they may have it. */
async function standing(
  client: PoolClient,
  voucher: Voucher,
  { userId, askedAt }: Pick<VoucherClaim, 'userId' | 'askedAt'>,
): Promise<Answer | undefined> {
  if (isClaimableBy(userId, voucher, askedAt)) return undefined;
  if (voucher.status !== 'claimed') return refused('void');
  return voucher.claimedBy === userId ? givenBefore(client, 'gift', voucher.id) : refused('claimed');
}

async function give(
  client: PoolClient,
  claim: VoucherClaim,
  voucher: Voucher,
  target: Place | LockedBook,
  now: Date,
): Promise<Answer> {
  const { id, userId } = claim;
  const entryFor = (usedGb: number | null): BookEntry =>
    grantEntry({ kind: 'gift', source: id, at: now, usedGb, kopecks: 0, planCode: voucher.planCode }, grantOf(voucher));
  if ('entries' in target) await appendEntry(client, target, entryFor(target.usedGb), () => statusWithGrant(target));
  else await addSubscription(client, { ...claim, ...target }, [entryFor(null)]);
  const makesKey = !('entries' in target);
  const subscriptionId = makesKey ? claim.subscriptionId : target.subscriptionId;
  const grant = { id, kind: 'gift', source: voucher.id, userId, subscriptionId, makesKey } as const;
  const given = await addFreeGrant(client, grant, now);
  if (voucher.giverId !== null) await afterGiftClaim(client, { giftId: voucher.id, grantId: id, userId }, now);
  return given;
}

const own = subscriptionRow.pick({ location_code: true, server_code: true, status: true });
const OWN = prepared(
  `SELECT u.location_code, u.server_code, u.status FROM subscriptions u JOIN servers s ON s.code = u.server_code
   WHERE u.id = $1 AND u.user_id = $2 AND u.status <> 'revoked' AND s.gone_at IS NULL
     AND (u.status <> 'pending' OR u.delivered_at IS NOT NULL)`,
);

/**
 * Locks one of the person's subscriptions, to which the grant can be added as a renewal can. That its server is not
 * sold from any more is no reason against it.
 */
async function ownBook(
  client: PoolClient,
  wanted: { readonly userId: number; readonly subscriptionId: string; readonly voucher: Voucher },
  now: Date,
): Promise<LockedBook | 'unavailable' | 'full' | 'limit-reached'> {
  const { userId, subscriptionId, voucher } = wanted;
  const found = await queryRow(client, own, OWN, [subscriptionId, userId]);
  if (!found) return 'unavailable';
  // One that has ended holds no place any more: another buyer may have it by now.
  if (!isLiving(found)) {
    const place = await freePlace(client, {
      locationCode: found.location_code,
      serverCodes: [found.server_code],
    });
    if (typeof place === 'string') return place;
  }
  const book = await lockBook(client, subscriptionId);
  if (book.status === 'revoked') return 'unavailable';
  return (await renewalFits(client, subscriptionId, voucher, now)) ? book : 'limit-reached';
}
