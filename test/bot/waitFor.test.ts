import { describe, expect, it } from '@jest/globals';
import { DependencyUnavailableError, waitFor } from '../../src/config/waitFor';

const lines: string[] = [];
const logger = { info: (...args: unknown[]) => void lines.push(String(args.at(-1))), warn: (...args: unknown[]) => void lines.push(String(args.at(-1))) };
const options = { name: 'PostgreSQL', where: 'db:5432', setting: 'DATABASE_URL', logger, pauseMs: 1 };

describe('waitFor', () => {
  it('waits for what is still coming up, and says so', async () => {
    lines.length = 0;
    let attempts = 0;
    expect(await waitFor({ ...options, attempt: async () => ((attempts += 1) < 3 ? Promise.reject(new Error('no')) : 'there') })).toBe('there');
    expect(lines).toEqual(['waiting for PostgreSQL at db:5432', 'PostgreSQL is there']);
  });

  it('gives up with a sentence that names the place and the setting, and no password', async () => {
    const refused = Object.assign(new Error('postgres://user:secret@db:5432'), { code: 'ECONNREFUSED' });
    const waiting = waitFor({ ...options, giveUpAfterMs: 20, attempt: () => Promise.reject(refused) });
    await expect(waiting).rejects.toThrow(DependencyUnavailableError);
    await expect(waiting).rejects.toThrow(/PostgreSQL did not answer at db:5432 .*ECONNREFUSED.*DATABASE_URL/);
    await expect(waiting).rejects.not.toThrow(/secret/);
  });

  it('stops waiting when the process is told to stop', async () => {
    const stop = new AbortController();
    const waiting = waitFor({ ...options, signal: stop.signal, pauseMs: 60_000, attempt: () => Promise.reject(new Error('no')) });
    setImmediate(() => stop.abort());
    await expect(waiting).rejects.toThrow(/abort/i);
  });
});
