import { CatalogueFileError, readCatalogueFile } from '../config/catalogueFile';
import { createLogger } from '../config/logger';
import { readSomeSettings, SettingsError } from '../config/settings';
import { applyCatalogue, type CatalogueTouch } from '../storage/postgres/applyCatalogue';
import { migrate, UnusableDatabaseError } from '../storage/postgres/migrate';
import { createPool } from '../storage/postgres/pool';
import { createRedisConnections } from '../storage/redis/connections';
import { createCacheInvalidation } from '../storage/redis/cacheInvalidation';
import { runCommand } from './runCommand';

const USAGE = 'Usage: npm run catalog -- apply FILE';

/**
 * `apply FILE`: makes the shop sell what the file says. Exit codes: 0 applied, 1 something failed, 2 wrong arguments.
 */
async function main([command, file]: readonly string[]): Promise<number> {
  if (command !== 'apply' || file === undefined) {
    console.error(USAGE);
    return 2;
  }
  const catalogue = await readCatalogueFile(file);
  const { DATABASE_URL } = readSomeSettings(['DATABASE_URL'], process.env);
  await migrate(DATABASE_URL);
  const pool = createPool(DATABASE_URL, { max: 1, onError: (error) => console.error(`PostgreSQL: ${error.message}`) });
  try {
    const { added, changed, retired, touched } = await applyCatalogue(pool, catalogue);
    console.log(`${file} applied: ${added} added, ${changed} changed, ${retired} retired.`);
    await tellCaches(touched);
    return 0;
  } finally {
    await pool.end();
  }
}

/** Running bots show the new catalogue at once where Redis can be reached, otherwise when their caches expire. */
async function tellCaches(touched: CatalogueTouch): Promise<void> {
  const url = process.env['REDIS_URL']?.trim();
  if (!url) {
    console.log('REDIS_URL is not set: running bots show it within 5 minutes, when their caches expire.');
    return;
  }
  const logger = createLogger('catalog', 'warn');
  const redis = createRedisConnections({ url: readSomeSettings(['REDIS_URL'], process.env).REDIS_URL, logger });
  try {
    await redis.ready(3_000);
    await createCacheInvalidation(redis.cache, logger).invalidateCatalogue(touched);
  } finally {
    await redis.close();
  }
}

runCommand(main, { expected: [CatalogueFileError, SettingsError, UnusableDatabaseError] });
