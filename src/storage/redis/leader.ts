import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Logger } from '../../config/logger';
import { isRedisUnavailable, unlessAway } from './errors';
import { defineScript } from './scripts';

/** In ms. A dead leader is replaced after `ttlMs` and `retryMs` at the latest: 11 s. Two renewals in a row may fail. */
export const LEADER_TIMES = { ttlMs: 10_000, renewMs: 3_000, retryMs: 1_000 } as const;

/** Why leadership ended. `superseded`: another replica has it (this one stood still); `unrenewed`: Redis is away; the others by choice. */
export type LeadershipEnd = 'superseded' | 'unrenewed' | 'resigned' | 'stopped';

export interface Leader {
  /** Begins to stand for election. */
  start(): void;
  /** Waits for `onLost`, then lets the next one in at once. */
  stop(): Promise<void>;
  /** Steps back for a while: for Telegram's 409, which says that somebody else is polling. */
  resign(forMs: number): Promise<void>;
  isLeader(): boolean;
  /** The fencing token of this term: higher than that of every term before. `undefined` while not leading. */
  fence(): number | undefined;
}

export interface LeaderOptions {
  readonly redis: Redis;
  /** What is led: `polling:<bot id>`. */
  readonly name: string;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Begins the work and returns without waiting for its end. Its failure resigns for `ttlMs`. */
  onElected(term: { fence: number }): void | Promise<void>;
  /** Ends the work. Leadership is kept until it is done, so that the successor finds everything confirmed. */
  onLost(why: LeadershipEnd): void | Promise<void>;
  /** How long leadership outlives its holder. Default as in `LEADER_TIMES`, like the next two. */
  readonly ttlMs?: number;
  /** How often the leader renews it. */
  readonly renewMs?: number;
  /** How often the others look. */
  readonly retryMs?: number;
  /**
   * A leader that can't reach Redis: `keep` leading, since nobody can be elected either and a mute bot is worse than the 409 that Telegram
   * answers to the elder of two pollers; or `stand-down` before the lock ends. Default `keep`.
   */
  readonly whenRedisAway?: 'keep' | 'stand-down';
}

/** KEYS: lock, fence. ARGV: token, ttl. Takes or renews the lock; gives the fencing token, or 0 when another one leads. */
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

/** One of many replicas leads; when it dies another one does. */
export function createLeader(options: LeaderOptions): Leader {
  const { redis, name, logger, whenRedisAway = 'keep' } = options;
  const { ttlMs, renewMs, retryMs } = { ...LEADER_TIMES, ...options };
  const campaign = defineScript(redis, 'leader campaign', 2, CAMPAIGN);
  const release = defineScript(redis, 'leader release', 1, RELEASE);
  const lock = `leader:{${name}}`;
  const keys = [lock, `${lock}:fence`];
  // Readable for whoever looks into Redis; the random part makes it this very instance.
  const token = `${hostname()}:${process.pid}:${randomUUID()}`;

  let term: { fence: number } | undefined;
  /** The work is being ended; the lock is still renewed, but nobody is told to go on. */
  let leaving: Promise<void> | undefined;
  let renewedAt = 0;
  let notBefore = 0;
  let stopping = new AbortController();
  let running: Promise<void> | undefined;

  function elected(fence: number): void {
    term = { fence };
    logger.info({ leader: name, fence }, 'elected leader');
    void (async () => options.onElected({ fence }))().catch((error: unknown) => {
      logger.error({ leader: name, err: error }, 'could not begin to lead');
      void resign(ttlMs);
    });
  }

  /** Ends the term once, however many reasons come together. */
  function lose(why: LeadershipEnd): Promise<void> {
    if (!term) return Promise.resolve();
    leaving ??= (async () => {
      logger[why === 'stopped' ? 'info' : 'warn']({ leader: name, fence: term?.fence, why }, 'leadership ends');
      try {
        await options.onLost(why);
      } catch (error) {
        logger.error({ leader: name, err: error }, 'could not end the work of a leader cleanly');
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
      renewedAt = askedAt;
      if (!term && (stopping.signal.aborted || askedAt < notBefore)) {
        await release([lock], [token]); // stepped back while the answer was on its way
      } else if (!term) elected(fence);
      else if (!leaving) term.fence = fence; // the lock had ended unnoticed and nobody had taken it: a new term, the same work
    } catch (error) {
      if (!isRedisUnavailable(error)) throw error;
      // One more renewal would come too late: leave while the lock still keeps the others out.
      if (term && whenRedisAway === 'stand-down' && performance.now() >= renewedAt + ttlMs - 1.5 * renewMs)
        await lose('unrenewed');
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
      await lose('stopped'); // the loop still renews meanwhile
      stopping.abort();
      await running;
      running = undefined;
      await lose('stopped'); // elected between the two lines above
      await unlessAway(release([lock], [token]), undefined);
    },
    resign,
    isLeader: () => term !== undefined && leaving === undefined,
    fence: () => (leaving ? undefined : term?.fence),
  };
}
