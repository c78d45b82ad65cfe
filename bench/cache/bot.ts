/**
 * The bot as it is, for `npm run bench -- cache`: counts what it asks PostgreSQL and says so on SIGUSR2. With
 * BENCH_CACHE=off every read goes to PostgreSQL.
 */
import { Client } from 'pg';
import { createLogger } from '../../src/config/logger';
import { readSettings } from '../../src/config/settings';
import { startBotProcess } from '../../src/bot/process';
import type { BotCaches } from '../../src/bot/cachedQueries';
import type { Cached } from '../../src/storage/redis/cache';

let queries = 0;
const ask = Client.prototype.query as (...args: unknown[]) => unknown;
Client.prototype.query = function counted(this: Client, ...args: unknown[]) {
  queries += 1;
  return ask.apply(this, args);
} as typeof Client.prototype.query;
process.on('SIGUSR2', () => console.log(`queries ${queries}`));

const none = <T>(): Cached<T> => ({
  get: (_id, load) => load(),
  invalidate: async () => undefined,
  invalidateAll: async () => undefined,
});
const noCaches: BotCaches = { activeLocations: none(), activeServers: none(), user: none(), userSubscriptions: none() };

const { BENCH_CACHE, ...env } = process.env;
const settings = readSettings(env);
void startBotProcess({
  settings,
  logger: createLogger('bot', settings.LOG_LEVEL),
  ...(BENCH_CACHE === 'off' ? { caches: noCaches } : {}),
});
