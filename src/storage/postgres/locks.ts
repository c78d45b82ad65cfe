import { z } from 'zod';
import type { Queryable } from './pool';
import { prepared, queryRow } from './query';
import { camelCased } from './tables/columns';

/**
 * What is counted and then taken, one transaction after the other.
 * - `places`: of a location
 * - `promo`: uses of a code
 * - `rewards`: of a person
 * - `trials`: of a day
 */
type Counted = 'places' | 'promo' | 'rewards' | 'trials';

const LOCK_PERSON = prepared(
  'SELECT blocked_at IS NOT NULL AS is_blocked FROM users WHERE telegram_id = $1 FOR NO KEY UPDATE',
);
const lockedPerson = z.object({ is_blocked: z.boolean() }).transform((row) => camelCased(row));

/**
 * Waits until nothing else is ordered by this person or given to them; nothing else is until this transaction ends, and
 * nobody blocks them until then. `NO KEY`: a plain `FOR UPDATE` would deadlock with money of the same person being
 * recorded, whose new subscription refers to the same row of `users`.
 *
 * @returns `isBlocked`: nothing is to be ordered by them or given to them
 */
export async function lockPerson(client: Queryable, userId: number): Promise<{ readonly isBlocked: boolean }> {
  return (await queryRow(client, lockedPerson, LOCK_PERSON, [userId])) ?? { isBlocked: false };
}

/**
 * Waits until nobody else counts the same; nobody else does until this transaction ends.
 * @param of whose, or of what
 */
export async function lockCount(client: Queryable, counted: Counted, of: string | number = ''): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock(hashtext($1))', [`${counted}:${of}`]);
}
