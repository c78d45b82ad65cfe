import type { Queryable } from './pool';

/**
 * What is counted and then taken, one transaction after the other.
 * - `places`: of a location
 * - `promo`: uses of a code
 * - `rewards`: of a person
 * - `trials`: of a day
 */
type Counted = 'places' | 'promo' | 'rewards' | 'trials';

/**
 * Waits until nothing else is ordered by this person or given to them; nothing else is until this transaction ends.
 * `NO KEY`: a plain `FOR UPDATE` would deadlock with money of the same person being recorded, whose new subscription
 * refers to the same row of `users`.
 */
export async function lockPerson(client: Queryable, userId: number): Promise<void> {
  await client.query('SELECT 1 FROM users WHERE telegram_id = $1 FOR NO KEY UPDATE', [userId]);
}

/**
 * Waits until nobody else counts the same; nobody else does until this transaction ends.
 * @param of whose, or of what
 */
export async function lockCount(client: Queryable, counted: Counted, of: string | number = ''): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock(hashtext($1))', [`${counted}:${of}`]);
}
