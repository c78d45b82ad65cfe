import { randomBytes, randomUUID } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { z } from 'zod';
import { grantEntry, grantOfEntry } from '../../../domain/bookEntry';
import { shareOfPlan, type RewardRefusal } from '../../../domain/referral/referral';
import type { PlanGrant } from '../../../domain/grant';
import { VOUCHER_CODE_BYTES, voucherCodeOf } from '../../../domain/voucher/code';
import { addFreeGrant, givenBefore, type GivingOutcome } from '../freeGrants/give';
import { appendEntry, lockBook, type LockedBook } from '../grantBook';
import { renewalFits } from '../payments/renewalFits';
import { inTransaction } from '../pool';
import { queryRow } from '../query';
import { GRANT_COLUMNS, grantParameters, grantValues } from '../tables/planGrant';
import { subscriptionRow } from '../tables/subscriptions';
import { lockCount } from '../locks';
import { isRefunded, lockReward, type LockedReward } from './locked';
import { markSuspicions } from './suspicion';

/**
 * Gives a reward whose day has come: days more for a subscription of its person that lives, or a voucher when there is
 * none. It may be repeated at any time: what was given is found again.
 * @param grantId of the free grant, if it is given now
 */
export function giveReward(
  pool: Pool,
  request: { readonly id: string; readonly grantId: string },
  now: Date,
): Promise<GivingOutcome<RewardRefusal>> {
  return inTransaction(pool, async (client) => {
    const reward = await lockReward(client, request.id);
    if (!reward) throw new Error(`reward ${request.id} does not exist`);
    if (reward.status === 'granted') return (await givenBefore(client, 'referral', reward.id))!;
    if (reward.status !== 'waiting') return refused(reward.status);
    if (reward.forfeitReason !== null) return end(client, reward, 'forfeited');
    if (isRefunded(reward)) return end(client, reward, 'canceled');
    if (reward.isBlocked) return refused('blocked');
    if (reward.dueAt > now) return refused('not-due');
    if (reward.decidedBy === null && (await markSuspicions(client, reward.id)).length > 0) return refused('held');
    const offsetDays = Math.min(reward.days, await owedDays(client, reward.userId));
    const days = reward.days - offsetDays;
    if (days === 0) return end(client, reward, 'offset', { offsetDays });
    return (
      (await addToOwn(client, { reward, days, offsetDays, grantId: request.grantId }, now)) ??
      end(client, reward, 'voucher', { offsetDays, voucherId: await makeVoucher(client, reward, days) })
    );
  });
}

const refused = (why: RewardRefusal) => ({ outcome: 'refused', why }) as const;

async function end(
  client: PoolClient,
  { id }: LockedReward,
  status: Exclude<RewardRefusal, 'not-due' | 'held' | 'blocked'>,
  { offsetDays = 0, voucherId = null }: { readonly offsetDays?: number; readonly voucherId?: string | null } = {},
): Promise<GivingOutcome<RewardRefusal>> {
  await client.query(`UPDATE referral_rewards SET status = $2, offset_days = $3, voucher_id = $4 WHERE id = $1`, [
    id,
    status,
    offsetDays,
    voucherId,
  ]);
  return refused(status);
}

/** Days of earlier rewards that were used before these were revoked, and that no later one was offset against. */
async function owedDays(client: PoolClient, userId: number): Promise<number> {
  await lockCount(client, 'rewards', userId);
  const sum = await queryRow(
    client,
    z.object({ days: z.number() }),
    'SELECT coalesce(sum(owed_days - offset_days), 0)::int AS days FROM referral_rewards WHERE user_id = $1',
    [userId],
  );
  return Math.max(0, sum!.days);
}

/** @returns `undefined`: there is none to which they could be added */
async function addToOwn(
  client: PoolClient,
  given: {
    readonly reward: LockedReward;
    readonly days: number;
    readonly offsetDays: number;
    readonly grantId: string;
  },
  now: Date,
): Promise<GivingOutcome<never> | undefined> {
  const { reward, days, offsetDays, grantId } = given;
  // The one that the friend has just bought; of who invited them the one that lasts longest.
  const own = await queryRow(
    client,
    subscriptionRow.pick({ id: true }),
    `SELECT u.id FROM subscriptions u JOIN servers s ON s.code = u.server_code AND s.gone_at IS NULL
     WHERE u.user_id = $1 AND u.status = 'active' AND u.delivered_at IS NOT NULL AND u.expires_at > $2
     ORDER BY (u.id = $3) DESC, u.expires_at DESC LIMIT 1`,
    [reward.userId, now, reward.role === 'friend' ? reward.payment.subscriptionId : null],
  );
  if (!own) return undefined;
  const locked = await lockBook(client, own.id);
  const plan = planOf(reward, locked);
  if (locked.status !== 'active' || locked.book.expiresAt <= now || !plan) return undefined;
  const grant: PlanGrant = shareOfPlan(plan, days);
  if (!(await renewalFits(client, own.id, grant, now))) return undefined;
  const { planCode } = locked.book;
  const entry = grantEntry(
    { kind: 'referral', source: grantId, at: now, usedGb: locked.usedGb, kopecks: 0, planCode },
    grant,
  );
  await appendEntry(client, locked, entry);
  const { id: source, userId } = reward;
  const outcome = await addFreeGrant(
    client,
    { id: grantId, kind: 'referral', source, userId, subscriptionId: own.id, makesKey: false },
    now,
  );
  await client.query(`UPDATE referral_rewards SET status = 'granted', grant_id = $2, offset_days = $3 WHERE id = $1`, [
    source,
    grantId,
    offsetDays,
  ]);
  return outcome;
}

/** What the days are a share of. @returns `undefined`: the book says nothing of a plan */
function planOf({ role, payment }: LockedReward, { book, subscriptionId }: LockedBook): PlanGrant | undefined {
  if (role === 'friend' && payment.subscriptionId === subscriptionId) return payment;
  // Days of a promo code, or of the shop, come without traffic: they are not the share of a plan.
  const newest = book.grants.findLast(({ whole, entry }) => !whole && entry.trafficGb !== 0);
  return newest && grantOfEntry(newest.entry);
}

/** Of the plan that the friend has bought. @returns its id */
async function makeVoucher(client: PoolClient, { payment }: LockedReward, days: number): Promise<string> {
  const id = randomUUID();
  await client.query(
    `INSERT INTO vouchers (id, code, plan_code, made_by, ${GRANT_COLUMNS})
     VALUES ($1, $2, $3, 'referral', ${grantParameters(4)})`,
    [id, voucherCodeOf(randomBytes(VOUCHER_CODE_BYTES)), payment.planCode, ...grantValues(shareOfPlan(payment, days))],
  );
  return id;
}
