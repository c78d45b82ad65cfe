/**
 * `npm run bench -- limiter`: our limiter against rate-limiter-flexible and grammY's ratelimiter.
 *
 * One Redis, one connection, one run. The contestants take turns within each round, in another order every time, so
 * that a slow moment of the machine does not fall on one of them. Prints Markdown.
 */
import { limit as grammyLimit } from '@grammyjs/ratelimiter';
import type { Redis } from 'ioredis';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { setTimeout as pause } from 'node:timers/promises';
import { createRedisConnections } from '../../src/storage/redis/connections';
import { createLimiter } from '../../src/storage/redis/limits';
import { startRedis } from '../../test/support/redis';
import { quantile } from '../lib/numbers';

const LIMIT = 10;
const ROUNDS = Number(process.argv[2] ?? 7);
const CHECKS = Number(process.argv[3] ?? 10_000);

/** Whether this attempt is allowed. */
type Check = (id: string) => Promise<boolean>;
type Contestant = { readonly name: string; create(redis: Redis, run: string, windowMs: number): Check };

const CONTESTANTS: readonly Contestant[] = [
  {
    name: 'GigaBridge (sliding log)',
    create(redis, run, windowMs) {
      const limiter = createLimiter({ redis, name: run, limit: LIMIT, windowMs, onUnavailable: 'refuse' });
      return async (id) => (await limiter.hit(id)).allowed;
    },
  },
  {
    name: 'rate-limiter-flexible 11.4.0 (fixed window)',
    create(redis, run, windowMs) {
      const limiter = new RateLimiterRedis({
        storeClient: redis,
        keyPrefix: `rlf:${run}`,
        points: LIMIT,
        duration: windowMs / 1_000,
      });
      return async (id) => {
        try {
          await limiter.consume(id);
          return true;
        } catch (refusal) {
          if (refusal instanceof RateLimiterRes) return false;
          throw refusal;
        }
      };
    },
  },
  {
    name: '@grammyjs/ratelimiter 1.2.1 (fixed window)',
    create(redis, run, windowMs) {
      const middleware = grammyLimit({
        limit: LIMIT,
        timeFrame: windowMs,
        storageClient: redis,
        keyGenerator: (ctx: { from: { id: string } }) => `grammy:${run}:${ctx.from.id}`,
      } as never) as unknown as (ctx: unknown, next: () => Promise<void>) => Promise<void>;
      return async (id) => {
        let allowed = false;
        await middleware({ from: { id } }, async () => void (allowed = true));
        return allowed;
      };
    },
  },
];

const WORKLOADS = [
  { name: 'many users, all allowed', inFlight: 64, id: (n: number) => `user-${n % Math.ceil(CHECKS / 5)}` },
  { name: 'one user floods, refused', inFlight: 64, id: () => 'flooder' },
  { name: 'one check at a time', inFlight: 1, id: (n: number) => `user-${n % Math.ceil(CHECKS / 5)}` },
] as const;

async function measure(
  check: Check,
  workload: (typeof WORKLOADS)[number],
  checks: number,
): Promise<{ perSecond: number; latencies: number[] }> {
  const latencies: number[] = [];
  let next = 0;
  const start = performance.now();
  await Promise.all(
    Array.from({ length: workload.inFlight }, async () => {
      while (next < checks) {
        const id = workload.id(next);
        next += 1;
        const from = performance.now();
        await check(id);
        latencies.push(performance.now() - from);
      }
    }),
  );
  return { perSecond: checks / ((performance.now() - start) / 1_000), latencies };
}

/** Somebody who knows the window: one attempt, nine shortly before its end, ten shortly after. */
async function mostInOneWindow(check: Check, windowMs: number): Promise<number> {
  const id = 'edge';
  let late = 0;
  await check(id);
  await pause(windowMs * 0.8);
  for (let n = 0; n < LIMIT - 1; n += 1) late += Number(await check(id));
  await pause(windowMs * 0.25);
  for (let n = 0; n < LIMIT; n += 1) late += Number(await check(id));
  return late;
}

async function main(): Promise<void> {
  process.env['TEST_REDIS_BIN'] ??= 'redis-server';
  const server = await startRedis();
  const log = (...what: unknown[]): void => console.error(...what);
  const connections = createRedisConnections({
    url: server.url,
    logger: { info: log, warn: log } as never,
    commandTimeoutMs: 10_000,
  });
  await connections.ready(20_000);
  const redis = connections.limits;

  console.log(
    `Limit ${LIMIT} a minute; ${ROUNDS} rounds of ${CHECKS} checks each; Redis ${/redis_version:(\S+)/.exec(await redis.info('server'))?.[1]}, Node ${process.version}, one connection.\n`,
  );
  for (const workload of WORKLOADS) {
    const checks = workload.inFlight === 1 ? Math.ceil(CHECKS / 5) : CHECKS;
    const results = CONTESTANTS.map(() => ({ rates: [] as number[], latencies: [] as number[] }));
    for (let round = -1; round < ROUNDS; round += 1) {
      for (let turn = 0; turn < CONTESTANTS.length; turn += 1) {
        const which = (turn + round + 1) % CONTESTANTS.length;
        const run = `${workload.inFlight}-${round}-${which}`;
        const { perSecond, latencies } = await measure(
          CONTESTANTS[which]!.create(redis, run, 60_000),
          workload,
          checks,
        );
        await redis.flushdb();
        if (round < 0) continue; // warms up
        results[which]!.rates.push(perSecond);
        results[which]!.latencies.push(...latencies);
      }
    }
    console.log(
      `### ${workload.name} (${workload.inFlight} in flight)\n\n| limiter | checks/s (median round) | p50, ms | p99, ms |\n|---|---:|---:|---:|`,
    );
    results.forEach(({ rates, latencies }, which) => {
      console.log(
        `| ${CONTESTANTS[which]!.name} | ${Math.round(quantile(rates, 0.5))} | ${quantile(latencies, 0.5).toFixed(3)} | ${quantile(latencies, 0.99).toFixed(3)} |`,
      );
    });
    console.log('');
  }

  console.log(
    `### What gets through around the edge of a window (limit ${LIMIT})\n\n| limiter | allowed within half a window | keys left without expiry if it dies between its commands |\n|---|---:|---|`,
  );
  for (const [which, contestant] of CONTESTANTS.entries()) {
    const most = await mostInOneWindow(contestant.create(redis, `edge-${which}`, 1_000), 1_000);
    console.log(
      `| ${contestant.name} | ${most} | ${which === 2 ? 'possible: INCR, then PEXPIRE' : 'none: one script'} |`,
    );
  }
  await connections.close();
  await server.close();
}

void main();
