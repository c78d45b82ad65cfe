import { describe, expect, it } from '@jest/globals';
import { createWriteQueue, type WriteQueue } from '../../../src/gateways/hiddify/queue';
import { month, startPanel } from './panel';

/** A write that stays in the queue until it is told to finish. */
async function busy(queue: WriteQueue): Promise<{ held: Promise<void>; finish: () => void }> {
  let finish: () => void = () => undefined;
  let held: Promise<void> = Promise.resolve();
  await new Promise<void>((started) => {
    held = queue('held', undefined, () => {
      started();
      return new Promise<void>((resolve) => (finish = resolve));
    });
  });
  return { held, finish: () => finish() };
}

describe('the write queue of one panel', () => {
  it('runs one write at a time, in order, and goes on after a failure', async () => {
    const queue = createWriteQueue({ maxWaiting: 10, gapMs: 0 });
    const log: string[] = [];
    const write = (name: string, fails = false) =>
      queue(name, undefined, async () => {
        log.push(`${name} in`);
        await new Promise((resolve) => setTimeout(resolve, 5));
        log.push(`${name} out`);
        if (fails) throw new Error('broke');
        return name;
      });
    const results = await Promise.allSettled([write('a'), write('b', true), write('c')]);
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(log).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
  });

  it('turns a write away when too many wait, saying when to come back', async () => {
    const queue = createWriteQueue({ maxWaiting: 2, gapMs: 0 });
    const { held, finish } = await busy(queue);
    const waiting = [1, 2].map(() => queue('waiting', undefined, async () => 'done'));
    await expect(queue('one too many', undefined, async () => 'never')).rejects.toMatchObject({
      kind: 'rate-limited',
      code: 'queue-full',
      retryAfterMs: 5_000,
    });
    finish();
    await held;
    expect(await Promise.all(waiting)).toEqual(['done', 'done']);
    expect(await queue('later', undefined, async () => 'room again')).toBe('room again');
  });

  it('a write cancelled while it waits is never sent', async () => {
    const queue = createWriteQueue({ maxWaiting: 2, gapMs: 0 });
    const { held, finish } = await busy(queue);
    const cancel = new AbortController();
    let sent = false;
    const waiting = queue('waiting', cancel.signal, async () => {
      sent = true;
    });
    cancel.abort();
    finish();
    await held;
    await expect(waiting).rejects.toMatchObject({ kind: 'unreachable', code: 'cancelled' });
    expect(sent).toBe(false);
  });

  it('a rush of purchases on an old panel is delivered one by one, all of them', async () => {
    const at = await startPanel('10.80.11');
    const states = Array.from({ length: 12 }, () => month());
    const users = await Promise.all(states.map((state) => at.panel.ensureUser(state)));
    expect(users.map((user) => user.uuid)).toEqual(states.map((state) => state.uuid));
    const writes = (await at.calls()).filter((call) => call.includes('/admin/user/'));
    // A read and its write stay together: no other purchase in between.
    expect(writes).toEqual(
      states.flatMap((state) => [`GET /{admin}/api/v2/admin/user/${state.uuid}/`, 'POST /{admin}/api/v2/admin/user/']),
    );
  });
});
