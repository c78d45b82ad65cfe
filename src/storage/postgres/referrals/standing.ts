import { z } from 'zod';
import { TRIAL_PLAN } from '../../../domain/trial';
import type { Queryable } from '../pool';
import { queryRow, queryRows } from '../query';
import { camelCased } from '../tables/columns';
import { referralRewardRow } from '../tables/referrals';
import { userRow } from '../tables/users';
import { voucherRow } from '../tables/vouchers';
import { isHeld } from './suspicion';

const counts = z
  .object({ code: userRow.shape.referral_code, invited: z.number(), paid: z.number(), days: z.number() })
  .extend({ voucher_code: voucherRow.shape.code.nullable() })
  .transform((row) => camelCased(row));
const waiting = referralRewardRow
  .pick({ due_at: true })
  .extend({ initial: z.string(), is_held: z.boolean() })
  .transform((row) => camelCased(row));

/** How the referrals of one person stand. */
export type ReferralStanding = z.output<typeof counts> & {
  /** What comes, soonest first, at most ten; of a friend the first letter alone. */
  readonly waiting: readonly z.output<typeof waiting>[];
};

/** Of user `u`, the code of the oldest reward that waits as a voucher. */
const VOUCHER_CODE = `(SELECT v.code FROM referral_rewards r JOIN vouchers v ON v.id = r.voucher_id AND v.status = 'issued'
  WHERE r.user_id = u.telegram_id AND r.status = 'voucher' AND r.forfeit_reason IS NULL ORDER BY r.created_at, r.id LIMIT 1)`;

/** Whether a reward waits for this person as a voucher. */
export async function hasRewardVoucher(db: Queryable, userId: number): Promise<boolean> {
  const row = await queryRow(
    db,
    z.object({ has: z.boolean() }),
    `SELECT ${VOUCHER_CODE} IS NOT NULL AS has FROM users u WHERE telegram_id = $1`,
    [userId],
  );
  return row?.has ?? false;
}

/** @returns `undefined` for somebody whom nobody knows */
export async function referralStanding(db: Queryable, userId: number): Promise<ReferralStanding | undefined> {
  const found = await queryRow(
    db,
    counts,
    `SELECT referral_code AS code,
       (SELECT count(*) FROM users f WHERE f.referred_by = u.telegram_id)::int AS invited,
       (SELECT count(*) FROM users f WHERE f.referred_by = u.telegram_id AND EXISTS (SELECT FROM payments p
          WHERE p.user_id = f.telegram_id AND p.status = 'issued' AND p.plan_code <> '${TRIAL_PLAN}'))::int AS paid,
       (SELECT coalesce(sum(days - offset_days), 0) FROM referral_rewards r
          WHERE r.user_id = u.telegram_id AND status IN ('granted', 'voucher'))::int AS days,
       ${VOUCHER_CODE} AS voucher_code
     FROM users u WHERE telegram_id = $1`,
    [userId],
  );
  return (
    found && {
      ...found,
      waiting: await queryRows(
        db,
        waiting,
        `SELECT left(f.first_name, 1) AS initial, r.due_at, ${isHeld('r')} AS is_held FROM referral_rewards r
           JOIN users f ON f.telegram_id = r.friend_id
         WHERE r.user_id = $1 AND r.role <> 'friend' AND r.status = 'waiting' AND r.forfeit_reason IS NULL
         ORDER BY r.due_at, r.id LIMIT 10`,
        [userId],
      ),
    }
  );
}

/** The code of somebody's link: theirs, or `fresh` from now on. */
export async function referralCode(db: Queryable, userId: number, fresh: string): Promise<string> {
  const own = z.object({ referral_code: userRow.shape.referral_code.unwrap() });
  const found = await queryRow(
    db,
    own,
    'UPDATE users SET referral_code = coalesce(referral_code, $2) WHERE telegram_id = $1 RETURNING referral_code',
    [userId, fresh],
  );
  if (!found) throw new Error(`user ${userId} does not exist`);
  return found.referral_code;
}
