import { describe, expect, it, jest } from '@jest/globals';
import { DependencyUnavailableError, waitFor } from '../../src/process/waitFor';

const lines: string[] = [];
const logger = {
  info: (...args: unknown[]) => void lines.push(String(args.at(-1))),
  warn: (...args: unknown[]) => void lines.push(String(args.at(-1))),
};
const options = { name: 'PostgreSQL', where: 'db:5432', setting: 'DATABASE_URL', logger, pauseMs: 1 };

/** With a clock that goes on only when it is told to, by so many ms. */
async function onClock(work: (passes: (ms: number) => void) => Promise<void>): Promise<void> {
  let now = 0;
  const clock = jest.spyOn(performance, 'now').mockImplementation(() => now);
  try {
    await work((ms) => void (now += ms));
  } finally {
    clock.mockRestore();
  }
}

describe('waitFor', () => {
  it('waits for what is still coming up, and says so', async () => {
    lines.length = 0;
    let attempts = 0;
    expect(
      await waitFor({
        ...options,
        sayEveryMs: 60_000,
        attempt: async () => ((attempts += 1) < 3 ? Promise.reject(new Error('no')) : 'there'),
      }),
    ).toBe('there');
    expect(lines).toEqual(['waiting for PostgreSQL at db:5432', 'PostgreSQL is there']);
  });

  it('gives up with a sentence that names the place and the setting, and no password', async () => {
    const refused = Object.assign(new Error('postgres://user:secret@db:5432'), { code: 'ECONNREFUSED' });
    const waiting = waitFor({ ...options, giveUpAfterMs: 20, attempt: () => Promise.reject(refused) });
    await expect(waiting).rejects.toThrow(DependencyUnavailableError);
    await expect(waiting).rejects.toThrow(/PostgreSQL did not answer at db:5432 .*ECONNREFUSED.*DATABASE_URL/);
    await expect(waiting).rejects.not.toThrow(/secret/);
  });

  it('waits for one minute, not more and not less', async () => {
    const asked: number[] = [];
    await onClock(async (passes) => {
      const waiting = waitFor({
        ...options,
        attempt: async () => {
          asked.push(performance.now());
          passes(10_000);
          throw new Error('no');
        },
      });
      await expect(waiting).rejects.toThrow(/for 60 s/);
    });
    expect(asked).toEqual([0, 10_000, 20_000, 30_000, 40_000, 50_000]);
  });

  it('takes an attempt without an end for a failed one, says so meanwhile, and gives up all the same', async () => {
    lines.length = 0;
    await onClock(async (passes) => {
      const endless = () => new Promise(() => passes(10_000));
      await expect(waitFor({ ...options, attemptMs: 5, attempt: endless })).rejects.toThrow(
        /did not answer.*no answer/,
      );
    });
    expect(lines).toContain('waiting for PostgreSQL at db:5432');
  });

  it('stops at once in the middle of an attempt', async () => {
    const stop = new AbortController();
    const waiting = waitFor({ ...options, signal: stop.signal, attempt: () => new Promise(() => undefined) });
    setImmediate(() => stop.abort());
    await expect(waiting).rejects.toThrow(/abort/i);
  });

  it('stops waiting when the process is told to stop', async () => {
    const stop = new AbortController();
    const waiting = waitFor({
      ...options,
      signal: stop.signal,
      pauseMs: 60_000,
      attempt: () => Promise.reject(new Error('no')),
    });
    setImmediate(() => stop.abort());
    await expect(waiting).rejects.toThrow(/abort/i);
  });
});
