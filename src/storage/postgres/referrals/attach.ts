/** Who invited whom, where it is not said when the friend first comes (`upsert` of `../users.ts`). */
import type { Pool } from 'pg';
import { z } from 'zod';
import { createDecisionsRepository } from '../decisions';
import { lockPerson } from '../locks';
import { inTransaction, type Queryable } from '../pool';
import { queryRow, queryRows } from '../query';
import { camelCased, selectedColumns } from '../tables/columns';
import { referralRewardRow } from '../tables/referrals';
import { userRow } from '../tables/users';

/**
 * Attaches who came by another door first and opens a link now, as `attachReferrer` does.
 * @returns whether they are attached by it
 */
export async function claimReferrer(db: Queryable, friendId: number, referralCode: string): Promise<boolean> {
  const found = await queryRow(db, claimed, 'SELECT claim_referrer($1, $2) AS claimed', [friendId, referralCode]);
  return found!.claimed;
}

const claimed = z.object({ claimed: z.boolean() });
const invitation = z.object({ standing: z.enum(['counts', 'own', 'late']) });

/**
 * What a link is to somebody: `counts`, they are attached to whose it is; `own`, it is theirs; `late`, they came by
 * another door, and too long ago. @returns `undefined`: nobody has this link, or who has it is blocked
 */
export async function invitationOf(
  db: Queryable,
  friendId: number,
  referralCode: string,
): Promise<z.output<typeof invitation>['standing'] | undefined> {
  const found = await queryRow(
    db,
    invitation,
    `SELECT CASE r.telegram_id WHEN f.telegram_id THEN 'own' WHEN f.referred_by THEN 'counts' ELSE 'late' END AS standing
     FROM users r, users f WHERE r.referral_code = $2 AND f.telegram_id = $1 AND r.blocked_at IS NULL`,
    [friendId, referralCode],
  );
  return found?.standing;
}

const person = userRow.pick({ referred_by: true }).transform((row) => camelCased(row));

const SELECT_PERSON = 'SELECT referred_by FROM users WHERE telegram_id = $1';

const answer = z.object({ answer: z.enum(['done', 'unknown', 'not-older', 'blocked', 'same', 'too-late']) });

/**
 * Says who invited somebody who is here already. The rule is in the database (`attach_referrer`), and one for all: a
 * link that is opened late, a claimed gift, and an owner's word. The friend's row stays locked. Of two of whom one is
 * blocked only an owner says it.
 * @param pair.referrerId `null`: nobody has, as only an owner says
 */
export async function attachReferrer(
  client: Queryable,
  pair: { readonly friendId: number; readonly referrerId: number | null; readonly byHand: boolean },
  now: Date,
): Promise<z.output<typeof answer>['answer']> {
  const found = await queryRow(client, answer, 'SELECT attach_referrer($1, $2, $3, $4) AS answer', [
    pair.friendId,
    pair.referrerId,
    now,
    pair.byHand,
  ]);
  return found!.answer;
}

/**
 * - `unknown`: nobody with one of these ids has ever written to the bot
 * - `not-older`: who invites must have come first, so that no circle can be made
 * - `same`: it is so already, and no link says otherwise later
 */
export type AttachOutcome =
  { readonly outcome: 'done'; readonly before: number | null } | { readonly outcome: 'unknown' | 'not-older' | 'same' };

/**
 * What an owner says of who invited somebody, with its row in the audit log. Rewards that there are already stay; the
 * purchases of the last weeks that have brought none count from now on for the new one.
 * @param referrerId `null`: nobody
 */
export function attachByHand(
  pool: Pool,
  { friendId, referrerId }: { readonly friendId: number; readonly referrerId: number | null },
  actor: string,
): Promise<AttachOutcome> {
  return inTransaction(pool, async (client) => {
    await lockPerson(client, friendId);
    const before = (await queryRow(client, person, SELECT_PERSON, [friendId]))?.referredBy ?? null;
    const outcome = await attachReferrer(client, { friendId, referrerId, byHand: true }, new Date());
    if (outcome === 'too-late' || outcome === 'blocked') throw new Error(`an owner is never ${outcome}`);
    if (outcome !== 'done') return { outcome };
    const details = { friend: friendId, before, now: referrerId };
    const action = referrerId === null ? 'referral-remove' : 'referral-assign';
    await createDecisionsRepository(client).record(actor, action, null, details);
    return { outcome, before };
  });
}

const rewardColumns = referralRewardRow.pick({
  ...{ id: true, role: true, friend_id: true, days: true, status: true, due_at: true },
  ...{ offset_days: true, owed_days: true },
});
const reward = rewardColumns.transform((row) => camelCased(row));
const friend = userRow.pick({ telegram_id: true });

/** Who invited somebody, whom they have invited, and their rewards, for operators: a hundred of each at most. */
export async function attachmentsOf(
  db: Queryable,
  userId: number,
): Promise<
  | {
      readonly referredBy: number | null;
      readonly friends: readonly number[];
      readonly rewards: readonly z.output<typeof reward>[];
    }
  | undefined
> {
  const found = await queryRow(db, person, SELECT_PERSON, [userId]);
  if (!found) return undefined;
  const friends = await queryRows(
    db,
    friend,
    'SELECT telegram_id FROM users WHERE referred_by = $1 ORDER BY telegram_id LIMIT 100',
    [userId],
  );
  const rewards = await queryRows(
    db,
    reward,
    `SELECT ${selectedColumns(rewardColumns, 'r')} FROM referral_rewards r WHERE r.user_id = $1
     ORDER BY r.created_at, r.id LIMIT 100`,
    [userId],
  );
  return { referredBy: found.referredBy, friends: friends.map((one) => one.telegram_id), rewards };
}
