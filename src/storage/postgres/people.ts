/** A person as the desk sees and changes them. */
import { z } from 'zod';
import type { BlockReason } from '../../domain/block';
import type { Queryable } from './pool';
import { queryRow } from './query';
import { camelCased, selectedColumns } from './tables/columns';
import { userRow } from './tables/users';

const columns = userRow.pick({
  ...{ telegram_id: true, first_name: true, username: true, created_at: true },
  ...{ blocked_at: true, blocked_by: true, block_reason: true },
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
