import type { Queryable } from './pool';

/**
 * What is counted and then taken, one transaction after the other.
 * - `places`: of a location
 * - `promo`: uses of a code
 * - `rewards`: of a person
 * - `trials`: of a day
 */
type Counted = 'places' | 'promo' | 'rewards' | 'trials';

/** Waits until nobody else counts the same; nobody else does until this transaction ends. @param of whose, or of what */
export async function lockCount(client: Queryable, counted: Counted, of: string | number = ''): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock(hashtext($1))', [`${counted}:${of}`]);
}
