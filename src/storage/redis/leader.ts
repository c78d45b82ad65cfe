import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Logger } from '../../config/logger';
import { isRedisUnavailable, unlessAway } from './errors';
import { defineScript } from './scripts';

/** In ms. A dead leader is replaced after `ttlMs` + `retryMs` at most, 11 s. Two renewals in a row may fail. */
export const LEADER_TIMES = { ttlMs: 10_000, renewMs: 3_000, retryMs: 1_000 } as const;

/**
 * Why leadership ended. `superseded`: another replica was elected while this process was suspended; the others by
 * choice.
 */
export type LeadershipEnd = 'superseded' | 'resigned' | 'stopped';

export interface Leader {
  /** Becomes a candidate. */
  start(): void;
  /** Waits for `onLost`, then releases the lock so that another replica is elected at once. */
  stop(): Promise<void>;
  /**
   * Gives up leadership and is no candidate for `forMs`: for Telegram's 409, which says that somebody else is polling.
   */
  resign(forMs: number): Promise<void>;
}

export interface LeaderOptions {
  readonly redis: Redis;
  /** The task that one replica at a time does: `polling:<bot id>`. */
  readonly name: string;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  /**
   * Begins the work and returns without waiting for its end. Its failure resigns for `ttlMs`.
   * @param term `fence`: its fencing token, higher than that of every term before
   */
  onElected(term: { fence: number }): void | Promise<void>;
  /** Ends the work. Leadership is kept until it resolves, so that the next leader finds everything confirmed. */
  onLost(why: LeadershipEnd): void | Promise<void>;
  /** How long the lock stays after its holder has died, in ms. Defaults of this and the next two: `LEADER_TIMES`. */
  readonly ttlMs?: number;
  /** How often the leader renews the lock, in ms. */
  readonly renewMs?: number;
  /** How often the other candidates try to take the lock, in ms. */
  readonly retryMs?: number;
}

/**
 * KEYS: lock, fence. ARGV: token, ttl. Takes or renews the lock; gives the fencing token, or 0 when another one leads.
 */
const CAMPAIGN = `
local holder = redis.pcall('GET', KEYS[1])
if holder and (type(holder) ~= 'string' or redis.call('PTTL', KEYS[1]) == -1) then
  redis.call('UNLINK', KEYS[1])
  holder = false
end
if holder and holder ~= ARGV[1] then return 0 end
local fence = tonumber(redis.pcall('GET', KEYS[2])) or 0
if not holder or fence == 0 then
  -- Not below the clock: an emptied Redis must not give out old numbers again.
  local t = redis.call('TIME')
  fence = math.max(fence + 1, t[1] * 1000 + math.floor(t[2] / 1000))
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('SET', KEYS[2], fence, 'PX', 2592000000)
return fence`;

const RELEASE = `if redis.pcall('GET', KEYS[1]) == ARGV[1] then redis.call('UNLINK', KEYS[1]) end`;

/**
 * Elects one of many replicas; when it dies another one is elected.
 *
 * A leader that can't reach Redis goes on leading: nobody else can be elected meanwhile, and a bot that polls nowhere
 * is worse than the 409 that Telegram answers to the elder of two pollers.
 */
export function createLeader(options: LeaderOptions): Leader {
  const { redis, name, logger } = options;
  const { ttlMs, renewMs, retryMs } = { ...LEADER_TIMES, ...options };
  const campaign = defineScript(redis, 'leader campaign', 2, CAMPAIGN);
  const release = defineScript(redis, 'leader release', 1, RELEASE);
  const lock = `leader:{${name}}`;
  const keys = [lock, `${lock}:fence`];
  // Host and process id are for people who look into Redis; the random part makes it unique.
  const token = `${hostname()}:${process.pid}:${randomUUID()}`;

  let term: { fence: number } | undefined;
  /** Set while `onLost` runs; the lock is still renewed until it resolves. */
  let leaving: Promise<void> | undefined;
  let notBefore = 0;
  let stopping = new AbortController();
  let running: Promise<void> | undefined;

  function elected(fence: number): void {
    term = { fence };
    logger.info({ leader: name, fence }, 'elected leader');
    void (async () => options.onElected({ fence }))().catch((error: unknown) => {
      logger.error({ leader: name, err: error }, 'the elected leader could not start its work');
      void resign(ttlMs);
    });
  }

  /** Ends the term once, however often it is called meanwhile. */
  function lose(why: LeadershipEnd): Promise<void> {
    if (!term) return Promise.resolve();
    leaving ??= (async () => {
      logger[why === 'stopped' ? 'info' : 'warn']({ leader: name, fence: term?.fence, why }, 'leadership ends');
      try {
        await options.onLost(why);
      } catch (error) {
        logger.error({ leader: name, err: error }, 'the leader could not end its work cleanly');
      }
      term = undefined;
      leaving = undefined;
    })();
    return leaving;
  }

  async function turn(): Promise<void> {
    if (!term && performance.now() < notBefore) return;
    const askedAt = performance.now();
    try {
      const fence = (await campaign(keys, [token, ttlMs])) as number;
      if (fence === 0) {
        if (term) await lose('superseded');
        return;
      }
      if (!term && (stopping.signal.aborted || askedAt < notBefore)) {
        await release([lock], [token]); // stopped or resigned while the command ran
      } else if (!term) elected(fence);
      else if (!leaving) term.fence = fence; // the lock had expired and nobody had taken it: a new term, the same work
    } catch (error) {
      if (!isRedisUnavailable(error)) throw error;
    }
  }

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await turn().catch((error: unknown) => logger.error({ leader: name, err: error }, 'the election failed'));
      await pause(term ? renewMs : retryMs * (0.75 + Math.random() / 4), undefined, { signal }).catch(() => undefined);
    }
  }

  async function resign(forMs: number): Promise<void> {
    notBefore = performance.now() + forMs;
    await lose('resigned');
    await unlessAway(release([lock], [token]), undefined);
  }

  return {
    start() {
      if (running) return;
      stopping = new AbortController();
      running = run(stopping.signal);
    },
    async stop() {
      await lose('stopped'); // the loop below still renews the lock meanwhile
      stopping.abort();
      await running;
      running = undefined;
      await lose('stopped'); // elected between the two lines above
      await unlessAway(release([lock], [token]), undefined);
    },
    resign,
  };
}
