import type { Pool } from 'pg';
import { readSomeSettings } from '../config/settings';
import { createPool } from '../storage/postgres/pool';

/**
 * Runs a command's work on the shop's database, over one connection that is closed when the work ends.
 * @param work gets the URL too, for migrations
 * @throws SettingsError without DATABASE_URL, and whatever `work` throws
 */
export async function withDatabase<T>(work: (pool: Pool, url: string) => Promise<T>): Promise<T> {
  const { DATABASE_URL } = readSomeSettings(['DATABASE_URL'], process.env);
  const pool = createPool(DATABASE_URL, { max: 1, onError: (error) => console.error(`PostgreSQL: ${error.message}`) });
  try {
    return await work(pool, DATABASE_URL);
  } finally {
    await pool.end();
  }
}
