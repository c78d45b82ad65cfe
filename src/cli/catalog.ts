import { writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { CatalogueFileError, readCatalogueFile } from '../config/catalogueFile';
import { createLogger } from '../config/logger';
import { readSomeSettings, SettingsError } from '../config/settings';
import { catalogueQuestions } from '../domain/catalogueQuestions';
import { applyCatalogue, type CatalogueChanges, type CatalogueTouch } from '../storage/postgres/applyCatalogue';
import { migrate, UnusableDatabaseError } from '../storage/postgres/migrate';
import { createRedisConnections } from '../storage/redis/connections';
import { createCacheInvalidation } from '../storage/redis/cacheInvalidation';
import { exportCatalogue } from '../support/exportCatalogue';
import { changeLine, questionLine } from './catalogueWords';
import { decidePanel } from './panelDecision';
import { runCommand } from './runCommand';
import { withDatabase } from './withDatabase';

const USAGE = `Usage: npm run catalog -- apply FILE [--yes]
  Makes the shop sell what FILE says, and prints every change. What looks like a mistake is applied with --yes only.
       npm run catalog -- gone SERVER [--yes] [--as NAME]
  The panel of this server is gone for good: nothing is sold from it or asked of it, and what waits for it ends.
       npm run catalog -- back SERVER [--yes] [--as NAME]
  It is there after all.
       npm run catalog -- export FILE
  Writes what the shop sells into a new FILE, which apply takes. It holds the panels' keys.
Exit codes: 0 applied or written, 1 nothing was changed, 2 wrong arguments.`;

/** Nothing was changed: a person has to confirm it first. */
class UnconfirmedError extends Error {
  constructor({ changes, sold }: CatalogueChanges, file: string) {
    const lines = [
      ...[`${file} would change:`, ...changes.map((change) => `  ${changeLine(change)}`)],
      ...['Nothing was changed yet:', ...catalogueQuestions(changes, sold).map((asked) => `  ${questionLine(asked)}`)],
      'If all of it is meant, run the same command again with --yes.',
    ];
    super(lines.join('\n'));
  }
}

async function main(words: readonly string[]): Promise<number> {
  const as = words.indexOf('--as');
  const actor = `operator:${(as >= 0 && words[as + 1]) || userInfo().username}`;
  const given = as < 0 ? words : words.toSpliced(as, 2);
  const [command, file, ...more] = given.filter((word) => word !== '--yes');
  const isConfirmed = words.includes('--yes');
  if ((command === 'gone' || command === 'back') && file !== undefined && more.length === 0)
    return decidePanel(command, file, { isConfirmed, actor, tellCaches });
  if (command === 'export' && file !== undefined && more.length === 0 && as < 0 && !isConfirmed) return writeOut(file);
  if (as >= 0 || command !== 'apply' || file === undefined || more.length > 0) {
    console.error(USAGE);
    return 2;
  }
  const catalogue = await readCatalogueFile(file);
  return withDatabase(async (pool, url) => {
    await migrate(url);
    const { added, changed, retired, touched, changes } = await applyCatalogue(pool, catalogue, (found) => {
      if (isConfirmed) return;
      if (catalogueQuestions(found.changes, found.sold).length > 0) throw new UnconfirmedError(found, file);
    });
    for (const change of changes) console.log(changeLine(change));
    console.log(`${file} applied: ${added} added, ${changed} changed, ${retired} retired.`);
    await tellCaches(touched);
    return 0;
  });
}

async function writeOut(file: string): Promise<number> {
  try {
    await withDatabase(async (pool) => writeFile(file, await exportCatalogue(pool), { mode: 0o600, flag: 'wx' }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    console.error(`${file} is there already and was left as it is. Name a new file.`);
    return 1;
  }
  console.log(`What the shop sells is in ${file}. It holds the panels' keys.`);
  return 0;
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

runCommand(main, { expected: [CatalogueFileError, SettingsError, UnconfirmedError, UnusableDatabaseError] });
