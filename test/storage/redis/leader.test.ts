import { afterEach, describe, expect, it } from '@jest/globals';
import { createLeader, LEADER_TIMES, type Leader, type LeaderOptions } from '../../../src/storage/redis/leader';
import { waitUntil } from '../../support/wait';
import { quiet, startChild, untilRenewed, useRedis } from './support';

const LOCK = 'leader:{polling:1}';
/** The real times, ten times as fast. */
const FAST = { ttlMs: LEADER_TIMES.ttlMs / 10, renewMs: LEADER_TIMES.renewMs / 10, retryMs: LEADER_TIMES.retryMs / 10 };
/** For what must not happen: everybody looks twenty times a second, but no lock ends because a process stood still. */
const KEEN = { ttlMs: 20_000, renewMs: 200, retryMs: 50 };

describe('the leader', () => {
  const redis = useRedis();
  const candidates: Leader[] = [];
  afterEach(async () => {
    await Promise.all(candidates.splice(0).map((candidate) => candidate.stop()));
  });

  function candidate(options: Partial<LeaderOptions> = {}) {
    const events: string[] = [];
    const fences: number[] = [];
    const leader = createLeader({
      redis: redis.connections.limits,
      name: 'polling:1',
      logger: quiet,
      ...FAST,
      ...options,
      onElected(term) {
        events.push('elected');
        fences.push(term.fence);
        return options.onElected?.(term);
      },
      onLost(why) {
        events.push(`lost: ${why}`);
        return options.onLost?.(why);
      },
    });
    candidates.push(leader);
    return { leader, events, fences, leads: () => events.at(-1) === 'elected' };
  }
  const elected = (one: ReturnType<typeof candidate>) => waitUntil(one.leads, { what: 'election' });

  it('is one of many', async () => {
    const all = [candidate(KEEN), candidate({ ...KEEN, redis: (await redis.replica()).limits }), candidate(KEEN)];
    all.forEach(({ leader }) => leader.start());
    await waitUntil(() => all.some(({ leads }) => leads()));
    for (let n = 0; n < 30; n += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(all.filter(({ leads }) => leads())).toHaveLength(1);
    }
    expect(all.flatMap(({ events }) => events)).toEqual(['elected']);
    expect(await redis.connections.limits.pttl(LOCK)).toBeLessThanOrEqual(KEEN.ttlMs);
  });

  it('is replaced soon after it was killed, with a higher fence', async () => {
    const ttlMs = 5_000;
    const first = startChild('candidate', redis.server.url, ttlMs, FAST.renewMs, FAST.retryMs);
    const fence = Number((await first.line('elected')).split(' ')[1]);
    const second = candidate({ ttlMs });
    second.leader.start();
    await untilRenewed(redis.connections.limits, LOCK);
    expect(second.leads()).toBe(false);
    first.signal('SIGKILL');
    await elected(second);
    expect(second.fences.at(-1)).toBeGreaterThan(fence);
  });

  it('is replaced within 15 seconds, and does not lose its place by one failed renewal', () => {
    expect(LEADER_TIMES.ttlMs + LEADER_TIMES.retryMs).toBeLessThan(15_000);
    expect(2 * LEADER_TIMES.renewMs).toBeLessThan(LEADER_TIMES.ttlMs);
  });

  it('that stood still finds itself replaced and ends its work', async () => {
    const first = startChild('candidate', redis.server.url, FAST.ttlMs, FAST.renewMs, FAST.retryMs);
    await first.line('elected');
    const second = candidate(KEEN);
    second.leader.start();
    first.signal('SIGSTOP');
    await elected(second);
    first.signal('SIGCONT');
    await first.line('lost superseded');
    expect(second.leads()).toBe(true);
    first.signal('SIGKILL');
  });

  it('ends its work before it lets the next one in', async () => {
    const order: string[] = [];
    let finish!: () => void;
    const first = candidate({
      ...KEEN,
      onLost: () => new Promise<void>((resolve) => (finish = () => (order.push('work ended'), resolve()))),
    });
    first.leader.start();
    await elected(first);
    const second = candidate({ ...KEEN, onElected: () => void order.push('next elected') });
    second.leader.start();
    const stopped = first.leader.stop();
    expect(first.leads()).toBe(false);
    // Kept while the work ends, and looked at in vain meanwhile.
    for (let renewals = 0; renewals < 3; renewals += 1) await untilRenewed(redis.connections.limits, LOCK);
    expect(order).toEqual([]);
    finish();
    await stopped;
    await elected(second);
    expect(order).toEqual(['work ended', 'next elected']);
  });

  it('steps back for a while when Telegram says that somebody else polls', async () => {
    const first = candidate();
    first.leader.start();
    await elected(first);
    await first.leader.resign(5_000);
    expect(first.leads()).toBe(false);
    expect(await redis.connections.limits.exists(LOCK)).toBe(0);
    await elected(first);
    expect(first.events).toEqual(['elected', 'lost: resigned', 'elected']);
  });

  it('goes on while Redis is away, and after, without ending its work', async () => {
    const first = candidate();
    first.leader.start();
    await elected(first);
    const fence = first.fences[0]!;
    await redis.server.kill();
    await redis.noticed('degraded');
    await new Promise((resolve) => setTimeout(resolve, 1.5 * FAST.ttlMs));
    expect(first.leads()).toBe(true);
    await redis.server.restart();
    await waitUntil(() => redis.connections.limits.exists(LOCK));
    await waitUntil(async () => Number(await redis.connections.limits.get(`${LOCK}:fence`)) > fence, {
      what: 'a fence above that of before the emptied Redis',
    });
    expect(first.events).toEqual(['elected']);
  });

  it('that cannot begin its work lets another one try', async () => {
    const first = candidate({ onElected: () => Promise.reject(new Error('no token')) });
    first.leader.start();
    await waitUntil(() => first.events.includes('lost: resigned'));
    const second = candidate();
    second.leader.start();
    await elected(second);
  });

  it('comes to be in spite of a lock of another type or without an end', async () => {
    await redis.connections.limits.lpush(LOCK, 'x');
    const first = candidate();
    first.leader.start();
    await elected(first);
    await first.leader.stop();
    await redis.connections.limits.set(LOCK, 'for ever');
    const second = candidate();
    second.leader.start();
    await elected(second);
  });
});
