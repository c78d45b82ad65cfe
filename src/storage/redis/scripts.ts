import type { Redis } from 'ioredis';
import { reach } from './errors';

/** Runs a Lua script: keys first, then arguments. @throws RedisUnavailableError */
export type RunScript = (keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>;

/**
 * Registers a Lua script with a client; ioredis sends it once per connection and calls it by its digest afterwards.
 * Every script in this folder sets an expiry on each key it writes.
 * @param operation names the script in errors and, without spaces, in the client
 * @param keys how many keys it takes. All of one call share a `{tag}`, so that a Redis Cluster could run it
 */
export function defineScript(redis: Redis, operation: string, keys: number, lua: string): RunScript {
  const name = operation.replaceAll(/\W+/g, '_');
  redis.defineCommand(name, { numberOfKeys: keys, lua });
  const client = redis as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
  return (keyList, args) => reach(operation, () => client[name]!(...keyList, ...args));
}
