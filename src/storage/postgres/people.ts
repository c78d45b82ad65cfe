/** A person as the desk sees and changes them. */
import { z } from 'zod';
import type { BlockReason } from '../../domain/block';
import type { Queryable } from './pool';
import { queryRow, queryRows } from './query';
import { camelCased, selectedColumns } from './tables/columns';
import { userRow } from './tables/users';

const columns = userRow.pick({
  ...{ telegram_id: true, first_name: true, username: true, created_at: true },
  ...{ blocked_at: true, blocked_by: true, block_reason: true, erased_at: true },
});
const person = columns.transform((row) => camelCased(row));
export type DeskPerson = z.output<typeof person>;

const SELECT = `SELECT ${selectedColumns(columns, 'u')} FROM users u WHERE telegram_id = $1`;

/** @returns `undefined`: nobody with this id has ever written to the bot */
export function personById(db: Queryable, userId: number): Promise<DeskPerson | undefined> {
  return queryRow(db, person, SELECT, [userId]);
}

/** The same, locked as by `lockPerson`: what is given to them or ordered by them now comes before, or waits. */
export function personToChange(client: Queryable, userId: number): Promise<DeskPerson | undefined> {
  return queryRow(client, person, `${SELECT} FOR NO KEY UPDATE`, [userId]);
}

/** @param block `null`: they are not blocked any more */
export async function setBlock(
  client: Queryable,
  userId: number,
  block: { readonly by: string; readonly reason: BlockReason; readonly at: Date } | null,
): Promise<void> {
  await client.query(
    `UPDATE users SET blocked_at = $2, blocked_by = $3, block_reason = $4, updated_at = now() WHERE telegram_id = $1`,
    [userId, block?.at ?? null, block?.by ?? null, block?.reason ?? null],
  );
}

/**
 * What keeps somebody's data from being removed.
 * - `subscription`: one of theirs lives, or is to be made
 * - `order`: one of theirs, or its money, is on its way
 * - `refund`: one is not at its end
 * - `gift`: one that they have paid for waits to be claimed
 */
export const NEEDED_FOR = ['subscription', 'order', 'refund', 'gift'] as const;
export type NeededFor = (typeof NEEDED_FOR)[number];

const needed = z.object({ for: z.enum(NEEDED_FOR) });

/** What their data are needed for now. */
export async function neededFor(db: Queryable, userId: number): Promise<NeededFor[]> {
  const rows = await queryRows(
    db,
    needed,
    `SELECT 'subscription' AS for FROM subscriptions WHERE user_id = $1 AND status IN ('pending', 'active')
     UNION SELECT 'order' FROM payments WHERE user_id = $1 AND ended_at IS NULL
     UNION SELECT 'refund' FROM refunds r JOIN payments p ON p.id = r.payment_id
       WHERE p.user_id = $1 AND r.completed_at IS NULL AND r.managed_by <> 'outside'
     UNION SELECT 'gift' FROM vouchers v JOIN payments p ON p.id = v.payment_id
       WHERE p.user_id = $1 AND v.status = 'issued'
     ORDER BY 1`,
    [userId],
  );
  return rows.map((row) => row.for);
}

/**
 * Removes what names somebody and what they have entered, and their link for friends. Orders stay, under their Telegram
 * id, and so does that they have had a trial, have bought and who invited them.
 */
export async function erasePerson(client: Queryable, userId: number, at: Date): Promise<void> {
  await client.query(
    `UPDATE users SET first_name = '', username = NULL, receipt_contact = NULL, promo_code = NULL,
       promo_code_until = NULL, referral_code = NULL, erased_at = $2, updated_at = now() WHERE telegram_id = $1`,
    [userId, at],
  );
  // The bot's user deletes nothing: that something was noted stays, and not what.
  await client.query(`UPDATE notes SET text = '-' WHERE user_id = $1`, [userId]);
}
