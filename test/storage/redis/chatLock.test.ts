import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, jest } from '@jest/globals';
import { ChatBusyError, createChatLock } from '../../../src/storage/redis/chatLock';
import { waitUntil } from '../../support/wait';
import { startChild, untilRenewed, useRedis } from './support';

describe('the lock of a chat', () => {
  const redis = useRedis();
  const lockOf = (options: Partial<Parameters<typeof createChatLock>[0]> = {}) =>
    createChatLock({ redis: redis.connections.fsm, ...options });

  /** Every "in" must be followed by its own "out". */
  function expectNoOverlap(journal: string[]): void {
    for (let n = 0; n < journal.length; n += 2) {
      expect(journal[n]).toMatch(/ in$/);
      expect(journal[n + 1]).toBe(journal[n]!.replace(/ in$/, ' out'));
    }
  }

  /** Runs `fn` under the lock and gives control over when it ends. */
  function hold(lock: ReturnType<typeof createChatLock>, chat = 5) {
    let end!: () => void;
    let begun = false;
    const work = lock.withLock(chat, () => {
      begun = true;
      return new Promise<void>((resolve) => (end = resolve));
    });
    return { begin: () => waitUntil(() => begun), end: () => end(), work };
  }

  it('lets the updates of one chat in one after the other, in the order of their coming', async () => {
    const lock = lockOf();
    const journal: string[] = [];
    await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        lock.withLock(5, async () => {
          journal.push(`${n} in`);
          await pause(2);
          journal.push(`${n} out`);
        }),
      ),
    );
    expectNoOverlap(journal);
    expect(journal.filter((line) => line.endsWith('in')).map((line) => Number.parseInt(line, 10))).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
    ]);
  });

  it('does not hold up another chat', async () => {
    const lock = lockOf();
    const busy = hold(lock, 5);
    await busy.begin();
    expect(await lock.withLock(6, async () => 'done')).toBe('done');
    busy.end();
    await busy.work;
  });

  it('holds between processes', async () => {
    const children = ['a', 'b'].map((name) => startChild('locker', redis.server.url, name, 10, 2, 20_000));
    await Promise.all(children.map((child) => child.end()));
    const journal = await redis.connections.fsm.lrange('journal', 0, -1);
    expect(journal).toHaveLength(40);
    expectNoOverlap(journal);
  });

  it('passes between replicas in the order of their coming', async () => {
    // Long times, so that no replica loses its place in the queue because this process stood still.
    const waiterIsDeadAfterMs = 20_000;
    const elsewhere = async () => lockOf({ redis: (await redis.replica()).fsm, waiterIsDeadAfterMs });
    const [one, two, three] = [lockOf({ waiterIsDeadAfterMs }), await elsewhere(), await elsewhere()];
    const order: string[] = [];
    const first = hold(one);
    await first.begin();
    const second = two.withLock(5, async () => void order.push('second'));
    await waitUntil(() => redis.connections.fsm.hlen('lock:{chat:5}:line').then((length) => length === 1));
    const third = three.withLock(5, async () => void order.push('third'));
    await waitUntil(() => redis.connections.fsm.hlen('lock:{chat:5}:line').then((length) => length === 2));
    const fourth = one.withLock(5, async () => void order.push('fourth'));
    first.end();
    await Promise.all([first.work, second, third, fourth]);
    expect(order).toEqual(['second', 'third', 'fourth']);
  });

  it('is free again soon after the process that held it was killed', async () => {
    const child = startChild('locker', redis.server.url, 'victim', 1, 1, 1_000, 'hold');
    await child.line('holding');
    child.signal('SIGKILL');
    expect(await lockOf().withLock(5, async () => 'mine')).toBe('mine');
  });

  it('is not lost by work that takes longer than its time', async () => {
    const { fsm } = redis.connections;
    const lock = lockOf({ ttlMs: 9_000 });
    let lost: boolean | undefined;
    await lock.withLock(5, async ({ signal }) => {
      const token = await fsm.get('lock:{chat:5}');
      await untilRenewed(fsm, 'lock:{chat:5}');
      expect(await fsm.get('lock:{chat:5}')).toBe(token);
      lost = signal.aborted;
    });
    expect(lost).toBe(false);
    expect(await fsm.exists('lock:{chat:5}')).toBe(0);
  });

  it('tells the work when it was lost, and leaves the lock of the next one alone', async () => {
    const { fsm } = redis.connections;
    const onLost = jest.fn();
    await lockOf({ ttlMs: 150, onLost }).withLock(5, async ({ signal }) => {
      await fsm.set('lock:{chat:5}', 'somebody else', 'PX', 60_000);
      await waitUntil(() => signal.aborted);
    });
    expect(onLost).toHaveBeenCalledTimes(1);
    expect(await fsm.get('lock:{chat:5}')).toBe('somebody else');
  });

  it('gives up after a bounded wait, here and between replicas, without running the work', async () => {
    const lock = lockOf({ waitMs: 100 });
    const elsewhere = createChatLock({ redis: (await redis.replica()).fsm, waitMs: 100 });
    const first = hold(lock);
    await first.begin();
    const work = jest.fn(async () => undefined);
    await expect(lock.withLock(5, work)).rejects.toThrow(ChatBusyError);
    await expect(elsewhere.withLock(5, work)).rejects.toThrow(ChatBusyError);
    expect(work).not.toHaveBeenCalled();
    expect(await redis.connections.fsm.hlen('lock:{chat:5}:line')).toBe(0);
    first.end();
    await first.work;
    expect(await lock.withLock(5, async () => 'free')).toBe('free');
  });

  it('is free again when the work failed, and passes the failure on', async () => {
    const lock = lockOf();
    await expect(lock.withLock(5, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await lock.withLock(5, async () => 'free')).toBe('free');
  });

  it.each<[string, (fsm: typeof redis.connections.fsm) => Promise<unknown>]>([
    ['a lock without an expiry', (fsm) => fsm.set('lock:{chat:5}', 'x')],
    ['a lock of another type', (fsm) => fsm.lpush('lock:{chat:5}', 'x')],
    [
      'a lock of another type that ends much later',
      (fsm) => fsm.multi().lpush('lock:{chat:5}', 'x').expire('lock:{chat:5}', 60).exec(),
    ],
    ['a line of another type', (fsm) => fsm.set('lock:{chat:5}:line', 'x')],
    ['somebody in the line who died', (fsm) => fsm.hset('lock:{chat:5}:line', 'x', '1:1')],
    ['nonsense in the line', (fsm) => fsm.hset('lock:{chat:5}:line', 'x', 'first of all')],
  ])('is not stopped by %s', async (_, spoil) => {
    await spoil(redis.connections.fsm);
    expect(await lockOf().withLock(5, async () => 'done')).toBe('done');
  });

  it('still keeps this process in order while Redis is away', async () => {
    const lock = lockOf();
    await redis.server.kill();
    await redis.noticed('degraded');
    const journal: string[] = [];
    await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        lock.withLock(5, async () => {
          journal.push(`${name} in`);
          await pause(5);
          journal.push(`${name} out`);
        }),
      ),
    );
    expectNoOverlap(journal);
    await redis.server.restart();
    await redis.noticed('ready');
    await lock.withLock(5, async () => expect(await redis.connections.fsm.exists('lock:{chat:5}')).toBe(1));
  });

  it('lets work finish when Redis goes away in its middle', async () => {
    const first = hold(lockOf());
    await first.begin();
    await redis.server.kill();
    await redis.noticed('degraded');
    first.end();
    await first.work;
  });
});
